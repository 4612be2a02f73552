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
    """How a reading went; requests that were refused too often fail, and with them their query."""

    seconds: float = 0.0
    requests: int = 0
    refused: int = 0
    failed: int = 0

    def note(self, now: float, refused: bool, failed: bool) -> None:
        self.seconds = max(self.seconds, now)
        self.requests += 1
        self.refused += refused
        self.failed += failed


class Pace:
    """How fast a machine asks, as src/api/pace.rs has it."""

    def __init__(self) -> None:
        self.rate, self.tokens, self.width, self.under_way, self.counted = RATE, RATE * BURST, 1000.0, 0, 0.0

    def wait(self, now: float) -> float:
        """How long until a request may be made; it is counted as made if that is now."""
        self.tokens = min(self.tokens + (now - self.counted) * self.rate, RATE * BURST)
        self.counted = now
        if self.under_way >= math.floor(self.width):
            return 0.02
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate + 1e-6
        self.tokens -= 1
        self.under_way += 1
        return 0.0

    def answered(self, refused: bool) -> None:
        if refused:
            self.width = max(min(self.width, self.under_way) / 2, 1.0)
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
    """Reads its part of the pages. Requests wait for their turn in the order in which they came."""

    def __init__(self, reading: Reading, server: Server, outcome: Outcome, clock: "Clock") -> None:
        self.latency, self.left = reading.latency, reading.requests
        self.server, self.outcome, self.clock = server, outcome, clock
        self.pace, self.waiting, self.is_called = Pace(), collections.deque(), False

    def next_page(self, now: float) -> None:
        if self.left > 0:
            self.left -= 1
            self.ask(now, 1)

    def ask(self, now: float, attempt: int) -> None:
        self.waiting.append(attempt)
        self.turn(now)

    def turn(self, now: float) -> None:
        """Makes the requests whose turn it is, and comes back when it is that of the next one."""
        while self.waiting and not self.is_called:
            if wait := self.pace.wait(now):
                self.is_called = True
                self.clock.at(now + wait, self.called)
            else:
                attempt, refused = self.waiting.popleft(), self.server.refuses(now)
                self.clock.at(now + self.latency, functools.partial(self.answer, attempt=attempt, refused=refused))

    def called(self, now: float) -> None:
        self.is_called = False
        self.turn(now)

    def answer(self, now: float, attempt: int, refused: bool) -> None:
        self.pace.answered(refused)
        self.outcome.note(now, refused, refused and attempt > RETRIES)
        if refused and attempt <= RETRIES:
            wait = self.clock.dice.random() * FIRST_WAIT * 2 ** (attempt - 1)
            self.clock.at(now + wait, functools.partial(self.ask, attempt=attempt + 1))
        else:
            self.next_page(now)


class Clock:
    """What happens, and when."""

    def __init__(self) -> None:
        self.events: list = []
        self.order, self.dice = itertools.count(), random.Random(1)

    def at(self, when: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self.events, (when, next(self.order), happen))

    def run(self) -> None:
        while self.events:
            now, _, happen = heapq.heappop(self.events)
            happen(now)


def play(reading: Reading) -> Outcome:
    outcome, clock, server = Outcome(), Clock(), Server()
    for _ in range(reading.machines):
        machine = Machine(reading, server if reading.shared else Server(), outcome, clock)
        clock.at(0.0, machine.next_page)
        # The first two pages are read by one connection before others join.
        for _ in range(reading.connections - 1):
            clock.at(2 * reading.latency, machine.next_page)
    clock.run()
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
    heads = ["machines", "a limit for each", "one limit for all", "answers 429", "requests given up"]
    yield from table(heads, (compared(machines) for machines in (1, 2, 4, 8, 16)))


def compared(machines: int) -> list[str]:
    own, shared = (play(Reading(8000, connections=16, machines=machines, shared=shared)) for shared in (False, True))
    return [str(machines), duration(own), duration(shared), f"{shared.refused:,}", str(shared.failed)]


#: What the extension took where the fake API has the same latency and limit: seconds, requests, answers 429. A new
#: process takes 0.4 s to start, which is left out.
MEASURED = {
    "25,000 rewards, 1 connection": (Reading(100, connections=1), 16.0, 103, 0),
    "25,000 rewards, 4 connections": (Reading(100), 4.5, 107, 0),
    "25,000 rewards, 16 connections": (Reading(100, connections=16), 1.7, 122, 0),
    "400,000 rewards, 16 connections": (Reading(1600, connections=16), 21.9, 1660, 0),
    "4 processes with a limit for all, 400,000 rewards each": (
        Reading(6400, connections=16, machines=4, shared=True), 91, 6888, 257,
    ),
    "8 processes with a limit for all, 400,000 rewards each": (
        Reading(12800, connections=16, machines=8, shared=True), 199, 14455, 1202,
    ),
}  # fmt: skip


def checked() -> Iterator[str]:
    """What was measured, beside the same played through."""
    heads = ["", "played", "measured", "requests", "measured", "answers 429", "measured"]
    yield from table(heads, (
        beside(name, play(reading), *measured) for name, (reading, *measured) in MEASURED.items()
    ))


def beside(name: str, played: Outcome, seconds: float, requests: int, refused: int) -> list[str]:
    counts = (played.requests, requests, played.refused, refused)
    return [name, duration(played), f"{seconds:g} s", *(f"{count:,}" for count in counts)]


def duration(outcome: Outcome) -> str:
    return f"{outcome.seconds:,.1f} s" if outcome.seconds < 10 else f"{outcome.seconds:,.0f} s"


def written(page: str) -> str:
    """The page with every table as it is played through now."""
    for make in (one_machine, less, fleet, checked):
        before, rest = page.split(f"<!-- {make.__name__} -->\n")
        _, after = rest.split("<!-- end -->", 1)
        rows = "\n".join(make())
        page = f"{before}<!-- {make.__name__} -->\n{rows}\n<!-- end -->{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
