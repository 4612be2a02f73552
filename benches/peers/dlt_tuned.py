"""dlt's REST API source with what makes it fast: Parquet, no nested tables, no compression, large buffers."""

import os
import pathlib

import duckdb
import dlt_rest_api
from common import main

#: 100,000 rows make a file for each worker.
SETTINGS = {
    "NORMALIZE__WORKERS": "2",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
    "DATA_WRITER__FILE_MAX_ITEMS": "50000",
}


def load(base_url: str, folder: pathlib.Path) -> duckdb.DuckDBPyConnection:
    os.environ |= SETTINGS
    return dlt_rest_api.load(base_url, folder, max_table_nesting=0, loader_file_format="parquet")


if __name__ == "__main__":
    main(load)
