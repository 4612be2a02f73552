"""Cells of the matrix of faults: each is a query against a scenario of the fake API, and what came of it."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb

ROWS, PAGE_SIZE = 600, 50
CONNECTIONS = (1, 4)

#: What came of a cell that returned exactly the right rows.
RIGHT = "rows"

WRONG = "{} rows: {} are missing, {} are too many"

QUERY = "SELECT key, epoch_ms(created_at), amount FROM partnerstack_rewards(page_size := {}, secret := '{}')"


@dataclass(frozen=True)
class Cell:
    """What the fake API does, and how it is asked."""

    knobs: str
    connections: int
    settings: tuple[str, ...] = ()
    #: Whether rows come and go meanwhile.
    comes_and_goes: bool = False
    #: Whether keys come otherwise than they are.
    spoils_keys: bool = False

    def __str__(self):
        return f"{self.knobs} with {self.connections}"


@dataclass(frozen=True)
class Outcome:
    """That the rows are right, or the error, or what is wrong with the rows; how often faults struck; the answers."""

    text: str
    struck: int
    statuses: tuple[int, ...]

    @property
    def kind(self):
        if self.text == RIGHT:
            return "right rows"
        return "wrong rows" if re.fullmatch(WRONG.format(*[r"\d+"] * 3), self.text) else "an error"


class Cells:
    """Runs cells, many at a time, and counts what came of them."""

    def __init__(self, connect, scenario, counts):
        self.scenario, self.counts = scenario, counts
        self.databases = {connections: self.database(connect, connections) for connections in CONNECTIONS}
        self.unchanged = rows_of(scenario(f"rewards={ROWS}"))

    @staticmethod
    def database(connect, connections):
        con = connect()
        con.execute(f"SET GLOBAL partnerstack_max_connections = {connections}")
        con.execute("SET GLOBAL partnerstack_max_retries = 1; SET GLOBAL partnerstack_rate_limit = 10000")
        return con

    def run(self, cells):
        """The outcome of each cell."""
        prepared = [self.prepare(cell, f"cell{number}") for number, cell in enumerate(cells)]
        with ThreadPoolExecutor(12) as pool:
            outcomes = list(pool.map(lambda made: self.outcome(*made), prepared))
        for cell, outcome in zip(cells, outcomes, strict=True):
            self.counts[str(cell)] = outcome.kind
        return outcomes

    def prepare(self, cell, name):
        fake = self.scenario(f"rewards={ROWS},{cell.knobs}")
        con = self.databases[cell.connections].cursor()
        con.execute(fake.vendor_secret(name))
        for setting in cell.settings:
            con.execute(f"SET partnerstack_{setting}")
        return cell, con, fake, QUERY.format(PAGE_SIZE, name)

    def outcome(self, cell, con, fake, query):
        before = rows_of(fake) if cell.comes_and_goes else self.unchanged
        try:
            rows = Counter(con.execute(query).fetchall())
            after = rows_of(fake) if cell.comes_and_goes else before
            text = wrong(*(map(keyless, (rows, before, after)) if cell.spoils_keys else (rows, before, after)))
        except duckdb.Error as error:
            text = str(error).split(" Error: ", 1)[-1]
        finally:
            con.close()
        struck = json.loads(fake.control("__stats"))["struck"]
        return Outcome(text, struck, tuple(request["status"] for request in fake.log()))


def rows_of(fake):
    """The rows that the fake API has now."""
    return Counter((item["key"], item["created_at"], item["amount"]) for item in fake.truth("rewards", "vendor"))


def keyless(rows):
    without = Counter()
    for (_, *rest), count in rows.items():
        without[tuple(rest)] += count
    return without


def wrong(rows, before, after):
    """Rows that were there all the time must have come once, and any other at most once. Says what is wrong."""
    new = Counter({row: 1 for row in rows - before if str(row[0]).startswith("new_")})
    missing, more = (before & after) - rows, rows - before - new
    if missing or more:
        return WRONG.format(rows.total(), missing.total(), more.total())
    return RIGHT
