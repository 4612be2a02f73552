"""A thread that asks questions, and disturbs the others."""

import contextlib
import random
import threading
import time
import traceback
from collections import Counter
from dataclasses import replace

import duckdb

from databases import NAMES, Database
from questions import LONG, QUESTIONS, Question, Rows, difference
from world import World

#: How often, in a hundred questions.
REOPENED, REPLACED, DROPPED, LEFT, CANCELLED, CLOSED = 4, 6, 4, 6, 25, 6

#: Of these it can be said which account they are about, whenever the secret may be made for another.
ONE_SCAN = [question for question in QUESTIONS if question.is_one_scan]

#: A query is disturbed within so many seconds.
SOON = 0.06

#: What DuckDB says where a connection is closed before a query, or between a query and its result.
CLOSED_ERRORS = ("Connection Error: Connection already closed", "Invalid Input Error: No open result set")

NO_SECRET_ERRORS = ("No partnerstack secret", "There is no secret named")


class Wrong(Exception):
    """What must not be."""


class Worker(threading.Thread):
    """One thread. Its decisions depend on the seed and its number alone; what they meet does not."""

    def __init__(self, number: int, seed: int, queries: int, world: World) -> None:
        super().__init__(name=f"worker {number}", daemon=True)
        self.dice = random.Random(f"{seed}/{number}")
        self.queries, self.world = queries, world
        self.outcomes: Counter[str] = Counter()
        self.done, self.since, self.doing = 0, time.monotonic(), "starting"
        #: The longest time between an interrupt and the end of its query.
        self.slowest = 0.0
        self.wrong: str | None = None

    def run(self) -> None:
        try:
            while self.done < self.queries and not self.world.is_over.is_set():
                self.step()
                self.done += 1
                self.since = time.monotonic()
        except BaseException:
            self.wrong = f"{self.name}, query {self.done}, {self.doing}\n{traceback.format_exc()}"
            self.world.is_over.set()

    def chance(self, percent: int) -> bool:
        return self.dice.random() * 100 < percent

    def step(self) -> None:
        if self.chance(REOPENED):
            self.doing = "opening a database"
            self.world.replace_a_database(self.dice)
        database = self.world.enter_a_database(self.dice)
        try:
            self.disturb_secrets(database)
            if self.chance(LEFT):
                self.leave_half_read(database)
            else:
                self.ask(database)
        finally:
            self.world.leave(database)

    def disturb_secrets(self, database: Database) -> None:
        self.doing = "replacing or dropping a secret"
        with database.con.cursor() as con:
            if self.chance(REPLACED):
                database.replace_secret(con, self.dice)
            if self.chance(DROPPED):
                database.drop_secret(con, self.dice)

    def leave_half_read(self, database: Database) -> None:
        """Reads a part of a result, and leaves the rest for the end of the connection."""
        sql = self.doing = database.sql(LONG, self.dice.choice(NAMES))
        con, secrets = database.con.cursor(), (database.drops, database.has_secret)
        try:
            rows = con.execute(sql).fetchmany(self.dice.randrange(1, 300))
        except duckdb.Error as error:
            self.outcomes[outcome(error, "", may_lack_secret(database, secrets))] += 1
            return
        part = replace(LONG, limit=len(rows))
        self.compare(part, rows, [account.truth.answer(LONG) for account in database.accounts])
        self.outcomes["left half read"] += 1
        if self.chance(50):
            database.keep(con)
        else:
            con.close()

    def ask(self, database: Database) -> None:
        several = len(database.accounts) > 1
        question = self.dice.choice(ONE_SCAN if several else QUESTIONS)
        names = self.dice.choice(NAMES)
        sql = self.doing = database.sql(question, names)
        con, secrets = database.con.cursor(), (database.drops, database.has_secret)
        disturbed, disturbance = "", None
        if self.chance(CANCELLED + CLOSED):
            disturbed = "closed" if self.chance(100 * CLOSED // (CANCELLED + CLOSED)) else "interrupted"
            disturbance = Disturbance(self.dice.random() * SOON, con, disturbed)
            disturbance.start()
            self.outcomes[f"to be {disturbed}"] += 1
        try:
            con.execute(f"SET partnerstack_max_connections = {self.dice.choice((1, 4, 16))}")
            rows = con.execute(sql).fetchall()
        except duckdb.Error as error:
            ended = time.monotonic()
            what = outcome(error, disturbed, may_lack_secret(database, secrets))
            self.outcomes[what] += 1
            if what == "interrupted":
                self.slowest = max(self.slowest, ended - disturbance.at)
        else:
            self.compare(question, rows, [account.truth.answer(question) for account in database.accounts])
        finally:
            if disturbance:
                disturbance.cancel()
                disturbance.join()
            con.close()

    def compare(self, question: Question, rows: Rows, truths: list[Rows]) -> None:
        """A result is all of one truth or all of another."""
        differences = [difference(question, rows, truth) for truth in truths]
        if all(differences):
            raise Wrong("\n".join(differences))
        self.outcomes["right"] += 1


class Disturbance(threading.Timer):
    """Interrupts what a connection does after so many seconds, or closes it."""

    def __init__(self, seconds: float, con: duckdb.DuckDBPyConnection, how: str) -> None:
        super().__init__(seconds, self.interrupt if how == "interrupted" else self.close)
        self.con, self.at = con, float("nan")

    def interrupt(self) -> None:
        self.at = time.monotonic()
        self.con.interrupt()

    def close(self) -> None:
        with contextlib.suppress(duckdb.ResourceInUseException):
            self.con.close()


def may_lack_secret(database: Database, before: tuple[int, bool]) -> bool:
    """Whether there was a moment without the secret since then."""
    drops, had_secret = before
    return not had_secret or database.drops != drops


def outcome(error: duckdb.Error, disturbed: str, may_lack_secret: bool) -> str:
    """Which of the errors it is that may be."""
    if disturbed == "interrupted" and isinstance(error, duckdb.InterruptException):
        return "interrupted"
    if disturbed == "closed" and str(error).startswith(CLOSED_ERRORS):
        return "closed"
    if may_lack_secret and str(error).removeprefix("Invalid Configuration Error: ").startswith(NO_SECRET_ERRORS):
        return "no secret"
    raise error
