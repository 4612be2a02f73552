"""The cache: answers that are whole and come again without a request, or are not there."""

import json
import os
import stat
import subprocess
import sys
import threading

import duckdb
import pytest

REWARDS = "SELECT * FROM partnerstack_rewards() ORDER BY key"
KEYS = "SELECT key FROM partnerstack_rewards() ORDER BY key"


@pytest.fixture(params=["memory", "disk"])
def place(request):
    return request.param


@pytest.fixture
def open_cache(connect, place, tmp_path):
    """Opens a database that keeps answers for an hour, in memory or in a directory of the test's own."""

    def open_cache(fake, **settings):
        con = connect()
        con.execute(fake.vendor_secret())
        con.execute("SET GLOBAL partnerstack_cache_ttl = INTERVAL '1 hour'")
        if place == "disk":
            con.execute(f"SET GLOBAL partnerstack_cache_directory = '{tmp_path / 'cache'}'")
        for name, value in settings.items():
            con.execute(f"SET GLOBAL partnerstack_{name} = {value}")
        return con

    yield open_cache
    connect().execute("PRAGMA partnerstack_clear_cache")


def requests_of(fake, con, sql):
    """The rows of a query, and how many requests it made."""
    before = fake.request_count()
    rows = con.execute(sql).fetchall()
    return rows, fake.request_count() - before


def entries(con, columns="*"):
    return con.execute(f"SELECT {columns} FROM partnerstack_cache()").fetchall()


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("knobs", ["scheduled=hidden", "scheduled=listed", "bounds=exclusive", "bounds=ignored", "bounds=refused"])
def test_a_second_run_makes_no_request(open_cache, scenario, knobs, connections):
    fake = scenario(f"rewards=3000,latency=2,{knobs}")
    con = open_cache(fake, max_connections=connections)
    first, made = requests_of(fake, con, REWARDS)
    assert len(first) == 3000 and made > 12
    assert requests_of(fake, con, REWARDS) == (first, 0)
    scans = "SELECT cached_at IS NOT NULL, requests, complete, rows FROM partnerstack_scans() ORDER BY scan"
    assert con.execute(scans).fetchall() == [(False, made, True, 3000), (True, 0, True, 3000)]


def test_other_columns_and_filters_that_narrow_nothing_are_answered_too(open_cache, scenario):
    fake = scenario("rewards=2000,latency=2")
    con = open_cache(fake)
    con.execute("SELECT amount FROM partnerstack_rewards()").fetchall()
    con.execute("SET partnerstack_cache_ttl = 'off'")
    con.execute("CREATE TABLE fresh AS FROM partnerstack_rewards()")
    con.execute("SET partnerstack_cache_ttl = '1 hour'")
    for asked in ("key, raw", "raw->>'$.key', customer", "count(*)", "sum(amount), max(updated_at)"):
        for where in ("", "WHERE amount > 5000", "WHERE currency IN ('EUR', 'USD') OR key LIKE '%7'"):
            sql = f"SELECT {asked} FROM {{}} {where} ORDER BY ALL"
            wanted = con.execute(sql.format("fresh")).fetchall()
            assert requests_of(fake, con, sql.format("partnerstack_rewards()")) == (wanted, 0), sql


@pytest.mark.parametrize("other", [
    "partnerstack_rewards(page_size := 100)",
    "partnerstack_rewards(include_scheduled := false)",
    "partnerstack_rewards(params := MAP {'order_by': 'created_at'})",
    "partnerstack_rewards() WHERE created_at >= '2026-01-01'",
    "partnerstack_rewards(created_after := '2026-01-01')",
    "partnerstack_transactions()",
])  # fmt: skip
def test_another_question_is_asked(open_cache, scenario, other):
    fake = scenario("rewards=600,transactions=600")
    con = open_cache(fake)
    con.execute(REWARDS).fetchall()
    count = f"SELECT count(*) FROM {other}"
    rows, made = requests_of(fake, con, count)
    assert made > 0
    assert requests_of(fake, con, count) == (rows, 0)


def test_another_environment_is_another_question(open_cache, scenario):
    fake = scenario("transactions=600")
    con = open_cache(fake)
    count = "SELECT count(*) FROM partnerstack_transactions()"
    (everything,) = con.execute(count).fetchone()
    con.execute("SET partnerstack_environment = 'production'")
    rows, made = requests_of(fake, con, count)
    assert 0 < rows[0][0] < everything and made > 0
    assert requests_of(fake, con, count) == (rows, 0)


