"""Prints how many requests ten questions about 100,000 rewards take, without and with narrowing by filters."""

import json
import pathlib
import sys
import urllib.request

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "e2e")]

from against_fake_api import main  # noqa: E402
from placeholders import fill_in  # noqa: E402

SECRETS = (
    "CREATE SECRET vendor (TYPE partnerstack, PUBLIC_KEY 'pk_…', PRIVATE_KEY 'sk_…')",
    "CREATE SECRET partner (TYPE partnerstack, API_KEY '…')",
)

#: In the fake API it is always 1 November 2026.
QUESTIONS = {
    "vendor": {
        "rewards of October by status": """
            SELECT reward_status, sum(amount) FROM rewards
            WHERE created_at >= '2026-10-01' AND created_at < '2026-11-01' GROUP BY ALL
        """,
        "rewards of one day": "SELECT key FROM rewards WHERE created_at::DATE = '2026-10-15'",
        "months of this year": """
            SELECT date_trunc('month', created_at), count(*) FROM rewards
            WHERE created_at >= '2026-01-01' GROUP BY ALL
        """,
        "what waits to be paid": """
            SELECT currency, sum(amount) FROM rewards WHERE reward_status = 'approved' GROUP BY ALL
        """,
        "declined in the third quarter": """
            SELECT decline_reason, count(*) FROM rewards
            WHERE reward_status = 'declined' AND created_at BETWEEN '2026-07-01' AND '2026-09-30 23:59:59'
            GROUP BY ALL
        """,
        "the ten largest": "SELECT key, amount FROM rewards ORDER BY amount DESC LIMIT 10",
    },
    "partner": {
        "one programme": "SELECT sum(amount) FROM rewards WHERE company.key = '{company}'",
        "two customers": "SELECT sum(amount) FROM rewards WHERE customer.key IN ('{customers[0]}', '{customers[1]}')",
        "what can be withdrawn": """
            SELECT currency, sum(amount) FROM rewards WHERE payment_status = 'available' GROUP BY ALL
        """,
        "euros of the last three months": """
            SELECT sum(amount) FROM rewards WHERE currency = 'EUR' AND created_at >= '2026-08-01'
        """,
    },
}


def connect(extension: pathlib.Path, base_url: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{extension.resolve()}'")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET partnerstack_max_connections = 1")
    for secret in SECRETS:
        con.execute(fill_in(secret, base_url))
    return con


def request_count(root: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{root}/__stats") as answer:
        return json.load(answer)["requests"]


def requests_of(con: duckdb.DuckDBPyConnection, root: str, sql: str, narrowing: str) -> int:
    con.execute(f"SET partnerstack_pushdown = '{narrowing}'")
    before = request_count(root)
    con.execute(sql).fetchall()
    return request_count(root) - before


def some_keys(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Keys of a company and of customers that have rewards."""
    rewards = "SELECT * FROM partnerstack_rewards(secret := 'partner') LIMIT 100"
    query = f"SELECT min(company.key), list(DISTINCT customer.key ORDER BY customer.key) FROM ({rewards})"
    company, customers = con.execute(query).fetchone()
    return {"company": company, "customers": customers}


def run(extension: pathlib.Path, url: str) -> None:
    root = f"{url}/rewards=100000"
    con = connect(extension, f"{root}/api/v2")
    keys = some_keys(con)
    print(f"{'requests for':<42}{'all rows':>10}{'narrowed':>10}")
    for secret, questions in QUESTIONS.items():
        for question, sql in questions.items():
            sql = sql.format(**keys).replace("FROM rewards", f"FROM partnerstack_rewards(secret := '{secret}')")
            whole, narrowed = (requests_of(con, root, sql, narrowing) for narrowing in ("none", "all"))
            print(f"{secret + ': ' + question:<42}{whole:>10}{narrowed:>10}", flush=True)


if __name__ == "__main__":
    main(run, __doc__)
