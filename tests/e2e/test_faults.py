"""Every fault of the fake API × the requests that it strikes × once and always × one cursor and four: exactly the right
rows, or the error that is expected there. Nothing else."""

import email.utils
import itertools
import json
import re
import time
import urllib.parse

import pytest

from fault_cells import CONNECTIONS, RIGHT, Cell, Cells

#: The first request, one in the middle (the listing takes twelve or more), and those that end a walk.
TARGETS = (":1", ":6", "@last")
TIMES = {"once": "x1", "always": ""}

ROWS = RIGHT + "$"
NOT_JSON = r"The answer to page \d+ of GET /rewards is not JSON"
NO_PAGE = r"The answer to page \d+ of GET /rewards is not a page of items"
BROKEN_OFF = r'The answer to page \d+ of GET /rewards from ".*" broke off'
IN_TIME = r'".*" did not answer page \d+ of GET /rewards in time'
TOO_LARGE = r"The answer to page \d+ of GET /rewards has more than 64 MB"
REDIRECTED = r"PartnerStack answered page \d+ of GET /rewards with a redirect"
NOTHING_THERE = r"PartnerStack has nothing at /rewards \(status 404"
LIED = r"PartnerStack (says|repeats)|" + NO_PAGE


def failed(status):
    return rf"PartnerStack failed \(status {status} for page \d+ of GET /rewards\)"


def answered(status):
    return rf"PartnerStack answered page \d+ of GET /rewards with status {status}"


def any_of(*outcomes):
    return "|".join(outcomes)


#: Deviations that change no row.
HARMLESS = (
    "partial", "html_type", "chunked", "close_delimited", "close", "drip", "gzip", "interim", "lapse", "redirect_same",
    "stale", "twice", "overfull", "status_text", "total_large", "total_small", "total_text",
)  # fmt: skip

#: Faults that another attempt may not meet again, and the error when it does.
PASSING = {
    "408": answered(408), "429": r"PartnerStack is asked too often \(status 429", "500": failed(500), "502": failed(502),
    "503": failed(503), "504": failed(504), "html503": failed(503),
    "200": NO_PAGE, "204": NOT_JSON, "205": NOT_JSON, "206": NO_PAGE,
    "html200": NOT_JSON, "notjson": NOT_JSON, "empty": NOT_JSON, "bom": NOT_JSON, "badutf8": NOT_JSON,
    "cut": BROKEN_OFF, "cut0": BROKEN_OFF, "cut1": BROKEN_OFF, "chunkcut": BROKEN_OFF, "chunk_open": BROKEN_OFF,
    "close_delimited_cut": NOT_JSON, "length_long": BROKEN_OFF, "length_short": NOT_JSON,
    "reset": BROKEN_OFF, "abort": BROKEN_OFF, "abort_body": BROKEN_OFF, "interim_only": BROKEN_OFF,
    "nothttp": BROKEN_OFF, "long_head": BROKEN_OFF,
    "hang": IN_TIME, "hang_head": IN_TIME, "hang_body": IN_TIME,
    "badgzip": BROKEN_OFF, "gzip_cut": BROKEN_OFF, "gzip_no_trailer": BROKEN_OFF, "gzip_wrong_sum": BROKEN_OFF,
    "gzip_unsaid": NOT_JSON, "gzip_members": any_of(ROWS, NOT_JSON),
    "redirect_loop": REDIRECTED,
    "no_data": NO_PAGE, "data_null": NO_PAGE, "data_array": NO_PAGE, "no_items": NO_PAGE, "items_null": NO_PAGE,
    "items_object": NO_PAGE, "items_twice": NO_PAGE, "item_null": NO_PAGE, "item_text": NO_PAGE, "no_has_more": NO_PAGE,
    "has_more_null": NO_PAGE, "has_more_text": NO_PAGE, "has_more_number": NO_PAGE, "error_200": NO_PAGE,
    "array_root": NO_PAGE,
}  # fmt: skip

#: Faults that no other attempt would mend.
LASTING = {
    "401": r"PartnerStack rejected the keys", "403": r"PartnerStack does not let secret",
    "418": answered(418), "501": failed(501), "304": any_of(REDIRECTED, answered(304)),
    "switch": answered(101), "gzipbomb": TOO_LARGE, "redirect_other": REDIRECTED, "redirect_nowhere": REDIRECTED,
}  # fmt: skip

#: Lies about the walk: what they do depends on what is asked for later, but they never cost or double a row.
LIES = {
    name: any_of(ROWS, LIED)
    for name in (
        "repeat_page", "reverse_page", "overlap", "stuck", "last_more", "empty_more", "empty_end", "has_more_twice",
        "item_twice", "item_replaced", "middle_key_null",
    )
} | {
    # Behind the first page they may mean that the cursor is not known, and an earlier one is tried.
    "400": any_of(ROWS, answered(400)), "404": any_of(ROWS, NOTHING_THERE),
    "keyless": any_of(ROWS, LIED), "key_null": any_of(ROWS, LIED), "key_number": any_of(ROWS, LIED, answered(400)),
    "delete_last": any_of(ROWS, LIED, answered(400)), "delete_page": any_of(ROWS, LIED, answered(400)),
}  # fmt: skip

FAULTS = [*HARMLESS, *PASSING, *LASTING, *LIES]

