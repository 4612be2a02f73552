"""What was measured, as the report asks for it."""

import json
import pathlib
import statistics
from dataclasses import dataclass

from fake import Listing


@dataclass(frozen=True)
class Figures:
    """The medians of a program's runs; not a number where there are none that count."""

    wall: float
    cpu: float
    peak_mb: float
    requests: float
    milliseconds: float
    error: str | None


@dataclass(frozen=True)
class Step:
    """A listing and the figures of its programs."""

    listing: Listing
    programs: dict[str, Figures]

    def __getitem__(self, program: str) -> Figures:
        return self.programs[program]


@dataclass(frozen=True)
class Results:
    """All figures, and what they depend on."""

    about: dict[str, object]
    steps: dict[str, Step]

    def __getitem__(self, step: str) -> Step:
        return self.steps[step]


def read(path: pathlib.Path) -> Results:
    about = json.loads(path.read_text(encoding="utf-8"))
    steps = {
        name: Step(Listing(**step["listing"]), {program: figures(runs) for program, runs in step["runs"].items()})
        for name, step in about.pop("steps").items()
    }
    return Results(about, steps)


def figures(runs: list[dict]) -> Figures:
    def median(values: list[float]) -> float:
        return statistics.median(values) if values else float("nan")

    good = [run for run in runs if not run["error"]]
    outside = {name: median([run[name] for run in good]) for name in ("wall", "cpu", "peak_mb", "requests")}
    inside = [run["found"]["milliseconds"] for run in good if "milliseconds" in run["found"]]
    errors = [run["error"] for run in runs if run["error"]]
    return Figures(**outside, milliseconds=median(inside), error=errors[0] if errors else None)
