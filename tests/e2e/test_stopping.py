"""It stops when it is told to, whatever it waits for."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import duckdb
import pytest

COUNT = "SELECT count(*) FROM partnerstack_rewards()"

#: What a query waits for, each for longer than a test would: the fake API, settings, and when it does so.
WAITS = {
    "back-off": ("fault=503:3,retry_after=60", {}, 3),
    "silence": ("fault=hang:3", {}, 3),
    "half a head": ("fault=hang_head:3", {}, 3),
    "half a body": ("fault=hang_body:3", {}, 3),
    "the limit": ("latency=1", {"rate_limit": 1}, 20),
}


def stopped(con, sql, is_due):
    """Interrupts a query once it is due, and returns how many seconds later it ended."""
    at = []

    def interrupt():
        while not is_due():
            time.sleep(0.01)
        at.append(time.monotonic())
        con.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(duckdb.InterruptException):
        con.execute(sql).fetchall()
    thread.join()
    return time.monotonic() - at[0]


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("wait", WAITS)
def test_an_interrupt_ends_a_query_that_waits(connect, scenario, wait, connections):
    knobs, settings, requests = WAITS[wait]
    fake, con = scenario(f"rewards=100000,{knobs}"), connect()
    con.execute(fake.vendor_secret())
    for name, value in {"max_connections": connections, **settings}.items():
        con.execute(f"SET partnerstack_{name} = {value}")
    # It would be 30 seconds at the least otherwise.
    assert stopped(con, COUNT, lambda: fake.request_count() >= requests) < 5
    assert con.execute("SELECT 42").fetchone() == (42,)


def test_an_interrupt_ends_a_query_that_waits_for_a_connection(connect):
    with socket.socket() as server, contextlib.ExitStack() as others:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        # The queue of those that nobody has accepted is full, so that a further one gets no answer.
        for _ in range(2):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(server.getsockname())
        con = connect()
        address = "{}:{}".format(*server.getsockname())
        con.execute(f"CREATE OR REPLACE SECRET ps (TYPE partnerstack, API_KEY 'k', BASE_URL 'http://{address}')")
        con.execute("SET partnerstack_connect_timeout = 60")
        begun = time.monotonic()
        assert stopped(con, COUNT, lambda: time.monotonic() > begun + 0.3) < 5


@pytest.mark.parametrize(
    ("knobs", "is_due"),
    [
        ("latency=150", lambda log: len(log) >= 3),
        # A minute's wait, which rows that were kept back interrupt.
        ("latency=20,retry_after=60,fault=429@8x1", lambda log: any(request["status"] == 429 for request in log)),
    ],
)
def test_ctrl_c_is_heard_soon(extension, scenario, knobs, is_due):
    fake = scenario(f"rewards=100000,{knobs}")
    # A process whose parent runs in the background starts with Ctrl-C ignored.
    script = """
import duckdb, os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
con.execute(f"LOAD '{os.environ['EXTENSION']}'")
con.execute(os.environ["SECRET"])
try:
    print("begun", flush=True)
    con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchall()
except (KeyboardInterrupt, RuntimeError, duckdb.InterruptException) as error:
    print(type(error).__name__)
"""
    environment = os.environ | {"EXTENSION": str(extension), "SECRET": fake.vendor_secret()}
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout.readline() == "begun\n"
        while not is_due(fake.log()):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=30) == 0
        assert run.stdout.read().strip() in ("KeyboardInterrupt", "RuntimeError", "InterruptException")
    assert len(fake.log()) < 40


def test_a_connection_closes_while_a_scan_is_open(connect, scenario, tmp_path):
    fake = scenario("rewards=100000,latency=20")
    path = str(tmp_path / "open.db")
    con = connect(path)
    con.execute(fake.vendor_secret())
    con.execute("FROM partnerstack_rewards()").fetchone()
    con.close()
    again = duckdb.connect(path)
    assert again.execute("SELECT 42").fetchone() == (42,)
    again.close()
