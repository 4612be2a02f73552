"""Secrets that outlive a process, come from the environment, or lie damaged on the disk."""

import os
import stat
import subprocess
import sys
import threading

import duckdb
import pytest


def run(script, **environment):
    """The output of a Python process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PREAMBLE = """
import duckdb, os
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
if "DIRECTORY" in os.environ and not os.environ.get("LATE"):
    con.execute(f"SET secret_directory = '{os.environ['DIRECTORY']}'")
con.execute(f"LOAD '{os.environ['EXTENSION']}'")
if os.environ.get("LATE"):
    con.execute(f"SET secret_directory = '{os.environ['DIRECTORY']}'")
"""


def persistent(fake):
    return fake.vendor_secret().replace("CREATE OR REPLACE SECRET", "CREATE OR REPLACE PERSISTENT SECRET")


@pytest.mark.parametrize("late", ["", "1"])
def test_a_persistent_secret_is_used_by_the_next_process(extension, scenario, tmp_path, late):
    fake = scenario("rewards=17")
    paths = {"EXTENSION": str(extension), "DIRECTORY": str(tmp_path), "LATE": late}
    run(PREAMBLE + "con.execute(os.environ['CREATE'])", CREATE=persistent(fake), **paths)
    (stored,) = tmp_path.glob("*.duckdb_secret")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    query = "print(con.execute('SELECT count(*) FROM partnerstack_rewards()').fetchone()[0])"
    assert run(PREAMBLE + query, **paths) == "17"


def test_a_persistent_secret_is_listed_without_the_extension(extension, scenario, tmp_path):
    paths = {"EXTENSION": str(extension), "DIRECTORY": str(tmp_path), "LATE": ""}
    run(PREAMBLE + "con.execute(os.environ['CREATE'])", CREATE=persistent(scenario("")), **paths)
    con = duckdb.connect()
    con.execute(f"SET secret_directory = '{tmp_path}'")
    ((name, text),) = con.execute("SELECT name, secret_string FROM duckdb_secrets()").fetchall()
    assert name == "ps" and "sk_fake_private" not in text
    con.close()


@pytest.mark.parametrize("damage", ["readable", "corrupt"])
def test_a_damaged_secret_file_is_an_error_not_a_crash(extension, scenario, tmp_path, damage):
    paths = {"EXTENSION": str(extension), "DIRECTORY": str(tmp_path), "LATE": ""}
    run(PREAMBLE + "con.execute(os.environ['CREATE'])", CREATE=persistent(scenario("")), **paths)
    (stored,) = tmp_path.glob("*.duckdb_secret")
    if damage == "readable":
        stored.chmod(0o644)
    else:
        stored.write_bytes(stored.read_bytes()[:20])
        stored.chmod(0o600)
    query = """
for sql in ("FROM partnerstack_rewards()", "FROM duckdb_secrets()"):
    try:
        con.execute(sql).fetchall()
        print("no error")
    except duckdb.Error as error:
        print(str(error).splitlines()[0])
print(con.execute("SELECT 42").fetchone()[0])
"""
    ours, theirs, alive = run(PREAMBLE + query, **paths).splitlines()
    assert alive == "42"
    assert theirs != "no error" and ours != "no error"
    assert theirs.split(": ", 1)[1][:40] in ours


def test_the_env_provider_reads_the_environment_once(extension, scenario):
    fake = scenario("rewards=19")
    script = """
con.execute("CREATE SECRET (TYPE partnerstack, PROVIDER env)")
for name in list(os.environ):
    if name.startswith("PARTNERSTACK_"):
        del os.environ[name]
print(con.execute("SELECT count(*) FROM partnerstack_rewards()").fetchone()[0])
print(con.execute("SELECT provider, secret_string FROM duckdb_secrets()").fetchone())
"""
    output = run(
        PREAMBLE + script,
        EXTENSION=str(extension),
        PARTNERSTACK_PUBLIC_KEY="pk_fake_public",
        PARTNERSTACK_PRIVATE_KEY="sk_fake_private",
        PARTNERSTACK_BASE_URL=fake.base_url,
    )
    count, secret = output.splitlines()
    assert count == "19"
    assert "'env'" in secret and "sk_fake_private" not in secret


def test_no_variable_is_read_without_a_secret(extension):
    script = """
try:
    con.execute("FROM partnerstack_rewards()")
except duckdb.Error as error:
    print(str(error)[:60])
"""
    keys = {"PARTNERSTACK_PUBLIC_KEY": "pk", "PARTNERSTACK_PRIVATE_KEY": "sk", "PARTNERSTACK_API_KEY": "k"}
    assert "No partnerstack secret" in run(PREAMBLE + script, EXTENSION=str(extension), **keys)


def test_a_secret_of_one_transaction_is_invisible_to_another(connect, scenario):
    fake = scenario("rewards=23")
    con = connect()
    other = con.cursor()
    con.execute("BEGIN")
    con.execute(fake.vendor_secret())
    with pytest.raises(duckdb.Error, match="No partnerstack secret"):
        other.execute("FROM partnerstack_rewards()")
    con.execute("COMMIT")
    assert other.execute("SELECT count(*) FROM partnerstack_rewards()").fetchone() == (23,)


def test_a_wrong_key_is_told_by_its_secret_and_never_shown(connect, scenario):
    fake = scenario("")
    con = connect()
    con.execute(fake.vendor_secret().replace("sk_fake_private", "sk_wrong_and_private"))
    with pytest.raises(duckdb.PermissionException) as raised:
        con.execute("FROM partnerstack_rewards()").fetchall()
    text = str(raised.value)
    assert 'rejected the keys of secret "ps"' in text and "Missing Authentication" in text
    assert "sk_wrong" not in text and "pk_fake" not in text


def test_secrets_come_and_go_while_they_are_used(connect, scenario):
    fake = scenario("rewards=3")
    con = connect()
    con.execute(fake.vendor_secret())
    failures = []

    def churn(index):
        cursor = con.cursor()
        own = fake.vendor_secret(f"own{index}")
        for _ in range(40):
            try:
                cursor.execute(own)
                count = cursor.execute(
                    f"SELECT count(*) FROM partnerstack_rewards(secret := 'own{index}')"
                ).fetchone()
                cursor.execute(f"DROP SECRET own{index}")
            except duckdb.TransactionException:
                continue  # two creations at once: DuckDB asks for another try
            if count != (3,):
                failures.append(count)

    threads = [threading.Thread(target=churn, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert con.execute("SELECT count(*) FROM partnerstack_rewards(secret := 'ps')").fetchone() == (3,)
