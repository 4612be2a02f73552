"""The extension as a file: its symbols, its footer, and how it loads."""

import os
import re
import socket
import subprocess
import sys
import threading


import duckdb
import pytest

ENTRY = "partnerstack_init_c_api_v2"
#: Weak references that every shared library on Linux has.
WEAK = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}
LIBRARIES = re.compile(r"@(GLIBC|GLIBCXX|CXXABI|GCC)_")


def symbols(extension, kind):
    run = subprocess.run(["nm", "-D", kind, extension], capture_output=True, text=True, check=True)
    return [line.split()[-1] for line in run.stdout.splitlines()]


def test_it_exports_its_entry_point_and_nothing_else(extension):
    assert symbols(extension, "--defined-only") == [ENTRY]


def test_it_needs_nothing_of_duckdb(extension):
    undefined = symbols(extension, "--undefined-only")
    assert [name for name in undefined if "duckdb" in name] == []
    assert [name for name in undefined if not LIBRARIES.search(name) and name not in WEAK] == []
    assert undefined, "nm read nothing"


def test_its_footer_says_what_it_is_for(extension):
    footer = extension.read_bytes()[-534:]
    assert footer[4:20] == b"duckdb_signature"
    fields = [footer[22 + 32 * at : 54 + 32 * at].rstrip(b"\0").decode() for at in range(8)]
    platform = "linux_amd64" if os.uname().machine == "x86_64" else "linux_arm64"
    assert fields == ["", "", "", "C_STRUCT_UNSTABLE", "v0.1.0", "v2.0.0", platform, "4"]


def test_load_connects_to_nobody_and_is_quick(extension):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    script = """
import duckdb, sys, time
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
begun = time.perf_counter()
con.execute(f"LOAD '{sys.argv[1]}'")
print(time.perf_counter() - begun)
"""
    environment = os.environ | {name: proxy for name in ("http_proxy", "https_proxy", "all_proxy")}
    run = subprocess.run(
        [sys.executable, "-c", script, extension], env=environment, capture_output=True, text=True, check=True
    )
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert float(run.stdout) < 1


def test_it_loads_twice(connect, extension):
    con = connect()
    con.execute(f"LOAD '{extension}'")
    assert functions(con) > 10


def functions(con):
    query = "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE 'partnerstack%'"
    return con.execute(query).fetchone()[0]


def test_it_loads_into_two_databases_that_keep_their_secrets_apart(connect):
    one, two = connect(), connect()
    one.execute("CREATE SECRET (TYPE partnerstack, API_KEY 'k')")
    assert functions(one) == functions(two) > 10
    assert two.execute("SELECT count(*) FROM duckdb_secrets()").fetchone() == (0,)


def test_it_loads_into_a_database_that_is_read_only(connect, scenario, tmp_path):
    path = str(tmp_path / "fixed.db")
    duckdb.connect(path).close()
    con = connect(path, access_mode="read_only")
    con.execute(scenario("rewards=5").vendor_secret())
    assert con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchone() == (5,)


def test_it_loads_again_after_close(connect, tmp_path):
    path = str(tmp_path / "again.db")
    for _ in range(3):
        con = connect(path)
        assert functions(con) > 10
        con.close()


def test_it_loads_into_many_databases_at_once(connect):
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(functions(connect()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 8 and set(counts) == {functions(connect())}


