"""How often and how fast the API is asked: retries, Retry-After, the limit that all scans share, time-outs, sizes."""

import itertools
import statistics
import threading

import duckdb
import pytest


@pytest.fixture
def reader(connect, scenario):
    """A connection to a scenario of the fake API, and the scenario."""

    def reader(knobs, **settings):
        fake, con = scenario(knobs), connect()
        con.execute(fake.vendor_secret())
        for name, value in settings.items():
            con.execute(f"SET partnerstack_{name} = {value}")
        return con, fake

    return reader


def count_and_sum(con):
    return con.execute("SELECT count(*), count(DISTINCT key), sum(amount) FROM partnerstack_rewards()").fetchone()


def truth(fake):
    items = fake.truth("rewards", "vendor")
    return len(items), len(items), sum(item["amount"] or 0 for item in items)


@pytest.mark.parametrize("fault", ["408", "429", "500", "502", "503", "504", "reset", "cut", "notjson", "badutf8", "no_data"])
@pytest.mark.parametrize("connections", [1, 4])
def test_what_passes_is_waited_out(reader, fault, connections):
    con, fake = reader(f"rewards=2000,fault={fault}@3x2", max_connections=connections)
    assert count_and_sum(con) == truth(fake)
    retried = con.execute("SELECT count(*) FROM partnerstack_requests() WHERE attempt > 1").fetchone()
    assert retried == (2,)


@pytest.mark.parametrize(("page", "faults"), [(1, ["400", "401", "403", "404"]), (2, ["401", "403"])])
def test_what_does_not_pass_is_not_tried_again(reader, page, faults):
    for fault in faults:
        con, fake = reader(f"rewards=2000,fault={fault}@{page}", max_connections=1)
        with pytest.raises(duckdb.Error, match=f"status {fault}|with status {fault}"):
            count_and_sum(con)
        assert fake.request_count() == page


@pytest.mark.parametrize("fault", ["400", "404"])
def test_a_cursor_that_is_refused_is_not_tried_again(reader, fault):
    con, fake = reader(f"rewards=2000,fault={fault}@2", max_connections=1)
    with pytest.raises(duckdb.Error, match=f"status {fault}.* may have been deleted meanwhile: run the query again"):
        count_and_sum(con)
    asked = [request["query"] for request in fake.log()]
    assert all(one != next_one for one, next_one in itertools.pairwise(asked)) and len(asked) < 10


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (3, 4)])
def test_the_budget_of_attempts_is_what_was_set(reader, retries, attempts):
    con, fake = reader("rewards=2000,fault=503@2", max_retries=retries)
    tried = rf"\(Tried {attempts} times in \d" if attempts > 1 else r"Run the query again later\.$"
    with pytest.raises(duckdb.HTTPException, match=tried):
        count_and_sum(con)
    assert fake.request_count() == 1 + attempts


def test_a_retry_asks_for_the_same_page(reader):
    con, fake = reader("rewards=600,fault=503@2x2", max_connections=1)
    count_and_sum(con)
    asked = [request["query"] for request in fake.log()]
    assert asked[1] == asked[2] == asked[3] and "starting_after" in asked[1]


def test_a_wait_is_as_long_as_it_is_asked_for(reader):
    con, fake = reader("rewards=600,retry_after=1,fault=429@2x1")
    assert count_and_sum(con) == truth(fake)
    ((waited,),) = con.execute("SELECT waited_ms FROM partnerstack_requests() WHERE attempt = 2").fetchall()
    assert 1000 <= waited < 3000


def test_a_wait_beyond_the_time_ends_the_query_at_once(reader):
    con, fake = reader("rewards=600,retry_after=3600,fault=429@2")
    with pytest.raises(duckdb.HTTPException, match=r"asks to wait 3600 s\. .*partnerstack_rate_limit"):
        count_and_sum(con)
    assert fake.request_count() == 2


def test_an_api_that_is_asked_too_often_is_asked_less(reader):
    con, fake = reader("rewards=20000,latency=20,rate=30:1000", max_connections=16, max_retries=20)
    assert count_and_sum(con) == truth(fake)
    log = fake.log()
    first = next(n for n, request in enumerate(log) if request["status"] == 429)
    before = max(request["in_flight"] for request in log[: first + 1])
    after = [request["in_flight"] for request in log[first + before :]]
    assert statistics.median(after) <= before / 2


