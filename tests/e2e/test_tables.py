"""Every table, in every API that has it, value by value against what the fake API holds."""

import datetime
import json

import duckdb
import pytest

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

#: Who has which listing, from what is known of the API.
LISTINGS = {
    "actions": ("vendor", "partner"),
    "applications": ("vendor",),
    "customers": ("vendor", "partner"),
    "deals": ("vendor",),
    "form_templates": ("vendor",),
    "groups": ("vendor",),
    "leads": ("vendor",),
    "marketplace_programs": ("partner",),
    "partnerships": ("vendor", "partner"),
    "payouts": ("partner",),
    "product_book": ("vendor",),
    "products": ("vendor",),
    "rewards": ("vendor", "partner"),
    "tier_collections": ("vendor",),
    "tiers": ("vendor",),
    "transactions": ("vendor", "partner"),
    "webhooks": ("vendor",),
}
CASES = [(table, api) for table, apis in LISTINGS.items() for api in apis]

#: Other names under which the API may send a member.
OTHER_NAMES = {"type": "type_", "mdata": "m_data", "manager_email": "email", "manager_name": "name"}


def member(item, name):
    return item.get(name, item.get(OTHER_NAMES.get(name, name)))


def is_faithful(sql, value, column_type):
    """Whether a value of SQL is what JSON said, by the type of the column."""
    kind = str(column_type)
    if value is None:
        return sql is None
    if kind == "JSON":
        return json.loads(sql) == value
    if column_type.id == "struct":
        return all(is_faithful(sql[name], member(value, name), inner) for name, inner in column_type.children)
    if column_type.id == "list":
        inner = column_type.children[0][1]
        return len(sql) == len(value) and all(is_faithful(a, b, inner) for a, b in zip(sql, value))
    if kind == "TIMESTAMP WITH TIME ZONE":
        return sql == EPOCH + datetime.timedelta(milliseconds=value)
    if kind == "DATE":
        return sql == datetime.date.fromisoformat(value)
    if kind == "VARCHAR" and not isinstance(value, str):
        return json.loads(sql) == value
    return sql == value


def custom_values(item):
    """The custom values of an item, by the documented order of the members that hold them."""
    merged = {}
    maps = [{field["api_name"]: field["value"] for field in item.get("fields") or []}]
    maps += [item.get(name) or {} for name in ("mdata", "m_data", "field_data", "meta")]
    for name, value in ((name, value) for values in maps for name, value in values.items()):
        if merged.get(name) is None:
            text = value if isinstance(value, str) or value is None else json.dumps(value, separators=(",", ":"))
            merged[name] = text
    return merged


@pytest.mark.parametrize(("table", "api"), CASES)
def test_every_value_is_what_the_api_sent(connect, scenario, table, api):
    fake = scenario("")
    con = connect()
    con.execute(fake.secret_for_both())
    text = fake.control(f"__truth/{table}?api={api}&include_archived=true&include_offers=true")
    items = json.loads(text)
    relation = con.sql(f"FROM partnerstack_{table}(api := '{api}', page_size := 100)")
    names, types, rows = relation.columns, relation.types, relation.fetchall()
    place = {item["key"]: at for at, item in enumerate(items)}
    rows.sort(key=lambda row: place[row[0]])
    assert "[" + ",".join(row[-1] for row in rows) + "]" == text
    for row, item in zip(rows, items, strict=True):
        for name, column_type, value in zip(names[:-1], types, row):
            if name == "custom_fields":
                assert value == custom_values(item), item["key"]
                continue
            assert is_faithful(value, member(item, name), column_type), (item["key"], name, value)
    documented = {name for name in names if name not in ("raw",)}
    assert {"key", "created_at", "updated_at"} <= documented


