"""The SQL test runner fails when it should."""

import pytest

import sqllogictest

PASSING = {
    "values": "query TIR\nSELECT 'a', 1, 2.5\n----\na\t1\t2.5\n",
    "one value a line": "query II\nSELECT 1, 2\n----\n1\n2\n",
    "null and empty": "query TT\nSELECT NULL, ''\n----\nNULL\t(empty)\n",
    "nested values": "query TT\nSELECT [1, NULL], {'a': DATE '2026-01-02'}\n----\n[1, NULL]\t{'a': 2026-01-02}\n",
    "order": "query I\nSELECT x FROM range(3) t(x) ORDER BY x DESC\n----\n2\n1\n0\n",
    "rowsort": "query I rowsort\nVALUES (2), (1)\n----\n1\n2\n",
    "valuesort": "query II valuesort\nVALUES (4, 3), (2, 1)\n----\n1\n2\n3\n4\n",
    "names that occur twice": "query II\nSELECT 1 AS a, 2 AS a\n----\n1\t2\n",
    "timestamps": "query T\nSELECT TIMESTAMP '2026-01-02 03:04:05'\n----\n2026-01-02 03:04:05\n",
    "comments": "query T\n-- first\nSELECT true -- last\n----\ntrue\n",
    "prepared": "statement ok\nPREPARE p AS SELECT true\n\nquery T\nEXECUTE p\n----\ntrue\n",
    "no rows": "query I\nSELECT 1 WHERE false\n----\n",
    "regex": "query T\nSELECT 'abc'\n----\n<REGEX>:a.c\n",
    "loops": "loop i 1 3\n\nforeach j x y\n\nquery T\nSELECT '${i}${j}'\n----\n${i}${j}\n\nendloop\n\nendloop\n",
    "error": "statement error\nSELECT nothing\n----\nnothing\n",
    "connections": "statement ok one\nCREATE TEMP TABLE t AS SELECT 1\n\nquery I one\nFROM t\n----\n1\n",
    "files": "load __TEST_DIR__/a.db\n\nstatement ok\nCREATE TABLE t AS SELECT 7 AS x\n\n"
    "load __TEST_DIR__/a.db readonly\n\nquery I\nFROM t\n----\n7\n",
}

FAILING = {
    "another value": ("query I\nSELECT 1\n----\n2\n", "row 1, column 1 differs"),
    "a row less": ("query I\nVALUES (1), (2)\n----\n1\n", "row 2, column 1 differs"),
    "a row more": ("query I\nSELECT 1\n----\n1\n2\n", "row 2, column 1 differs"),
    "no rows expected": ("query I\nSELECT 1\n----\n", "row 1, column 1 differs"),
    "a column more": ("query II\nSELECT 1\n----\n1\n", "2 columns were expected"),
    "a column more, and no row": ("query II\nSELECT 1 WHERE false\n----\n", "2 columns were"),
    "no expectation": ("query I\nSELECT 1 WHERE false\n", "must be given"),
    "an expectation not compared": ("statement ok\nSELECT 1\n----\n2\n", "not compared"),
    "no SQL": ("statement ok\n\nstatement ok\nSELECT 1\n", "no SQL"),
    "a type unknown": ("query X\nSELECT 1\n----\n1\n", "column types"),
    "a statement that fails": ("statement ok\nSELECT nothing\n", "nothing"),
    "a query that fails": ("query I\nSELECT error('HTTP 500')\n----\n1\n", "HTTP 500"),
    "a statement that succeeds": ("statement error\nSELECT 1\n----\nx\n", "it succeeded"),
    "another error": ("statement error\nSELECT nothing\n----\nsomething\n", "another error"),
    "an error without text": ("statement error\nSELECT nothing\n", "must be given"),
    "a pattern that differs": ("query T\nSELECT 'abc'\n----\n<REGEX>:x.z\n", "differs"),
    "a broken pattern": ("query T\nSELECT 'a'\n----\n<REGEX>:(\n", "line 1"),
    "an error of HTTP": ("statement error\nSELECT error('HTTP 500')\n----\nx\n", "another error"),
    "an internal error": ("statement error\nSELECT error('INTERNAL')\n----\nINTERNAL\n", "INTERNAL"),
    "a missing variable": ("require-env NOT_SET_ANYWHERE\n\nstatement ok\nSELECT 1\n", "is not set"),
    "another value of a variable": ("require-env HOME /x\n\nstatement ok\nSELECT 1\n", "set to /x"),
    "a skip": ("skipif duckdb\nstatement ok\nSELECT 1\n", "not known"),
    "a restart": ("restart\n\nstatement ok\nSELECT 1\n", "write load"),
    "a statement that may fail": ("statement maybe\nSELECT 1\n----\nx\n", "ok or error"),
    "a loop of nothing": ("loop i 0 0\n\nstatement ok\nSELECT 1\n\nendloop\n", "tests nothing"),
    "another extension": ("require spatial\n\nstatement ok\nSELECT 1\n", "requires spatial"),
    "an empty file": ("# nothing\n", "tests nothing"),
    "an open loop": ("loop i 0 2\n\nstatement ok\nSELECT 1\n", "no endloop"),
}


@pytest.mark.parametrize("text", PASSING.values(), ids=PASSING)
def test_it_passes(extension, text):
    sqllogictest.run_text(text, extension)


@pytest.mark.parametrize(("text", "message"), FAILING.values(), ids=FAILING)
def test_it_fails(extension, text, message):
    with pytest.raises(sqllogictest.Failure, match=message):
        sqllogictest.run_text(text, extension)


def test_it_renews_what_is_expected(extension):
    text = "query I\nSELECT 1\n----\n2\n\nstatement error\nSELECT nothing\n----\nx\n\nstatement ok\nSELECT 1\n"
    renewed = sqllogictest.run_text(text, extension, update=True)
    assert "SELECT 1\n----\n1\n" in renewed and "nothing" in renewed.split("----")[2]
    sqllogictest.run_text(renewed, extension)


def test_it_leaves_what_holds(extension):
    text = "query T\nSELECT 'abc'\n----\n<REGEX>:a.c\n\n"
    text += "statement error\nSELECT nothing\n----\nnothing\n"
    assert sqllogictest.run_text(text, extension, update=True) == text


def test_it_renews_with_the_names_of_variables(extension, monkeypatch):
    monkeypatch.setenv("PLACE", "http://127.0.0.1:4711")
    text = "require-env PLACE\n\nquery TT\nSELECT '${PLACE}/x', '__TEST_DIR__/y'\n----\nold\n"
    renewed = sqllogictest.run_text(text, extension, update=True)
    assert renewed.endswith("----\n${PLACE}/x\t__TEST_DIR__/y\n")


def test_it_renews_nothing_in_a_loop(extension):
    text = "loop i 0 2\n\nquery I\nSELECT ${i}\n----\n0\n\nendloop\n"
    with pytest.raises(sqllogictest.Failure, match="by hand"):
        sqllogictest.run_text(text, extension, update=True)
