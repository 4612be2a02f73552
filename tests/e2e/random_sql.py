"""Random queries: what people write in a WHERE, and what nobody should.

A query reads `@rows`, once or several times, and can be run over whatever is put in its place. No condition
fails, whatever the rows hold.
"""

import dataclasses
import datetime
import itertools
import re

ROWS = "@rows"

#: Texts that no row has, unless a test puts them there; some mean something else in a path or a query string.
ODD_TEXTS = ("", " ", ".", "..", "a/b", "form-templates", "files", "o'brien", "ключ", "🔑", "100%", "a,b", "%2F")
ODD_TEXTS += ("a&b=c", "a?limit=1", "a#b", "null", "NULL", "*", "{}", "x" * 300)

#: Moments that stand for no moment, or for one that no row has.
ODD_MOMENTS = ("NULL::TIMESTAMPTZ", "TIMESTAMPTZ 'infinity'", "TIMESTAMPTZ '-infinity'", "TIMESTAMPTZ 'epoch'")
ODD_MOMENTS += ("TIMESTAMPTZ '0001-01-03'", "TIMESTAMPTZ '9999-12-29 23:59:59.999999'", "TIMESTAMPTZ '290000-01-01'")
ODD_MOMENTS += ("TIMESTAMPTZ '0044-03-15 (BC)'", "DATE '1969-12-31'")

#: Steps from a moment that a row has, in microseconds.
STEPS = (0, 0, 0, 0, 0, 0, 1, -1, 999, 1_000, -1_000, 1_000_000, -1_000_000, 3_600_000_000, -86_400_000_000)

COMPARISONS = ("=", "=", "=", "<>", "<", "<=", ">", ">=")
RANGES = ("<", "<=", ">", ">=", ">", ">=", "=", "<>")
DISTINCT = ("IS DISTINCT FROM", "IS NOT DISTINCT FROM")


@dataclasses.dataclass(frozen=True)
class Column:
    """A column, or a field below it: its names from the outside in, its kind, and values that rows have."""

    names: tuple[str, ...]
    kind: str
    values: tuple
    weight: int = 1


