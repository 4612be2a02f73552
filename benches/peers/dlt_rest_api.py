"""dlt's REST API source, mended to read every page of rewards into a DuckDB file."""

import os
import pathlib

import duckdb
from paging import LIMIT, PASSWORD, USER


def load(
    base_url: str, folder: pathlib.Path, max_table_nesting: int | None = None, loader_file_format: str | None = None
) -> duckdb.DuckDBPyConnection:
    os.environ |= {"DLT_DATA_DIR": str(folder), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    # dlt reads the environment when it is imported.
    import dlt  # noqa: PLC0415
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415

    source = rest_api_source(configuration(base_url), max_table_nesting=max_table_nesting)
    database = folder / "rewards.duckdb"
    pipeline = dlt.pipeline("rewards", destination=dlt.destinations.duckdb(str(database)), dataset_name="loaded")
    pipeline.run(source, loader_file_format=loader_file_format).raise_on_failed_jobs()
    con = duckdb.connect(str(database))
    con.execute("USE loaded")
    return con


def configuration(base_url: str) -> dict[str, object]:
    paginator = {
        "type": "cursor",
        "cursor_path": "data.items[-1].key",
        "cursor_param": "starting_after",
        "has_more_path": "data.has_more",
    }
    endpoint = {
        "path": "rewards",
        "params": {"limit": LIMIT},
        "data_selector": "data.items",
        "paginator": paginator,
    }
    auth = {"type": "http_basic", "username": USER, "password": PASSWORD}
    return {
        "client": {"base_url": base_url, "auth": auth},
        "resources": [{"name": "rewards", "endpoint": endpoint}],
    }
