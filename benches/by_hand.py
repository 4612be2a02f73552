"""Reads all rewards by the hand-written loop of `by_hand/`, and prints their number and the sum of their amounts."""

import argparse
import ctypes
import json
import pathlib

import _duckdb
import duckdb  # noqa: F401  (the same host as that of the extension)


def read(library: pathlib.Path, mode: str, base_url: str) -> dict[str, int]:
    """Calls the loop, which finds DuckDB's C API in the Python package."""
    ctypes.CDLL(_duckdb.__file__, mode=ctypes.RTLD_GLOBAL)
    by_hand = ctypes.CDLL(str(library.resolve())).by_hand
    by_hand.restype = ctypes.c_char_p
    return json.loads(by_hand(mode.encode(), base_url.encode()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("mode", choices=["download", "parse", "load"])
    parser.add_argument("base_url")
    arguments = parser.parse_args()
    print(json.dumps(read(arguments.library, arguments.mode, arguments.base_url)))
