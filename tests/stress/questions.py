"""Questions, and their answers by the truth of the fake API.

A question names tables as `@rewards`. In its place stands a name of the table in the extension, or that of a copy in a
database without the extension, so that DuckDB itself gives the answer to compare with.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from scenario import Scenario
from test_tables import CASES

Rows = list[tuple]

MARK = re.compile(r"@(\w+)")

#: The members that questions read.
MEMBERS = """{"key": "VARCHAR", "amount": "BIGINT", "currency": "VARCHAR", "created_at": "BIGINT", "stage": "VARCHAR",
    "reward_status": "VARCHAR", "partnership": {"key": "VARCHAR"}, "customer": {"key": "VARCHAR"}}"""

COPY = f"""
    SELECT item.* REPLACE (epoch_ms(item.created_at) AT TIME ZONE 'UTC' AS created_at)
    FROM (SELECT unnest(from_json($1::JSON, '[{MEMBERS}]')) AS item)
"""


@dataclass(frozen=True)
class Question:
    """A query, and what answers it: the rows of the same query, unless another is given."""

    asked: str
    api: str = "vendor"
    answer: str | None = None
    #: How many of the rows of the answer, whichever, are wanted.
    limit: int | None = None

    @property
    def is_one_scan(self) -> bool:
        return self.answer is None and len(MARK.findall(self.asked)) == 1

    @property
    def statement(self) -> str:
        return self.asked if self.limit is None else f"{self.asked} LIMIT {self.limit}"

    @property
    def truth(self) -> str:
        return self.answer or self.asked


def ten_times(table: str) -> str:
    """Ten scans of a table, side by side."""
    part = "SELECT {n}, count(*), sum(amount) FROM @{table} WHERE amount % 10 = {n}"
    return " UNION ALL ".join(part.format(n=n, table=table) for n in range(10))


def joined_ten_times(table: str) -> str:
    """Ten scans of a table, each looking for the rows of the one before."""
    joins = (f"JOIN @{table} AS t{n} ON t{n}.key = t{n - 1}.key" for n in range(1, 10))
    return f"SELECT count(*), sum(t9.amount) FROM @{table} AS t0 {' '.join(joins)}"


QUESTIONS = [
    *(Question(f"SELECT key FROM @{table}", api) for table, api in CASES),
    Question("SELECT key, amount, currency, reward_status, created_at FROM @rewards"),
    Question("SELECT reward_status, currency, count(*), sum(amount) FROM @rewards GROUP BY ALL"),
    Question("SELECT currency, count(*), sum(amount) FROM @rewards GROUP BY ALL", "partner"),
    Question("SELECT key FROM @rewards WHERE created_at >= TIMESTAMPTZ '2026-03-01' AND reward_status = 'paid'"),
    Question("SELECT key FROM @rewards WHERE reward_status IN ('pending', 'declined') AND amount > 5000"),
    Question("SELECT key FROM @rewards WHERE created_at < TIMESTAMPTZ '2025-12-01' OR amount IS NULL", "partner"),
    Question("SELECT count(*), sum(amount) FROM @transactions WHERE created_at BETWEEN '2025-10-01' AND '2026-06-01'"),
    Question("SELECT count(*) FROM @transactions WHERE created_at > TIMESTAMPTZ '2099-01-01'"),
    Question("SELECT stage, count(*), sum(amount) FROM @deals GROUP BY ALL HAVING count(*) > 1"),
    Question("SELECT key, amount FROM @deals ORDER BY amount DESC NULLS LAST, key LIMIT 5"),
    Question("SELECT key, rank() OVER (PARTITION BY currency ORDER BY amount, key) FROM @rewards WHERE amount > 0"),
    Question("SELECT key FROM @rewards", limit=7),
    Question("SELECT key FROM @deals", limit=300),
    Question("SELECT key FROM @transactions", "partner", limit=1),
    Question("SELECT count(*), count(p.key) FROM @rewards AS r LEFT JOIN @partnerships AS p ON p.key = r.partnership.key"),
    Question(
        "SELECT c.key, count(*), sum(r.amount) FROM @rewards AS r JOIN @customers AS c ON c.key = r.customer.key "
        "JOIN @partnerships AS p ON p.key = r.partnership.key GROUP BY ALL"
    ),
    Question("SELECT key FROM @customers AS c WHERE NOT EXISTS (FROM @rewards AS r WHERE r.customer.key = c.key)"),
    Question("SELECT key FROM @deals WHERE key IN (SELECT max(key) FROM @deals)"),
    Question("SELECT (SELECT count(*) FROM @rewards), (SELECT count(*) FROM @transactions), (SELECT max(key) FROM @deals)"),
    Question(ten_times("rewards")),
    Question(ten_times("transactions"), "partner"),
    Question(joined_ten_times("deals")),
    Question("FROM stages", answer="SELECT stage, count(*), sum(amount) FROM @deals GROUP BY ALL"),
    Question(
        "SELECT month, reward_status, sum(rewards)::BIGINT FROM partnerstack_commission_summary(%account) GROUP BY ALL",
        answer="SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::DATE, reward_status, count(*) FROM @rewards "
        "GROUP BY ALL",
    ),
    Question(
        "CREATE OR REPLACE TEMP TABLE copied AS SELECT key, amount FROM @rewards; FROM copied",
        answer="SELECT key, amount FROM @rewards",
    ),
    Question("SELECT count(*) < 2 FROM duckdb_secrets()", answer="SELECT true"),
    Question("SELECT count(*) >= 0 FROM partnerstack_requests() AS r JOIN partnerstack_scans() AS s ON s.scan = r.scan",
             answer="SELECT true"),
]

#: A question with many rows.
LONG = Question("SELECT key, amount, created_at FROM @rewards")


def difference(question: Question, rows: Rows, truth: Rows) -> str | None:
    """What is wrong with a result."""
    wrong = list((Counter(rows) - Counter(truth)).items())
    missing = list((Counter(truth) - Counter(rows)).items())
    wanted = len(truth) if question.limit is None else min(question.limit, len(truth))
    if not wrong and len(rows) == wanted:
        return None
    return f"{len(rows)} rows of {wanted}; wrong: {wrong[:3]}; missing: {missing[:3]}"


class Truth:
    """The answers for one scenario of the fake API."""

    def __init__(self, fake: Scenario) -> None:
        self.con = duckdb.connect()
        self.lock = threading.Lock()
        self.known: dict[Question, Rows] = {}
        for table, api in CASES:
            items = fake.control(f"__truth/{table}?api={api}&include_archived=true&include_offers=true")
            self.con.execute(f"CREATE TABLE {api}_{table} AS {COPY}", [items])

    def answer(self, question: Question) -> Rows:
        with self.lock:
            if question not in self.known:
                sql = named(question.truth, lambda table: f"{question.api}_{table}")
                self.known[question] = self.con.execute(sql).fetchall()
            return self.known[question]


def named(sql: str, name: Callable[[str], str]) -> str:
    """A query with names in place of the marks."""
    return MARK.sub(lambda mark: name(mark[1]), sql)
