"""Filters narrow the requests and change no result: with narrowing, without, and over copied rows."""

import collections
import contextlib
import dataclasses
import itertools
import json
import os
import random

import duckdb
import pytest

from random_sql import ODD_TEXTS, Column, Queries, Values, over, quoted

# Read at import, as a fixture takes such variables away before the first test.
CASES = int(os.environ.get("PARTNERSTACK_FUZZ_CASES", "432"))
SEED = int(os.environ.get("PARTNERSTACK_FUZZ_SEED", "1"))

#: How the API may take what narrows; nobody knows which it is.
MODES = [
    f"bounds={bounds},filters={filters}"
    for filters in ("applied", "ignored")
    for bounds in ("inclusive", "exclusive", "seconds", "ignored")
]
TIME_ZONES = ("UTC", "UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin")
NARROWINGS = ("all",) * 8 + ("times", "values", "keys", "times,keys", "values,times")
KINDS = {"VARCHAR": "text", "TIMESTAMP WITH TIME ZONE": "time", "BIGINT": "whole", "BOOLEAN": "flag"}


@dataclasses.dataclass(frozen=True)
class Source:
    """A table in one API, the columns that conditions should be about, and what is special about it."""

    table: str
    api: str
    narrowing: str
    arguments: str = ""
    knobs: str = ""
    environment: str = "any"

    def __str__(self):
        return " ".join(filter(None, [self.table, self.api, self.arguments, self.knobs, self.environment]))

    def names(self):
        """Every way to name it in FROM."""
        arguments = ", ".join(filter(None, [f"api := '{self.api}'", self.arguments]))
        functions = [f"partnerstack_{self.table}({arguments}{more})" for more in ("", ", page_size := 60")]
        if self.arguments:
            return functions
        return [*functions, f"partnerstack.{self.table}", f"ps.{self.table}"]

    def open(self, con, scenario, mode):
        """A fresh scenario in this mode, with its rows copied."""
        fake = scenario(",".join(filter(None, [f"{self.table}=500,seed={SEED}", mode, self.knobs])))
        self.fill(fake)
        con.execute(fake.vendor_secret() if self.api == "vendor" else fake.partner_secret())
        con.execute(f"SET partnerstack_environment = '{self.environment}'")
        copy(con, self.names()[0])
        return fake

    def fill(self, fake):
        """Leaves the rows as the fake API makes them."""

    def is_narrowing(self, names):
        return ".".join(names) in self.narrowing.split()


class OddDeals(Source):
    """Deals with keys that are hard to put into a path, and with values of many shapes."""

    def __str__(self):
        return "odd deals"

    def names(self):
        """All in one page, as none can follow a page that ends with an empty key."""
        return [name for name in super().names() if "page_size" not in name]

    def fill(self, fake):
        dice = random.Random(SEED)
        keys = [*ODD_TEXTS, *(f"deal_{number}" for number in range(200))]
        dice.shuffle(keys)
        fake.put_items("deals", json.dumps([self.deal(dice, key) for key in keys]))

    def deal(self, dice, key):
        millis = 1_700_000_000_000 + dice.randrange(60_000_000) * 1000 + dice.choice([0, 1, 999])
        created, updated = (dice.choice([millis, millis, millis + 1, str(millis), None]) for _ in range(2))
        partner = dice.choice(["ada", "ADA", "", "a/b", "o'brien", "ключ", None, 17, True])
        return {"key": key, "created_at": created, "updated_at": updated, "partner_key": partner}


TIMES = "created_at updated_at"
OF_CUSTOMERS = f"{TIMES} key customer_key partner_key partnership_key"
OF_PARTNERS = f"{TIMES} key partner_key email approved_status"
OF_REWARDS = "created_at reward_status payment_status currency company.key customer.key"
SOURCES = [
    Source("actions", "vendor", f"{TIMES} partnership_key type"),
    Source("actions", "partner", "created_at customer.key"),
    Source("customers", "vendor", OF_CUSTOMERS),
    Source("customers", "vendor", OF_CUSTOMERS, environment="production"),
    Source("customers", "partner", "created_at"),
    Source("deals", "vendor", f"{TIMES} key external_key partner_key"),
    OddDeals("deals", "vendor", f"{TIMES} key partner_key"),
    Source("leads", "vendor", f"{TIMES} key partner_key"),
    Source("partnerships", "vendor", OF_PARTNERS),
    Source("partnerships", "vendor", OF_PARTNERS, "include_archived := false"),
    Source("partnerships", "partner", f"{TIMES} key"),
    Source("rewards", "vendor", "created_at reward_status"),
    Source("rewards", "vendor", "created_at reward_status", "include_scheduled := false", "scheduled=hidden"),
    Source("rewards", "partner", OF_REWARDS, knobs="scheduled=hidden"),
    Source("transactions", "vendor", "created_at"),
    Source("transactions", "vendor", "created_at", environment="test"),
    Source("transactions", "partner", "created_at"),
    Source("webhooks", "vendor", "key"),
]


