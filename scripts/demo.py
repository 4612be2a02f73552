"""Runs examples/demo.sql in DuckDB against the fake API, and prints what a person would see."""

import pathlib
import re
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from against_fake_api import main  # noqa: E402
from placeholders import fill_in  # noqa: E402


def statements(script: str) -> list[tuple[str, str]]:
    """The statements of a script, each with the comment above it."""
    parts = re.findall(r"((?:^--[^\n]*\n)*)\n?((?:^(?!--)[^\n]+\n)+)", script, re.MULTILINE)
    return [(comment.replace("-- ", "").strip(), sql.strip()) for comment, sql in parts]


def run(extension: pathlib.Path, url: str) -> None:
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{extension.resolve()}'")
    con.execute("SET enable_progress_bar = true; SET progress_bar_time = 0")
    base_url = f"{url}/rewards=20000,deals=4000,latency=20/api/v2"
    for comment, sql in statements((ROOT / "examples" / "demo.sql").read_text(encoding="utf-8")):
        print(f"\n-- {comment}\n{sql}" if comment else f"\n{sql}", flush=True)
        for statement in fill_in(sql, base_url).rstrip(";").split(";\n"):
            result = con.sql(statement)
            if result is not None and not statement.startswith("CREATE"):
                result.show()


if __name__ == "__main__":
    main(run, __doc__)
