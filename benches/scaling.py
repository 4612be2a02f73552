"""Plays through how fast rewards can be read, by a clock of its own, and writes the tables of docs/scaling.md."""

import collections
import functools
import heapq
import itertools
import math
import pathlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from report import table

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "scaling.md"

#: The most items that a request returns, and the most requests a minute that anybody speaks of.
ITEMS, LIMIT = 250, 4000

#: Requests a second that the extension allows itself, and how many seconds' worth may come at once.
RATE, BURST = 40.0, 20.0

#: Seconds before a request is made again at first, doubled each time, and how often that is done.
FIRST_WAIT, RETRIES = 0.25, 5


@dataclass(frozen=True)
class Reading:
    """Pages of a listing, shared evenly by machines, whose limit may be one for all of them."""

    pages: int
    latency: float = 0.15
    connections: int = 4
    machines: int = 1
    shared: bool = False

    @property
    def requests(self) -> int:
        """How many each machine makes, but for those made again; where connections meet, pages are not full."""
        return round(self.pages / self.machines * 1.02 + 1.2 * self.connections)


@dataclass
class Outcome:
    """How a reading went; it failed if a request was refused too often."""

    seconds: float = 0.0
    requests: int = 0
    refused: int = 0
    failed: bool = False


class Pace:
    """How fast a machine asks, as src/api/pace.rs has it."""

    def __init__(self) -> None:
        self.rate, self.tokens, self.width, self.under_way, self.counted = RATE, RATE * BURST, math.inf, 0, 0.0

    def wait(self, now: float) -> float:
        """How long until a request may be made; it is counted as made if that is now."""
        self.tokens = min(self.tokens + (now - self.counted) * self.rate, RATE * BURST)
        self.counted = now
        if self.under_way >= self.width:
            return 0.02
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate + 1e-6
        self.tokens -= 1
        self.under_way += 1
        return 0.0

    def answered(self, refused: bool) -> None:
        if refused:
            self.width = max(min(self.width, self.under_way) // 2, 1)
            self.rate = max(self.rate / 2, 1.0)
            self.tokens = min(self.tokens, self.rate)
        else:
            self.width += 1 / self.width
            self.rate = min(self.rate + RATE / 200, RATE)
        self.under_way -= 1


class Server:
    """Refuses what is too much within any minute."""

    def __init__(self) -> None:
        self.recent: collections.deque[float] = collections.deque()

    def refuses(self, now: float) -> bool:
        while self.recent and now - self.recent[0] >= 60:
            self.recent.popleft()
        if len(self.recent) >= LIMIT:
            return True
        self.recent.append(now)
        return False


class Machine:
    """Reads its part of the pages."""

    def __init__(self, reading: Reading, server: Server, outcome: Outcome) -> None:
        self.latency, self.left = reading.latency, reading.requests
        self.pace, self.server, self.outcome = Pace(), server, outcome
        self.dice = random.Random(1)

    def ask(self, now: float, attempt: int) -> "Event | None":
        """Makes a request, or waits for its turn; a first attempt takes a new page, if there is one."""
        if attempt == 1 and self.left == 0:
            return None
        if wait := self.pace.wait(now):
            return now + wait, functools.partial(self.ask, attempt=attempt)
        self.left -= attempt == 1
        self.outcome.requests += 1
        done = functools.partial(self.answer, attempt=attempt, refused=self.server.refuses(now))
        return now + self.latency, done

    def answer(self, now: float, attempt: int, refused: bool) -> "Event":
        self.pace.answered(refused)
        self.outcome.refused += refused
        self.outcome.failed |= refused and attempt > RETRIES
        self.outcome.seconds = max(self.outcome.seconds, now)
        if not refused or attempt > RETRIES:
            return now, functools.partial(self.ask, attempt=1)
        again = self.dice.random() * FIRST_WAIT * 2 ** (attempt - 1)
        return now + again, functools.partial(self.ask, attempt=attempt + 1)


#: When something happens, and what, which may make something else happen.
Event = tuple[float, Callable[[float], "Event | None"]]


def play(reading: Reading) -> Outcome:
    outcome, order, server = Outcome(), itertools.count(), Server()
    events: list = []
    for _ in range(reading.machines):
        machine = Machine(reading, server if reading.shared else Server(), outcome)
        first = functools.partial(machine.ask, attempt=1)
        # The first two pages are read by one connection before others join.
        starts = [0.0] + [2 * reading.latency] * (reading.connections - 1)
        events += [(start, next(order), first) for start in starts]
    heapq.heapify(events)
    while events:
        now, _, happen = heapq.heappop(events)
        if event := happen(now):
            heapq.heappush(events, (event[0], next(order), event[1]))
    return outcome


def one_machine() -> Iterator[str]:
    """A million rewards, by the latency of an answer and by the connections."""
    latencies = 0.05, 0.15, 0.5
    heads = ["connections", *(f"{latency * 1000:g} ms a page" for latency in latencies)]
    yield from table(heads, (
        [str(connections), *(duration(play(Reading(4000, latency, connections))) for latency in latencies)]
        for connections in (1, 4, 16, 32)
    ))


def less() -> Iterator[str]:
    """What is left to be asked of a million rewards that came evenly over two years."""
    parts = {"everything": 730, "the last 90 days, as a sync reads again": 90, "a month": 30, "a day": 1}
    readings = {part: Reading(math.ceil(4000 * days / 730)) for part, days in parts.items()}
    yield from table(["", "rewards", "requests", "time"], (
        [part, f"{reading.pages * ITEMS:,}", f"{reading.requests:,}", duration(play(reading))]
        for part, reading in readings.items()
    ))


def fleet() -> Iterator[str]:
    """Two million rewards, by the machines and by whose the limit is."""
    heads = ["machines", "a limit for each", "one limit for all", "requests made again"]
    yield from table(heads, (compared(machines) for machines in (1, 2, 4, 8)))


def compared(machines: int) -> list[str]:
    own, shared = (play(Reading(8000, connections=16, machines=machines, shared=shared)) for shared in (False, True))
    together = "ends with an error" if shared.failed else duration(shared)
    return [str(machines), duration(own), together, str(shared.refused)]


def duration(outcome: Outcome) -> str:
    return f"{outcome.seconds:,.1f} s" if outcome.seconds < 10 else f"{outcome.seconds:,.0f} s"


def written(page: str) -> str:
    """The page with every table as it is played through now."""
    for make in (one_machine, less, fleet):
        before, rest = page.split(f"<!-- {make.__name__} -->\n")
        _, after = rest.split("<!-- end -->", 1)
        rows = "\n".join(make())
        page = f"{before}<!-- {make.__name__} -->\n{rows}\n<!-- end -->{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
