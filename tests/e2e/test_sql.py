"""Every file of sql_tests, in a real DuckDB."""

import os

import pytest

import sqllogictest
from scenario import OPENER
from paths import ROOT
from test_tables import LISTINGS

FOLDER = ROOT / "sql_tests"


#: The names under which the fake API tells what it holds, where they differ from the tables'.
TRUTHS = {"report_configurations": "vendor_report_configurations", "report_export": "vendor_report_export"}

#: What is in no listing of its own.
FURTHER = {
    "vendor": [
        "deal_files", "deal_form_templates", "lead_form_templates", "links", "partner_team", "report_configurations",
        "report_export", "sales_cycle_stages",
    ],
    "partner": [],
}


@pytest.fixture(scope="session", autouse=True)
def truth(fake_api, tmp_path_factory):
    """A folder with what the fake API holds, for files that compare with it."""
    folder = tmp_path_factory.mktemp("truth")
    for api, further in FURTHER.items():
        (folder / api).mkdir()
        listed = [table for table, apis in LISTINGS.items() if api in apis]
        for table in listed + further:
            query = f"api={api}&include_archived=true&include_offers=true&object_type=deals"
            text = control(f"{fake_api}/id=0/__truth/{TRUTHS.get(table, table)}?{query}")
            (folder / api / f"{table}.json").write_text(text, encoding="utf-8")
    os.environ["PARTNERSTACK_TEST_TRUTH"] = str(folder)


def control(url):
    with OPENER.open(url, timeout=60) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.test")), ids=lambda path: path.stem)
def test_sql_file(path, extension, fake_api):
    sqllogictest.run(path, extension)
