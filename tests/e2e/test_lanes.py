"""Several cursors on one listing: every row once, whatever the bounds mean and however the rows are spread."""

import json

import duckdb
import pytest

CONNECTIONS = (2, 4, 16)


def keys(con, table, more=""):
    return sorted(key for (key,) in con.execute(f"SELECT key FROM partnerstack_{table} {more}").fetchall())


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive", "seconds", "ignored"])
@pytest.mark.parametrize(("table", "api"), [("rewards", "vendor"), ("transactions", "partner"), ("deals", "vendor")])
def test_every_row_comes_once(connect, scenario, bounds, table, api):
    fake = scenario(f"{table}=4000,bounds={bounds},latency=10")
    con = connect()
    con.execute(fake.secret_for_both())
    wanted = sorted(item["key"] for item in fake.truth(table, api))
    for connections in CONNECTIONS:
        con.execute(f"SET partnerstack_max_connections = {connections}")
        fake.control("__log", "DELETE")
        assert keys(con, f"{table}(api := '{api}')") == wanted
        assert 1 < max(request["in_flight"] for request in fake.log()) <= connections


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive"])
def test_rows_of_one_moment_are_not_torn_apart(connect, scenario, bounds):
    fake = scenario(f"bounds={bounds},latency=2")
    # All of the rows lie at three moments, which follow each other by a millisecond.
    items = [{"key": f"tx_{n}", "created_at": 1_700_000_000_002 - n // 1500} for n in range(4000)]
    fake.put_items("transactions", json.dumps(items))
    con = connect()
    con.execute(fake.vendor_secret())
    for connections in CONNECTIONS:
        con.execute(f"SET partnerstack_max_connections = {connections}")
        assert keys(con, "transactions()") == sorted(item["key"] for item in items)


@pytest.mark.parametrize("shape", ["first", "last"])
def test_rows_without_a_time_come_too(connect, scenario, shape):
    fake = scenario("latency=2")
    timed = [{"key": f"tx_{n}", "created_at": 1_700_000_000_000 - n * 60_000} for n in range(3000)]
    odd = [{"key": f"odd_{n}", "created_at": time} for n, time in enumerate([None, "soon", {}] * 200)]
    items = odd + timed if shape == "first" else timed + odd
    fake.put_items("transactions", json.dumps(items))
    con = connect()
    con.execute(fake.vendor_secret())
    for connections in (1, *CONNECTIONS):
        con.execute(f"SET partnerstack_max_connections = {connections}")
        assert keys(con, "transactions()") == sorted(item["key"] for item in items)


def test_rows_without_a_time_that_stand_among_others_are_an_error_that_says_what_to_do(connect, scenario):
    fake = scenario("latency=2")
    items = [{"key": f"tx_{n}", "created_at": 1_700_000_000_000 - n * 60_000} for n in range(3000)]
    items[1500]["created_at"] = None
    fake.put_items("transactions", json.dumps(items))
    con = connect()
    con.execute(fake.vendor_secret())
    with pytest.raises(duckdb.Error, match='without a time in "created_at".*SET partnerstack_max_connections = 1'):
        keys(con, "transactions()")
    con.execute("SET partnerstack_max_connections = 1")
    assert len(keys(con, "transactions()")) == 3000


def test_a_filter_on_the_time_bounds_the_windows(connect, scenario):
    fake = scenario("rewards=6000,latency=2")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("CREATE TABLE copied AS FROM partnerstack_rewards()")
    where = "WHERE created_at BETWEEN '2025-06-01' AND '2026-06-01'"
    wanted = sorted(key for (key,) in con.execute(f"SELECT key FROM copied {where}").fetchall())
    fake.control("__log", "DELETE")
    assert keys(con, "rewards()", where) == wanted and len(wanted) > 1500
    assert len(fake.log()) < len(wanted) / 250 + 12


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("page", [2, 3])
def test_a_fault_of_one_cursor_ends_the_query(connect, scenario, status, page):
    fake = scenario(f"rewards=6000,latency=2,fault={status}@{page}")
    con = connect()
    con.execute(fake.vendor_secret())
    with pytest.raises(duckdb.HTTPException, match=str(status)):
        keys(con, "rewards()")
    assert con.execute("SELECT 42").fetchone() == (42,)


def test_a_fault_that_passes_is_met_by_its_own_cursor(connect, scenario):
    fake = scenario("rewards=6000,latency=2,fault=503@3x2")
    con = connect()
    con.execute(fake.vendor_secret())
    assert keys(con, "rewards()") == sorted(item["key"] for item in fake.truth("rewards", "vendor"))
    met = con.execute("SELECT attempt FROM partnerstack_requests() WHERE status = 503").fetchall()
    assert len(met) == 2


def test_an_api_that_refuses_bounds_is_read_without(connect, scenario):
    fake = scenario("rewards=3000,deals=1200,latency=2,bounds=refused")
    con = connect()
    con.execute(fake.vendor_secret())
    for connections in (1, *CONNECTIONS):
        con.execute(f"SET partnerstack_max_connections = {connections}")
        assert keys(con, "rewards()") == sorted(item["key"] for item in fake.truth("rewards", "vendor"))
        where = "WHERE created_at >= '2026-01-01' AND reward_status IN ('paid', 'scheduled')"
        narrowed = keys(con, "rewards()", where)
        con.execute("SET partnerstack_pushdown = 'none'")
        assert narrowed == keys(con, "rewards()", where) != []
        con.execute("RESET partnerstack_pushdown")
        after = "deals(updated_after := '2026-01-01')"
        assert keys(con, after) == keys(con, "deals()", "WHERE updated_at >= '2026-01-01'") != []


def test_little_costs_nothing_more(connect, scenario):
    fake = scenario("rewards=6000,deals=500,latency=20")
    con = connect()
    con.execute(fake.vendor_secret())
    assert len(con.execute("FROM partnerstack_rewards() LIMIT 100").fetchall()) == 100
    assert fake.request_count() == 1
    fake.control("__log", "DELETE")
    assert len(keys(con, "deals()")) == 500
    assert len(fake.log()) == 2


def test_scheduled_rewards_that_several_cursors_meet_come_once(connect, scenario):
    for listed in ("hidden", "listed"):
        fake = scenario(f"rewards=6000,scheduled={listed},latency=2")
        con = connect()
        con.execute(fake.vendor_secret())
        count = "SELECT count(*), count(DISTINCT key) FROM partnerstack_rewards()"
        assert con.execute(count).fetchone() == (6000, 6000)


def test_a_parameter_of_the_user_keeps_one_cursor(connect, scenario):
    fake = scenario("rewards=3000,latency=2")
    con = connect()
    con.execute(fake.partner_secret())
    query = "FROM partnerstack_rewards(params := MAP {'order_by': 'created_at'}, include_scheduled := false)"
    rows = con.execute(f"SELECT created_at {query}").fetchall()
    assert rows == sorted(rows) and len(rows) == 3000


def test_a_closed_cursor_leaves_nothing_behind(connect, scenario):
    fake = scenario("rewards=100000,latency=20")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("SET partnerstack_max_connections = 16")
    assert len(con.execute("FROM partnerstack_rewards() LIMIT 2000").fetchall()) == 2000
    con.close()
    assert fake.request_count() < 60
