"""What the threads share: accounts, and databases that come and go."""

import itertools
import pathlib
import random
import tempfile
import threading

import duckdb

from databases import Account, Database, OtherProcess

#: How many databases are open at a time. Half of them are files.
OPEN = 4

#: Different data in each, so that a mix-up shows. One request in a hundred meets a fault, and may be made again.
ACCOUNTS = {
    "north": "seed=11,rewards=1700,deals=640,transactions=900,latency=2,chaos=1",
    "south": "seed=12,rewards=300,deals=510,transactions=2100,latency=1,chaos=1,scheduled=hidden,gzip=on",
    "west": "seed=13,rewards=2600,deals=90,transactions=400,chaos=1,bounds=exclusive",
}


class World:
    """The accounts, the open databases, and whether it is over."""

    def __init__(self, extension: pathlib.Path, url: str, dice: random.Random) -> None:
        self.extension = extension
        self.is_over = threading.Event()
        self.accounts = [Account(name, url, knobs) for name, knobs in ACCOUNTS.items()]
        self.numbers = itertools.count(1)
        self.folder = tempfile.TemporaryDirectory()
        self.other_process = OtherProcess()
        self.lock = threading.Lock()
        self.databases = [self.open(place, dice) for place in range(OPEN)]

    def open(self, place: int, dice: random.Random) -> Database:
        number = next(self.numbers)
        path = f"{self.folder.name}/{number}.duckdb" if place % 2 else ":memory:"
        return Database(self.extension, path, dice.sample(self.accounts, dice.choice((1, 1, 2))))

    def replace_a_database(self, dice: random.Random) -> None:
        place = dice.randrange(OPEN)
        new = self.open(place, dice)
        with self.lock:
            old, self.databases[place] = self.databases[place], new
        self.leave(old)

    def enter_a_database(self, dice: random.Random) -> Database:
        place = dice.randrange(OPEN)
        while True:
            with self.lock:
                database = self.databases[place]
            if database.enter():
                return database

    def leave(self, database: Database) -> None:
        """The file of a database that is closed can be opened by others."""
        if database.leave() and database.path != ":memory:":
            wrong = self.other_process.open(database.path)
            if wrong:
                raise duckdb.Error(f"{database.path} cannot be opened again: {wrong}")

    def end(self) -> None:
        for database in self.databases:
            self.leave(database)
        self.other_process.end()
        for account in self.accounts:
            account.truth.con.close()
        self.folder.cleanup()
