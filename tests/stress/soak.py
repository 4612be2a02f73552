"""Reads very many rewards while requests meet faults, by one cursor and by four: not a row is missing, double or wrong."""

import hashlib
import pathlib
import sys
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("scripts", "tests/e2e", "benches", "benches/peers")]

from against_fake_api import main  # noqa: E402
from fake import get  # noqa: E402
from paging import walk  # noqa: E402

import process  # noqa: E402
from scenario import Scenario  # noqa: E402

#: The sum ties every amount to its key.
QUERY = """
    SELECT count(*), sum(amount)::HUGEINT, sum(md5_number_lower(concat(key, ':', amount)))::VARCHAR
    FROM partnerstack_rewards()
"""

FAULTS = """
    SELECT coalesce(status::VARCHAR, 'no answer'), count(*) FROM partnerstack_requests()
    WHERE error IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def run(extension: pathlib.Path, url: str, *, rows: int, chaos: int, latency: int) -> None:
    begun = time.monotonic()
    wanted = truth(f"{url}/rewards={rows}/api/v2")
    print(f"{rows:,} rewards, {latency} ms a request, {chaos} % of requests with a fault", flush=True)
    print(f"truth: {wanted}, read in {time.monotonic() - begun:.0f} s", flush=True)
    for connections in (1, 4):
        fake = Scenario(url, f"rewards={rows},latency={latency},chaos={chaos}")
        found = read(extension.resolve(), fake, connections)
        if found != wanted:
            sys.exit(f"by {connections}: {found}, not {wanted}")


def truth(base_url: str) -> tuple[int, int, str]:
    """The answer, by a plain reading of every page."""
    rows = amounts = sums = 0

    def page(url: str) -> tuple[bool, str]:
        nonlocal rows, amounts, sums
        data = get(url)["data"]
        for item in data["items"]:
            amount = item["amount"]
            rows, amounts = rows + 1, amounts + (amount or 0)
            text = f"{item['key']}:{'' if amount is None else amount}"
            sums += int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")
        return data["has_more"], data["items"][-1]["key"]

    walk(base_url, page)
    return rows, amounts, str(sums)


def read(extension: pathlib.Path, fake: Scenario, connections: int) -> tuple[int, int, str]:
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{extension}'")
    con.execute("SET partnerstack_rate_limit = 10000; SET partnerstack_history = 1000000")
    con.execute(f"SET partnerstack_max_connections = {connections}")
    con.execute(fake.vendor_secret())
    begun = time.monotonic()
    found = con.execute(QUERY).fetchone()
    seconds = time.monotonic() - begun
    faults = con.execute(FAULTS).fetchall()
    (retries,) = con.execute("SELECT sum(retries) FROM partnerstack_scans()").fetchone()
    print(f"by {connections}: {seconds:.1f} s, {fake.request_count():,} requests, {retries:,} of them again; "
          f"peak {process.megabytes('VmHWM'):.0f} MB; faults by status: {dict(faults)}", flush=True)  # fmt: skip
    con.close()
    if not retries:
        sys.exit("no fault was met")
    return found


if __name__ == "__main__":
    number = {"type": int}
    main(run, __doc__, rows=number | {"default": 1_000_000}, chaos=number | {"default": 1}, latency=number | {"default": 5})
