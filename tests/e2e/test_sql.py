"""Every file of sql_tests, in a real DuckDB."""

import pathlib

import pytest

import sqllogictest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "sql_tests"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.test")), ids=lambda path: path.stem)
def test_sql_file(path, extension, fake_api):
    sqllogictest.run(path, extension)
