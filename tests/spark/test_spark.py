"""The example for Apache Spark, in a real Spark on this machine: every row once, whatever happens to a task."""

import json
import os
import pathlib
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.pandas.types import to_arrow_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "spark"
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(EXAMPLE)]

import test_docs  # noqa: E402
import to_parquet  # noqa: E402
from conftest import (  # noqa: E402, F401
    clean_environment, connect, extension, fake_api, fake_api_binary, opener, scenario,
)  # fmt: skip
from partnerstack_source import GUESSED_AGE, Window, partitions, time  # noqa: E402

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def spark(clean_environment, tmp_path_factory):  # noqa: F811
    """Two tasks at a time, each of which may be tried three times."""
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.master("local[2,3]").config("spark.ui.enabled", "false")
    builder.config("spark.ui.showConsoleProgress", "false").config("spark.sql.shuffle.partitions", 2)
    builder.config("spark.local.dir", str(tmp_path_factory.mktemp("spark"))).getOrCreate()
    spark = to_parquet.session()
    yield spark
    spark.stop()


@pytest.fixture
def read(spark, connect, extension, tmp_path):  # noqa: F811
    """Reads a resource of a fake API by the data source, with the keys in DuckDB's own file of secrets."""

    def read(fake, schema=None, **options):
        connect(secret_directory=str(tmp_path)).execute(fake.vendor_secret().replace("SECRET", "PERSISTENT SECRET", 1))
        given = {"resource": "rewards", "partnerstack_rate_limit": 10_000, "secret_directory": tmp_path}
        reader = spark.read.format("partnerstack").options(**given | {"extension": extension} | options)
        return (reader.schema(schema) if schema else reader).load()

    return read


def truth(fake):
    return sorted((item["key"], item["amount"]) for item in fake.truth("rewards", "vendor"))


def found(frame):
    return sorted(map(tuple, frame.select("key", "amount").collect()))


def moment(milliseconds):
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"partitions": "1"},
        {"partitions": "7", "created_before": "2026-03-01"},
        {"partition_days": "30", "created_after": "2025-01-01T00:00:00Z"},
        {"partition_days": "0.5", "created_after": "2026-01-01", "created_before": "2026-02-01"},
        {"created_after": "2027-01-01"},
        {"created_after": "2026-02-01", "created_before": "2026-01-01"},
    ],
)
def test_windows_hold_every_time_once(options):
    windows = partitions(options, NOW)
    ends = [time(options.get(bound)) for bound in ("created_after", "created_before")]
    assert [windows[0].after, windows[-1].before] == ends
    assert all(left.before == right.after is not None for left, right in zip(windows, windows[1:], strict=False))
    if "partition_days" in options:
        assert {right.after - left.after for left, right in zip(windows[1:], windows[2:], strict=False)} == {
            timedelta(days=float(options["partition_days"]))
        }


def test_windows_are_open_and_even_unless_something_is_said():
    windows = partitions({"partitions": "3"}, NOW)
    first, second = NOW - GUESSED_AGE * 2 / 3, NOW - GUESSED_AGE / 3
    assert windows == [Window(None, first), Window(first, second), Window(second, None)]


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive", "ignored", "refused"])
def test_every_row_comes_once(read, scenario, bounds):  # noqa: F811
    fake = scenario(f"rewards=20000,spread=skewed,scheduled=hidden,bounds={bounds}")
    items = fake.truth("rewards", "vendor")
    at = Counter(item["created_at"] for item in items)
    edge = max((time for time in at if at[time - 1] and at[time + 1]), key=at.get)
    assert at[edge] > 20 and any(item["created_at"] > NOW.timestamp() * 1000 for item in items)
    frame = read(fake, oldest=(moment(edge) - timedelta(days=200)).isoformat(), partition_days=50)
    rows = found(frame)
    assert len(rows) == 20_000 and rows == truth(fake)
    assert sum(amount or 0 for _, amount in rows) == sum(item["amount"] or 0 for item in items)
    asked = {request["params"].get("min_created") for request in fake.log()}
    assert str(edge - 1) in asked, "a window begins there, and is asked for a millisecond wider"


def test_bounds_that_are_given_are_exact(read, scenario):  # noqa: F811
    fake = scenario("rewards=3000")
    items = fake.truth("rewards", "vendor")
    times = sorted(item["created_at"] for item in items)
    after, before = times[700], times[2300]
    frame = read(fake, created_after=moment(after).isoformat(), created_before=moment(before).isoformat(), partitions=3)
    wanted = sorted((item["key"], item["amount"]) for item in items if after <= item["created_at"] < before)
    assert found(frame) == wanted and 1500 < len(wanted) < 1650