@pytest.mark.parametrize("shape", ["items", "array"])
def test_answers_of_undocumented_shape_are_read(connect, scenario, shape):
    fake = scenario(f"shape={shape}")
    con = connect()
    con.execute(fake.vendor_secret())
    stages = json.loads(fake.control("__truth/sales_cycle_stages?api=vendor&object_type=deals"))
    names = con.execute(
        "SELECT name FROM partnerstack_sales_cycle_stages(object_type := 'deals')"
    ).fetchall()
    assert [name for (name,) in names] == [stage["name"] for stage in stages] != []
    team = con.execute("SELECT team.key FROM partnerstack_partnerships() WHERE team IS NOT NULL").fetchone()[0]
    members = con.execute("SELECT email, raw FROM partnerstack_partner_team(team_key := $1)", [team]).fetchall()
    assert members and all(json.loads(raw)["email"] == email for email, raw in members)


def test_templates_stand_in_an_array(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret())
    for table in ("deal_form_templates", "lead_form_templates"):
        truth = json.loads(fake.control(f"__truth/{table}?api=vendor"))
        keys = con.execute(f"SELECT key FROM partnerstack_{table}()").fetchall()
        assert [key for (key,) in keys] == [template["key"] for template in truth] != []


def test_files_belong_to_their_deal(connect, scenario):
    fake = scenario("deals=40")
    con = connect()
    con.execute(fake.vendor_secret())
    found = []
    for (deal,) in con.execute("SELECT key FROM partnerstack_deals()").fetchall():
        files = con.execute("SELECT key FROM partnerstack_deal_files(deal_key := $1)", [deal]).fetchall()
        found.extend((deal, key) for (key,) in files)
    truth = json.loads(fake.control("__truth/deal_files?api=vendor"))
    assert sorted(found) == sorted((file["deal_key"], file["key"]) for file in truth)
    assert found


def test_links_are_found_by_key_partner_key_and_email(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret())
    query = "SELECT key, partner_key, email FROM partnerstack_partnerships()"
    counts = set()
    assert con.execute("SELECT DISTINCT partnership IS NULL FROM partnerstack_links()").fetchall() == [(False,)]
    for identifiers in con.execute(query).fetchall()[:8]:
        links = [
            con.execute("SELECT key, url, dest FROM partnerstack_links(partnership := $1)", [name]).fetchall()
            for name in identifiers
        ]
        assert links[0] == links[1] == links[2]
        counts.add(len(links[0]))
    assert len(counts) > 1
    assert con.execute("FROM partnerstack_links(partnership := 'nobody')").fetchall() == []


def test_reports(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret())
    truth = json.loads(fake.control("__truth/vendor_report_configurations?api=vendor"))
    keys = con.execute("SELECT key FROM partnerstack_report_configurations()").fetchall()
    assert [key for (key,) in keys] == [report["key"] for report in truth] != []
    export = json.loads(fake.control("__truth/vendor_report_export?api=vendor"))[0]
    query = "SELECT key, file_url, file_name FROM partnerstack_report_export(export_key := $1)"
    assert con.execute(query, [export["key"]]).fetchall() == [
        (export["key"], export["file_url"], export["file_name"])
    ]
    assert con.execute(query, ["vrex_unknown"]).fetchall() == []


def test_archived_partnerships_come_unless_they_are_switched_off(connect, scenario):
    con = connect()
    con.execute(scenario("").secret_for_both())
    for api in ("vendor", "partner"):
        count = f"SELECT count(*) FROM partnerstack_partnerships(api := '{api}', include_archived := $1)"
        assert con.execute(count, [True]).fetchone() == (40,)
        assert con.execute(count, [False]).fetchone() == (37,)


def test_a_path_that_does_not_exist_is_an_error_that_names_the_data(connect, scenario):
    con = connect()
    con.execute(scenario("").secret_for_both())
    for table in ("partners", "stats"):
        with pytest.raises(duckdb.HTTPException, match=r"documents no such resource.*partnerstack_partnerships\(\)"):
            con.execute(f"FROM partnerstack_{table}()").fetchall()