def test_another_account_is_asked(open_cache, scenario):
    fake, elsewhere = scenario("rewards=300"), scenario("rewards=200")
    con = open_cache(fake)
    con.execute(KEYS).fetchall()
    con.execute(fake.vendor_secret("again"))
    assert requests_of(fake, con, "FROM partnerstack_rewards(secret := 'again')")[1] == 0
    con.execute(fake.secret("other", "PUBLIC_KEY 'pk_fake_public', PRIVATE_KEY 'sk_wrong'"))
    with pytest.raises(duckdb.PermissionException):
        con.execute("FROM partnerstack_rewards(secret := 'other')").fetchall()
    con.execute(fake.secret_for_both("two"))
    assert requests_of(fake, con, "FROM partnerstack_rewards(secret := 'two', api := 'partner')")[1] > 0
    con.execute(elsewhere.vendor_secret())
    rows, made = requests_of(elsewhere, con, "FROM partnerstack_rewards(secret := 'ps')")
    assert (len(rows), made > 0) == (200, True)


@pytest.mark.parametrize("ttl", ["INTERVAL '1 microsecond'", "'1 microsecond'", "INTERVAL 1 MICROSECOND"])
def test_an_answer_that_is_too_old_is_asked_for_again(open_cache, scenario, ttl):
    fake = scenario("rewards=600")
    con = open_cache(fake)
    con.execute(KEYS).fetchall()
    con.execute(f"SET partnerstack_cache_ttl = {ttl}")
    assert requests_of(fake, con, KEYS)[1] > 0
    assert len(entries(con)) == 1
    con.execute("SET partnerstack_cache_ttl = INTERVAL 1 HOUR")
    assert requests_of(fake, con, KEYS)[1] == 0
    # However old it is.
    con.execute("SET partnerstack_cache_ttl = '1 microsecond'")
    con.execute("SET partnerstack_offline = true")
    assert requests_of(fake, con, KEYS)[1] == 0


@pytest.mark.parametrize("off", ["SET partnerstack_cache_ttl = 'off'", "SET partnerstack_cache_ttl = NULL", "RESET partnerstack_cache_ttl"])
def test_it_can_be_switched_off(open_cache, scenario, off):
    fake = scenario("rewards=300")
    con = open_cache(fake)
    con.execute(KEYS).fetchall()
    con.execute(off)
    assert requests_of(fake, con, KEYS)[1] > 0


def test_it_is_off_at_first(connect, scenario):
    fake, con = scenario("rewards=300"), connect()
    con.execute(fake.vendor_secret())
    con.execute(KEYS).fetchall()
    assert requests_of(fake, con, KEYS)[1] > 0 and entries(con) == []


def test_offline_nothing_is_asked(open_cache, scenario):
    fake = scenario("rewards=300,deals=5")
    con = open_cache(fake)
    rows = con.execute(KEYS).fetchall()
    con.execute("RESET partnerstack_cache_ttl")
    con.execute("SET partnerstack_offline = true")
    assert requests_of(fake, con, KEYS) == (rows, 0)
    assert requests_of(fake, con, KEYS.replace("ORDER", "WHERE false ORDER")) == ([], 0)
    before = fake.request_count()
    missing = r'The cache has no answer to GET /rewards with min_created=\d+ for secret "ps", and partnerstack_offline'
    with pytest.raises(duckdb.IOException, match=missing):
        con.execute("FROM partnerstack_rewards() WHERE created_at >= '2026-01-01'").fetchall()
    with pytest.raises(duckdb.IOException, match="The cache has no answer to GET /deals"):
        con.execute("FROM partnerstack_deals()").fetchall()
    assert fake.request_count() == before


def test_a_fresh_answer_takes_the_place_of_an_older_one(open_cache, scenario):
    fake = scenario("rewards=300")
    con = open_cache(fake)
    con.execute(KEYS).fetchall()
    fresh = KEYS.replace("()", "(fresh := true)")
    rows, made = requests_of(fake, con, fresh)
    assert made > 0 and len(entries(con)) == 1
    assert requests_of(fake, con, KEYS) == (rows, 0)
    con.execute("SET partnerstack_offline = true")
    with pytest.raises(duckdb.IOException, match="GET /rewards is to be asked afresh, and partnerstack_offline"):
        con.execute(fresh).fetchall()


