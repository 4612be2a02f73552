"""Every file of sql_tests, in a real DuckDB."""

import pytest

import sqllogictest
from paths import ROOT

FOLDER = ROOT / "sql_tests"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.test")), ids=lambda path: path.stem)
def test_sql_file(path, extension, fake_api):
    sqllogictest.run(path, extension)
