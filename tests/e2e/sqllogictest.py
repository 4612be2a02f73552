"""Runs DuckDB's sqllogictest dialect over the Python wheel.

A file that passes here is meant to pass in DuckDB's own runner too, and this one is the stricter:
nothing is skipped, no error is forgiven, and what it does not know fails. Known: require,
require-env, load, reconnect, loop, foreach, statement ok, statement error, query, named
connections, ${variables}, __TEST_DIR__, <REGEX>: and <!REGEX>:.

    python tests/e2e/sqllogictest.py --extension PATH [--update] FILE...
"""

import argparse
import dataclasses
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable

import duckdb

EXTENSION = "partnerstack"
IGNORED = {"set", "hash-threshold", "tags", "group", "name", "description"}
SORTS = {"rowsort", "valuesort", "nosort"}
REFUSED = {
    "restart": "DuckDB's own runner crashes on it; write load __TEST_DIR__/some.db instead",
    "skipif": "a test that is skipped tests nothing",
    "onlyif": "a test that is skipped tests nothing",
    "mode": "a test that is skipped tests nothing",
}


class Failure(Exception):
    """A test that did not hold; the text names the place."""


@dataclasses.dataclass
class Record:
    """A directive, with the SQL below it and what is expected of that."""

    line: int
    words: list[str]
    sql: str = ""
    expected: list[str] | None = None
    #: Where the expected lines stand in the file, for rewriting them.
    span: tuple[int, int] = (0, 0)


def parse(text: str) -> list[Record]:
    lines = text.split("\n")
    records, at = [], 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].startswith("#"):
            at += 1
            continue
        record = Record(at + 1, lines[at].split())
        at += 1
        if record.words[0] in ("statement", "query"):
            at = parse_body(lines, at, record)
        records.append(record)
    return records


def parse_body(lines: list[str], at: int, record: Record) -> int:
    """Reads the SQL and the expected lines of a record; returns the line after them."""
    sql = []
    while at < len(lines) and lines[at].strip() and lines[at] != "----":
        sql.append(lines[at])
        at += 1
    record.sql = "\n".join(sql)
    record.span = (at, at)
    if at < len(lines) and lines[at] == "----":
        start = at
        at += 1
        while at < len(lines) and lines[at].strip():
            at += 1
        record.expected = lines[start + 1 : at]
        record.span = (start, at)
    return at


def matches(expected: str, got: str) -> bool:
    if expected.startswith("<REGEX>:"):
        return re.search(expected[len("<REGEX>:") :], got, re.DOTALL) is not None
    if expected.startswith("<!REGEX>:"):
        return re.search(expected[len("<!REGEX>:") :], got, re.DOTALL) is None
    return expected == got


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "NULL" if value is None else "(empty)" if value == "" else str(value)