def test_rows_without_a_time_come_if_they_are_asked_for(read, scenario):  # noqa: F811
    fake = scenario("")
    items = [{"key": f"r_{n}", "amount": n, "created_at": 1_790_000_000_000 - n * 60_000_000} for n in range(1500)]
    untimed = [{"key": f"odd_{n}", "amount": n, "created_at": None} for n in range(300)]
    fake.put_items("rewards", json.dumps(items + untimed))
    timed = sorted((item["key"], item["amount"]) for item in items)
    assert found(read(fake, partitions=3)) == timed
    assert found(read(fake, partitions=3, untimed="true")) == found(read(fake, partitions=1)) == truth(fake)


@pytest.mark.parametrize("table", ["rewards", "customers", "transactions", "deals"])
def test_every_value_is_what_duckdb_has(read, connect, scenario, table):  # noqa: F811
    fake = scenario(f"{table}=400")
    con = connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(fake.vendor_secret())
    frame = read(fake, resource=table, partitions=2)
    wanted = con.sql(f"FROM partnerstack_{table}() ORDER BY key").to_arrow_table()
    assert frame.columns == wanted.column_names and wanted.num_rows == 400
    assert frame.toArrow().sort_by("key").equals(wanted.cast(to_arrow_schema(frame.schema, timezone="UTC")))


def test_a_schema_chooses_columns(read, scenario):  # noqa: F811
    fake = scenario("rewards=600")
    frame = read(fake, schema="amount BIGINT, key STRING", partitions=2)
    assert frame.columns == ["amount", "key"]
    assert sorted((row.key, row.amount) for row in frame.collect()) == truth(fake)


def test_a_task_that_fails_is_tried_again(read, scenario, spark, tmp_path):  # noqa: F811
    fake = scenario("rewards=3000,fault=503@3x1")
    frame = read(fake, partitions=2, partnerstack_max_retries=0, partnerstack_max_connections=1)
    to_parquet.copy(frame, f"{tmp_path}/rewards")
    assert found(spark.read.parquet(f"{tmp_path}/rewards")) == truth(fake)
    assert [request["status"] for request in fake.log()].count(503) == 1


def test_rows_of_a_task_that_is_killed_after_it_wrote_some_come_once(read, scenario, spark, tmp_path):  # noqa: F811
    fake = scenario("rewards=3000")
    fatal = fake.truth("rewards", "vendor")[2000]["key"]

    @udf(returnType="boolean", useArrow=False)
    def is_read(key):
        if key == fatal and TaskContext.get().attemptNumber() < 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    frame = read(fake, created_before="2030-01-01", partitions=2)
    to_parquet.copy(frame.where(is_read("key")), f"{tmp_path}/rewards")
    assert found(spark.read.parquet(f"{tmp_path}/rewards")) == truth(fake)
    firsts = Counter(request["query"] for request in fake.log() if "starting_after" not in request["params"])
    assert max(firsts.values()) == 3, "the task was tried three times"


def test_a_task_that_fails_too_often_leaves_the_dataset_as_it_was(read, scenario, spark, tmp_path):  # noqa: F811
    fake, broken = scenario("rewards=600"), scenario("rewards=2000,fault=500@2")
    target = f"{tmp_path}/rewards"
    to_parquet.copy(read(fake, partitions=2), target)
    with pytest.raises(Exception, match="500"):
        to_parquet.copy(read(broken, partitions=2, partnerstack_max_retries=0), target)
    assert found(spark.read.parquet(target)) == truth(fake)


def reward(key, amount, created_at):
    milliseconds = int(datetime.fromisoformat(f"{created_at}+00:00").timestamp() * 1000)
    return {"key": key, "amount": amount, "created_at": milliseconds}


def test_a_run_replaces_the_months_that_it_read(read, scenario, spark, tmp_path):  # noqa: F811
    fake, target = scenario(""), f"{tmp_path}/rewards"
    old = [reward("a", 1, "2026-01-31T23:59:59"), reward("b", 2, "2026-02-01"), reward("c", 3, "2026-03-15")]
    fake.put_items("rewards", json.dumps(old[::-1]))
    for _ in range(2):
        to_parquet.copy(read(fake, partitions=2), target)
        assert found(spark.read.parquet(target)) == [("a", 1), ("b", 2), ("c", 3)]
    new = [reward("a", 10, "2026-01-31T23:59:59"), reward("b", 20, "2026-02-01"), reward("d", 40, "2026-02-02")]
    fake.put_items("rewards", json.dumps(new[::-1]))
    bounds = {"created_after": "2026-02-01", "created_before": "2026-04-01"}
    to_parquet.copy(read(fake, partitions=2, **bounds), target, "2026-02", "2026-04")
    assert found(spark.read.parquet(target)) == [("a", 1), ("b", 20), ("d", 40)]


