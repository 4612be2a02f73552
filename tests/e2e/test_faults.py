"""Every fault of the fake API, on the first page, a middle one and the last, once and always, with one cursor and
with four: exactly the right rows, or an error that says what failed. Nothing else."""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

ROWS, PAGE_SIZE = 600, 50
PAGES = {"first": 1, "middle": 6, "last": 12}
TIMES = {"once": "x1", "always": ""}
CONNECTIONS = (1, 4)

#: Deviations that change no row.
HARMLESS = {"drip", "status_text", "redirect_same"}

#: Faults that another attempt may not meet again.
PASSING = {
    "408", "429", "500", "502", "503", "504", "html503", "html200", "notjson", "empty", "cut", "cut0", "cut1",
    "chunkcut", "reset", "hang", "badgzip", "badutf8", "no_data", "data_null", "data_array", "no_items", "items_null",
    "items_object", "item_null", "item_text", "no_has_more", "has_more_null", "has_more_text", "has_more_number",
    "error_200", "array_root",
}  # fmt: skip

#: Faults of which nobody can say what another attempt would bring.
LASTING = {
    "400", "401", "403", "404", "418", "501", "gzipbomb", "bom", "redirect_other", "repeat_page", "stuck", "empty_more",
    "keyless", "key_null", "key_number", "last_more",
}  # fmt: skip

#: How an error may begin.
SENTENCES = (
    "PartnerStack answered", "PartnerStack failed", "PartnerStack has nothing", "PartnerStack is asked too often",
    "PartnerStack rejected", "PartnerStack does not let", "The answer to page", "No connection to", '"http',
    "PartnerStack says", "PartnerStack repeats", "Items of GET",
)  # fmt: skip


def cells():
    return itertools.product(PAGES.values(), TIMES.values(), CONNECTIONS)


@pytest.fixture
def run(connect, scenario):
    """Runs a query in each cell of a fault, and returns what came of it: that all rows came, or the error."""

    def run(faults):
        prepared = []
        for fault, connections in faults:
            con, fake = connect(), scenario(f"rewards={ROWS},fault={fault}")
            con.execute(fake.vendor_secret())
            con.execute(f"SET partnerstack_max_connections = {connections}")
            con.execute("SET partnerstack_max_retries = 1; SET partnerstack_read_timeout = 2")
            prepared.append((con, fake))
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(outcome, prepared))

    return run


def outcome(prepared):
    con, fake = prepared
    try:
        rows = con.execute(f"SELECT amount FROM partnerstack_rewards(page_size := {PAGE_SIZE})").fetchall()
    except duckdb.Error as error:
        return str(error)
    # Some faults change keys.
    wanted = Counter(item["amount"] for item in fake.truth("rewards", "vendor"))
    assert Counter(amount for (amount,) in rows) == wanted, f"{len(rows)} of {wanted.total()} rows"
    return "rows"


@pytest.mark.parametrize("fault", sorted(HARMLESS | PASSING | LASTING))
def test_a_fault_costs_no_row(run, fault):
    met = [(f"{fault}@{page}{times}", connections) for page, times, connections in cells()]
    outcomes = run(met)
    assert len(outcomes) == len(PAGES) * len(TIMES) * len(CONNECTIONS)
    for (what, connections), came in zip(met, outcomes, strict=True):
        about = f"{what} with {connections}: {came}"
        named = came.split(" Error: ", 1)[-1].startswith(SENTENCES)
        assert came == "rows" or named, about
        if fault in HARMLESS or (fault in PASSING and what.endswith("x1")):
            assert came == "rows", about
        elif fault in PASSING and connections == 1:
            # Four cursors have other pages; a fault may strike none of them.
            assert came != "rows", about


@pytest.mark.parametrize("hundredths", [range(start, 100, 10) for start in range(10)])
def test_an_answer_may_break_off_anywhere(run, connect, scenario, hundredths):
    con = connect()
    con.execute(scenario(f"rewards={ROWS}").vendor_secret())
    con.execute("SET partnerstack_max_connections = 1")
    con.execute(f"SELECT count(*) FROM partnerstack_rewards(page_size := {PAGE_SIZE})").fetchall()
    (size,) = con.execute("SELECT min(bytes) FROM partnerstack_requests() WHERE page = 5").fetchone()
    met = [(f"cut{size * part // 100}@5{times}", 1) for part in hundredths for times in TIMES.values()]
    outcomes = run(met)
    assert [came == "rows" for came in outcomes] == [what.endswith("x1") for what, _ in met], outcomes
