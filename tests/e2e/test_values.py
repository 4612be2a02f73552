"""Items that are not as documented: every row stays, and `raw` keeps what a column cannot hold."""

import json

ITEMS = [
    '{"key":"amount as text","amount":"1234"}',
    '{"key":"amount with zeros","amount":123.0}',
    '{"key":"amount with a fraction","amount":12.5}',
    '{"key":"amount beyond 64 bits","amount":92233720368547758080}',
    '{"key":"largest amount","amount":9223372036854775807}',
    '{"key":"smallest amount","amount":-9223372036854775808}',
    '{"key":"amount an object","amount":{"value":1}}',
    '{"key":"amount absent"}',
    '{"key":"created as text","created_at":"1700000000123"}',
    '{"key":"created as a date","created_at":"2023-11-14T22:13:20Z"}',
    '{"key":"created beyond time","created_at":9223372036854775807}',
    '{"key":"created never","created_at":false}',
    '{"key":"flags","partnership":{"group":{"archived":1,"default":"true"}}}',
    '{"key":"flags again","partnership":{"group":{"archived":"False","default":7}}}',
    '{"key":"customer a list","customer":[1,2]}',
    '{"key":"customer a text","customer":"cus_1"}',
    '{"key":"description an object","description":{"de":"Text"}}',
    '{"key":"description a number","description":12345678901234567890}',
    '{"key":"half a pair \\ud800","description":"\\udc00 alone"}',
    '{"key":"nul \\u0000 inside","description":"a\\u0000b"}',
    '{"key":"same name twice","amount":1,"amount":2}',
    '{"key":"odd names","\\ud800":1,"":2,"amount":3}',
    '{"key":"unknown","brand_new":{"x":[1,2,{"y":null}]}}',
    '{ "key" : "spaces" ,\n "amount" : 5 }',
    '{"key":"deep","deep":' + "[" * 100 + "1" + "]" * 100 + "}",
    '{"key":"long","description":"' + "x" * 1_000_000 + '"}',
    "{}",
    '{"key":null}',
    '{"key":17}',
    '{"key":""}',
    '{"key":"last"}',
]


def scan(connect, scenario, columns):
    fake = scenario("")
    fake.put_items("rewards", "[" + ",".join(ITEMS) + "]")
    con = connect()
    con.execute(fake.vendor_secret())
    return con.execute(f"SELECT {columns} FROM partnerstack_rewards()").fetchall()


def test_no_row_is_lost_and_raw_is_whole(connect, scenario):
    assert [raw for (raw,) in scan(connect, scenario, "raw")] == ITEMS


def test_values_are_faithful_or_null(connect, scenario):
    rows = scan(
        connect,
        scenario,
        "key, amount, epoch_ms(created_at), description, customer, "
        "partnership.group.archived, partnership.group.default",
    )
    values = {row[0]: row[1:] for row in rows}
    amounts = {key: row[0] for key, row in values.items() if row[0] is not None}
    assert amounts == {
        "amount as text": 1234,
        "amount with zeros": 123,
        "largest amount": 9223372036854775807,
        "smallest amount": -9223372036854775808,
        "same name twice": 2,
        "odd names": 3,
        "spaces": 5,
    }
    moments = {key: row[1] for key, row in values.items() if row[1] is not None}
    assert moments == {"created as text": 1700000000123, "created as a date": 1700000000000}
    assert values["flags"][4:] == (True, True)
    assert values["flags again"][4:] == (False, None)
    assert values["customer a list"][3] is None and values["customer a text"][3] is None
    assert json.loads(values["description an object"][2]) == {"de": "Text"}
    assert values["description a number"][2] == "12345678901234567890"
    assert values["nul \0 inside"][2] == "a\0b"
    (half,) = [key for key in values if key and key.startswith("half a pair")]
    assert "\ufffd" in half and values[half][2].endswith(" alone")
    assert len(values["long"][2]) == 1_000_000
    assert [row[0] for row in rows[-5:]] == [None, None, "17", "", "last"]


def test_odd_values_survive_a_copy(connect, scenario):
    fake = scenario("")
    fake.put_items("rewards", "[" + ",".join(ITEMS) + "]")
    con = connect()
    con.execute(fake.vendor_secret())
    con.execute("CREATE TABLE copied AS FROM partnerstack_rewards()")
    assert con.execute("SELECT count(*), count(raw) FROM copied").fetchone() == (len(ITEMS), len(ITEMS))


def test_a_cursor_that_is_a_number_is_followed(connect, scenario):
    fake = scenario("")
    fake.put_items("rewards", "[" + ",".join(f'{{"key":{number}}}' for number in range(600)) + "]")
    con = connect()
    con.execute(fake.vendor_secret())
    assert con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchone() == (600,)


def test_any_character_may_stand_in_a_cursor(connect, scenario):
    fake = scenario("")
    keys = ["a b", "a+b", "a/b?c=d&e#f", "100%", "%41", "é", "日本", "😀", "'quoted'", '"double"', "\\", "\t", ".."]
    items = [json.dumps({"key": key}) for key in keys]
    fake.put_items("rewards", "[" + ",".join(items) + "]")
    con = connect()
    con.execute(fake.vendor_secret())
    rows = con.execute("SELECT key FROM partnerstack_rewards(page_size := 1)").fetchall()
    assert [key for (key,) in rows] == keys


def test_a_page_may_be_larger_than_a_chunk(connect, scenario):
    fake = scenario("deals=5000,limit=ignored")
    con = connect()
    con.execute(fake.vendor_secret())
    query = "SELECT key, team.key, len(fields), fields[-1].value, raw FROM partnerstack_deals()"
    rows = con.execute(query).fetchall()
    assert len(fake.log()) == 1 and len(rows) == 5000
    for key, team, length, last, raw in rows:
        item = json.loads(raw)
        fields = item.get("fields")
        assert key == item["key"]
        assert team == (item.get("team") or {}).get("key")
        assert length == (None if fields is None else len(fields))
        assert last == (fields[-1].get("value") if fields else None)
