"""DuckDB's own read_json over httpfs: a statement a page, as SQL cannot follow a cursor."""

import pathlib

import duckdb
from common import COLUMNS, main
from httpfs_connection import PAGES, connect
from paging import walk


def load(base_url: str, _: pathlib.Path) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.execute(f"CREATE TABLE rewards ({COLUMNS})")

    def read(url: str) -> tuple[bool, str]:
        con.execute(f"CREATE OR REPLACE TEMP TABLE page AS FROM {PAGES}", [url])
        con.execute("INSERT INTO rewards SELECT unnest(item) FROM (SELECT unnest(data.items) AS item FROM page)")
        return con.execute("SELECT data.has_more, data.items[-1].key FROM page").fetchone()

    walk(base_url, read)
    return con


if __name__ == "__main__":
    main(load)
