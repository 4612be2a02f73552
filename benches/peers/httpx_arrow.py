"""A script with httpx: each page read by orjson, made an Arrow batch of known columns, copied into DuckDB."""

import pathlib

import duckdb
import httpx
import orjson
import pyarrow
from common import COLUMNS, main
from paging import HEADERS, walk


def load(base_url: str, _: pathlib.Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"CREATE TABLE rewards ({COLUMNS})")
    schema = con.table("rewards").to_arrow_table().schema
    batches: list[pyarrow.RecordBatch] = []
    with httpx.Client(headers=HEADERS, timeout=60) as client:

        def read(url: str) -> tuple[bool, str]:
            data = orjson.loads(client.get(url).raise_for_status().content)["data"]
            batches.append(pyarrow.RecordBatch.from_pylist(data["items"], schema))
            return data["has_more"], data["items"][-1]["key"]

        walk(base_url, read)
    con.register("batches", pyarrow.Table.from_batches(batches))
    con.execute("INSERT INTO rewards FROM batches")
    return con


if __name__ == "__main__":
    main(load)
