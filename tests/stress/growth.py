"""Ten thousand small queries in one process: after the first thousand, neither memory nor threads nor files grow."""

import gc
import pathlib
import sys
import time
from collections import Counter
from dataclasses import dataclass

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "e2e")]

from against_fake_api import main  # noqa: E402

import process  # noqa: E402
from scenario import Scenario  # noqa: E402

QUERIES, EARLY = 10_000, 1_000

#: So many bytes may stay allocated for a query, and memory that is used may grow by so many megabytes.
BYTES, MEGABYTES = 200, 16

#: None counts distinct values, for which DuckDB 2.0.0 itself keeps a kilobyte a query.
SMALL = (
    ("SELECT count(*), sum(amount) > 0 FROM partnerstack_deals()", [(20, True)]),
    ("SELECT count(*) FROM partnerstack_deals(account := 'small', page_size := 5)", [(20,)]),
    ("SELECT count(*) FROM (FROM partnerstack.rewards LIMIT 3)", [(3,)]),
    ("SELECT count(*) FROM partnerstack_rewards() WHERE created_at > TIMESTAMPTZ '2099-01-01'", [(0,)]),
)


def run(extension: pathlib.Path, url: str) -> None:
    fake = Scenario(url, "deals=20,rewards=30")
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{extension.resolve()}'")
    # What is remembered on purpose is complete before the first look.
    con.execute("SET partnerstack_rate_limit = 10000; SET partnerstack_history = 100")
    con.execute(fake.vendor_secret())
    begun = time.monotonic()
    early = ask(con, 0, EARLY)
    late = ask(con, EARLY, QUERIES)
    print(f"{QUERIES:,} queries, {fake.request_count():,} requests, {time.monotonic() - begun:.0f} s", flush=True)
    more = (late.allocated - early.allocated) / (QUERIES - EARLY)
    print(f"{more:.0f} bytes a query stay allocated", flush=True)
    if more > BYTES or late.used - early.used > MEGABYTES:
        sys.exit("memory grows")
    if (late.threads, late.files) != (early.threads, early.files):
        sys.exit("threads or files are left behind")


@dataclass(frozen=True)
class Look:
    """What the process has."""

    allocated: int
    used: float
    threads: Counter[str]
    files: Counter[str]


def ask(con: duckdb.DuckDBPyConnection, first: int, end: int) -> Look:
    """Asks, and looks."""
    for number in range(first, end):
        sql, answer = SMALL[number % len(SMALL)]
        rows = con.execute(sql).fetchall()
        if rows != answer:
            sys.exit(f"query {number}: {sql}: {rows}, not {answer}")
    # The thread of the last scan ends by itself.
    process.wait_until(lambda: "partnerstack" not in process.threads(), 10)
    gc.collect()
    look = Look(process.allocated(), process.megabytes("VmRSS"), process.threads(), process.files())
    threads, files = look.threads.total(), look.files.total()
    print(f"after {end:,} queries: {look.used:.1f} MB, {threads} threads, {files} files", flush=True)
    return look


if __name__ == "__main__":
    main(run, __doc__)
