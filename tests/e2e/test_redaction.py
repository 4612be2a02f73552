"""No key is in anything that a process prints, logs or returns, nor in any URL, nor with another host, in any failure."""

import base64
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from paths import ROOT

PUBLIC = "pk_Zq7xWv3mKd9RtLhB"
PRIVATE = "sk_Nf5Jy8/Ge2Uc+4Ap6=Xo1"
PARTNER = "ak_Ve3Hs7&Mi9Bk%2Tg5Dl0Fq6Wy1Rz4Jn8Cx3Sb7Pu"
KEYS = (PUBLIC, PRIVATE, PARTNER)
TOKEN = base64.b64encode(f"{PUBLIC}:{PRIVATE}".encode()).decode()

#: Parts of so many characters are looked for, one at every fourth place: eleven characters of a key in a row are found.
PART, STEP = 8, 4


def spellings(key):
    """What a key looks like, by the name of the spelling."""
    octets = key.encode()
    yield "plain", key
    yield "reversed", key[::-1]
    yield "hexadecimal", octets.hex()
    yield "percent-encoded", urllib.parse.quote(key, safe="")
    yield "percent-encoded throughout", "".join(f"%{octet:02x}" for octet in octets)
    yield "escaped throughout", "".join(f"\\u{octet:04x}" for octet in octets)
    for before in range(3):
        # Wherever it begins in what is encoded; the characters that depend on its neighbours are left out.
        encoded = base64.b64encode(b"\0" * before + octets).decode().rstrip("=")
        yield f"base64 after {before}", encoded[-(-before * 4 // 3) : -1]


def parts(text):
    """What is looked for of a text; where a byte takes several characters, as many more of them."""
    width = {"%": 3, "\\": 6}.get(text[0], 1)
    starts = range(0, max(1, len(text) - PART * width + 1), STEP * width)
    return {text[at : at + PART * width].lower() for at in starts}


#: The parts of every spelling of every key, and which it is.
SECRETS = {
    part: f"{key[:2]} {name}"
    for key in KEYS
    for name, text in [*spellings(key), ("in base64 twice", base64.b64encode(base64.b64encode(key.encode())).decode())]
    for part in parts(text)
} | {
    part: name
    for name, text in [("token", TOKEN), ("token twice", base64.b64encode(f"Basic {TOKEN}".encode()).decode())]
    for part in parts(text)
}


def leaks(text):
    """The spellings of keys that a text shows part of."""
    text = text.lower()
    return sorted({name for part, name in SECRETS.items() if part in text})


#: How many processes run the cases of a test.
PROCESSES = 4


def seen_by(extension, cases, tmp_path):
    """What was seen of each case, and what the processes printed."""
    shares = [cases[start::PROCESSES] for start in range(PROCESSES)]
    reports = [tmp_path / f"seen{number}.jsonl" for number in range(PROCESSES)]
    with ThreadPoolExecutor() as pool:
        seen, printed = zip(*pool.map(seen_by_one, [extension] * PROCESSES, shares, reports), strict=True)
    # In the order of the cases.
    return [found for row in itertools.zip_longest(*seen) for found in row if found], "".join(printed)


def seen_by_one(extension, cases, report):
    given = [{"extension": str(extension), "environment": {}, "logs": True} | case for case in cases]
    run = subprocess.run(
        [sys.executable, ROOT / "tests" / "e2e" / "redaction_child.py", report],
        input=json.dumps(given),
        env=os.environ | {"RUST_BACKTRACE": "full"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = [json.loads(line) for line in report.read_text().splitlines()]
    assert run.returncode == 0 and len(found) == len(cases), run.stderr
    return found, run.stdout + run.stderr


def leaks_of(found):
    """Where something was seen of which keys. DuckDB's list of secrets shows the public key, as it should."""
    shown = {where: leaks(text) for where, text in found.items()}
    listed = shown.get("FROM duckdb_secrets()", [])
    shown["FROM duckdb_secrets()"] = [name for name in listed if not name.startswith("pk")]
    return {where: names for where, names in shown.items() if names}


class Elsewhere:
    """Another host, which keeps all that it receives."""

    def __init__(self):
        self.received, self.listener = b"", socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                self.received += connection.recv(1 << 16)
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture
def elsewhere():
    other = Elsewhere()
    yield other
    other.listener.close()


READ = "SELECT count(*), max(key) FROM partnerstack_rewards(page_size := 50) WHERE amount > 0"
STATEMENTS = (READ, "PRAGMA partnerstack_explain('FROM partnerstack_rewards()')", f"EXPLAIN ANALYZE {READ}")


def reading(base_url, api, **more):
    """A case that reads rewards with keys from the environment, so that no statement has them."""
    keys = {"PUBLIC_KEY": PUBLIC, "PRIVATE_KEY": PRIVATE} if api == "vendor" else {"API_KEY": PARTNER}
    environment = {f"PARTNERSTACK_{name}": value for name, value in ({"BASE_URL": base_url} | keys).items()}
    return {
        "environment": environment | more.pop("environment", {}),
        "statements": ["CREATE SECRET ps (TYPE partnerstack, PROVIDER env)", *STATEMENTS],
        **more,
    }


def check(extension, cases, tmp_path):
    """Runs cases by their names; none may show anything. Gives what was seen of each."""
    found, printed = seen_by(extension, list(cases.values()), tmp_path)
    leaked = [
        f"{case}, {where}: {', '.join(names)}"
        for case, seen in zip(cases, found, strict=True)
        for where, names in leaks_of(seen).items()
    ]
    assert not leaked, "\n".join(leaked)
    assert leaks(printed) == []
    return dict(zip(cases, found, strict=True))


@pytest.mark.parametrize("api", ["vendor", "partner"])
def test_no_fault_shows_a_key(extension, scenario, elsewhere, tmp_path, api):
    kinds = sorted([*json.loads(scenario("").control("__faults")), "400", "401", "403", "404", "418", "429", "500", "503"])
    fakes = {kind: scenario(f"rewards=150,keys=any,elsewhere={elsewhere.host},fault={kind}") for kind in kinds}
    found = check(extension, {kind: reading(fake.base_url, api) for kind, fake in fakes.items()}, tmp_path)
    for kind, fake in fakes.items():
        log = fake.log()
        assert len(log) > 1 and leaks(json.dumps(log)) == [], kind
        assert {request["auth"] for request in log} <= {"basic" if api == "vendor" else "bearer"}
        # The scan is in both tables, and its requests in DuckDB's log.
        assert "/rewards" in found[kind]["FROM partnerstack_requests()"]
        assert "GET /rewards" in found[kind]["FROM duckdb_logs"]
    assert elsewhere.received == b"" or leaks(elsewhere.received.decode()) == []


@pytest.mark.parametrize("api", ["vendor", "partner"])
def test_keys_that_are_wrong_or_lead_nowhere_are_not_shown(extension, scenario, tmp_path, api):
    fake = scenario("rewards=150")
    cases = {
        "wrong": reading(fake.base_url, api),
        "no server": reading("http://127.0.0.1:1/api/v2", api),
        "no TLS": reading(fake.base_url.replace("http://", "https://"), api),
        "no path": reading(fake.base_url + "/nothing", api),
    }
    found = check(extension, cases, tmp_path)
    assert "rejected the keys" in found["wrong"]["statement 1"]
    assert {request["status"] for request in fake.log()} == {401, 404} and leaks(json.dumps(fake.log())) == []


PANICS = ["LOAD", "CREATE SECRET", "bind", "pushdown", "init", "exec", "explain"]


def test_no_panic_shows_a_key(debug_extension, scenario, tmp_path):
    fake = scenario("rewards=150,keys=any")
    cases = {
        f"{where} {api}": reading(fake.base_url, api, environment={"PARTNERSTACK_PANIC_IN": where})
        for where in PANICS
        for api in ("vendor", "partner")
    }
    found = check(debug_extension, cases, tmp_path)
    for case, seen in found.items():
        where = case.rpartition(" ")[0]
        assert f"failed in {where}: provoked" in json.dumps(seen), case


def option(name, value):
    quoted = value.replace("'", "''")
    return f"{name} '{quoted}'"


BOTH = f"{option('PUBLIC_KEY', PUBLIC)}, {option('PRIVATE_KEY', PRIVATE)}"

#: Options that are no secret, or none that is of use.
OPTIONS = {
    "an unknown option": option("PRIVTE_KEY", PRIVATE),
    "another unknown option": f"{BOTH}, TOKEN 'x'",
    "no public key": option("PRIVATE_KEY", PRIVATE),
    "no private key": option("PUBLIC_KEY", PUBLIC),
    "two private keys": f"{BOTH}, {option('SECRET_KEY', PRIVATE[::-1])}",
    "the same option twice": f"{BOTH}, {option('PRIVATE_KEY', PRIVATE)}",
    "an empty key": f"PUBLIC_KEY '', {option('PRIVATE_KEY', PRIVATE)}",
    "a line break": option("API_KEY", PARTNER + "\n" + PRIVATE),
    "another line break": f"{option('PUBLIC_KEY', PUBLIC)}, {option('PRIVATE_KEY', PRIVATE + chr(10))}",
    "a character of no header": option("API_KEY", PARTNER + "\u20ac"),
    "a colon": f"{option('PUBLIC_KEY', PUBLIC + ':' + PUBLIC)}, {option('PRIVATE_KEY', PRIVATE)}",
    "keys in a list": f"PUBLIC_KEY ['{PUBLIC}'], PRIVATE_KEY {{'a': '{PRIVATE}'}}",
    "keys in the URL": f"{BOTH}, BASE_URL 'https://{PUBLIC}:{urllib.parse.quote(PRIVATE, safe='')}@x.example/v2'",
    "a key as the URL": f"{BOTH}, {option('BASE_URL', PRIVATE)}",
    "a key in the query of the URL": f"{BOTH}, {option('BASE_URL', 'https://x.example/v2?key=' + PUBLIC)}",
    "no such provider": f"PROVIDER vault, {BOTH}",
    "a provider without options": f"PROVIDER env, {BOTH}",
    "a flag that is none": f"{BOTH}, ALLOW_HTTP 'perhaps'",
    "a scope that is none": f"{BOTH}, SCOPE 5",
}  # fmt: skip


def test_no_option_of_a_secret_is_shown(extension, tmp_path):
    creations = {name: f"CREATE SECRET ps (TYPE partnerstack, {options})" for name, options in OPTIONS.items()}
    # DuckDB's own log has every statement as it was written, so it stays off.
    cases = {
        name: {"statements": [creation, creation, "DROP SECRET ps"], "logs": False} for name, creation in creations.items()
    }
    found = check(extension, cases, tmp_path)
    # Of some, nothing is wrong but the second creation.
    assert all("Error" in seen["statement 1"] for seen in found.values())


def test_a_key_in_the_wrong_place_of_a_query_is_not_sent(extension, scenario, tmp_path):
    fake = scenario("rewards=150,keys=any")
    calls = [
        f"FROM partnerstack_rewards({name} := '{PARTNER}')" for name in ("secret", "account", "api", "api_key", "created_after")
    ]
    case = reading(fake.base_url, "partner")
    case["statements"] += calls
    seen_by(extension, [case], tmp_path)
    assert fake.log() and leaks(json.dumps(fake.log())) == []


@pytest.mark.parametrize("key", KEYS)
def test_the_search_finds_every_spelling(key):
    for name, text in spellings(key):
        for shown in (text, text[: len(text) // 2 + 1], text.upper() if name == "plain" else text):
            assert leaks(f"before {shown} after"), (name, shown)
    assert leaks(TOKEN[:20]) and leaks(base64.b64encode(f"Basic {TOKEN}".encode()).decode())
    assert leaks("https://x.example/api/v2/rewards?limit=250") == leaks("No such keys: [redacted] [redacted]") == []


def test_the_search_looks_everywhere(extension, tmp_path):
    """A key that is planted in each place is found there."""
    statements = [
        f"CREATE SECRET ps (TYPE http, BEARER_TOKEN 'x', SCOPE '{PRIVATE}')",
        f"SELECT error('{PRIVATE}')",
        f"SELECT '{PARTNER}'",
        f"SET partnerstack_environment = '{PRIVATE}'",
        f"SET custom_user_agent = '{PRIVATE}'",
    ]
    (found,), printed = seen_by(extension, [{"statements": statements, "logs": True}], tmp_path)
    places = leaks_of(found)
    assert {"statement 1", "statement 2", "statement 3", "FROM duckdb_secrets()", "FROM duckdb_logs"} <= set(places)
    assert leaks(printed) == []


def test_what_a_process_prints_is_searched(extension, tmp_path):
    planted = {"statements": [f"COPY (SELECT '{PRIVATE}') TO '/dev/{stream}' (HEADER false)" for stream in ("stdout", "stderr")]}
    _, printed = seen_by(extension, [planted], tmp_path)
    assert printed.count(PRIVATE) == 2


def test_another_host_keeps_what_it_receives(elsewhere):
    with socket.create_connection(tuple(elsewhere.host.split(":"))) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nAuthorization: Basic {TOKEN}\r\n\r\n".encode())
        connection.recv(100)
    assert leaks(elsewhere.received.decode())
