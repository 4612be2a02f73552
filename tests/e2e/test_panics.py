"""A panic in any callback is an error of that query, and the database lives."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import duckdb, os
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
where = os.environ["WHERE"]
def run(sql):
    try:
        con.execute(sql).fetchall()
    except duckdb.Error as error:
        print(type(error).__name__, str(error).splitlines()[0])
if where == "LOAD":
    os.environ["PARTNERSTACK_PANIC_IN"] = where
    run(f"LOAD '{os.environ['EXTENSION']}'")
else:
    con.execute(f"LOAD '{os.environ['EXTENSION']}'")
    con.execute(os.environ["SECRET"])
    os.environ["PARTNERSTACK_PANIC_IN"] = where
    if where == "progress":
        con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 0")
    query = "SELECT count(*) FROM partnerstack_rewards() WHERE key <> ''"
    statements = {"CREATE SECRET": os.environ["SECRET"], "explain": "PRAGMA partnerstack_explain('SELECT 1')"}
    run(statements.get(where, query))
    del os.environ["PARTNERSTACK_PANIC_IN"]
    print(con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchone()[0])
print(con.execute("SELECT 42").fetchone()[0])
"""


@pytest.mark.parametrize("where", ["LOAD", "CREATE SECRET", "bind", "pushdown", "init", "exec", "progress", "explain"])
def test_a_panic_is_an_error(debug_extension, scenario, where):
    fake = scenario("rewards=600,latency=20")
    environment = os.environ | {
        "EXTENSION": str(debug_extension),
        "SECRET": fake.vendor_secret(),
        "WHERE": where,
    }
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    *errors, alive = run.stdout.splitlines()
    assert alive == "42"
    if where != "LOAD":
        assert errors.pop() == "600"
    (error,) = errors
    assert f"The partnerstack extension failed in {where}: provoked." in error
