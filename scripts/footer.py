"""Appends to a shared library the metadata that DuckDB reads before it loads an extension."""

import argparse
import os
import pathlib
import platform
import struct

FIELD = 32
SIGNATURE = 256
# A WebAssembly custom section, which is what DuckDB looks for on every platform.
HEADER = b"\x00" + struct.pack("BB", 0x93, 0x04) + b"\x10duckdb_signature" + struct.pack("BB", 0x80, 0x04)


def default_platform() -> str:
    """DuckDB's name for this machine."""
    system = {"Linux": "linux", "Darwin": "osx"}[platform.system()]
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return f"{system}_{machine}"


def footer(abi: str, duckdb: str, version: str, platform_name: str) -> bytes:
    """The 534 bytes: a header, eight fields with the last one first, and no signature."""
    magic = "4"
    fields = ["", "", "", abi, version, duckdb, platform_name, magic]
    encoded = [field.encode().ljust(FIELD, b"\0") for field in fields]
    assert all(len(field) == FIELD for field in encoded), "a field is longer than 32 bytes"
    return HEADER + b"".join(encoded) + bytes(SIGNATURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("extension", type=pathlib.Path)
    parser.add_argument("--abi", required=True, help="such as C_STRUCT_UNSTABLE")
    parser.add_argument("--duckdb", required=True, help="the release of DuckDB, such as v2.0.0")
    parser.add_argument("--version", required=True, help="of the extension, such as v0.1.0")
    parser.add_argument("--platform", default=default_platform(), help="such as linux_amd64")
    given = parser.parse_args()
    given.extension.parent.mkdir(parents=True, exist_ok=True)
    partial = given.extension.with_suffix(".partial")
    metadata = footer(given.abi, given.duckdb, given.version, given.platform)
    partial.write_bytes(given.library.read_bytes() + metadata)
    os.replace(partial, given.extension)
    print(given.extension)


if __name__ == "__main__":
    main()
