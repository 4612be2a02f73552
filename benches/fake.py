"""The fake API as the benchmark uses it: what it lists, the truth about that, and how often it is asked."""

import itertools
import json
import pathlib
import sys
import urllib.request
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))

from paging import HEADERS, LIMIT, walk  # noqa: E402

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Listing:
    """Rewards, and how the fake API lists them."""

    rows: int
    latency: int = 0
    spread: str = "uniform"

    @property
    def pages(self) -> int:
        return -(-self.rows // LIMIT)

    @property
    def title(self) -> str:
        latency = f", {self.latency} ms a page" if self.latency else ""
        return f"{self.rows:,} rewards{latency}{', most of them recent' if self.spread == 'skewed' else ''}"


@dataclass
class Truth:
    """What there is to be read."""

    rows: int = 0
    sum: int = 0
    times: array = field(default_factory=lambda: array("q"))


class Fake:
    """A running fake API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ids = itertools.count()
        self.truths: dict[Listing, Truth] = {}

    def scenario(self, listing: Listing) -> str:
        """The URL of a scenario of which nobody has asked anything."""
        knobs = f"rewards={listing.rows},latency={listing.latency},spread={listing.spread}"
        return f"{self.url}/id={next(self.ids)},{knobs}"

    def truth(self, listing: Listing) -> Truth:
        """The truth by a plain reading of every page, after which the fake API has all items at hand."""
        at_once = replace(listing, latency=0)
        if at_once not in self.truths:
            self.truths[at_once] = read_all(f"{self.scenario(at_once)}/api/v2")
        return self.truths[at_once]


def requests_of(scenario: str) -> int:
    return get(f"{scenario}/__stats")["requests"]


def read_all(base_url: str) -> Truth:
    truth = Truth()

    def read(url: str) -> tuple[bool, str]:
        data = get(url)["data"]
        truth.rows += len(data["items"])
        truth.sum += sum(item["amount"] or 0 for item in data["items"])
        truth.times.extend(item["created_at"] for item in data["items"])
        return data["has_more"], data["items"][-1]["key"]

    walk(base_url, read)
    return truth


def get(url: str) -> dict:
    with OPENER.open(urllib.request.Request(url, headers=HEADERS)) as answer:
        return json.load(answer)


def windows(times: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last time of windows that hold a page at most each, of times that fall."""
    found: list[tuple[int, int]] = []
    room = 0
    for time, same in itertools.groupby(times):
        count = sum(1 for _ in same)
        if count > room:
            found.append((time, time))
            room = LIMIT
        found[-1] = (time, found[-1][1])
        room -= count
    return found
