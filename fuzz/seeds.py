"""Writes the inputs that fuzzing begins with: pages of the fake API, deformed ones, and what is tricky to read."""

import argparse
import base64
import pathlib
import random
import re
import struct
import subprocess
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"

#: No proxy stands between this and the fake API.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
KEYS = {
    "Vendor": "Basic " + base64.b64encode(b"pk_fake_public:sk_fake_private").decode(),
    "Partner": "Bearer fake_partner_key",
}

#: The deformations that the fake API knows.
DEFORMED = (
    "no_data data_null data_array no_items items_null items_object item_null item_text no_has_more has_more_null "
    "has_more_text has_more_number error_200 array_root status_text keyless key_null key_number empty_more"
).split()

NUMBERS = """0 -0 7 1700000000123 -1 9223372036854775807 9223372036854775808 -9223372036854775808 12.0 12.5 -0.0 1e3 1.5e1 1e-1
    9007199254740991 9007199254740993 9007199254740993.000 9007199254740992e0 4503599627370497.5 123e-2 1e300 1e999 1e-999
    100000000000000000000e-20 86400000 253402300800000 9223372036854775 9223372036854776""".split()

STRINGS = r"""plain  a\"b\\c\nd\u00e9 \ud83d\ude00 half\ud800 \udc00\ud800 nul\u0000in \u0022 \/ 42 4\u0032 +5 5. .5 -.0
    1e3 inf nan true FALSE True 1 yes 2023-11-14T22:13:20Z 2023-11-14T22:13:20.5+02:00 2023-11-14T22:13:20\u005a 2026-02-28
    2026-02-30 20260228 2026-02-28T23:59:59Z 1969-12-31 -009999-01-01 9999-12-31T23:59:60Z 1700000000123 é""".split(" ")

OBJECTS = [
    "null", "true", "false", "[]", "{}", "[[[[1]]]]", "[1,null,{}]",
    r'{"key":{"key":"k","n":1,"at":1700000000123,"more":[1,null]}}', r'{"key":{"id":"i"}}',
    r'{"key":{"n":1,"n":2},"\ud800":3}', r'[{"n":1},null,7,{"key":"k"}]', "[" * 130 + "]" * 130,
]

HEADERS = [
    "7", " 0 ", "120", "18446744073709551615", "18446744073709551616", "-7", "7.5", "soon", "", "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:00 GMT",
    "Sun, 06 Nov 1994 08:49:37 +0200", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Fri, 31 Dec 9999 23:59:60 GMT", "Mon, 06 Nov 1994 08:49:37 GMT", "1 Jan 1970 00:00 GMT",
]

VALUES = ["", "all", "none", "times", "Times, keys", "all,times", "any", " test ", "Production", "0", "1", "33", "4000", "+5", "1.5", "-1"]

CUSTOM = r"""{"key":"a","fields":[{"api_name":"a","value":"1"},{"name":"N","value":null},{"field_key":"k","value":[1]},7],
    "mdata":{"a":2,"N":"x\u0021"},"m_data":null,"field_data":{"z":true},"meta":"no map","test":"true"}"""

#: Bodies by the table that they are read for: shapes that the fake API does not send by itself.
BODIES = {
    "deal_files vendor": ['{"data":{"deal_files":[{"key":"a"},{"key":"b","created_at":1}]}}', '{"data":{"deal_files":null}}'],
    "report_export vendor": ['{"data":{"key":"a","status":"done","url":"u"}}', '{"data":null}', '{"data":[]}'],
    "marketplace_program_by_key partner": ['{"data":{"key":"a","items":3}}'],
    "partner_team vendor": ['{"data":{"items":[{"key":"a"}]}}', '{"data":[{"key":"a"},{}]}', '{"data":{"items":[{},{},{}]}}'],
    "get vendor": [
        '{"data":{"items":[{},{}],"has_more":true}}', '{"data":[{},{},{}]}', '{"data":{"key":"a"}}', '{"data":{"items":7}}', '{"data":7}',
    ],
    "deals vendor": [
        '{"data":{"has_more":false,"items":[%s]}}' % CUSTOM,
        '{"data":{"has_more":true,"items":[{"key":7659610663496810517101}],"total":"12"},"message":"half \\ud800"}',
        '{"data":{"has_more":false,"items":[],"items":[]}}', '{"data":{"has_more":true,"items":[{}],"has_more":false},"data":{}}',
        '{"data":{"has_more":false,"items":[{"key":"a","raw":1,"team":{"key":"t"},"amount":"12"}]}} x',
        '{"data":{"has_more":false,"items":[{"key":"a","amount":%s}]}}' % "1e999", "", "{}", "null", "<html>", '{"data"',
    ],
}


def save(property_name: str, name: str, data: bytes) -> None:
    folder = CORPUS / property_name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def endpoints() -> list[tuple[str, str, str]]:
    """Every table, API and path that needs no parameter, from the pages of the tables."""
    found = []
    for page in sorted((ROOT / "docs" / "tables").glob("*.md")):
        for api, path in re.findall(r"## (Vendor|Partner) API\n\n`GET (/[^`{]*)`", page.read_text()):
            found.append((page.stem, api, path))
    return found


def body(url: str, scenario: str, path: str, api: str) -> bytes:
    request = urllib.request.Request(f"{url}/{scenario}/api/v2{path}?limit=2", headers={"Authorization": KEYS[api]})
    return OPENER.open(request, timeout=20).read()


def pages(url: str) -> None:
    for table, api, path in endpoints():
        try:
            data = body(url, "seed=7", path, api)
        except urllib.error.HTTPError:
            # PartnerStack is not known to have it, and nor is the fake.
            continue
        save("page", f"{table}_{api.lower()}", f"{table} {api.lower()}\n".encode() + data)
    for deformed in DEFORMED:
        save("page", f"deformed_{deformed}", b"groups vendor\n" + body(url, f"fault={deformed}", "/groups", "Vendor"))


def by_hand() -> None:
    for table, bodies in BODIES.items():
        for at, text in enumerate(bodies):
            save("page", f"shape_{table.replace(' ', '_')}_{at}", f"{table}\n{text}".encode())
    for at, text in enumerate(NUMBERS + [f'"{text}"' for text in STRINGS] + OBJECTS):
        save("cells", f"value_{at:02}", text.encode())
    for at, header in enumerate(HEADERS):
        numbers = struct.pack("<BBBHHI", 1, 5, 100, 120, 1500, 784_111_770)
        save("retry", f"header_{at:02}", numbers + header.encode())
    # A number, words, a bound, and several words.
    for setting in (0, 1, 5, 8):
        for at, value in enumerate(VALUES):
            save("settings", f"value_{setting:02}_{at:02}", bytes([setting]) + value.encode())
    dice = random.Random(1)
    for name in ("pager", "plan", "secrets", "windows"):
        for at in range(10):
            save(name, f"bytes_{at}", dice.randbytes(40 * (at + 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fake-api", required=True, help="the binary of tests/fake_api")
    pipe = subprocess.PIPE
    with subprocess.Popen([parser.parse_args().fake_api], stdin=pipe, stdout=pipe, text=True) as server:
        pages(server.stdout.readline().strip())
        server.stdin.close()
    by_hand()


if __name__ == "__main__":
    main()
