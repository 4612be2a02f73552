"""DuckDB with its httpfs extension, ready to read pages of rewards."""

import importlib.resources

import duckdb
from common import COLUMNS
from paging import HEADERS

#: Pages by their addresses, of which only what is named here is read.
PAGES = f"read_json(?, columns = {{data: 'STRUCT(items STRUCT({COLUMNS})[], has_more BOOLEAN)'}})"


def connect() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    folder = importlib.resources.files("duckdb_extension_httpfs")
    con.execute(f"LOAD '{folder / 'extensions' / f'v{duckdb.__version__}' / 'httpfs.duckdb_extension'}'")
    con.execute(f"CREATE SECRET (TYPE http, EXTRA_HTTP_HEADERS MAP {HEADERS})")
    # Without it, each page is asked for three times: its size, its first bytes, the rest.
    con.execute("SET force_download = true")
    return con