def test_a_sync_asks_itself(open_cache, scenario):
    fake = scenario("rewards=600")
    con = open_cache(fake)
    for table in ("rewards", "groups"):
        con.execute(f"FROM partnerstack_{table}()").fetchall()
        assert requests_of(fake, con, f"PRAGMA partnerstack_sync('{table}')")[1] > 0


def test_a_limit_leaves_nothing_behind(open_cache, scenario):
    fake = scenario("rewards=3000")
    con = open_cache(fake)
    assert len(con.execute("FROM partnerstack_rewards() LIMIT 600").fetchall()) == 600
    assert entries(con) == []
    assert len(con.execute(REWARDS).fetchall()) == 3000
    assert requests_of(fake, con, "SELECT count(*) FROM (FROM partnerstack_rewards() LIMIT 600)") == ([(600,)], 0)


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("fault", ["401@2", "404@3", "500@last", "cut@5", "notjson@last"])
def test_a_scan_that_fails_leaves_nothing_behind(open_cache, scenario, fault, connections, tmp_path):
    fake = scenario(f"rewards=3000,latency=2,fault={fault}")
    con = open_cache(fake, max_connections=connections, max_retries=0)
    with pytest.raises(duckdb.Error):
        con.execute(REWARDS).fetchall()
    assert entries(con) == [] and left_in(tmp_path / "cache") == []
    with pytest.raises(duckdb.Error):
        con.execute(REWARDS).fetchall()


@pytest.mark.parametrize("fault", ["503@3x2", "cut@lastx1", "notjson:1x1"])
def test_faults_that_pass_are_not_kept(open_cache, scenario, fault):
    fake = scenario(f"rewards=3000,latency=2,fault={fault}")
    con = open_cache(fake)
    rows = con.execute(KEYS).fetchall()
    assert [key for (key,) in rows] == sorted(item["key"] for item in fake.truth("rewards", "vendor"))
    assert requests_of(fake, con, KEYS) == (rows, 0)


@pytest.mark.parametrize("connections", [1, 4])
def test_rows_that_were_asked_for_twice_come_once_again(open_cache, scenario, connections):
    fake = scenario("rewards=3000,latency=2,fault=delete_last@3x1,unknown_cursor=404")
    con = open_cache(fake, max_connections=connections)
    rows, made = requests_of(fake, con, KEYS)
    assert made > 13 and len(set(rows)) == len(rows) > 2990
    assert requests_of(fake, con, KEYS) == (rows, 0)


def left_in(directory):
    """The files of a directory, once no scan writes to it any more."""
    return sorted(directory.iterdir()) if directory.exists() else []


def test_an_interrupted_scan_leaves_nothing_behind(open_cache, scenario):
    fake = scenario("rewards=3000,fault=hang:6")
    con = open_cache(fake)

    def interrupt():
        while fake.request_count() < 6:
            pass
        con.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(duckdb.InterruptException):
        con.execute(KEYS).fetchall()
    thread.join()
    assert entries(con) == []


@pytest.mark.parametrize("links", ["flat", "none"])
def test_every_plan_and_shape_comes_again(open_cache, scenario, links):
    fake = scenario(f"rewards=600,deals=300,links={links},partnerships=60,customers=400")
    con = open_cache(fake)
    con.execute("SET VARIABLE ks = (SELECT list(key ORDER BY key)[:7] || ['gone', 'a/b'] FROM partnerstack_deals())")
    con.execute("SET VARIABLE path = '/customers/' || (SELECT min(key) FROM partnerstack_customers())")
    for sql in (
        "SELECT * FROM partnerstack_deals(keys := getvariable('ks')) ORDER BY ALL",
        "SELECT * FROM partnerstack_customers(keys := ['none']) ORDER BY ALL",
        "SELECT * FROM partnerstack_links() ORDER BY ALL",
        "SELECT * FROM partnerstack_groups() ORDER BY ALL",
        "SELECT * FROM partnerstack_get(path := '/rewards') ORDER BY ALL",
        "SELECT * FROM partnerstack_get(path := getvariable('path'))",
        "SELECT * FROM partnerstack_rewards() WHERE reward_status = 'paid' ORDER BY ALL",
    ):
        rows, made = requests_of(fake, con, sql)
        assert made > 0, sql
        assert requests_of(fake, con, sql) == (rows, 0), sql