def test_every_example_runs(connect, scenario):
    con = connect()
    con.execute(scenario("").secret_for_both())
    examples = con.execute("SELECT DISTINCT \"table\".name, example FROM partnerstack_tables() AS \"table\"").fetchall()
    assert len(examples) > 20
    for name, example in examples:
        if name in ("partners", "stats"):
            continue
        con.execute(example).fetchall()


def test_the_catalogue_is_complete(connect, scenario):
    con = connect()
    con.execute(scenario("").secret_for_both())
    tables = con.execute("SELECT name, api FROM partnerstack_tables()").fetchall()
    assert set(CASES) <= set(tables)
    described = """
        SELECT column_name, column_type FROM (DESCRIBE FROM partnerstack_{table}(api := '{api}'))
        EXCEPT
        SELECT "column", replace(replace(type, '"', ''), ' ', '') FROM partnerstack_columns()
        WHERE "table" = '{table}' AND api = '{api}'
    """
    for table, api in CASES:
        query = described.format(table=table, api=api).replace(
            "column_type FROM (DESCRIBE", "replace(replace(column_type, '\"', ''), ' ', '') FROM (DESCRIBE"
        )
        assert con.execute(query).fetchall() == [], (table, api)
    nameless = "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE 'partnerstack%' AND description IS NULL"
    assert con.execute(nameless).fetchone() == (0,)


def test_joins_between_tables_mean_something(connect, scenario):
    con = connect()
    con.execute(scenario("").secret_for_both())
    query = """
        SELECT count(*), count(p.key), count(c.key)
        FROM partnerstack_rewards() AS r
        LEFT JOIN partnerstack_partnerships() AS p ON p.key = r.partnership.key
        LEFT JOIN partnerstack_customers() AS c ON c.key = r.customer.key
    """
    rewards, partnerships, customers = con.execute(query).fetchone()
    assert rewards == partnerships == 1200 and 1000 < customers <= 1200


def test_a_path_may_be_spelled_otherwise(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret())
    unknown = "FROM partnerstack_partner_team(team_key := 'stck_unknown')"
    assert con.execute(unknown).fetchall() == []
    paths = [request["path"] for request in fake.log()]
    assert paths == ["/api/v2/partner_team/stck_unknown", "/api/v2/partner-team/stck_unknown"]


@pytest.mark.parametrize("listed", ["hidden", "listed"])
@pytest.mark.parametrize("api", ["vendor", "partner"])
def test_scheduled_rewards_come_once_whether_or_not_the_listing_has_them(connect, scenario, listed, api):
    fake = scenario(f"rewards=3000,scheduled={listed}")
    con = connect()
    con.execute(fake.secret_for_both())
    query = "SELECT count(*), count(DISTINCT key), count(*) FILTER (reward_status = 'scheduled') FROM "
    with_them = con.execute(f"{query} partnerstack_rewards(api := '{api}')").fetchone()
    without = con.execute(f"{query} partnerstack_rewards(api := '{api}', include_scheduled := false)").fetchone()
    assert with_them[0] == with_them[1] == 3000 and with_them[2] > 40
    assert without[0] == (3000 if listed == "listed" else 3000 - with_them[2])
    one_column = con.execute(f"SELECT currency FROM partnerstack_rewards(api := '{api}')").fetchall()
    assert len(one_column) == 3000


def test_a_program_is_found_by_its_key_or_else_in_the_list(connect, scenario):
    for knob in ("program=found", "program=404"):
        con = connect()
        fake = scenario(knob)
        con.execute(fake.secret_for_both())
        programs = fake.truth("marketplace_programs", "partner")
        for program in (programs[0], programs[-1]):
            query = "SELECT key, name, raw FROM partnerstack_marketplace_program_by_key(company_key := $1, page_size := 10)"
            ((key, name, raw),) = con.execute(query, [program["key"]]).fetchall()
            assert (key, name, json.loads(raw)) == (program["key"], program["name"], program)
        assert con.execute(query, ["co_unknown"]).fetchall() == []