def copy(con, name):
    """Copies what a name in FROM stands for, without narrowing."""
    con.execute("SET partnerstack_pushdown = 'none'")
    con.execute(f"CREATE OR REPLACE TABLE copied AS FROM {name}")
    con.execute("SET partnerstack_pushdown = 'all'")


def columns(con, source):
    """The columns of `copied` that conditions may be about; three of four conditions are about what narrows."""
    copied = con.table("copied")
    found = [leaf for name, kind in zip(copied.columns, copied.types) for leaf in leaves((name,), kind)]
    narrowing = sum(source.is_narrowing(names) for names, _ in found)
    weight = 3 * (len(found) - narrowing) / narrowing
    return [
        Column(names, kind, values(con, names, kind), weight if source.is_narrowing(names) else 1)
        for names, kind in found
    ]


def leaves(names, column_type):
    """The column, or the fields below it, each with its kind."""
    if column_type.id == "struct":
        for name, inner in column_type.children:
            yield from leaves((*names, name), inner)
    elif names != ("raw",) and str(column_type) in KINDS:
        yield names, KINDS[str(column_type)]


def values(con, names, kind):
    """Some of the values that rows have, always the same."""
    path = ".".join(f'"{name}"' for name in names)
    value = f"epoch_us({path})" if kind == "time" else path
    query = f"SELECT DISTINCT {value} AS v FROM copied WHERE v IS NOT NULL ORDER BY md5(v::VARCHAR) LIMIT 60"
    return tuple(value for (value,) in con.execute(query).fetchall() if "\0" not in str(value))


@dataclasses.dataclass
class Case:
    """A query, its parameters and how they are given, and the settings that it is run with."""

    sql: str
    parameters: list[str]
    is_prepared: bool
    names: list[str]
    time_zone: str
    collation: str
    narrowing: str

    def run(self, con, names):
        """The rows over tables of these names, and how often each of them came."""
        sql = over(self.sql, names)
        if self.is_prepared:
            con.execute(f"PREPARE prepared AS {sql}")
            return counted(con.execute(f"EXECUTE prepared({', '.join(self.parameters)})"))
        given = con.execute(f"SELECT {', '.join(self.parameters)}").fetchone() if self.parameters else None
        return counted(con.execute(sql, given))

    def __str__(self):
        settings = {"TimeZone": self.time_zone, "default_collation": self.collation}
        lines = [f"SET {name} = '{value}';" for name, value in settings.items()]
        lines.append(f"SET partnerstack_pushdown = '{self.narrowing}';")
        parameters = [f"-- ${number} is {value}" for number, value in enumerate(self.parameters, 1)]
        return "\n".join([*lines, *parameters, "-- prepared" * self.is_prepared, over(self.sql, self.names)])


def counted(result):
    return collections.Counter(map(repr, result.fetchall()))


def make_case(source, found, number):
    """The case of this number, which depends on nothing else but the seed."""
    dice = random.Random(f"{SEED} {source} {number}")
    marks = Values()
    queries = Queries(dice, found, marks)
    collation = "nocase" if dice.random() < 0.05 else ""
    # Of texts that are equal but for their case, any may stand for its group.
    query = queries.filtered() if collation else queries.any()
    has_parameters = dice.random() < 0.3
    sql, parameters = marks.as_parameters(query) if has_parameters else (marks.written_out(query), [])
    return Case(
        sql,
        parameters,
        bool(parameters) and dice.random() < 0.5,
        [dice.choice(source.names())] if dice.random() < 0.8 else source.names(),
        dice.choice(TIME_ZONES),
        collation,
        dice.choice(NARROWINGS),
    )