def test_it_can_be_listed_and_cleared(open_cache, scenario, place, tmp_path):
    fake = scenario("rewards=600")
    con = open_cache(fake)
    con.execute("FROM partnerstack_rewards(params := MAP {'status': 'paid'})").fetchall()
    con.execute("FROM partnerstack_rewards() WHERE created_at >= '2026-01-01'").fetchall()
    shown = 'account, "table", api, path, parameters, regexp_replace(pushed, \'\\d+\', \'…\'), place'
    common = ("ps", "rewards", "vendor", "/rewards")
    assert entries(con, shown) == [(*common, {"status": "paid"}, "", place), (*common, {}, "min_created=…", place)]
    fresh = "age_s BETWEEN 0 AND 60 AND now() - stored_at < INTERVAL 1 MINUTE AND pages > 0 AND items >= rows AND bytes > 1000"
    assert entries(con, fresh) == [(True,)] * 2
    con.execute("PRAGMA partnerstack_clear_cache")
    assert entries(con) == [] and left_in(tmp_path / "cache") == []
    assert requests_of(fake, con, KEYS)[1] > 0


def test_databases_of_a_process_share_it(open_cache, scenario):
    fake = scenario("rewards=600")
    rows = open_cache(fake).execute(KEYS).fetchall()
    assert requests_of(fake, open_cache(fake), KEYS) == (rows, 0)


def test_a_scan_that_runs_while_it_is_cleared_is_not_kept(open_cache, scenario):
    fake = scenario("rewards=1000")
    con = open_cache(fake, max_connections=1)
    rows = con.execute("FROM partnerstack_rewards()")
    assert rows.fetchone()
    con.cursor().execute("PRAGMA partnerstack_clear_cache")
    assert len(rows.fetchall()) == 999
    assert entries(con) == []


# In memory