class Values:
    """The values that a query names. They stand in it as marks, until it is known how they are given."""

    MARK = re.compile("@value([0-9]+)@")

    def __init__(self):
        self.all = []

    def __call__(self, sql):
        self.all.append(sql)
        return f"@value{len(self.all) - 1}@"

    def written_out(self, query):
        return self.MARK.sub(lambda mark: self.all[int(mark[1])], query)

    def as_parameters(self, query):
        """The query with `$1`, `$2` and so on, and what these stand for."""
        used = list(dict.fromkeys(map(int, self.MARK.findall(query))))
        query = self.MARK.sub(lambda mark: f"${1 + used.index(int(mark[1]))}", query)
        return query, [self.all[number] for number in used]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def clock(micros):
    """A moment as SQL writes it, without a time zone."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
    return moment.isoformat(" ")


class Conditions:
    """Random conditions on the columns of one source of rows, which may have an alias."""

    def __init__(self, dice, columns, values, alias=""):
        self.dice, self.columns, self.value, self.alias = dice, columns, values, alias
        self.plain_makers = {
            "text": [self.text_equal, self.text_equal, self.text_equal_to_some, self.text_one_of_a_few],
            "time": [self.time_compared, self.time_compared, self.time_between],
        }
        self.makers = {
            "text": [self.text_compared] * 4
            + [self.text_among] * 3
            + [self.text_equal_to_some] * 2
            + [self.text_between, self.text_distinct, self.text_like, self.text_changed, self.text_in_a_row],
            "time": [self.time_compared] * 5
            + [self.time_between] * 3
            + [self.time_among, self.time_distinct, self.time_changed, self.time_changed]
            + [self.time_of_day, self.time_since, self.time_in_a_row, self.time_beside_another],
            "whole": [self.whole],
            "flag": [self.flag],
        }

    def where(self):
        """Mostly a plain condition and some others; sometimes anything."""
        if self.dice.random() < 0.3:
            return self.nested(3)
        conditions = [self.plain(), *(self.nested(1) for _ in range(self.dice.choice([0, 0, 1, 2])))]
        self.dice.shuffle(conditions)
        return " AND ".join(conditions)

    def plain(self):
        """What people write most: a period, one value or a few."""
        column = self.pick([column for column in self.columns if column.kind in self.plain_makers])
        return self.dice.choice(self.plain_makers[column.kind])(column)

    def nested(self, depth):
        if depth == 0 or self.dice.random() < 0.3:
            return self.single()
        one, other = self.nested(depth - 1), self.nested(depth - 1)
        return self.dice.choice(
            [
                f"({one} AND {other})",
                f"({one} AND {other})",
                f"({one} OR {other})",
                f"({one} OR {other})",
                f"NOT ({one})",
                f"(({one}) IS {self.dice.choice(['', 'NOT '])}TRUE)",
                f"coalesce({one}, {other})",
                f"(({one}) = ({other}))",
                f"CASE WHEN {one} THEN {other} ELSE {self.nested(0)} END",
                f"({one} AND {self.dice.choice(['true', 'NULL', '1 = 1'])})",
                f"({one} OR {self.dice.choice(['false', 'NULL', '1 > 2'])})",
            ]
        )

    def single(self):
        column = self.pick(self.columns)
        if self.dice.random() < 0.05:
            return f"{self.name(column)} IS {self.dice.choice(['', 'NOT '])}NULL"
        return self.dice.choice(self.makers[column.kind])(column)

    def pick(self, columns):
        return self.dice.choices(columns, [column.weight for column in columns])[0]

    def of_kind(self, kind):
        return self.pick([column for column in self.columns if column.kind == kind])

    def name(self, column):
        """The column by one of the ways to spell it."""
        first, *fields = column.names
        path = self.alias + f'"{first}"'
        for field in fields:
            path = self.dice.choice([f'({path})."{field}"', f"{path}['{field}']", f"struct_extract({path}, '{field}')"])
        dotted = self.alias + ".".join(f'"{name}"' for name in column.names)
        return dotted if self.dice.random() < 0.7 else path

    def either_way(self, comparisons, one, other):
        comparison = self.dice.choice(comparisons)
        if self.dice.random() < 0.75:
            return f"{one} {comparison} {other}"
        return f"{other} {comparison} {one}"

    def text(self, column):
        """A text: one that a row has, one that is nearly that, an odd one or none."""
        roll = self.dice.random()
        if roll < 0.72 and column.values:
            return quoted(self.dice.choice(column.values))
        if roll < 0.8 and column.values:
            text = self.dice.choice(column.values)
            return quoted(self.dice.choice([text.upper(), text.lower(), text + " ", text[:-1], text.strip()]))
        return quoted(self.dice.choice(ODD_TEXTS)) if roll < 0.96 else "NULL"

    def texts(self, column, most):
        return [self.value(self.text(column)) for _ in range(self.dice.randint(1, most))]

    def text_compared(self, column):
        return self.either_way(COMPARISONS, self.name(column), self.value(self.text(column)))

    def text_equal(self, column):
        return self.either_way("=", self.name(column), self.value(self.text(column)))

    def text_one_of_a_few(self, column):
        return f"{self.name(column)} IN ({', '.join(self.texts(column, 4))})"

    def text_between(self, column):
        low, high = (self.value(self.text(column)) for _ in range(2))
        return f"{self.name(column)} {self.dice.choice(['', 'NOT '])}BETWEEN {low} AND {high}"

    def text_among(self, column):
        name, texts = self.name(column), self.texts(column, self.dice.choice([2, 4, 10, 60]))
        rows = ", ".join(f"({text}::VARCHAR)" for text in texts)
        among = ", ".join(texts)
        return self.dice.choice(
            [f"{name} IN ({among})"] * 6
            + [f"{name} NOT IN ({among})"] * 2
            + [f"{name} = ANY([{among}]::VARCHAR[])", f"list_contains([{among}]::VARCHAR[], {name})"]
            + [f"{name} IN (VALUES {rows})"]
        )

    def text_equal_to_some(self, column):
        equalities = [f"{self.name(column)} = {text}" for text in self.texts(column, 5)]
        if self.dice.random() < 0.3:
            equalities.append(self.text_compared(self.of_kind("text")))
        return "(" + " OR ".join(equalities) + ")"

    def text_distinct(self, column):
        return f"{self.name(column)} {self.dice.choice(DISTINCT)} {self.value(self.text(column))}"

    def text_like(self, column):
        name, text = self.name(column), self.dice.choice(column.values + ODD_TEXTS)
        part = self.dice.choice([text, text[:3], text[:8]])
        pattern = self.value(quoted(self.dice.choice([f"{part}%", f"{part}%", text, f"%{part}", f"_{text[1:]}"])))
        comparison = self.dice.choice(["LIKE", "LIKE", "NOT LIKE", "ILIKE"])
        prefix = self.value(quoted(part))
        return self.dice.choice([f"{name} {comparison} {pattern}", f"starts_with({name}, {prefix})"])

    def text_changed(self, column):
        name, text = self.name(column), self.value(self.text(column))
        return self.dice.choice(
            [
                f"lower({name}) = lower({text}::VARCHAR)",
                f"{name} COLLATE NOCASE = {text}::VARCHAR",
                f"{name} || '' = {text}",
                f"coalesce({name}, '..') = {text}",
                f"trim({name}) = {text}",
                f"CASE WHEN {name} = {text} THEN 1 ELSE 0 END = 1",
                f"nullif({name}, {text}) IS NULL",
            ]
        )

    def text_in_a_row(self, column):
        other = self.of_kind("text")
        pairs = [f"({self.value(self.text(column))}, {self.value(self.text(other))})" for _ in range(2)]
        return f"({self.name(column)}, {self.name(other)}) IN ({', '.join(pairs)})"

    def micros(self, column):
        """Microseconds since 1970: those of a row, or a few more or less, or somewhere about."""
        values = column.values or (1_780_000_000_000_000,)
        if self.dice.random() < 0.8:
            return self.dice.choice(values) + self.dice.choice(STEPS)
        return self.dice.randint(min(values) - 86_400_000_000, max(values) + 86_400_000_000)

    def moment(self, column):
        """A moment by one of the ways to write it."""
        micros, roll = self.micros(column), self.dice.random()
        if roll < 0.05:
            return self.value(self.dice.choice(ODD_MOMENTS))
        if roll < 0.13:
            return self.recent()
        return self.value(
            self.dice.choice(
                [
                    f"TIMESTAMPTZ '{clock(micros)}+00'",
                    f"TIMESTAMPTZ '{clock(micros)}Z'",
                    f"TIMESTAMPTZ '{clock(micros + 20_700_000_000)}+05:45'",
                    f"TIMESTAMPTZ '{clock(micros)}'",
                    f"TIMESTAMP '{clock(micros)}'",
                    f"DATE '{clock(micros)[:10]}'",
                    f"make_timestamptz({micros})",
                    f"to_timestamp({micros // 1_000_000})",
                    f"TIMESTAMPTZ '{clock(micros)}+00' - INTERVAL '1 month'",
                ]
            )
        )

    def recent(self):
        days = self.dice.randint(0, 800)
        return self.dice.choice(
            [
                "now()",
                f"now() - INTERVAL {days} DAY",
                f"now() + INTERVAL {days // 8} DAY",
                f"current_date - {days}",
                f"current_timestamp - to_days({days})",
                f"date_trunc('month', now()) - INTERVAL '{days // 30} months'",
            ]
        )

    def time_compared(self, column):
        return self.either_way(RANGES, self.name(column), self.moment(column))

    def time_between(self, column):
        """Both ends; now and then the wrong way round, so that nothing lies between."""
        name, ends = self.name(column), sorted(self.micros(column) for _ in range(2))
        if self.dice.random() < 0.15:
            ends.reverse()
        low, high = (self.value(f"make_timestamptz({micros})") for micros in ends)
        within = f"{name} BETWEEN {low} AND {high}"
        return self.dice.choice([within, f"NOT {within}", f"({name} >= {low} AND {name} < {high})"])

    def time_among(self, column):
        name, moments = self.name(column), [self.moment(column) for _ in range(self.dice.randint(1, 4))]
        equalities = " OR ".join(f"{name} = {moment}" for moment in moments)
        among = ", ".join(f"({moment})::TIMESTAMPTZ" for moment in moments)
        return self.dice.choice([f"({equalities})", f"{name} IN ({among})", f"{name} NOT IN ({among})"])

    def time_distinct(self, column):
        return f"{self.name(column)} {self.dice.choice(DISTINCT)} {self.moment(column)}"

    def time_changed(self, column):
        """The column in another type or another unit."""
        name, micros, comparison = self.name(column), self.micros(column), self.dice.choice(RANGES)
        moment = clock(micros)
        left, right = self.dice.choice(
            [
                (f"{name}::DATE", f"DATE '{moment[:10]}'"),
                (f"{name}::TIMESTAMP", f"TIMESTAMP '{moment}'"),
                (f"{name} AT TIME ZONE 'UTC'", f"TIMESTAMP '{moment}'"),
                (f"{name} AT TIME ZONE 'America/St_Johns'", f"TIMESTAMP '{moment}'"),
                (f"date_trunc('month', {name})", f"TIMESTAMPTZ '{moment[:7]}-01'"),
                (f"date_trunc('day', {name})", f"TIMESTAMPTZ '{moment[:10]}'"),
                (f"year({name})", moment[:4]),
                (f"month({name})", str(int(moment[5:7]))),
                (f"epoch_ms({name})", str(micros // 1000)),
                (f"epoch_us({name})", str(micros)),
                (f"{name} + INTERVAL 1 DAY", f"TIMESTAMPTZ '{moment}'"),
                (f"{name} - TIMESTAMPTZ '{moment}'", "INTERVAL 1 HOUR"),
                (f"{name}::VARCHAR", f"'{moment[:10]}'"),
                (f"strftime({name}, '%Y-%m')", f"'{moment[:7]}'"),
                (f"coalesce({name}, TIMESTAMPTZ '{moment}')", f"TIMESTAMPTZ '{moment}'"),
            ]
        )
        return f"{left} {comparison} {self.value(right)}"

    def time_of_day(self, column):
        return f"hour({self.name(column)}) {self.dice.choice(RANGES)} {self.value(str(self.dice.randint(0, 23)))}"

    def time_since(self, column):
        return self.either_way(("<", "<=", ">", ">="), self.name(column), self.recent())

    def time_in_a_row(self, column):
        """How those write it who walk through rows in pages."""
        key = self.of_kind("text")
        after = f"(({self.moment(column)})::TIMESTAMPTZ, {self.value(self.text(key))})"
        return f"({self.name(column)}, {self.name(key)}) {self.dice.choice(['<', '>', '>='])} {after}"

    def time_beside_another(self, column):
        return self.either_way(RANGES, self.name(column), self.name(self.of_kind("time")))

    def whole(self, column):
        number = self.dice.choice(column.values + (0,)) + self.dice.choice([0, 0, 1])
        return self.either_way(COMPARISONS, self.name(column), self.value(str(number)))

    def flag(self, column):
        name = self.name(column)
        return self.dice.choice([name, f"NOT {name}", f"{name} = {self.value('true')}", f"{name} IS NOT TRUE"])


class Queries:
    """Random queries with random conditions."""

    def __init__(self, dice, columns, values):
        self.dice, self.columns, self.values = dice, columns, values
        self.shapes = [self.filtered] * 12 + [
            self.every_column,
            self.counted,
            self.counted_where,
            self.grouped,
            self.as_a_value,
            self.filtered_twice,
            self.unions,
            self.unions,
            self.differences,
            self.scalars,
            self.scalars,
            self.shared,
            self.shared,
            self.self_join,
            self.self_join,
            self.outer_join,
            self.joined_to_values,
            self.among_others,
            self.correlated,
            self.latest,
            self.first_rows,
            self.below_a_limit,
            self.above_a_limit,
            self.below_a_window,
            self.above_a_window,
            self.qualified,
        ]

    def any(self):
        return self.dice.choice(self.shapes)()

    def where(self, alias=""):
        return Conditions(self.dice, self.columns, self.values, alias).where()

    def group(self, alias=""):
        texts = [column for column in self.columns if column.kind == "text"]
        return alias + ".".join(f'"{name}"' for name in self.dice.choice(texts).names)

    def filtered(self):
        return f"SELECT key, raw FROM {ROWS} WHERE {self.where()}"

    def every_column(self):
        return f"SELECT COLUMNS(*)::VARCHAR FROM {ROWS} WHERE {self.where()}"

    def counted(self):
        return f"SELECT count(*), count(DISTINCT key), min(key) FROM {ROWS} WHERE {self.where()}"

    def counted_where(self):
        return f"SELECT count(*), count(*) FILTER ({self.where()}) FROM {ROWS} WHERE {self.where()}"

    def grouped(self):
        return f"SELECT {self.group()} AS g, count(*) FROM {ROWS} WHERE {self.where()} GROUP BY ALL"

    def as_a_value(self):
        return f"SELECT key, ({self.where()}) AS holds FROM {ROWS}"

    def filtered_twice(self):
        return f"SELECT key FROM (SELECT * FROM {ROWS} WHERE {self.where()}) WHERE {self.where()}"

    def unions(self):
        one = f"SELECT key, raw FROM {ROWS} WHERE {self.where()}"
        other = self.dice.choice([f"SELECT key, raw FROM {ROWS}", f"SELECT key, raw FROM {ROWS} WHERE {self.where()}"])
        if self.dice.random() < 0.5:
            one, other = other, one
        return f"{one} UNION ALL {other}"

    def differences(self):
        one, other = (f"SELECT key FROM {ROWS} WHERE {self.where()}" for _ in range(2))
        return f"{one} {self.dice.choice(['EXCEPT', 'INTERSECT', 'UNION'])} {other}"

    def scalars(self):
        counts = [f"(SELECT count(*) FROM {ROWS} WHERE {self.where()})" for _ in range(2)]
        counts.append(f"(SELECT count(*) FROM {ROWS})")
        self.dice.shuffle(counts)
        return "SELECT " + ", ".join(counts)

    def shared(self):
        """One common table expression, read twice."""
        how = self.dice.choice(["", "MATERIALIZED ", "NOT MATERIALIZED "])
        inner = self.dice.choice(["", f" WHERE {self.where()}"])
        one, other = f"SELECT key FROM c WHERE {self.where()}", "SELECT key FROM c"
        return f"WITH c AS {how}(SELECT * FROM {ROWS}{inner}) {one} UNION ALL {other}"

    def self_join(self):
        condition = f"{self.where('a.')} AND {self.where('b.')}"
        return f"SELECT a.key, b.raw FROM {ROWS} AS a JOIN {ROWS} AS b ON a.key = b.key WHERE {condition}"

    def outer_join(self):
        """Conditions in ON for the one side and in WHERE for the other.

        For `IS NULL` on the same side in both, DuckDB 2.0.0 has wrong rows, whatever it reads but tables of its own.
        """
        kind = self.dice.choice(["LEFT", "RIGHT", "FULL", "SEMI", "ANTI"])
        names = "a.key" if kind in ("SEMI", "ANTI") else "a.key, b.raw"
        kept, other = ("b.", "a.") if kind == "RIGHT" else ("a.", "b.")
        joined = f"{ROWS} AS a {kind} JOIN {ROWS} AS b ON a.key = b.key AND {self.where(other)}"
        return f"SELECT {names} FROM {joined} WHERE {self.where(kept)}"

    def joined_to_values(self):
        conditions = Conditions(self.dice, self.columns, self.values, "a.")
        column = conditions.of_kind("text")
        values = ", ".join(f"({conditions.text(column)}::VARCHAR)" for _ in range(self.dice.randint(1, 5)))
        on = f"{conditions.name(column)} = v.x"
        return f"SELECT a.key, v.x FROM {ROWS} AS a JOIN (VALUES {values}) AS v(x) ON {on} WHERE {conditions.where()}"

    def among_others(self):
        some = f"SELECT key FROM {ROWS} WHERE {self.where()}"
        test = self.dice.choice([f"key IN ({some})", f"key NOT IN ({some} AND key IS NOT NULL)"])
        return f"SELECT key FROM {ROWS} WHERE {test} AND {self.where()}"

    def correlated(self):
        group = self.group()
        inner = f"FROM {ROWS} AS b WHERE b.{group} = a.{group} AND {self.where('b.')}"
        what = self.dice.choice([f"(SELECT count(*) {inner})", f"EXISTS ({inner})"])
        return f"SELECT a.key, {what} AS found FROM {ROWS} AS a WHERE {self.where('a.')}"

    def latest(self):
        latest = f"(SELECT {self.dice.choice(['min', 'max'])}(created_at) FROM {ROWS} WHERE {self.where()})"
        return f"SELECT key FROM {ROWS} WHERE created_at {self.dice.choice(['=', '>=', '<'])} {latest}"

    def order(self):
        return f"created_at {self.dice.choice(['', 'DESC'])} NULLS LAST, key"

    def first_rows(self):
        limit = f"LIMIT {self.dice.randint(0, 30)} OFFSET {self.dice.choice([0, 0, 5])}"
        return f"SELECT key, raw FROM {ROWS} WHERE {self.where()} ORDER BY {self.order()} {limit}"

    def below_a_limit(self):
        inner = f"SELECT key FROM {ROWS} WHERE {self.where()} LIMIT {self.dice.randint(0, 50)}"
        return f"SELECT count(*) FROM ({inner})"

    def above_a_limit(self):
        inner = f"SELECT * FROM {ROWS} ORDER BY {self.order()} LIMIT {self.dice.randint(0, 300)}"
        return f"SELECT key FROM ({inner}) WHERE {self.where()}"

    def below_a_window(self):
        group = self.group()
        rank = f"row_number() OVER (PARTITION BY {group} ORDER BY {self.order()})"
        return f"SELECT key, count(*) OVER (PARTITION BY {group}) AS n, {rank} AS r FROM {ROWS} WHERE {self.where()}"

    def above_a_window(self):
        inner = self.dice.choice(["", f" WHERE {self.where()}"])
        counted = f"SELECT *, count(*) OVER (PARTITION BY {self.group()}) AS n FROM {ROWS}{inner}"
        return f"SELECT key, n FROM ({counted}) WHERE {self.where()}"

    def qualified(self):
        rank = f"row_number() OVER (PARTITION BY {self.group()} ORDER BY {self.order()})"
        return f"SELECT key FROM {ROWS} WHERE {self.where()} QUALIFY {rank} <= 2"


def over(query, names):
    """The query over rows of these names, in turn."""
    first, *rest = query.split(ROWS)
    return first + "".join(name + part for name, part in zip(itertools.cycle(names), rest))