def test_a_key_that_comes_twice_is_not_published(read, scenario, spark, tmp_path):  # noqa: F811
    fake, target = scenario(""), f"{tmp_path}/rewards"
    fake.put_items("rewards", json.dumps([reward("a", 1, "2026-03-01"), reward("a", 1, "2026-01-01")]))
    rows = read(fake, created_after="2026-01-01", created_before="2026-04-01", partitions=2)
    with pytest.raises(SystemExit, match="1 keys came more than once"):
        to_parquet.copy(rows, target)
    assert not pathlib.Path(target).exists()


def test_spark_and_duckdb_read_what_the_other_wrote(
    read, connect, scenario, spark, tmp_path, monkeypatch,  # noqa: F811
):  # fmt: skip
    fake, con = scenario("rewards=1000"), connect()
    con.execute(fake.vendor_secret())
    monkeypatch.chdir(tmp_path)
    (page,) = test_docs.blocks(ROOT / "docs" / "fleet.md", "sql")
    assert con.execute(page).fetchall()
    to_parquet.copy(read(fake, partitions=2), f"{tmp_path}/by_spark")
    by_spark, by_duckdb = (spark.read.parquet(f"{tmp_path}/{path}") for path in ("by_spark", "rewards"))
    by_duckdb = by_duckdb.select(by_spark.columns)
    assert by_spark.schema == by_duckdb.schema and dict(by_spark.dtypes)["month"] == "string"
    assert by_spark.toArrow().sort_by("key").equals(by_duckdb.toArrow().sort_by("key"))
    assert found(by_duckdb) == truth(fake)
    dataset = "read_parquet('{}/*/*.parquet', hive_partitioning = true, hive_types = {{'month': VARCHAR}})"
    query = f"SELECT {', '.join(by_spark.columns)} FROM {dataset} ORDER BY key"
    read_back = [con.sql(query.format(path)).to_arrow_table() for path in ("by_spark", "rewards")]
    assert read_back[0].equals(read_back[1]) and read_back[0].num_rows == 1000
    assert str(read_back[0].schema.field("created_at").type) == "timestamp[us, tz=UTC]"


def test_a_table_without_a_time_to_divide_is_one_task(read, scenario):  # noqa: F811
    fake = scenario("groups=300")
    keys = sorted(row.key for row in read(fake, resource="groups", partitions=1).collect())
    assert keys == sorted(item["key"] for item in fake.truth("groups", "vendor")) and len(keys) == 300
    with pytest.raises(Exception, match='Invalid named parameter "created'):
        read(fake, resource="groups", partitions=2).collect()


def test_only_tasks_need_keys(spark, extension):  # noqa: F811
    frame = spark.read.format("partnerstack").options(resource="rewards", api="vendor", extension=extension).load()
    assert {"key", "partnership", "raw"} <= set(frame.columns)
    with pytest.raises(Exception, match="found no keys"):
        frame.collect()


def test_keys_are_no_options(read, scenario):  # noqa: F811
    with pytest.raises(Exception, match="private_key: no such option"):
        read(scenario(""), private_key="sk_fake_private")


def test_the_script_has_keys_from_the_environment_and_shows_none(scenario, extension, tmp_path):  # noqa: F811
    fake, events, target = scenario("rewards=1500"), tmp_path / "events", tmp_path / "rewards"
    events.mkdir()
    keys = {"PARTNERSTACK_PUBLIC_KEY": "pk_fake_public", "PARTNERSTACK_PRIVATE_KEY": "sk_fake_private"}
    environment = {"PARTNERSTACK_BASE_URL": fake.base_url, "PYSPARK_PYTHON": sys.executable, **keys}
    program = pathlib.Path(sys.executable).with_name("spark-submit")
    spark_submit = [program, "--master", "local[2]", "--files", extension]
    logged = ["--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.compress=false"]
    logged += ["--conf", f"spark.eventLog.dir=file://{events}"]
    options = ["resource=rewards", "api=vendor", "partitions=2", f"extension={pathlib.Path(extension).name}"]
    command = [*spark_submit, *logged, EXAMPLE / "to_parquet.py", "--target", target, *options]
    run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    dataset = duckdb.sql(f"SELECT key, amount FROM '{target}/*/*.parquet' ORDER BY ALL")
    assert dataset.fetchall() == truth(fake)
    written = run.stdout + run.stderr + "".join(path.read_text() for path in events.rglob("*") if path.is_file())
    assert "partnerstack" in written and "sk_fake_private" not in written
