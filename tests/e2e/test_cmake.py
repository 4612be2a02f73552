"""extension_config.cmake in DuckDB 2.0.0's own CMake, from the sources of the Python package."""

import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import duckdb
import pytest

from paths import CACHE, ROOT

BIN = pathlib.Path(sys.executable).parent


def run(*command, **environment):
    done = subprocess.run(
        [str(word) for word in command],
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def duckdb_sources():
    """DuckDB's source tree, unpacked once into the cache."""
    folder = CACHE / "sdist"
    sources = folder / "duckdb-2.0.0" / "external" / "duckdb"
    if not (sources / "CMakeLists.txt").exists():
        run(
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
            "--no-build-isolation", "--dest", folder, "duckdb==2.0.0",
        )  # fmt: skip
        # Unpacked beside, then moved: a run that was cut off leaves no half of a tree behind.
        with tempfile.TemporaryDirectory(dir=folder) as partial:
            with tarfile.open(folder / "duckdb-2.0.0.tar.gz") as archive:
                archive.extractall(partial, filter="data")
            os.replace(pathlib.Path(partial) / "duckdb-2.0.0", folder / "duckdb-2.0.0")
    return sources


def test_duckdb_configures_and_builds_it(duckdb_sources, extension, clean_environment, tmp_path):
    log = run(
        "cmake", "-G", "Ninja", "-S", duckdb_sources, "-B", tmp_path,
        f"-DCMAKE_MAKE_PROGRAM={BIN / 'ninja'}",
        f"-DDUCKDB_EXTENSION_CONFIGS={ROOT / 'extension_config.cmake'}",
        "-DOVERRIDE_GIT_DESCRIBE=v2.0.0", "-DDUCKDB_EXPLICIT_PLATFORM=linux_amd64",
        "-DBUILD_UNITTESTS=0", "-DBUILD_SHELL=0",
    )  # fmt: skip
    assert "Tests loaded for extensions: [partnerstack]" in log
    # cargo is found by way of the user's own home folder.
    target = "partnerstack_loadable_extension"
    run("cmake", "--build", tmp_path, "--target", target, HOME=clean_environment)
    built = tmp_path / "extension" / "partnerstack" / "partnerstack.duckdb_extension"
    assert built.read_bytes()[-534:] == extension.read_bytes()[-534:]
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{built}'")
    con.close()
