"""Memory does not grow with the result."""

import os
import subprocess
import sys

QUERY = """
import duckdb, os, resource, sys
con = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 2})
con.execute("SET enable_progress_bar = false")
con.execute(f"LOAD '{os.environ['EXTENSION']}'")
con.execute(os.environ["SECRET"])
count = con.execute("SELECT count(key), sum(amount) FROM partnerstack_rewards()").fetchone()[0]
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(extension, fake):
    """Rows and peak resident megabytes of an aggregate in a process of its own."""
    environment = os.environ | {"EXTENSION": str(extension), "SECRET": fake.vendor_secret()}
    run = subprocess.run(
        [sys.executable, "-c", QUERY], env=environment, capture_output=True, text=True, check=True
    )
    return tuple(int(number) for number in run.stdout.split())


def test_a_million_rows_take_the_memory_of_ten_thousand(extension, scenario):
    few, small = peak(extension, scenario("rewards=10000"))
    many, large = peak(extension, scenario("rewards=1000000"))
    assert (few, many) == (10_000, 1_000_000)
    assert large - small < 20, (small, large)
