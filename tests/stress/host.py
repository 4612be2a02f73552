"""Builds host.c against the DuckDB of the Python wheel, and runs it, with and without valgrind."""

import json
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "e2e")]

import _duckdb  # noqa: E402

from against_fake_api import main  # noqa: E402
from scenario import Scenario  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
HEADER = "duckdb/src/include/duckdb.h"

VALGRIND = ["valgrind", "--tool=memcheck", "--leak-check=full", "--show-leak-kinds=definite", "--num-callers=30",
            "--errors-for-leak-kinds=definite", "--error-exitcode=99", "--fair-sched=yes"]  # fmt: skip


def run(extension: pathlib.Path, url: str, *, threads: int, rounds: int) -> None:
    if not shutil.which("valgrind"):
        sys.exit("There is no valgrind; on Debian: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        host = build(pathlib.Path(folder))
        for command, times in (([], 10 * rounds), (VALGRIND, rounds)):
            fake = Scenario(url, "rewards=1200,latency=2,chaos=1")
            amounts = [item["amount"] for item in fake.truth("rewards", "vendor")]
            what = (len(amounts), sum(filter(None, amounts)), threads, times)
            arguments = [extension.resolve(), fake.vendor_secret("host"), *map(str, what)]
            begun = time.monotonic()
            ended = subprocess.run([*command, host, *arguments], check=False)
            under = "under valgrind" if command else "without valgrind"
            print(f"host {under}: {time.monotonic() - begun:.0f} s, exit code {ended.returncode}", flush=True)
            if ended.returncode:
                sys.exit(f"the host failed {under}")


def build(folder: pathlib.Path) -> pathlib.Path:
    """The wheel's library has the whole C API, and needs Python's."""
    (folder / "libduckdb.so").symlink_to(_duckdb.__file__)
    (folder / "duckdb.h").write_bytes(header())
    host = folder / "host"
    paths = (folder, *filter(None, map(sysconfig.get_config_var, ("LIBDIR", "LIBPL"))))
    python = f"python{sysconfig.get_config_var('LDVERSION')}"
    search = [part for path in paths for part in (f"-L{path}", f"-Wl,-rpath,{path}")]
    compile_ = ["cc", "-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", f"-I{folder}", str(HERE / "host.c"), "-o", str(host)]
    link = ["-Wl,--no-as-needed", *search, "-lduckdb", f"-l{python}", "-lpthread"]
    subprocess.run([*compile_, *link, "-Wl,--unresolved-symbols=ignore-in-shared-libs"], check=True)
    return host


def header() -> bytes:
    """DuckDB's C header, as the crate that the extension is built with has it."""
    command = ["cargo", "metadata", "--format-version=1", "--locked"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    (manifest,) = (p["manifest_path"] for p in json.loads(output)["packages"] if p["name"] == "libduckdb-sys")
    with tarfile.open(pathlib.Path(manifest).with_name("duckdb.tar.gz")) as archive:
        return archive.extractfile(HEADER).read()


if __name__ == "__main__":
    number = {"type": int}
    main(run, __doc__, threads=number | {"default": 4}, rounds=number | {"default": 3})