@contextlib.contextmanager
def no_optimizer(con):
    """What DuckDB does without its optimizer, which has wrong rows for some filters on tables of its own."""
    con.execute("PRAGMA disable_optimizer")
    try:
        yield
    finally:
        con.execute("PRAGMA enable_optimizer")


@contextlib.contextmanager
def at_one_moment(con):
    """A transaction, in which now() stands still."""
    con.begin()
    try:
        yield
    finally:
        con.rollback()


def compare(con, fake, case):
    """Compares the three results; gives how many requests it took with narrowing, and without."""
    con.execute(f"SET TimeZone = '{case.time_zone}'")
    con.execute(f"SET default_collation = '{case.collation}'")
    with at_one_moment(con):
        with no_optimizer(con):
            wanted = case.run(con, ["copied"])
        costs = [cost_of(con, fake, case, narrowing, wanted) for narrowing in (case.narrowing, "none")]
    return costs


def cost_of(con, fake, case, narrowing, wanted):
    """How many requests it takes to find what is wanted."""
    con.execute(f"SET partnerstack_pushdown = '{narrowing}'")
    before = fake.request_count()
    found = case.run(con, case.names)
    if found != wanted:
        missing, extra = (list(rows.elements()) for rows in (wanted - found, found - wanted))
        raise AssertionError(
            f"with pushdown {narrowing}, {wanted.total()} rows were expected:\n"
            f"{len(missing)} are missing, such as {missing[:2]}\n{len(extra)} are too many, such as {extra[:2]}"
        )
    return fake.request_count() - before


