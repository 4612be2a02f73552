"""Runs the micro-benchmarks of `micro/` inside DuckDB, over a page of rewards."""

import os
import pathlib
import sys
import tempfile
import urllib.request

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benches" / "peers")]

from against_fake_api import main  # noqa: E402
from paging import HEADERS, page_url  # noqa: E402


def run(extension: pathlib.Path, url: str) -> None:
    request = urllib.request.Request(page_url(f"{url}/rewards=10000/api/v2"), headers=HEADERS)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer, tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(answer.read())
        file.flush()
        os.environ["PARTNERSTACK_PAGE"] = file.name
        con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        con.execute(f"LOAD '{extension.resolve()}'")


if __name__ == "__main__":
    main(run, __doc__)
