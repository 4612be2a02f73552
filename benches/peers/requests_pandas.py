"""A script with requests: all items in a list, made flat by pandas, copied into DuckDB."""

import pathlib

import duckdb
import pandas
import requests
from common import main
from paging import HEADERS, walk


def load(base_url: str, _: pathlib.Path) -> duckdb.DuckDBPyConnection:
    items: list[dict] = []
    with requests.Session() as session:
        session.headers.update(HEADERS)

        def read(url: str) -> tuple[bool, str]:
            answer = session.get(url, timeout=60)
            answer.raise_for_status()
            data = answer.json()["data"]
            items.extend(data["items"])
            return data["has_more"], items[-1]["key"]

        walk(base_url, read)
    con = duckdb.connect()
    con.register("frame", pandas.json_normalize(items))
    con.execute("CREATE TABLE rewards AS FROM frame")
    return con


if __name__ == "__main__":
    main(load)
