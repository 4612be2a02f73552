"""What docs/scaling.md says of rates and requests."""

import math
import sys

import pytest

from paths import ROOT

sys.path.insert(0, str(ROOT / "benches"))

import scaling  # noqa: E402


def test_the_figures_of_the_page_are_those_that_are_played_through():
    page = scaling.PAGE.read_text(encoding="utf-8")
    assert page.count("\n|---") == 4 and scaling.written(page) == page


def test_the_settings_are_those_of_the_extension(connect):
    con = connect()
    settings = "rate_limit", "max_retries", "max_connections"
    for name in settings:
        con.execute(f"RESET partnerstack_{name}")
    query = ", ".join(f"current_setting('partnerstack_{name}')::DOUBLE" for name in settings)
    played = scaling.RATE, scaling.RETRIES, scaling.Reading(1).connections
    assert con.execute(f"SELECT {query}").fetchone() == played


def test_the_limits_bind_as_the_page_says():
    one, two = (scaling.play(scaling.Reading(8000, connections=16, machines=machines)) for machines in (1, 2))
    a_minute = scaling.RATE * (60 + scaling.BURST)
    assert a_minute < scaling.LIMIT and 8000 / one.seconds > scaling.RATE and two.seconds < one.seconds / 2
    slow = scaling.play(scaling.Reading(100, latency=1.0, connections=1))
    assert slow.seconds == pytest.approx(slow.requests) and slow.refused == 0


@pytest.mark.parametrize("connections", [1, 4, 16])
@pytest.mark.parametrize("since", ["2000-01-01", "2026-08-01"])
def test_as_many_requests_are_made_as_played_through(connect, scenario, connections, since):
    fake, con = scenario("rewards=25000"), connect()
    con.execute(fake.vendor_secret())
    con.execute(f"SET partnerstack_max_connections = {connections}")
    query = f"SELECT count(*) FROM partnerstack_rewards(api := 'vendor') WHERE created_at >= '{since}'"
    pages = math.ceil(con.execute(query).fetchone()[0] / scaling.ITEMS)
    played = scaling.Reading(pages, connections=connections).requests
    assert pages <= fake.request_count() <= 1.1 * played + 2 * connections
