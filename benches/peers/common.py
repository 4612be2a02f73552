"""What the peers share: the columns of rewards, and how a peer is run."""

import json
import pathlib
import sys
from collections.abc import Callable

import duckdb

#: Times are numbers, as the API sends them.
COLUMNS = """
    key VARCHAR, created_at BIGINT, updated_at BIGINT,
    amount BIGINT, currency VARCHAR, description VARCHAR, reward_status VARCHAR, decline_reason VARCHAR,
    customer STRUCT(key VARCHAR, email VARCHAR, "name" VARCHAR, external_key VARCHAR),
    "transaction" STRUCT(key VARCHAR, amount BIGINT, currency VARCHAR),
    "action" STRUCT(key VARCHAR, "type" VARCHAR, "value" BIGINT),
    invoice STRUCT(key VARCHAR, payment_date BIGINT, status VARCHAR),
    offer STRUCT(key VARCHAR, description VARCHAR),
    partnership STRUCT(
        key VARCHAR, "name" VARCHAR, email VARCHAR,
        "group" STRUCT(
            key VARCHAR, "name" VARCHAR, slug VARCHAR, archived BOOLEAN, "default" BOOLEAN,
            features STRUCT(
                application_enabled BOOLEAN, deals_enabled BOOLEAN, disable_link_create BOOLEAN, leads_enabled BOOLEAN
            ),
            created_at BIGINT, updated_at BIGINT
        )
    ),
    "trigger" STRUCT(key VARCHAR)
"""


def main(load: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    """Calls `load` with the command line: the URL of the API, a folder of its own, and what else it needs."""
    base_url, *paths = sys.argv[1:]
    con = load(base_url, *map(pathlib.Path, paths))
    rows, total = con.execute("SELECT count(*), sum(amount) FROM rewards").fetchone()
    print(json.dumps({"rows": rows, "sum": int(total)}))