@pytest.fixture(scope="module")
def costs():
    """Numbers of requests, with narrowing and without, of every case for which the API did its part."""
    costs = []
    yield costs
    cheaper = sum(few < many for few, many in costs)
    assert 6 * cheaper >= len(costs), f"only {cheaper} of {len(costs)} cases took fewer requests"


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_narrowing_changes_no_result(connect, scenario, costs, source):
    con = connect()
    for first, mode in enumerate(MODES):
        fake = source.open(con, scenario, mode)
        if first == 0:
            con.execute("PRAGMA partnerstack_attach('ps')")
            found = columns(con, source)
        for number in range(first, CASES // len(SOURCES), len(MODES)):
            case = make_case(source, found, number)
            try:
                cost = compare(con, fake, case)
            except (AssertionError, duckdb.Error) as error:
                where = f"PARTNERSTACK_FUZZ_SEED={SEED}: {source}, {mode}, case {number}"
                raise pytest.fail.Exception(f"{where}\n{case}\n{error}", pytrace=False) from None
            if "ignored" not in mode:
                costs.append(cost)


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive", "seconds"])
def test_rows_at_a_bound_are_kept(connect, scenario, bounds):
    con = connect()
    con.execute(scenario(f"deals=600,bounds={bounds}").vendor_secret())
    copy(con, "partnerstack_deals()")
    moments = con.execute("SELECT epoch_us(updated_at) FROM copied ORDER BY md5(key) LIMIT 6").fetchall()
    for (micros,), step in itertools.product(moments, (0, 1, -1)):
        moment = f"make_timestamptz({micros + step})"
        for comparison in ("=", "<", "<=", ">", ">="):
            query = f"SELECT key FROM @rows WHERE updated_at {comparison} {moment}"
            wanted = counted(con.execute(over(query, ["copied"])))
            assert counted(con.execute(over(query, ["partnerstack_deals()"]))) == wanted, query


NAMES = ("partnerstack_deals()", "partnerstack.deals", "ps.deals", "deals_view")

#: Queries for which DuckDB 2.0.0 makes one scan of two, or two of one.
SHARED_SCANS = [
    "SELECT (SELECT count(*) FROM @rows WHERE created_at >= moment), (SELECT count(*) FROM @rows)",
    "SELECT (SELECT count(*) FROM @rows), (SELECT count(*) FROM @rows WHERE created_at >= moment)",
    "SELECT (SELECT max(key) FROM @rows WHERE created_at >= moment), (SELECT max(key) FROM @rows)",
    "SELECT count(*) FROM @rows WHERE created_at >= moment UNION ALL SELECT count(*) FROM @rows",
    "SELECT count(*) FROM @rows AS a JOIN @rows AS b USING (stage) WHERE a.created_at >= moment",
    "WITH d AS (FROM @rows) SELECT (SELECT count(*) FROM d WHERE created_at >= moment), (SELECT count(*) FROM d)",
    "SELECT key, count(*) OVER (PARTITION BY stage) FROM @rows WHERE created_at >= moment",
    "SELECT key, n FROM (SELECT *, count(*) OVER (PARTITION BY stage) AS n FROM @rows) WHERE created_at >= moment",
    "SELECT key, sum(amount) OVER (PARTITION BY stage), count(*) OVER () FROM @rows WHERE created_at >= moment",
    """
    WITH d AS (SELECT *, row_number() OVER (PARTITION BY stage ORDER BY created_at, key) AS n FROM @rows)
    SELECT a.key, b.key FROM d AS a JOIN d AS b ON a.stage = b.stage AND a.n = b.n + 1 WHERE a.created_at >= moment
    """,
]


@pytest.fixture
def vendor(connect, scenario):
    """A connection to a vendor with deals, which are copied too; the fake API; and a moment amid the deals."""
    fake = scenario("deals=600")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("CREATE VIEW deals_view AS FROM partnerstack_deals()")
    con.execute("PRAGMA partnerstack_attach('ps')")
    copy(con, "partnerstack_deals()")
    moment = con.execute("SELECT quantile_disc(created_at, 0.6)::VARCHAR FROM copied").fetchone()[0]
    return con, fake, f"TIMESTAMPTZ '{moment}'"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("query", SHARED_SCANS)
def test_a_filter_stays_with_its_scan(vendor, query, name):
    con, _, moment = vendor
    query = query.replace("moment", moment)
    wanted = counted(con.execute(over(query, ["copied"])))
    assert counted(con.execute(over(query, [name]))) == wanted
    assert wanted != counted(con.execute(over(query.replace(moment, "'epoch'"), ["copied"])))


def test_a_prepared_statement_narrows_by_the_values_of_each_execution(vendor):
    con, _, _ = vendor
    query = "SELECT count(*) FROM @rows WHERE created_at >= $1 AND partner_key IN ($2, $3) AND key <> $4"
    con.execute(f"PREPARE scanned AS {over(query, ['partnerstack_deals()'])}")
    con.execute(f"PREPARE copies AS {over(query, ['copied'])}")
    counts = set()
    values = "created_at::VARCHAR, partner_key, lag(partner_key) OVER (), key"
    for given in con.execute(f"SELECT {values} FROM copied ORDER BY md5(key) LIMIT 20").fetchall():
        arguments = ", ".join("NULL" if value is None else quoted(value) for value in given)
        wanted = con.execute(f"EXECUTE copies({arguments})").fetchall()
        assert con.execute(f"EXECUTE scanned({arguments})").fetchall() == wanted, given
        counts.update(wanted)
    assert len(counts) > 3


@pytest.mark.parametrize(
    "condition",
    [
        "created_at > moment AND created_at < moment - INTERVAL 1 DAY",
        "partner_key IN ('a', 'b') AND partner_key IN ('c', 'd')",
        "created_at >= moment AND (created_at < moment - INTERVAL 1 DAY OR created_at = moment - INTERVAL 1 HOUR)",
    ],
)
def test_what_no_row_can_satisfy_costs_no_request(vendor, condition):
    con, fake, moment = vendor
    before = fake.request_count()
    assert con.execute(f"FROM partnerstack_deals() WHERE {condition.replace('moment', moment)}").fetchall() == []
    assert fake.request_count() == before


@pytest.mark.parametrize(
    ("narrowing", "path", "parameters"),
    [
        ("none", "deals", set()),
        ("times", "deals", {"min_created"}),
        ("values", "deals", {"partner_key"}),
        ("Times, Values", "deals", {"min_created", "partner_key"}),
        ("keys", "deal_1", set()),
        ("all", "deal_1", set()),
    ],
)
def test_each_way_to_narrow_can_be_switched_on(vendor, narrowing, path, parameters):
    con, fake, moment = vendor
    con.execute(f"SET partnerstack_pushdown = '{narrowing}'")
    condition = f"created_at >= {moment} AND partner_key = 'ada' AND key = 'deal_1'"
    before = fake.request_count()
    con.execute(f"FROM partnerstack_deals() WHERE {condition}").fetchall()
    asked = fake.log()[before]
    assert asked["path"].rsplit("/", 1)[1] == path
    assert asked["params"].keys() - {"limit"} == parameters