class Runner:
    """One file's databases, connections and variables."""

    def __init__(self, extension: pathlib.Path, folder: str) -> None:
        self.extension = extension.resolve()
        self.variables = {"__TEST_DIR__": folder}
        self.path, self.config, self.is_required = ":memory:", {}, False
        self.ran = 0
        self.depth = 0
        #: Lines to put in place of others, by their span; only while updating.
        self.updates: dict[tuple[int, int], list[str]] | None = None
        self.open()

    def open(self) -> None:
        config = {"allow_unsigned_extensions": "true", **self.config}
        self.main = duckdb.connect(self.path, config=config)
        self.named: dict[str, duckdb.DuckDBPyConnection] = {}
        if self.is_required:
            self.main.execute(f"LOAD '{self.extension}'")

    def close(self) -> None:
        for connection in self.named.values():
            connection.close()
        self.main.close()

    def connection(self, name: str | None) -> duckdb.DuckDBPyConnection:
        if name is None:
            return self.main
        if name not in self.named:
            self.named[name] = self.main.cursor()
        return self.named[name]

    def fill_in(self, text: str) -> str:
        for name, value in self.variables.items():
            text = text.replace(name if name.startswith("__") else f"${{{name}}}", value)
        return text

    def run(self, records: list[Record]) -> None:
        at = 0
        while at < len(records):
            record = records[at]
            if record.words[0] in ("loop", "foreach"):
                end = end_of_loop(records, at)
                self.repeat(record, records[at + 1 : end])
                at = end
            else:
                self.step(record)
            at += 1

    def repeat(self, record: Record, body: list[Record]) -> None:
        _, name, *values = record.words
        if record.words[0] == "loop":
            values = [str(number) for number in range(int(values[0]), int(values[1]))]
        self.depth += 1
        for value in values:
            self.variables[name] = self.fill_in(value)
            self.run(body)
        self.depth -= 1
        self.variables.pop(name, None)

    def step(self, record: Record) -> None:
        step = getattr(self, "do_" + record.words[0].replace("-", "_"), None)
        if step is None and record.words[0] not in IGNORED:
            reason = REFUSED.get(record.words[0], "this runner does not know it")
            raise Failure(f"line {record.line}: \"{record.words[0]}\" is not known: {reason}")
        if step is not None:
            try:
                step(record)
            except (Failure, duckdb.Error, re.error) as failure:
                raise Failure(f"line {record.line}: {failure}\n{self.fill_in(record.sql)}") from None

    def do_require(self, record: Record) -> None:
        if record.words[1] != EXTENSION:
            raise Failure(f"requires {record.words[1]}, which is not tested here")
        self.is_required = True
        self.main.execute(f"LOAD '{self.extension}'")

    def do_require_env(self, record: Record) -> None:
        name, *values = record.words[1:]
        if name not in os.environ:
            raise Failure(f"the environment variable {name} is not set")
        if values and os.environ[name] not in values:
            raise Failure(f"the environment variable {name} is not set to {' or '.join(values)}")
        self.variables[name] = os.environ[name]

    def do_load(self, record: Record) -> None:
        self.close()
        self.path = self.fill_in(record.words[1]) if len(record.words) > 1 else ":memory:"
        self.config = {"access_mode": "read_only"} if "readonly" in record.words else {}
        self.open()

    def do_reconnect(self, _: Record) -> None:
        self.close()
        self.open()

    def do_statement(self, record: Record) -> None:
        kind, *name = record.words[1:]
        self.ran += 1
        if kind not in ("ok", "error"):
            raise Failure(f"a statement is ok or error, not {kind}")
        if kind == "ok" and record.expected is not None:
            raise Failure("what a statement returns is not compared; write a query")
        error = self.error_of(record, name[0] if name else None)
        if kind == "ok" and error is not None:
            raise Failure(error)
        if kind == "error":
            self.check_error(record, error)

    def error_of(self, record: Record, name: str | None) -> str | None:
        connection, sql = self.connection(name), self.sql_of(record)
        try:
            connection.execute(sql).fetchall()
        except duckdb.Error as error:
            return str(error)
        return None

    def sql_of(self, record: Record) -> str:
        if not record.sql:
            raise Failure("no SQL follows")
        return self.fill_in(record.sql)

    def check_error(self, record: Record, error: str | None) -> None:
        if error is None:
            raise Failure("an error was expected, but it succeeded")
        if "INTERNAL" in error:
            raise Failure(error)
        self.check_or_renew(record, [error.splitlines()[0]], lambda: self.check_text(record, error))

    def check_text(self, record: Record, error: str) -> None:
        if not record.expected:
            raise Failure("the text of the error must be given after ----")
        expected = self.fill_in("\n".join(record.expected))
        is_pattern = expected.startswith(("<REGEX>:", "<!REGEX>:"))
        if not (matches(expected, error) if is_pattern else expected in error):
            raise Failure(f"another error\n  expected: {expected}\n  got:      {error}")

    def do_query(self, record: Record) -> None:
        types, *options = record.words[1:]
        self.ran += 1
        if set(types) - set("TIR"):
            raise Failure(f"the column types are T, I and R, not {types}")
        sort = next((word for word in options if word in SORTS), "nosort")
        name = next((word for word in options if word != sort), None)
        columns, rows = self.rows_of(self.sql_of(record), name)
        if columns != len(types):
            raise Failure(f"{len(types)} columns were expected, but there are {columns}")
        rows = sorted_by(rows, sort)
        got = ["\t".join(row) for row in rows]
        self.check_or_renew(record, got, lambda: self.check_rows(record, rows, columns))

    def rows_of(self, sql: str, name: str | None) -> tuple[int, list[list[str]]]:
        """How many columns a query has, and its rows, each value as DuckDB writes it."""
        connection = self.connection(name)
        kinds = [statement.type for statement in connection.extract_statements(sql)]
        if kinds == [duckdb.StatementType.SELECT]:
            # The parenthesis stands on a line of its own, as the query may end in a comment.
            sql = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n{sql.rstrip().rstrip(';')}\n)"
        result = connection.execute(sql)
        columns = len(result.description)
        return columns, [[as_text(value) for value in row] for row in result.fetchall()]

    def check_or_renew(self, record: Record, got: list[str], check: Callable[[], None]) -> None:
        """Checks; while updating, what does not hold is replaced, and what holds stays as it is."""
        try:
            check()
        except Failure as failure:
            if self.updates is None:
                raise
            if self.depth > 0:
                raise Failure(f"{failure}\nin a loop, which must be renewed by hand") from None
            if any("\n" in line for line in got):
                raise Failure("a value of several lines needs a <REGEX>:") from None
            self.updates[record.span] = ["----", *map(self.with_variables, got)]

    def with_variables(self, text: str) -> str:
        """The reverse of `fill_in`, so that what holds only here is not written into a file."""
        for name, value in self.variables.items():
            text = text.replace(value, name if name.startswith("__") else f"${{{name}}}")
        return text

    def check_rows(self, record: Record, rows: list[list[str]], columns: int) -> None:
        if record.expected is None:
            raise Failure("the rows must be given after ----, even if there are none")
        expected = [self.fill_in(line) for line in record.expected]
        if columns > 1 and all("\t" in line for line in expected):
            expected = [value for line in expected for value in line.split("\t")]
        got = [value for row in rows for value in row]
        difference = next(
            (at for at, pair in enumerate(zip(expected, got)) if not matches(*pair)),
            None if len(expected) == len(got) else min(len(expected), len(got)),
        )
        if difference is not None:
            row, column = divmod(difference, columns)
            here = slice(difference, difference + 1)
            raise Failure(
                f"row {row + 1}, column {column + 1} differs "
                f"({len(got)} values, {len(expected)} expected)\n"
                f"  expected: {expected[here]}\n  got:      {got[here]}"
            )


