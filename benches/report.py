"""Writes what was measured into the page about it; a quick run is printed, as it is not worth keeping."""

import math
import pathlib
import sys
from collections.abc import Iterable, Iterator

from programs import OURS
from results import Figures, Results, Step, read
from targets import targets

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def main(results: pathlib.Path, page: pathlib.Path) -> None:
    measured = read(results)
    text = "\n".join(report(measured))
    if measured.about["quick"]:
        print(text)
    else:
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def report(results: Results) -> Iterator[str]:
    yield from about(results.about)
    yield from ["", "## Targets", ""]
    yield from reached(results)
    for step in results.steps.values():
        reading = OURS in step.programs
        yield from ["", f"## {step.listing.title if reading else 'Start-up'}", ""]
        yield from read_all(step) if reading else started(step)


def about(facts: dict) -> Iterator[str]:
    yield f"- date: {facts['date']}"
    yield from (f"- {name}: {what}" for name, what in facts["about"].items())
    yield from (f"- fake API: {pages:,.0f} pages a second to {readers}" for readers, pages in facts["ceiling"].items())


def reached(results: Results) -> Iterator[str]:
    yield from table(["", "target", "measured", ""], (
        [
            target.what,
            f"at {'least' if target.least else 'most'} {target.bound:g}{target.unit}",
            f"{number(target.figure)}{target.unit}",
            "met" if target.met else "missed",
        ]
        for target in targets(results)
    ))


def read_all(step: Step) -> Iterator[str]:
    heads = ["", "seconds", "CPU s", "CPU µs a row", "peak MB", "requests", "seconds ÷ ours", "CPU ÷ ours"]
    yield from table(heads, (compared(name, its, step) for name, its in step.programs.items()))


def compared(name: str, its: Figures, step: Step) -> list[str]:
    """The figures of a program, or why it has none."""
    if its.error:
        return [name, its.error, *[""] * 6]
    ours, microseconds_a_row = step[OURS], its.cpu / step.listing.rows * 1e6
    ratios = its.wall / ours.wall, its.cpu / ours.cpu
    return [name, *map(number, (its.wall, its.cpu, microseconds_a_row, its.peak_mb, its.requests, *ratios))]


def started(step: Step) -> Iterator[str]:
    yield from table(["", "seconds", "CPU s", "peak MB", "requests", "ms of what it is named for"], (
        [name, *map(number, (its.wall, its.cpu, its.peak_mb, its.requests, its.milliseconds))]
        for name, its in step.programs.items()
    ))


def number(figure: float) -> str:
    """A whole number, or three digits; nothing for what is not known."""
    if math.isnan(figure):
        return ""
    whole = figure >= 100 or figure == int(figure)
    return f"{figure:,.{0 if whole else 1 if figure >= 10 else 2}f}"


def table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|---{'|--:' * (len(heads) - 1)}|"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
