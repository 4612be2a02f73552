"""Reads all rewards by the hand-written loop of `by_hand/`, and prints what came of it as a line of JSON."""

import argparse
import ctypes
import json
import pathlib
import time

import _duckdb
import duckdb  # noqa: F401  (the same host as that of the extension)


def read(library: pathlib.Path, mode: str, base_url: str) -> dict[str, float]:
    """Calls the loop, and takes its time. It finds DuckDB's C API in the Python package."""
    ctypes.CDLL(_duckdb.__file__, mode=ctypes.RTLD_GLOBAL)
    by_hand = ctypes.CDLL(str(library.resolve())).by_hand
    by_hand.restype = ctypes.c_char_p
    started = time.perf_counter()
    outcome = json.loads(by_hand(mode.encode(), base_url.encode()))
    return outcome | {"milliseconds": (time.perf_counter() - started) * 1000}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("mode", choices=["download", "parse", "load"])
    parser.add_argument("base_url")
    arguments = parser.parse_args()
    print(json.dumps(read(arguments.library, arguments.mode, arguments.base_url)))
