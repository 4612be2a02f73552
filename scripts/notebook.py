"""Opens examples/partnerstack.py in marimo, with a fake API to ask."""

import contextlib
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from against_fake_api import main  # noqa: E402
from placeholders import KEYS  # noqa: E402

NOTEBOOK = ROOT / "examples" / "partnerstack.py"

#: Of 1,000 rewards made with this seed, none in dollars is a million times larger than the others.
KNOBS = "seed=84,rewards=1000,deals=400"


def marimo(url: str, *arguments: object) -> None:
    """Runs a command of marimo's; notebooks find the keys and the address of the fake API in the environment."""
    keys = {f"PARTNERSTACK_{option}": key for option, key in KEYS.items()}
    environment = {**os.environ, **keys, "PARTNERSTACK_BASE_URL": f"{url}/{KNOBS}/api/v2"}
    subprocess.run([sys.executable, "-m", "marimo", *map(str, arguments)], env=environment, check=True)


def run(_: pathlib.Path, url: str) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        marimo(url, "edit", NOTEBOOK)


if __name__ == "__main__":
    main(run, __doc__)
