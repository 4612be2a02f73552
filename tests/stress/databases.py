"""Databases with the extension, used by several threads at once, and closed whatever is going on in them."""

import pathlib
import random
import subprocess
import sys
import threading
import time

import duckdb

from questions import Question, Truth, named
from scenario import Scenario

#: A secret that is dropped is made again within so many seconds.
LONGEST_DROP = 0.02

#: The ways to name a table.
NAMES = ("account", "secret", "schema")


class Account:
    """An account of the fake API with its own data, and the truth about it."""

    def __init__(self, name: str, url: str, knobs: str) -> None:
        self.name, self.fake = name, Scenario(url, knobs)
        self.truth = Truth(self.fake)

    def secret(self, name: str) -> str:
        """A statement that makes the secret of this name, or replaces it."""
        return self.fake.secret_for_both(name).removesuffix(")") + f", SCOPE 'partnerstack://{name}')"


class Database:
    """A database, in memory or in a file, with one secret. Each time that this is made, it is for another account of a
    few. The database closes when the last that uses it leaves."""

    def __init__(self, extension: pathlib.Path, path: str, accounts: list[Account]) -> None:
        self.path, self.accounts, self.name = path, accounts, accounts[0].name
        self.lock = threading.Lock()
        self.users = 1
        #: Connections whose results were not read to the end.
        self.left: list[duckdb.DuckDBPyConnection] = []
        self.secrets = threading.Lock()
        self.drops, self.has_secret = 0, True
        self.con = duckdb.connect(path, config={"allow_unsigned_extensions": "true", "threads": 2})
        self.con.execute(f"LOAD '{extension}'")
        self.con.execute("SET GLOBAL partnerstack_rate_limit = 10000")
        self.con.execute(accounts[0].secret(self.name))
        for api in ("vendor", "partner"):
            self.con.execute(f"PRAGMA partnerstack_attach('ps_{api}', account = '{self.name}', api = '{api}')")
        deals = self.sql(Question("SELECT stage, count(*), sum(amount) FROM @deals GROUP BY ALL"), "account")
        self.con.execute(f"CREATE VIEW stages AS {deals}")

    def sql(self, question: Question, names: str) -> str:
        """A question with a name of each table: by the account, by the secret, or as it is attached."""

        def name(table: str) -> str:
            if names == "schema":
                return f"ps_{question.api}.{table}"
            return f"partnerstack_{table}(api := '{question.api}', {names} := '{self.name}')"

        return named(question.statement, name).replace("%account", f"account := '{self.name}'")

    def enter(self) -> bool:
        """Whether the database is still open; then it stays so until the thread leaves."""
        with self.lock:
            self.users += self.users > 0
            return self.users > 0

    def leave(self) -> bool:
        """Whether that closed the database."""
        with self.lock:
            self.users -= 1
            if self.users > 0:
                return False
        self.con.close()
        for con in self.left:
            con.close()
        return True

    def keep(self, con: duckdb.DuckDBPyConnection) -> None:
        """Keeps a connection until the database is closed."""
        with self.lock:
            self.left.append(con)

    def replace_secret(self, con: duckdb.DuckDBPyConnection, dice: random.Random) -> None:
        with self.secrets:
            con.execute(dice.choice(self.accounts).secret(self.name))

    def drop_secret(self, con: duckdb.DuckDBPyConnection, dice: random.Random) -> None:
        """Drops the secret, and makes it again after a moment."""
        with self.secrets:
            self.drops, self.has_secret = self.drops + 1, False
            con.execute(f"DROP SECRET {self.name}")
            time.sleep(dice.random() * LONGEST_DROP)
            con.execute(dice.choice(self.accounts).secret(self.name))
            self.has_secret = True


class OtherProcess:
    """Another process, which opens the files of closed databases."""

    CODE = """
import duckdb, sys
for path in map(str.strip, sys.stdin):
    try:
        with duckdb.connect(path) as con:
            print(con.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'stages'").fetchone()[0], flush=True)
    except duckdb.Error as error:
        print(str(error).replace(chr(10), " "), flush=True)
"""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([sys.executable, "-c", self.CODE], stdin=pipe, stdout=pipe, text=True)
        self.opened = 0

    def open(self, path: str) -> str | None:
        """What is wrong with a file."""
        with self.lock:
            print(path, file=self.child.stdin, flush=True)
            found = self.child.stdout.readline().strip()
            self.opened += 1
        return None if found == "1" else found or "the other process ended"

    def end(self) -> None:
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()
