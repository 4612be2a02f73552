"""Runs one workload in DuckDB with the extension, and prints what came of it as a line of JSON."""

import argparse
import json
import pathlib
import sys
import time
from collections.abc import Callable

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from placeholders import fill_in  # noqa: E402

SECRET = "CREATE SECRET (TYPE partnerstack, PUBLIC_KEY 'pk_…', PRIVATE_KEY 'sk_…')"


def table(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Every typed column into a table; `raw` holds the same items once more."""
    started = time.perf_counter()
    con.execute("CREATE TABLE rewards AS SELECT * EXCLUDE (raw) FROM partnerstack_rewards()")
    taken = milliseconds_since(started)
    rows, total = con.execute("SELECT count(*), sum(amount) FROM rewards").fetchone()
    return {"rows": rows, "sum": total, "milliseconds": taken}


def aggregate(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Three columns, and no table."""
    groups = con.execute("""
        SELECT currency, reward_status, count(*), sum(amount) FROM partnerstack_rewards() GROUP BY ALL
    """).fetchall()
    return {"rows": sum(group[2] for group in groups), "sum": sum(group[3] or 0 for group in groups)}


def limit(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """A look at the first rows."""
    started = time.perf_counter()
    rows = con.execute("SELECT key, amount FROM partnerstack_rewards() LIMIT 100").fetchall()
    return {"rows": len(rows), "milliseconds": milliseconds_since(started)}


def load(con: duckdb.DuckDBPyConnection, extension: pathlib.Path) -> dict[str, float]:
    started = time.perf_counter()
    con.execute(f"LOAD '{extension.resolve()}'")
    return {"milliseconds": milliseconds_since(started)}


def milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


WORKLOADS: dict[str, Callable[[duckdb.DuckDBPyConnection], dict[str, float]]] = {
    "table": table,
    "aggregate": aggregate,
    "limit": limit,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extension", type=pathlib.Path, required=True)
    parser.add_argument("--connections", type=int)
    parser.add_argument("workload", choices=["nothing", "load", *WORKLOADS])
    parser.add_argument("base_url")
    print(json.dumps(outcome(parser.parse_args())))


def outcome(arguments: argparse.Namespace) -> dict[str, float]:
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    if arguments.workload == "nothing":
        return {}
    loading = load(con, arguments.extension)
    if arguments.workload == "load":
        return loading
    con.execute(fill_in(SECRET, arguments.base_url))
    # A million rewards take more requests than the real API would give in so little time.
    con.execute("SET partnerstack_rate_limit = 10000")
    if arguments.connections:
        con.execute(f"SET partnerstack_max_connections = {arguments.connections}")
    return WORKLOADS[arguments.workload](con)


if __name__ == "__main__":
    main()