def end_of_loop(records: list[Record], start: int) -> int:
    depth = 0
    for at in range(start, len(records)):
        depth += {"loop": 1, "foreach": 1, "endloop": -1}.get(records[at].words[0], 0)
        if depth == 0:
            return at
    raise Failure(f"line {records[start].line}: the loop has no endloop")


def sorted_by(rows: list[list[str]], sort: str) -> list[list[str]]:
    if sort == "rowsort":
        return sorted(rows)
    if sort == "valuesort":
        return [[value] for value in sorted(value for row in rows for value in row)]
    return rows


def run_text(text: str, extension: pathlib.Path, update: bool = False) -> str:
    """Runs the text of a test file, and returns it, with its expectations renewed if `update`."""
    records = parse(text)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(extension, folder)
        runner.updates = {} if update else None
        try:
            runner.run(records)
        finally:
            runner.close()
    if runner.ran == 0:
        raise Failure("the file tests nothing")
    lines = text.split("\n")
    for (start, end), renewed in sorted((runner.updates or {}).items(), reverse=True):
        lines[start:end] = renewed
    return "\n".join(lines)


def run(path: pathlib.Path, extension: pathlib.Path, update: bool = False) -> None:
    """Runs a test file; raises `Failure` if it does not hold."""
    text = path.read_text(encoding="utf-8")
    try:
        renewed = run_text(text, extension, update)
    except Failure as failure:
        raise Failure(f"{path}, {failure}") from None
    if renewed != text:
        path.write_text(renewed, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--extension", type=pathlib.Path, required=True)
    parser.add_argument(
        "--update", action="store_true", help="write what comes out in place of what does not hold"
    )
    given = parser.parse_args()
    failed = 0
    for path in given.files:
        try:
            run(path, given.extension, given.update)
            print(f"ok {path}")
        except Failure as failure:
            failed += 1
            print(f"FAILED {failure}")
    print(f"{len(given.files) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