#: A fault may strike the next attempt through another connection of the pool.
SETTINGS = {"stale": ("max_retries = 5",), "lapse": ("max_retries = 5",)} | {
    name: ("read_timeout = 2",) for name in ("hang", "hang_head", "hang_body")
}


def expected(fault, times):
    """The outcomes of a fault that struck, as a pattern."""
    if fault in HARMLESS or (fault in PASSING and times == "x1"):
        return ROWS
    return PASSING.get(fault) or LASTING.get(fault) or LIES[fault]


@pytest.fixture(scope="module")
def cells(connect_for_all, scenario, matrix):
    return Cells(connect_for_all, scenario, matrix)


def check(cells, met):
    """Runs cells; what comes of each must match its pattern, or be all rows where no fault struck."""
    outcomes = cells.run([cell for cell, _ in met])
    unexpected = [
        f"{cell}, struck {outcome.struck} times: {outcome.text}"
        for (cell, pattern), outcome in zip(met, outcomes, strict=True)
        if not re.match(pattern if outcome.struck or cell.comes_and_goes else ROWS, outcome.text)
    ]
    assert not unexpected, "\n".join(unexpected)
    return outcomes


def test_the_matrix_has_every_fault_of_the_fake_api(scenario):
    kinds = set(json.loads(scenario("").control("__faults")))
    # Those show keys: they are in test_redaction.py.
    shown = {kind for kind in kinds if kind.startswith("echo_")}
    assert len(FAULTS) == len(set(FAULTS)) and kinds - shown <= set(FAULTS) and shown


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_costs_no_row(cells, fault):
    met = [
        (
            Cell(
                f"fault={fault}{target}{times}",
                connections,
                SETTINGS.get(fault, ()),
                comes_and_goes=fault.startswith("delete"),
                spoils_keys="key" in fault,
            ),
            expected(fault, times),
        )
        for target, times, connections in itertools.product(TARGETS, TIMES.values(), CONNECTIONS)
    ]
    outcomes = check(cells, met)
    # What no page is asked for behind cannot spoil the walk, and not each walk has six of some pages.
    struck = [outcome.struck > 0 for outcome in outcomes]
    assert all(struck) if fault not in LIES and fault != "overfull" else any(struck)


@pytest.mark.parametrize("start", range(10))
def test_an_answer_may_break_off_anywhere(cells, start):
    shares = range(start, 100, 10)
    met = [
        (Cell(f"fault=cut0.{share:02}{TARGETS[share % 3]}{times}", connections), ROWS if times else BROKEN_OFF)
        for share, times, connections in itertools.product(shares, TIMES.values(), CONNECTIONS)
    ]
    assert all(outcome.struck for outcome in check(cells, met))


SOON = email.utils.formatdate(time.time() + 2, usegmt=True)

#: What a `Retry-After` may say, and what that means for a fault that passes.
WAITS = {
    "0": ROWS, "1": ROWS, SOON: ROWS, "Sun, 06 Nov 1994 08:49:37 GMT": ROWS, "soon": ROWS, "-1": ROWS, "1.5": ROWS,
    "": ROWS, "99999999999999999999999": ROWS, "3600": r".* It asks to wait 3600 s\.",
}  # fmt: skip


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize("wait", WAITS)
def test_a_retry_after_of_any_kind_costs_no_row(cells, status, wait):
    met = [
        (
            Cell(f"fault={status}{target}{times},retry_after={urllib.parse.quote(wait, safe='')}", connections),
            WAITS[wait] if times else PASSING[status],
        )
        for target, times, connections in itertools.product(TARGETS, TIMES.values(), CONNECTIONS)
    ]
    assert all(outcome.struck for outcome in check(cells, met))


@pytest.mark.parametrize("rate", ["1:50", "3:200", "10:1000"])
def test_a_limit_of_the_api_costs_no_row(cells, rate):
    met = [(Cell(f"rate={rate}", connections, ("max_retries = 30",)), ROWS) for connections in CONNECTIONS]
    assert any(429 in outcome.statuses for outcome in check(cells, met))


#: What comes of a cursor whose row is deleted, if it cannot be made good.
UNKNOWN = {"400": answered(400), "404": NOTHING_THERE, "empty": LIED}


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("deleted", ["delete_last", "delete_page"])
def test_a_cursor_that_is_deleted_costs_no_other_row(cells, deleted, unknown):
    met = [
        (
            Cell(f"fault={deleted}{target}{times},unknown_cursor={unknown}", connections, comes_and_goes=True),
            any_of(ROWS, LIED, UNKNOWN[unknown]),
        )
        # Without a target, every page loses its rows once it is answered.
        for target, times, connections in itertools.product([":1", ":6", ""], TIMES.values(), CONNECTIONS)
    ]
    assert all(outcome.struck for outcome in check(cells, met))


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("churn", [1, 3, 10])
def test_rows_that_come_and_go_cost_no_other_row(cells, churn, unknown):
    met = [
        (
            Cell(f"churn={churn},seed={seed},unknown_cursor={unknown}", connections, comes_and_goes=True),
            any_of(ROWS, LIED, UNKNOWN[unknown]),
        )
        for seed, connections in itertools.product(range(1, 9), CONNECTIONS)
    ]
    assert any(outcome.text == RIGHT for outcome in check(cells, met))
