"""Runs something with the built extension against a fake API of its own."""

import argparse
import pathlib
import subprocess
from collections.abc import Callable


def main(run: Callable[[pathlib.Path, str], None], description: str | None) -> None:
    """Calls `run` with the path of the extension and the URL of the fake API, both as the command line names them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--extension", type=pathlib.Path, required=True)
    parser.add_argument("--fake-api", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    # The fake API ends with its standard input, so that it never outlives what runs here.
    with subprocess.Popen([arguments.fake_api], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fake:
        run(arguments.extension, fake.stdout.readline().strip())
        fake.stdin.close()