def test_get_reads_whatever_is_at_a_path(connect, scenario):
    fake = scenario("deals=600")
    con = connect()
    con.execute(fake.secret_for_both())
    count = "SELECT count(*), count(DISTINCT raw) FROM partnerstack_get(path := $1)"
    assert con.execute(count, ["/deals"]).fetchone() == (600, 600)
    assert con.execute(count, ["deals"]).fetchone() == (600, 600)
    assert con.execute(count, ["/deals/form-templates"]).fetchone()[0] > 0
    deal = fake.truth("deals", "vendor")[0]
    (raw,) = con.execute("SELECT raw FROM partnerstack_get(path := $1)", [f"/deals/{deal['key']}"]).fetchone()
    assert json.loads(raw) == deal
    with pytest.raises(duckdb.HTTPException, match="has nothing at /nowhere"):
        con.execute("FROM partnerstack_get(path := '/nowhere')").fetchall()
    with pytest.raises(duckdb.InvalidInputException, match="must be a path under the base URL"):
        con.execute("FROM partnerstack_get(path := '/deals?limit=1')").fetchall()
    with pytest.raises(duckdb.BinderException, match='partnerstack_get needs "path"'):
        con.execute("FROM partnerstack_get()").fetchall()


@pytest.mark.parametrize("knob", ["links=flat", "links=none"])
def test_all_links_come_from_the_listing_or_from_each_partnership(connect, scenario, knob):
    fake = scenario(knob)
    con = connect()
    con.execute(fake.vendor_secret())
    truth = json.loads(fake.control("__truth/links?api=vendor"))
    query = "SELECT key, url, dest, partnership FROM partnerstack_links() ORDER BY key"
    wanted = [(link["key"], link["url"], link["dest"], link["partnership_key"]) for link in truth]
    assert con.execute(query).fetchall() == sorted(wanted)
    assert max(request["in_flight"] for request in fake.log()) <= 4
    assert con.execute("SELECT count(*) FROM (FROM partnerstack_links() LIMIT 3)").fetchone() == (3,)


def test_links_say_whose_they_are_by_what_was_asked(connect, scenario):
    fake = scenario("")
    fake.put_items("partnerships", '[{"key":"part_1"},{"key":"part_2"}]')
    con = connect()
    con.execute(fake.vendor_secret())
    assert con.execute("FROM partnerstack_links()").fetchall() == []
    assert [request["path"].rsplit("/", 1)[1] for request in fake.log()][:2] == ["links", "partnerships"]


@pytest.mark.parametrize(("table", "api"), CASES)
def test_a_table_is_the_same_by_each_of_its_names(connect, scenario, table, api):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret() if api == "vendor" else fake.partner_secret())
    con.execute(f"PRAGMA partnerstack_attach('ps', api = '{api}')")
    names = (f"partnerstack_{table}()", f"partnerstack.{table}", f"ps.{table}")
    types = [con.execute(f"DESCRIBE FROM {name}").fetchall() for name in names]
    rows = [con.execute(f"FROM {name} ORDER BY key").fetchall() for name in names]
    assert types[0] == types[1] == types[2]
    assert len(rows[0]) > 0
    assert rows[0] == rows[1] == rows[2]


def test_links_that_the_api_has_for_no_partnership_are_an_error(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret())
    # The fake API knows partnerships by text alone, and answers 404 for this one.
    fake.put_items("partnerships", '[{"key":1}]')
    with pytest.raises(duckdb.Error, match="(?s)links.*404"):
        con.execute("FROM partnerstack_links()").fetchall()
    fake.put_items("partnerships", '[{"key":1},{"key":"part_2"}]')
    assert con.execute("FROM partnerstack_links()").fetchall() == []
    fake.put_items("partnerships", "[]")
    assert con.execute("FROM partnerstack_links()").fetchall() == []
    fake.put_items("partnerships", '[{"name":"keyless"},{"key":"part_2"}]')
    with pytest.raises(duckdb.Error, match='an item has no "key"'):
        con.execute("FROM partnerstack_links()").fetchall()
