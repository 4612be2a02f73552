"""What is to be reached, in figures that one run of the benchmark gives. Where it is about cursors, the time is that
of the statement; else that of the whole process."""

from collections.abc import Iterator
from dataclasses import dataclass

from programs import (
    AGGREGATE, BY_HAND, DLT, DLT_TUNED, DOWNLOAD, HTTPFS_WINDOWS, HTTPX, LIMIT, LOAD, OURS, OURS_1, OURS_16, PARSE,
)
from results import Results, Step

DEFAULT_CONNECTIONS = 4


@dataclass(frozen=True)
class Target:
    """A figure, how large or small it is to be, and how large it is."""

    what: str
    least: bool
    bound: float
    figure: float
    unit: str

    @property
    def met(self) -> bool:
        """No figure, because a program failed, meets nothing."""
        return self.figure >= self.bound if self.least else self.figure <= self.bound


def at_least(what: str, bound: float, figure: float, unit: str = "") -> Target:
    return Target(what, True, bound, figure, unit)


def at_most(what: str, bound: float, figure: float, unit: str = "") -> Target:
    return Target(what, False, bound, figure, unit)


def targets(results: Results) -> Iterator[Target]:
    yield from of_cpu(results)
    yield from of_memory(results)
    yield from of_cursors(results)
    yield from of_starting(results)


def of_cpu(results: Results) -> Iterator[Target]:
    large, title = results["large"], results["large"].listing.title
    for peer, bound in ((DLT, 40), (DLT_TUNED, 12), (HTTPX, 4), (HTTPFS_WINDOWS, 2)):
        yield at_least(f"{title}, CPU: {peer} ÷ {OURS}", bound, large[peer].cpu / large[OURS].cpu)
    for ours, loop, bound in ((OURS, BY_HAND, 1.35), (AGGREGATE, PARSE, 1.5)):
        yield at_most(f"{title}, CPU: {ours} ÷ {loop}", bound, large[ours].cpu / large[loop].cpu)


def of_memory(results: Results) -> Iterator[Target]:
    huge, small = results["huge"], results["small"]
    what = f"{huge.listing.title}, peak: {AGGREGATE} - the same on {small.listing.rows:,}"
    yield at_most(what, 20, huge[AGGREGATE].peak_mb - small[AGGREGATE].peak_mb, " MB")


def of_cursors(results: Results) -> Iterator[Target]:
    near, lanes = results["near"], results["lanes"]
    one = near[OURS_1].milliseconds / near[DOWNLOAD].milliseconds
    yield at_most(f"{near.listing.title}, time: {OURS_1} ÷ {DOWNLOAD}", 1.05, one)
    four, title = lanes[OURS].milliseconds, lanes.listing.title
    perfect = lanes.listing.pages * lanes.listing.latency / DEFAULT_CONNECTIONS
    yield at_least(f"{title}, time: {OURS_1} ÷ {OURS}", 3.5, lanes[OURS_1].milliseconds / four)
    yield at_most(f"{title}, time: {OURS} ÷ (pages × latency ÷ connections)", 1.25, four / perfect)
    for step in (lanes, results["skewed"]):
        yield from of_many_cursors(step)


def of_many_cursors(step: Step) -> Iterator[Target]:
    one, many, title = step[OURS_1], step[OURS_16], step.listing.title
    faster = one.milliseconds / many.milliseconds
    yield at_least(f"{title}, time: {OURS_1} ÷ {OURS_16}", 10, faster)
    yield at_most(f"{title}, requests: {OURS_16} ÷ {OURS_1}", 1.15, many.requests / one.requests)


def of_starting(results: Results) -> Iterator[Target]:
    starting, small = results["starting"], results["small"]
    late = starting[LIMIT].milliseconds - starting.listing.latency
    yield at_most("LIMIT 100: requests", 1, starting[LIMIT].requests)
    yield at_most("LIMIT 100: rows after the round trip", 60, late, " ms")
    yield at_most("LOAD", 20, starting[LOAD].milliseconds, " ms")
    yield at_most(f"{small.listing.title}, time of the whole process", 0.2, small[OURS].wall, " s")
