"""Measures a program from outside, as a whole process."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

from fake import Fake, Listing, Truth, requests_of, windows
from programs import Program

#: A program that takes more seconds is ended.
LONGEST = 900

#: What runs here talks to this machine only.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


@dataclass(frozen=True)
class Process:
    """A process that has ended. Its peak is that of its largest process, if it starts others."""

    wall: float
    cpu: float
    peak_mb: float
    output: str
    error: str | None


@dataclass(frozen=True)
class Run:
    """What a run took, and what it found or why it is worth nothing."""

    wall: float
    cpu: float
    peak_mb: float
    requests: int
    found: dict[str, float]
    error: str | None


def measure(program: Program, fake: Fake, listing: Listing) -> Run:
    """Runs a program on a scenario of its own."""
    truth, scenario = fake.truth(listing), fake.scenario(listing)
    with tempfile.TemporaryDirectory() as folder:
        bounds = pathlib.Path(folder) / "windows.json"
        bounds.write_text(json.dumps(windows(truth.times)), encoding="utf-8")
        state = pathlib.Path(folder) / "state"
        state.mkdir()
        process = finish(program.at(base_url=f"{scenario}/api/v2", folder=state, windows=bounds))
    found = {} if process.error else json.loads(process.output)
    error = process.error or difference(program, found, truth)
    return Run(process.wall, process.cpu, process.peak_mb, requests_of(scenario), found, error)


def finish(command: list[str]) -> Process:
    """Runs a command to its end, or for as long as there is patience."""
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=ENVIRONMENT) as child:
            patience = threading.Timer(LONGEST, child.kill)
            patience.daemon = True
            patience.start()
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            patience.cancel()
        errors.seek(0)
        error = last_line(errors.read()) if child.returncode else None
    return Process(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output, error)


def last_line(text: str) -> str:
    return (text.strip() or "failed without a word").splitlines()[-1]


def difference(program: Program, found: dict[str, float], truth: Truth) -> str | None:
    """What is wrong with what a program found."""
    for name in program.finds:
        if found[name] != getattr(truth, name):
            return f"{name}: {found[name]:,} of {getattr(truth, name):,}"
    return None