@pytest.mark.parametrize("place", ["memory"], indirect=True)
def test_what_was_not_used_for_longest_goes_first(open_cache, scenario):
    fake = scenario("rewards=250,deals=250,customers=250")
    con = open_cache(fake)
    for table in ("rewards", "deals", "rewards"):
        con.execute(f"FROM partnerstack_{table}()").fetchall()
    # Room for all of it but a byte or so.
    room = sum(size for (size,) in entries(con, "bytes"))
    con.execute(f"SET partnerstack_cache_memory = {room // 1_000_000 + 1}")
    kept = lambda: [name for (name,) in entries(con, '"table"')]  # noqa: E731
    pages = 0
    while "deals" in kept():
        pages += 1
        con.execute(f"FROM partnerstack_customers(params := MAP {{'n': '{pages}'}})").fetchall()
        con.execute("FROM partnerstack_rewards()").fetchall()
    assert kept().count("rewards") == 1 and kept().count("customers") > 0
    assert sum(size for (size,) in entries(con, "bytes")) <= (room // 1_000_000 + 1) * 1_000_000


@pytest.mark.parametrize("place", ["memory"], indirect=True)
def test_a_scan_too_large_for_memory_is_not_kept(open_cache, scenario):
    fake = scenario("rewards=3000")
    con = open_cache(fake, cache_memory=1)
    assert len(con.execute(KEYS).fetchall()) == 3000
    assert entries(con) == []
    con.execute("SET partnerstack_cache_memory = 0")
    con.execute("SELECT key FROM partnerstack_groups()").fetchall()
    assert entries(con) == []


# On disk

disk = pytest.mark.parametrize("place", ["disk"], indirect=True)

OTHER_PROCESS = """
import duckdb, os
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
con.execute(f"LOAD '{os.environ['EXTENSION']}'")
for statement in os.environ["STATEMENTS"].split(";"):
    rows = con.execute(statement).fetchall()
print(len(rows))
"""


def other_process(extension, fake, directory):
    """What to start a process with that reads the keys into this directory."""
    statements = [
        fake.vendor_secret(), "SET partnerstack_cache_ttl = '1 hour'",
        f"SET partnerstack_cache_directory = '{directory}'", KEYS,
    ]  # fmt: skip
    environment = os.environ | {"EXTENSION": str(extension), "STATEMENTS": ";".join(statements)}
    return {"args": [sys.executable, "-c", OTHER_PROCESS], "env": environment}


@disk
def test_files_are_their_owners_and_outlive_the_process(open_cache, scenario, extension, tmp_path):
    fake = scenario("rewards=600")
    directory = tmp_path / "cache"
    run = subprocess.run(
        **other_process(extension, fake, directory), capture_output=True, text=True, check=True
    )
    assert run.stdout == "600\n"
    (file,) = left_in(directory)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes() + file.name.encode()
    for key in ("pk_fake_public", "sk_fake_private", "cGtfZmFrZV9wdWJsaWM6c2tfZmFrZV9wcml2YXRl"):
        assert key.encode() not in content
    rows, made = requests_of(fake, open_cache(fake), KEYS)
    assert (len(rows), made) == (600, 0)


@disk
def test_a_process_that_is_killed_leaves_no_entry(open_cache, scenario, extension, tmp_path):
    fake = scenario("rewards=3000,fault=hang:6")
    directory = tmp_path / "cache"
    with subprocess.Popen(**other_process(extension, fake, directory)) as process:
        while fake.request_count() < 6:
            assert process.poll() is None
        process.kill()
    assert [file.suffix for file in left_in(directory)] == [".partnerstack-part"]
    con = open_cache(fake)
    assert entries(con) == []
    con.execute("PRAGMA partnerstack_clear_cache")
    assert left_in(directory) == []


def damage(file, how):
    content = bytearray(file.read_bytes())
    match how:
        case "empty":
            content = b""
        case "cut":
            content = content[: len(content) * 2 // 3]
        case "longer":
            content += b"more"
        case "changed":
            content[len(content) // 2] ^= 1
        case "length":
            content[3] = 0xFF
    file.write_bytes(content)


@disk
@pytest.mark.parametrize("how", ["empty", "cut", "longer", "changed", "length"])
def test_a_damaged_file_is_a_miss(open_cache, scenario, tmp_path, how):
    fake = scenario("rewards=600")
    con = open_cache(fake)
    rows = con.execute(REWARDS).fetchall()
    (file,) = left_in(tmp_path / "cache")
    damage(file, how)
    assert entries(con) == []
    con.execute("SET partnerstack_offline = true")
    with pytest.raises(duckdb.IOException, match="The cache has no answer"):
        con.execute(REWARDS).fetchall()
    assert not file.exists()
    con.execute("SET partnerstack_offline = false")
    again, made = requests_of(fake, con, REWARDS)
    assert again == rows and made > 0
    assert requests_of(fake, con, REWARDS) == (rows, 0)


@disk
def test_a_file_under_the_name_of_another_is_a_miss(open_cache, scenario, tmp_path):
    fake = scenario("rewards=300,deals=300")
    con = open_cache(fake)
    con.execute("FROM partnerstack_rewards()").fetchall()
    (rewards,) = left_in(tmp_path / "cache")
    con.execute("FROM partnerstack_deals()").fetchall()
    (deals,) = set(left_in(tmp_path / "cache")) - {rewards}
    rewards.replace(deals)
    assert requests_of(fake, con, "FROM partnerstack_deals()")[1] > 0


@disk
def test_a_directory_that_cannot_be_written_is_an_error_that_names_it(open_cache, scenario, tmp_path):
    fake = scenario("rewards=300")
    con = open_cache(fake)
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(duckdb.Error, match='Nothing can be kept in ".*/cache": .* SET partnerstack_cache_directory'):
        con.execute(KEYS).fetchall()
    assert fake.request_count() == 0


@disk
def test_other_files_are_left_alone(open_cache, scenario, tmp_path):
    fake = scenario("rewards=300")
    con = open_cache(fake)
    con.execute(KEYS).fetchall()
    mine = tmp_path / "cache" / "notes.txt"
    mine.write_text(json.dumps("mine"))
    assert len(entries(con)) == 1
    con.execute("PRAGMA partnerstack_clear_cache")
    assert left_in(tmp_path / "cache") == [mine]


@disk
def test_scans_at_once_do_not_spoil_it(open_cache, scenario):
    fake = scenario("rewards=2000,latency=2")
    con = open_cache(fake)
    found = []

    def read():
        found.append(con.cursor().execute(KEYS).fetchall())

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = [(key,) for key in sorted(item["key"] for item in fake.truth("rewards", "vendor"))]
    assert found == [wanted] * 6
    assert requests_of(fake, con, KEYS) == (wanted, 0)
    assert len(entries(con)) == 1
