"""A data source for Apache Spark: a table of this extension, read by many tasks, a window of time each.

    spark.dataSource.register(PartnerStackDataSource)
    rewards = spark.read.format("partnerstack").options(resource="rewards", api="vendor").load()

docs/fleet.md has the options, what is guaranteed, and what it is worth.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow
from pyspark import SparkFiles
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

#: How old the oldest row is thought to be where nobody says. Only how even the windows are depends on it.
GUESSED_AGE = timedelta(days=3 * 365)

#: How many tasks there are where nobody says.
PARTITIONS = 8

#: How many rows go to Spark at once.
BATCH = 10_000

#: The options that go to the table function as they are.
PARAMETERS = ("api", "account", "secret")

OPTIONS = {
    *("resource", *PARAMETERS, "secret_directory", "extension"),
    *("created_after", "created_before", "oldest", "partitions", "partition_days", "untimed"),
}


@dataclass(frozen=True)
class Window(InputPartition):
    """The rows that one task reads: those created from `after` on, but before `before`. None is open."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class Untimed(InputPartition):
    """The rows that no window holds: those without a time."""


class PartnerStackDataSource(DataSource):
    """What `spark.read.format("partnerstack")` makes."""

    @classmethod
    def name(cls) -> str:
        return "partnerstack"

    def schema(self) -> StructType:
        table = Table(self.options)
        # Which columns there are depends on the API, which the keys tell where nothing else does.
        with table.connect(with_keys="api" not in table.options) as con:
            return from_arrow_schema(table.query(con, "*", Window(), limit="LIMIT 0").schema)

    def reader(self, schema: StructType) -> DataSourceReader:
        return Reader(Table(self.options), schema)


class Reader(DataSourceReader):
    """Made on the driver, which divides the time, and sent to each task, which reads a window."""

    def __init__(self, table: "Table", schema: StructType) -> None:
        self.table, self.schema = table, schema

    def partitions(self) -> list[InputPartition]:
        return partitions(self.table.options, datetime.now(UTC).replace(microsecond=0))

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        # Spark compares the types to the last detail, such as how the values of a list are named.
        wanted = to_arrow_schema(self.schema, timezone="UTC")
        with self.table.connect() as con:
            for batch in self.table.query(con, ", ".join(map(name, wanted.names)), partition):
                yield batch.cast(wanted)


class Table:
    """A table function, and the database in memory that a task asks it in. It holds no keys."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = {option.lower(): value for option, value in options.items()}
        self.settings = {option for option in self.options if option.startswith("partnerstack_")}
        if unknown := self.options.keys() - OPTIONS - self.settings:
            # Spark shows options in plans and logs, so that a key must never be one.
            names = ", ".join(sorted(unknown))
            raise ValueError(f"{names}: no such option. There are {', '.join(sorted(OPTIONS))}.")
        if not self.options.get("resource", "").isidentifier():
            raise ValueError("the option 'resource' names the table to read, such as rewards")

    def connect(self, *, with_keys: bool = True) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 1})
        if directory := self.options.get("secret_directory"):
            con.execute(f"SET secret_directory = {text(directory)}")
        con.execute(f"LOAD {text(self.extension())}")
        con.execute("SET TimeZone = 'UTC'")
        for setting in self.settings:
            con.execute(f"SET {setting} = {text(self.options[setting])}")
        if with_keys and not directory:
            con.execute("CREATE SECRET (TYPE partnerstack, PROVIDER env)")
        return con

    def extension(self) -> str:
        """A path, or the name of a file that Spark has brought here; or else what is installed."""
        extension = self.options.get("extension", "partnerstack")
        is_brought = extension == Path(extension).name != Path(extension).stem
        return SparkFiles.get(extension) if is_brought else extension

    def query(
        self, con: duckdb.DuckDBPyConnection, columns: str, partition: InputPartition, limit: str = ""
    ) -> pyarrow.RecordBatchReader:
        given = {parameter: self.options[parameter] for parameter in PARAMETERS if parameter in self.options}
        where = ""
        match partition:
            case Window(after, before):
                bounds = {"created_after": after, "created_before": before}
                given |= {bound: moment.isoformat() for bound, moment in bounds.items() if moment}
            case Untimed():
                where = "WHERE created_at IS NULL"
        arguments = ", ".join(f"{parameter} := {text(value)}" for parameter, value in given.items())
        function = f"partnerstack_{self.options['resource']}({arguments})"
        return con.sql(f"SELECT {columns} FROM {function} {where} {limit}").to_arrow_reader(BATCH)


def partitions(options: dict[str, str], now: datetime) -> list[InputPartition]:
    """Windows that hold every time from `created_after` to `created_before` once, open where these are not given."""
    after, before = time(options.get("created_after")), time(options.get("created_before"))
    oldest = time(options.get("oldest")) or now - GUESSED_AGE
    first, last = after or oldest, before or now
    if days := options.get("partition_days"):
        width = timedelta(days=float(days))
        count = math.ceil((last - first) / width)
    else:
        count = int(options.get("partitions", PARTITIONS))
        width = (last - first) / count
    inner = [first + number * width for number in range(1, count)] if first < last else []
    windows: list[InputPartition] = [Window(*edges) for edges in pairwise([after, *inner, before])]
    return windows + [Untimed()] * (options.get("untimed") == "true")


def time(value: str | None) -> datetime | None:
    """A moment as ISO 8601 has it; in UTC unless it says otherwise."""
    parsed = datetime.fromisoformat(value) if value else None
    return parsed.replace(tzinfo=UTC) if parsed and not parsed.tzinfo else parsed


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
