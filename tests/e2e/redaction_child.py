"""Runs cases of test_redaction.py in a process of its own, and writes down everything that a user could see.

Reads the cases, as JSON, from standard input; writes what was seen of each as a line of JSON to the file that is named
by the first argument.
"""

import json
import os
import sys
import traceback

import duckdb

#: What shows something after the statements of a case.
SHOWS = (
    "FROM partnerstack_requests()",
    "FROM partnerstack_scans()",
    "FROM duckdb_secrets()",
    "FROM duckdb_settings()",
    "FROM duckdb_logs",
)


def seen(run):
    """What a call returned or raised, in every spelling."""
    try:
        return repr(run())
    except Exception as error:
        return "\n".join([str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)])


def case(extension, environment, statements, logs):
    """What was seen of one case, by where it was seen."""
    os.environ |= environment
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})

    def run(sql):
        return seen(lambda: con.execute(sql).fetchall())

    found = {"LOAD": run(f"LOAD '{extension}'")}
    if logs:
        found["enable_logging"] = run("CALL enable_logging(level := 'trace')")
    for setting in ("max_retries = 1", "read_timeout = 1", "rate_limit = 10000"):
        run(f"SET partnerstack_{setting}")
    for number, statement in enumerate(statements):
        found[f"statement {number}"] = run(statement)
    for name in environment:
        del os.environ[name]
    found |= {show: run(show) for show in SHOWS}
    found["close"] = seen(con.close)
    return found


if __name__ == "__main__":
    with open(sys.argv[1], "w") as report:
        for given in json.load(sys.stdin):
            report.write(json.dumps(case(**given)) + "\n")
            report.flush()
