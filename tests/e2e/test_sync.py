"""A copy that is kept up to date, compared with what the fake API holds each time."""

import json
import os
import subprocess
import sys
import time

import duckdb
import pytest

REPORT = ("resource", "fetched", "inserted", "updated", "deleted", "unchanged", "requests", "seconds")
DAY = 24 * 3600 * 1000


@pytest.fixture
def copy(connect, scenario):
    """A connection with a secret for a scenario, and the scenario."""

    def copy(knobs, **where):
        fake, con = scenario(knobs), connect(**where)
        con.execute(fake.vendor_secret())
        for resource in ("rewards", "partnerships"):
            # As Python writes JSON, so that a change of one item changes no byte of another.
            fake.put_items(resource, json.dumps(fake.truth(resource, "vendor")))
        return con, fake

    return copy


def sync(con, arguments):
    """What a sync reports, by resource."""
    rows = con.execute(f"PRAGMA partnerstack_sync({arguments})")
    assert tuple(name for name, *_ in rows.description) == REPORT
    return {row[0]: dict(zip(REPORT, row, strict=True)) for row in rows.fetchall()}


def counts(report):
    return {name: report[name] for name in ("inserted", "updated", "deleted", "unchanged")}


def truth(fake, resource="rewards"):
    return {item["key"]: item for item in fake.truth(resource, "vendor")}


def assert_exact(con, fake, table="rewards", resource="rewards", where="true"):
    """Every item of the fake API is in the copy once, whole; what is gone is marked."""
    rows = con.execute(f"SELECT key, raw FROM {table} WHERE _deleted_at IS NULL AND {where}").fetchall()
    assert len(rows) == len({key for key, _ in rows})
    assert {key: json.loads(raw) for key, raw in rows} == truth(fake, resource)


def change(fake, key, resource="rewards", **members):
    """Changes an item where it stands."""
    items = fake.truth(resource, "vendor")
    for item in items:
        if item["key"] == key:
            item.update(members)
    fake.put_items(resource, json.dumps(items))


def insert(fake, resource="rewards", **members):
    items = fake.truth(resource, "vendor")
    items.append(items[0] | members)
    items.sort(key=lambda item: -item["created_at"])
    fake.put_items(resource, json.dumps(items))


def oldest(fake, resource="rewards"):
    return min(truth(fake, resource).values(), key=lambda item: item["created_at"])


def newest(fake, resource="rewards"):
    now = time.time() * 1000
    return max((i for i in truth(fake, resource).values() if i["created_at"] < now), key=lambda item: item["created_at"])


def test_a_first_sync_makes_the_copy(copy):
    con, fake = copy("rewards=1000")
    report = sync(con, "'rewards'")["rewards"]
    assert counts(report) == {"inserted": 1000, "updated": 0, "deleted": 0, "unchanged": 0}
    assert report["fetched"] == 1000 and report["requests"] == fake.request_count()
    assert_exact(con, fake)
    described = con.execute("SELECT column_name, column_type FROM (DESCRIBE FROM partnerstack_rewards())").fetchall()
    copied = con.execute("SELECT column_name, column_type FROM (DESCRIBE rewards)").fetchall()
    assert copied[:-3] == described or set(described) <= set(copied)
    comments = dict(con.execute("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'rewards'").fetchall())
    documented = dict(con.execute("SELECT \"column\", description FROM partnerstack_columns() "
                                  "WHERE \"table\" = 'rewards' AND api = 'vendor' AND NOT contains(\"column\", '.')").fetchall())
    assert documented.items() <= comments.items() and None not in comments.values()


def test_a_later_sync_reads_what_may_have_changed(copy):
    con, fake = copy("rewards=5000")
    sync(con, "'rewards'")
    fake.control("__log", "DELETE")
    report = sync(con, "'rewards'")["rewards"]
    assert 0 < report["fetched"] == report["unchanged"] < 5000
    assert all("min_created" in request["query"] for request in fake.log())
    # A late change within the look-back, a new row, and one in the future.
    item = newest(fake)
    change(fake, item["key"], amount=123456, reward_status="declined")
    insert(fake, key="rwrd_new", created_at=int(time.time() * 1000))
    insert(fake, key="rwrd_future", created_at=int(time.time() * 1000) + 30 * DAY)
    assert counts(sync(con, "'rewards'")["rewards"]) | {"unchanged": 0} == {
        "inserted": 2, "updated": 1, "deleted": 0, "unchanged": 0,
    }  # fmt: skip
    assert_exact(con, fake)


