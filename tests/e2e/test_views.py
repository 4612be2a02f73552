"""The ready-made questions, against sums taken from what the fake API holds."""

import collections

import pytest

from totals import grouped, total, upper


@pytest.fixture
def vendor(connect, scenario):
    fake = scenario("rewards=900,deals=500")
    con = connect()
    con.execute(fake.vendor_secret())
    return con, fake


def test_commissions_by_month(vendor):
    con, fake = vendor
    rows = con.execute("FROM partnerstack_commission_summary()").fetchall()
    found = collections.defaultdict(lambda: [0, None])
    for _, status, currency, rewards, amount in rows:
        found[status, currency][0] += rewards
        if amount is not None:
            found[status, currency][1] = (found[status, currency][1] or 0) + amount
    truth = grouped(fake.truth("rewards", "vendor"), lambda item: item.get("reward_status"), upper)
    assert {key: tuple(value) for key, value in found.items()} == {
        key: (len(items), total(items)) for key, items in truth.items()
    }


def test_performance_of_partners(vendor):
    con, fake = vendor
    query = "SELECT partnership_key, currency, rewards, declined, earned FROM partnerstack_partner_performance()"
    found = {(key, currency): values for key, currency, *values in con.execute(query).fetchall()}
    truth = grouped(fake.truth("rewards", "vendor"), lambda item: item["partnership"]["key"], upper)
    assert found.keys() == truth.keys()
    for key, items in truth.items():
        kept = [item for item in items if item.get("reward_status") != "declined"]
        assert found[key] == [len(kept), len(items) - len(kept), total(kept)], key


def test_the_pipeline_of_deals(vendor):
    con, fake = vendor
    found = con.execute("SELECT group_key, stage, deals, lost FROM partnerstack_deal_pipeline()").fetchall()
    truth = grouped(fake.truth("deals", "vendor"), lambda item: item.get("group_key"), lambda item: item.get("stage"))
    wanted = [(*key, len(items), sum(1 for item in items if item.get("lost_reason"))) for key, items in truth.items()]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_the_age_of_what_is_unpaid(vendor):
    con, fake = vendor
    rewards, amount = con.execute("SELECT sum(rewards), sum(amount) FROM partnerstack_payout_ageing()").fetchone()
    unpaid = [
        item for item in fake.truth("rewards", "vendor") if item.get("reward_status") not in ("paid", "declined")
    ]
    assert (rewards, amount) == (len(unpaid), total(unpaid))
    ages = {age for (age,) in con.execute("SELECT DISTINCT age FROM partnerstack_payout_ageing()").fetchall()}
    assert ages <= {"not due", "0-30", "31-60", "61-90", "over 90"} and len(ages) > 2


@pytest.mark.parametrize("resource", ["deals", "leads", "customers", "partnerships"])
def test_custom_fields(vendor, resource):
    con, fake = vendor
    query = "SELECT api_name, items, filled, fill_rate, label FROM partnerstack_custom_fields($1) ORDER BY ALL"
    rows = con.execute(query.replace("$1", f"'{resource}'")).fetchall()
    counts = con.execute(
        f"SELECT entry.key, count(*), count(entry.value) FROM (SELECT unnest(map_entries(custom_fields)) AS entry "
        f"FROM partnerstack_{resource}()) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert [row[:3] for row in rows] == counts != []
    assert all(0 <= rate <= 1 for _, _, _, rate, _ in rows)
    assert any(label for *_, label in rows)


def test_an_account_is_passed_on(connect, scenario):
    con = connect()
    fake = scenario("rewards=10,deals=20")
    con.execute(fake.vendor_secret().replace("(TYPE", "(SCOPE 'partnerstack://o''ne', TYPE"))
    for view in ("commission_summary", "partner_performance", "deal_pipeline", "payout_ageing"):
        assert con.execute(f"SELECT count(*) > 0 FROM partnerstack_{view}(account := 'o''ne')").fetchone() == (True,)
    query = "SELECT count(*) > 0 FROM partnerstack_custom_fields('deals', account := 'o''ne')"
    assert con.execute(query).fetchone() == (True,)
