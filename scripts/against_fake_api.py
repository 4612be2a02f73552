"""Runs something with the built extension against a fake API of its own."""

import argparse
import pathlib
import subprocess
from collections.abc import Callable


def main(run: Callable[..., None], description: str | None, **options: dict[str, object]) -> None:
    """Calls `run` with the path of the extension, the URL of the fake API, and what else it takes as `options`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--extension", type=pathlib.Path, required=True)
    parser.add_argument("--fake-api", type=pathlib.Path, required=True)
    for name, how in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", **how)
    arguments = vars(parser.parse_args())
    extension, program = arguments.pop("extension"), arguments.pop("fake_api")
    # The fake API ends with its standard input, so that it never outlives what runs here.
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fake:
        run(extension, fake.stdout.readline().strip(), **arguments)
        fake.stdin.close()
