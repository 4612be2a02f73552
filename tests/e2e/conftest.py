"""The fake API, the built extension and fresh databases, for every test here."""

import os
import pathlib
import select
import subprocess
from collections import Counter

import duckdb
import pytest

from paths import ROOT, TARGET
from scenario import Scenario


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory):
    """No test sees the user's keys, proxies or stored secrets. Gives the home folder as it was."""
    home = os.environ["HOME"]
    for name in list(os.environ):
        is_ours = name.startswith("PARTNERSTACK_") and name != "PARTNERSTACK_CACHE"
        if is_ours or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))
    return home


def built(profile):
    path = ROOT / "build" / profile / "extension" / "partnerstack" / "partnerstack.duckdb_extension"
    assert path.exists(), f"{path} is missing: run make {profile}"
    return path


@pytest.fixture(scope="session")
def extension():
    return built("release")


@pytest.fixture(scope="session")
def debug_extension():
    return built("debug")


@pytest.fixture(scope="session")
def fake_api_binary():
    path = TARGET / "release" / "fake_api"
    assert path.exists(), f"{path} is missing: run make fake_api"
    return path


@pytest.fixture(scope="session")
def fake_api(fake_api_binary, clean_environment):
    """The URL of the fake API, which ends with its standard input."""
    pipe = subprocess.PIPE
    with subprocess.Popen([fake_api_binary], stdin=pipe, stdout=pipe, text=True) as server:
        ready, _, _ = select.select([server.stdout], [], [], 20)
        url = server.stdout.readline().strip() if ready else ""
        if not url.startswith("http://127.0.0.1:"):
            server.kill()
            pytest.fail(f"the fake API did not give its URL within 20 seconds: {url!r}")
        os.environ["PARTNERSTACK_TEST_URL"] = url
        yield url
        server.stdin.close()


def opener(extension):
    """What opens databases with the extension loaded, and closes them in the end."""
    opened = []

    def connect(path=":memory:", **config):
        con = duckdb.connect(path, config={"allow_unsigned_extensions": "true", **config})
        opened.append(con)
        con.execute(f"LOAD '{extension}'")
        # A fault that lasts is not worth waiting for, and the fake API has no limit unless a test gives it one.
        con.execute("SET partnerstack_max_retries = 2")
        con.execute("SET partnerstack_rate_limit = 10000")
        return con

    yield connect
    for con in opened:
        con.close()


@pytest.fixture
def connect(extension):
    """Opens databases for one test."""
    yield from opener(extension)


@pytest.fixture(scope="module")
def connect_for_all(extension):
    """Opens databases for all tests of a file."""
    yield from opener(extension)


@pytest.fixture(scope="session")
def scenario(fake_api):
    return lambda knobs: Scenario(fake_api, knobs)


#: What each cell of the matrix of faults returned.
MATRIX = pytest.StashKey()


@pytest.fixture(scope="session")
def matrix(pytestconfig):
    return pytestconfig.stash.setdefault(MATRIX, {})


def pytest_terminal_summary(terminalreporter, config):
    if cells := config.stash.get(MATRIX, None):
        counts = ", ".join(f"{count} with {kind}" for kind, count in Counter(cells.values()).most_common())
        terminalreporter.write_line(f"Matrix of faults: {len(cells)} cells, {counts}")
