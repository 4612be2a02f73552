"""Scans: what they cost, how they end, and how they behave beside one another."""

import pathlib
import threading
import time

import duckdb
import pytest


def test_the_cost_of_a_limit_is_one_request(connect, scenario):
    for query in [
        "FROM partnerstack_rewards() LIMIT 100",
        "SELECT key FROM partnerstack_rewards() LIMIT 250",
        "SELECT EXISTS (FROM partnerstack_rewards())",
    ]:
        fake = scenario("rewards=5000")
        con = connect()
        con.execute(fake.vendor_secret())
        con.execute(query).fetchall()
        assert len(fake.log()) == 1, query


def test_planning_costs_no_request(connect, scenario):
    fake = scenario("rewards=5000")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("EXPLAIN FROM partnerstack_rewards()").fetchall()
    con.execute("DESCRIBE FROM partnerstack_rewards()").fetchall()
    con.execute("PREPARE p AS FROM partnerstack_rewards()")
    con.execute("FROM partnerstack_rewards() LIMIT 0").fetchall()
    con.execute("FROM partnerstack_rewards() WHERE false").fetchall()
    con.execute("CREATE VIEW v AS FROM partnerstack_rewards()")
    assert fake.log() == []


def test_projection_changes_no_request(connect, scenario):
    fake = scenario("deals=600")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("SET partnerstack_max_connections = 1")
    assert con.execute("SELECT count(*) FROM partnerstack_deals()").fetchone() == (600,)
    assert con.execute("SELECT count(raw) FROM partnerstack_deals()").fetchone() == (600,)
    counted = con.execute("SELECT count(*), sum(amount), max(raw->>'$.key') FROM partnerstack_deals()")
    assert counted.fetchone()[0] == 600
    assert [request["query"].split("&")[0] for request in fake.log()] == ["limit=250"] * 9


def test_one_cursor_keeps_the_order_of_the_api(connect, scenario):
    fake = scenario("rewards=3000")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("SET partnerstack_max_connections = 1")
    wanted = [item["key"] for item in fake.truth("rewards", "vendor")]
    for query in ["SELECT key FROM partnerstack_rewards()", "SELECT key FROM copied"]:
        if "copied" in query:
            con.execute("CREATE TABLE copied AS FROM partnerstack_rewards()")
        assert [key for (key,) in con.execute(query).fetchall()] == wanted


def test_two_scans_in_one_query_do_not_disturb_each_other(connect, scenario):
    fake = scenario("rewards=1000")
    con = connect()
    con.execute(fake.vendor_secret())
    query = """
        SELECT (SELECT count(*) FROM partnerstack_rewards() WHERE amount >= 0),
               (SELECT count(*) FROM partnerstack_rewards()),
               (SELECT count(*) FROM partnerstack_rewards() a JOIN partnerstack_rewards() b USING (key))
    """
    amounts = [item["amount"] for item in fake.truth("rewards", "vendor")]
    wanted = sum(1 for amount in amounts if amount is not None and amount >= 0)
    assert con.execute(query).fetchone() == (wanted, 1000, 1000)


@pytest.mark.parametrize("statuses", ["reward_status", "currency"])
def test_windows_over_a_filtered_scan_keep_the_filter(connect, scenario, statuses):
    fake = scenario("rewards=1000")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("CREATE TABLE copied AS FROM partnerstack_rewards()")
    query = f"""
        SELECT key, count(*) OVER (PARTITION BY {statuses}) FROM {{}}
        WHERE created_at >= '2026-01-01' ORDER BY ALL
    """
    scanned = con.execute(query.format("partnerstack_rewards()")).fetchall()
    assert scanned == con.execute(query.format("copied")).fetchall()
    assert 0 < len(scanned) < 1000


def test_an_error_downstream_ends_the_scan(connect, scenario):
    fake = scenario("rewards=50000,latency=10")
    con = connect()
    con.execute(fake.vendor_secret())
    with pytest.raises(duckdb.Error, match="stop here"):
        con.execute("SELECT error('stop here') FROM partnerstack_rewards()").fetchall()
    seen = settled(fake)
    assert seen <= 4


def settled(fake):
    """The number of requests once two looks, ten latencies apart, agree."""
    before = -1
    while before != len(fake.log()):
        before = len(fake.log())
        time.sleep(0.1)
    return before


def test_progress_moves_and_is_never_early(connect, scenario):
    fake = scenario("rewards=12000,latency=30,total=always")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("SET partnerstack_max_connections = 1")
    con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    con.execute("SET progress_bar_time = 0")
    seen, done = [], threading.Event()

    def watch():
        while not done.is_set():
            seen.append(con.query_progress())
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchall()
    done.set()
    watcher.join()
    moving = [value for value in seen if 0 < value < 100]
    assert len(set(moving)) >= 10, seen
    assert moving == sorted(moving)


def test_the_planner_learns_how_many_rows_there_are(connect, scenario):
    fake = scenario("rewards=1234")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchall()
    plan = con.execute("EXPLAIN FROM partnerstack_rewards()").fetchall()[0][1]
    assert "1,234" in plan or "1234" in plan


def test_many_threads_scan_at_once(connect, scenario):
    fake = scenario("rewards=1500")
    con = connect()
    con.execute(fake.vendor_secret())
    counts = []

    def scan():
        cursor = con.cursor()
        for _ in range(5):
            counts.append(cursor.execute("SELECT count(DISTINCT key) FROM partnerstack_rewards()").fetchone()[0])

    threads = [threading.Thread(target=scan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1500] * 40


def test_no_thread_stays_behind(connect, scenario):
    fake = scenario("rewards=2000")
    con = connect()
    con.execute(fake.vendor_secret())
    before = scanning_threads()
    for _ in range(20):
        con.execute("FROM partnerstack_rewards() LIMIT 1").fetchall()
    until = time.monotonic() + 10
    while scanning_threads() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert scanning_threads() <= before


def scanning_threads():
    """How many threads of this process bear the name of our fetch threads."""
    names = []
    for comm in pathlib.Path("/proc/self/task").glob("*/comm"):
        try:
            names.append(comm.read_text().strip())
        except FileNotFoundError:
            pass
    return names.count("partnerstack")
