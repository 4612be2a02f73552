"""Where the project, its caches and what cargo builds are, as the Makefile has it."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
_HOME = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
CACHE = pathlib.Path(os.environ.get("PARTNERSTACK_CACHE", _HOME / "partnerstack"))
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", CACHE / "target"))
