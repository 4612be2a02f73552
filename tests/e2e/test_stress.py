"""Short runs of `make stress` and `make soak`."""

import subprocess
import sys

import pytest

from paths import ROOT

RUNS = {
    "stress": ["--queries", "40", "--seed", "1"],
    "soak": ["--rows", "20000", "--chaos", "10"],
}


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_wrong_nor_left_behind(extension, fake_api_binary, name):
    program = [sys.executable, ROOT / "tests" / "stress" / f"{name}.py", *RUNS[name]]
    against = ["--extension", extension, "--fake-api", fake_api_binary]
    run = subprocess.run([*program, *against], capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