def test_the_rate_is_what_was_set(reader):
    con, _ = reader("rewards=6000", rate_limit=1, max_connections=1)
    count_and_sum(con)
    (waited,) = con.execute("SELECT sum(waited_ms) FROM partnerstack_requests()").fetchone()
    assert waited >= 3000, "twenty requests go at once, and then one a second"


def interrupted(con, sql):
    with pytest.raises(duckdb.InterruptException):
        con.execute(sql).fetchall()


def test_scans_of_an_account_take_turns(reader, connect):
    con, fake = reader("rewards=10000", rate_limit=10, max_connections=16)
    other = connect()
    other.execute(fake.vendor_secret())
    other.execute("SET partnerstack_rate_limit = 10; SET partnerstack_max_connections = 1")
    count_and_sum(con)  # Uses up what goes at once.
    long = threading.Thread(target=interrupted, args=[con, "FROM partnerstack_rewards()"])
    long.start()
    rows = other.execute("SELECT key FROM partnerstack_rewards() LIMIT 500").fetchall()
    con.interrupt()
    long.join()
    waits = [wait for (wait,) in other.execute("SELECT waited_ms FROM partnerstack_requests()").fetchall()]
    assert len(rows) == 500 and max(waits) < 1000, "sixteen others would be 1600 ms"


def test_an_answer_may_be_only_so_large(reader):
    con, _ = reader("rewards=600,fault=gzipbomb@2")
    with pytest.raises(duckdb.IOException, match=r"page 2 of GET /rewards has more than 64 MB"):
        count_and_sum(con)


def test_an_answer_may_take_only_so_long(reader):
    con, _ = reader("rewards=600,fault=hang@2", read_timeout=1, max_retries=1)
    with pytest.raises(duckdb.IOException, match=r"did not answer page 2 .* in time.*\(Tried 2 times"):
        count_and_sum(con)
    con, _ = reader("rewards=600,fault=drip@2", response_timeout=1, max_retries=0)
    with pytest.raises(duckdb.IOException, match="did not answer page 2 .* in time"):
        count_and_sum(con)


def test_a_query_that_would_ask_too_much_ends_before_it_does(reader):
    con, fake = reader("rewards=10000,total=always", max_requests_per_query=20)
    with pytest.raises(duckdb.InvalidInputException, match=r"needs about 40 requests, those for /rewards .* allows 20") as failed:
        count_and_sum(con)
    assert "SET partnerstack_max_requests_per_query = 40;" in str(failed.value)
    assert fake.request_count() == 1


def test_what_is_known_from_before_is_not_asked_at_all(reader):
    con, fake = reader("rewards=10000")
    con.execute("SELECT count(*) FROM partnerstack_rewards(include_scheduled := false)").fetchall()
    con.execute("SET partnerstack_max_requests_per_query = 39")
    before = fake.request_count()
    with pytest.raises(duckdb.InvalidInputException, match=r"needs about 40 requests"):
        con.execute("SELECT count(*) FROM partnerstack_rewards(include_scheduled := false)").fetchall()
    with pytest.raises(duckdb.InvalidInputException, match=r"needs about 45 requests"):
        keys = [f"cust_{n}" for n in range(45)]
        con.execute("SELECT count(*) FROM partnerstack_customers(keys := $1)", [keys]).fetchall()
    assert fake.request_count() == before


def test_what_cannot_be_told_ends_at_the_bound(reader):
    con, fake = reader("rewards=10000", max_requests_per_query=20)
    with pytest.raises(duckdb.InvalidInputException, match=r"needs more requests for /rewards .* allows 20.* = 40;"):
        count_and_sum(con)
    assert fake.request_count() == 20
    assert con.execute("SELECT count(*) FROM (FROM partnerstack_rewards() LIMIT 300)").fetchone() == (300,)


def test_all_scans_of_a_query_share_its_bound(reader):
    con, fake = reader("rewards=1000,customers=1000", max_requests_per_query=9, max_connections=1)
    one = "SELECT count(*) FROM partnerstack_rewards(include_scheduled := false)"
    assert con.execute(one).fetchone() == con.execute(one).fetchone() == (1000,)
    three = " UNION ALL ".join([one] * 3)
    with pytest.raises(duckdb.InvalidInputException, match="allows 9"):
        con.execute(three).fetchall()
    con.execute("SET partnerstack_max_requests_per_query = 'none'")
    assert con.execute(three).fetchall() == [(1000,)] * 3