def test_what_lies_behind_the_look_back_needs_a_full_refresh(copy):
    con, fake = copy("rewards=2000")
    sync(con, "'rewards'")
    item = oldest(fake)
    change(fake, item["key"], amount=123456)
    assert sync(con, "'rewards'")["rewards"]["updated"] == 0
    assert sync(con, "'rewards', lookback = '20 years'")["rewards"]["updated"] == 1
    change(fake, item["key"], amount=123457)
    assert sync(con, "'rewards', full_refresh = true")["rewards"]["updated"] == 1
    assert_exact(con, fake)


def test_changes_are_asked_for_where_the_api_tells_them(copy):
    con, fake = copy("partnerships=600")
    sync(con, "'partnerships'")
    fake.control("__log", "DELETE")
    item = oldest(fake, "partnerships")
    change(fake, item["key"], "partnerships", updated_at=int(time.time() * 1000), first_name="Changed")
    report = sync(con, "'partnerships'")["partnerships"]
    assert report["updated"] == 1 and report["fetched"] < 600
    assert all("min_updated" in request["query"] for request in fake.log())
    assert_exact(con, fake, "partnerships", "partnerships")


def test_rows_that_are_gone_are_marked(copy):
    con, fake = copy("rewards=1000")
    sync(con, "'rewards'")
    gone = [oldest(fake), newest(fake)]
    for item in gone:
        fake.control(f"__items/rewards/{item['key']}", "DELETE")
    assert sync(con, "'rewards'")["rewards"]["deleted"] == 0
    assert sync(con, "'rewards', detect_deletes = true")["rewards"]["deleted"] == 2
    assert_exact(con, fake)
    marked = con.execute("SELECT key FROM rewards WHERE _deleted_at IS NOT NULL").fetchall()
    assert {key for (key,) in marked} == {item["key"] for item in gone}
    # Once it is there again, the mark is taken off.
    insert(fake, **gone[1])
    assert sync(con, "'rewards', detect_deletes = true, full_refresh = true")["rewards"]["updated"] == 1
    assert_exact(con, fake)


def test_a_row_tells_since_when_it_is_as_it_is(copy):
    con, fake = copy("rewards=300")
    sync(con, "'rewards'")
    ((first,),) = con.execute("SELECT DISTINCT _synced_at FROM rewards").fetchall()
    item = newest(fake)
    change(fake, item["key"], amount=12345)
    sync(con, "'rewards'")
    later = con.execute("SELECT key FROM rewards WHERE _synced_at > $1", [first]).fetchall()
    assert later == [(item["key"],)]


def test_accounts_have_rows_of_their_own(connect, scenario):
    con = connect()
    fakes = {name: scenario(f"rewards={count},seed={count}") for name, count in (("eu", 300), ("us", 500))}
    for name, fake in fakes.items():
        con.execute(fake.vendor_secret(name))
        sync(con, f"'rewards', secret = '{name}'")
    # The same key in both.
    item = newest(fakes["eu"])
    insert(fakes["us"], **item)
    fakes["eu"].control(f"__items/rewards/{oldest(fakes['eu'])['key']}", "DELETE")
    for name, fake in fakes.items():
        sync(con, f"'rewards', secret = '{name}', detect_deletes = true")
        assert_exact(con, fake, where=f"_account = '{name}'")
    states = con.execute("SELECT account, resource, \"rows\", complete FROM partnerstack_sync_state "
                         "WHERE resource <> '' ORDER BY ALL").fetchall()
    assert states == [("eu", "rewards", 299, True), ("us", "rewards", 501, True)]


def test_a_sync_that_fails_leaves_everything_as_it_was(copy, scenario):
    con, fake = copy("rewards=1000")
    sync(con, "'rewards'")
    before = con.execute("FROM rewards ORDER BY key").fetchall(), con.execute("FROM partnerstack_sync_state").fetchall()
    broken = scenario("rewards=2000,fault=500:4")
    con.execute(broken.vendor_secret())
    with pytest.raises(duckdb.HTTPException, match="PartnerStack failed"):
        sync(con, "'rewards', full_refresh = true")
    assert (con.execute("FROM rewards ORDER BY key").fetchall(), con.execute("FROM partnerstack_sync_state").fetchall()) == before
    con.execute(fake.vendor_secret())
    assert sync(con, "'rewards'")["rewards"]["updated"] == 0


def test_a_first_sync_that_fails_leaves_nothing(copy):
    con, _ = copy("rewards=2000,fault=500:4")
    with pytest.raises(duckdb.HTTPException):
        sync(con, "'rewards'")
    assert con.execute("SHOW TABLES").fetchall() == []


