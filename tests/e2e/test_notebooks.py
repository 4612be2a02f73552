"""The notebooks of examples/ run, and their figures are the truth."""

import datetime
import json
import os
import pathlib
import subprocess
from collections import Counter

import pytest

from paths import CACHE, ROOT
from placeholders import KEYS
from totals import grouped, total, upper

NOTEBOOKS = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".py", ".ipynb"))
FRAMES = pathlib.Path(__file__).with_name("frames.py")


@pytest.fixture(scope="module")
def run(extension):
    """Runs a Python program that may use what notebooks need, with the keys of a scenario."""
    python = CACHE / "notebooks" / "bin" / "python"
    assert python.exists(), f"{python} is missing: run make notebooks"

    def run(fake, *arguments, **other_keys):
        keys = {f"PARTNERSTACK_{option}": key for option, key in {**KEYS, **other_keys}.items()}
        environment = {**os.environ, **keys, "PARTNERSTACK_BASE_URL": fake.base_url}
        return subprocess.run([python, *arguments], env=environment, capture_output=True, text=True, timeout=240)

    return run


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.suffix[1:])
def ran(request, run, scenario):
    """The frames of a notebook that ran, and the scenario of the fake API that it asked."""
    fake = scenario("rewards=1000,deals=400")
    done = run(fake, FRAMES, request.param)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), fake


def cents(amount):
    return None if amount is None else round(amount * 100)


def in_dollars(items):
    return [item for item in items if upper(item) == "USD"]


def test_commissions_by_month_and_status(ran):
    frames, fake = ran
    found = {
        (row["month"][:7], row["status"]): (row["rewards"], cents(row["amount"]))
        for row in frames["commissions"]
        if row.get("currency", "USD") == "USD"
    }
    rewards = in_dollars(fake.truth("rewards", "vendor"))
    truth = grouped(rewards, month, lambda item: item.get("reward_status") or "none")
    assert found == {key: (len(items), cents(total(items))) for key, items in truth.items()}


def month(item):
    moment = datetime.datetime.fromtimestamp(item["created_at"] / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m")


def test_the_pipeline_by_stage(ran):
    frames, fake = ran
    deals = fake.truth("deals", "vendor")
    assert {row["stage"]: row["deals"] for row in frames["pipeline"]} == Counter(
        deal.get("stage") or "none" for deal in deals
    )
    today = datetime.date.today().isoformat()
    overdue = sum(1 for deal in deals if deal.get("close_date") and deal["close_date"] < today)
    assert sum(row["overdue"] for row in frames["pipeline"]) == overdue > 0


def test_the_ranking_of_partners(ran):
    frames, fake = ran
    found = [row for row in frames["ranking"] if row["currency"] == "USD" and row["earned"]][:10]
    kept = [item for item in in_dollars(fake.truth("rewards", "vendor")) if item.get("reward_status") != "declined"]
    groups = grouped(kept, lambda item: item["partnership"]["key"])
    earned = {key: cents(total(items)) for (key,), items in groups.items()}
    assert [cents(row["earned"]) for row in found] == sorted(filter(None, earned.values()), reverse=True)[:10]
    assert all(cents(row["earned"]) == earned[row["partnership_key"]] for row in found)


def test_the_copy_holds_every_reward(ran):
    frames, fake = ran
    truth = Counter(item.get("reward_status") or "none" for item in fake.truth("rewards", "vendor"))
    assert {row["status"]: row["rewards"] for row in frames["statuses"]} == truth


def test_the_cost_is_what_was_asked(ran):
    frames, fake = ran
    assert sum(row["requests"] for row in frames["scans"]) == fake.request_count() > 0
    assert sum(row["retries"] for row in frames["scans"]) == 0


def test_a_page_of_it_holds_figures_and_no_key(run, scenario, tmp_path):
    fake, page = scenario("rewards=300,deals=40"), tmp_path / "partnerstack.html"
    done = run(fake, "-m", "marimo", "export", "html", ROOT / "examples" / "partnerstack.py", "-o", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "vega-lite" in text and KEYS["PRIVATE_KEY"] not in text


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.suffix[1:])
def test_a_cell_that_fails_fails_the_run(run, scenario, notebook):
    done = run(scenario("rewards=10"), FRAMES, notebook, PRIVATE_KEY="wrong")
    assert done.returncode != 0 and "401" in done.stderr


def test_no_output_is_kept_in_the_repository():
    notebook = json.loads((ROOT / "examples" / "partnerstack.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells and all(not cell["outputs"] and cell["execution_count"] is None for cell in cells)
