"""read_json over httpfs at its best: one statement for windows of time that are known to fit a page each."""

import json
import pathlib

import duckdb
from common import main
from httpfs_connection import PAGES, connect
from paging import page_url

THREADS = 16


def load(base_url: str, _: pathlib.Path, windows: pathlib.Path) -> duckdb.DuckDBPyConnection:
    """`windows` lists the first and the last time of each; somebody has to know them."""
    bounds = json.loads(windows.read_text(encoding="utf-8"))
    urls = [page_url(base_url, min_created=first, max_created=last) for first, last in bounds]
    con = connect()
    con.execute(f"SET threads = {THREADS}")
    # A window that does not fit would be cut without a word.
    con.execute(f"""
        CREATE TABLE rewards AS SELECT unnest(item) FROM (
            SELECT unnest(if(data.has_more, error('a window has more than a page'), data.items)) AS item
            FROM {PAGES}
        )
    """, [urls])
    return con


if __name__ == "__main__":
    main(load)