def test_a_process_that_dies_leaves_the_old_rows(extension, copy, scenario, tmp_path):
    path = str(tmp_path / "copy.db")
    con, fake = copy("rewards=1000", path=path)
    sync(con, "'rewards'")
    con.close()
    slow = scenario("rewards=5000,latency=50")
    script = """
import duckdb, os
con = duckdb.connect(os.environ["DATABASE"], config={"allow_unsigned_extensions": "true"})
con.execute(f"LOAD '{os.environ['EXTENSION']}'")
con.execute(os.environ["SECRET"])
con.execute("PRAGMA partnerstack_sync('rewards', full_refresh = true)")
"""
    environment = os.environ | {"DATABASE": path, "EXTENSION": str(extension), "SECRET": slow.vendor_secret()}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as run:
        while slow.request_count() < 6:
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
    con, _ = copy("rewards=1000", path=path)
    con.execute(fake.vendor_secret())
    assert_exact(con, fake)
    assert sync(con, "'rewards', full_refresh = true")["rewards"]["unchanged"] == 1000


def test_a_sync_is_a_part_of_the_users_transaction(copy):
    con, fake = copy("rewards=300")
    con.execute("BEGIN")
    sync(con, "'rewards'")
    con.execute("ROLLBACK")
    assert con.execute("SHOW TABLES").fetchall() == []
    con.execute("BEGIN")
    sync(con, "'rewards'")
    con.execute("COMMIT")
    assert_exact(con, fake)


def test_of_two_syncs_at_once_one_fails(copy, scenario):
    con, fake = copy("rewards=300")
    sync(con, "'rewards'")
    other = con.cursor()
    con.execute("BEGIN")
    sync(con, "'rewards', full_refresh = true")
    before = fake.request_count()
    with pytest.raises(duckdb.TransactionException):
        sync(other, "'rewards'")
    assert fake.request_count() == before
    con.execute("COMMIT")
    assert sync(other, "'rewards'")["rewards"]["inserted"] == 0
    assert_exact(con, fake)


def test_columns_that_are_new_are_added(copy):
    con, fake = copy("rewards=300")
    sync(con, "'rewards'")
    con.execute("ALTER TABLE rewards DROP COLUMN currency; ALTER TABLE rewards DROP COLUMN customer")
    assert sync(con, "'rewards', full_refresh = true")["rewards"]["inserted"] == 0
    assert_exact(con, fake)
    currencies = {item["key"]: item.get("currency") for item in truth(fake).values()}
    assert dict(con.execute("SELECT key, currency FROM rewards").fetchall()) == currencies


def test_a_type_that_changed_is_an_error_that_says_what_to_do(copy):
    con, _ = copy("rewards=300")
    sync(con, "'rewards'")
    con.execute("ALTER TABLE rewards ALTER COLUMN amount TYPE VARCHAR")
    with pytest.raises(duckdb.InvalidInputException, match=r'"amount" of rewards is VARCHAR, and the resource has BIGINT\. Rename'):
        sync(con, "'rewards'")


def test_all_resources_are_copied_beside_each_other(copy, tmp_path):
    con, fake = copy("rewards=300,deals=300")
    con.execute(f"ATTACH '{tmp_path / 'ps.db'}' AS ps")
    report = sync(con, "'all', 'ps'")
    assert {"rewards", "deals", "partnerships", "customers", "transactions"} <= report.keys()
    for resource in ("rewards", "deals", "customers", "transactions", "partnerships"):
        assert_exact(con, fake, f"ps.{resource}", resource)
    assert {r["inserted"] for r in sync(con, "'all', 'ps'").values()} == {0}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("'reward'", 'no table "reward".* Did you mean "rewards"'),
        ("'rewards', 'a;b'", '"target" must be the name of a table'),
        ("'deal_files'", 'No copy of "deal_files" can be kept'),
        ("'payouts'", "the Vendor API has no payouts"),
        ("'rewards', lookback = 'soon'", "soon"),
        ("'rewards', 'nowhere.rewards'", "nowhere"),
    ],
)
def test_what_cannot_be_synced_is_said(copy, arguments, error):
    con, fake = copy("rewards=300")
    with pytest.raises(duckdb.Error, match=error):
        sync(con, arguments)
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'rewards'").fetchone() == (0,)


def test_without_a_secret_it_says_how_to_make_one(connect):
    with pytest.raises(duckdb.Error, match="Create one with: CREATE SECRET"):
        sync(connect(), "'rewards'")
