"""Copies a table of PartnerStack's into a Parquet dataset, partitioned by the month in which rows were created.

The rows of a run replace those of the same months, so that a run that is repeated, or died, leaves nothing twice.
"""

import argparse
import pathlib

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

import partnerstack_source


def session() -> SparkSession:
    builder = SparkSession.builder.appName("partnerstack")
    # Months are those of UTC, and times are stored so that every reader takes them for moments.
    builder = builder.config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    spark = builder.getOrCreate()
    spark.sparkContext.addPyFile(str(pathlib.Path(partnerstack_source.__file__).resolve()))
    spark.dataSource.register(partnerstack_source.PartnerStackDataSource)
    return spark


def source(spark: SparkSession, options: dict[str, str]) -> DataFrame:
    return spark.read.format("partnerstack").options(**options).load()


def copy(rows: DataFrame, target: str, since: str | None = None, until: str | None = None) -> None:
    """Writes the rows, which are all there are from the month `since` on, but before `until`."""
    stage = f"{target}.stage"
    # The API is read once. What is checked is what is published, also if a task must be repeated.
    rows.write.mode("overwrite").parquet(stage)
    staged = rows.sparkSession.read.schema(rows.schema).parquet(stage)
    check_keys(staged)
    publish(staged.withColumn("month", F.date_format("created_at", "yyyy-MM")), target, since, until)


def check_keys(rows: DataFrame) -> None:
    twice = rows.where("key IS NOT NULL").groupBy("key").count().where("count > 1").count()
    if twice:
        raise SystemExit(f"{twice} keys came more than once, as rows moved while they were read. Run it again.")


def publish(rows: DataFrame, target: str, since: str | None, until: str | None) -> None:
    before = months(rows.sparkSession, target, since, until)
    now = {row.month for row in rows.select("month").distinct().collect()}
    writer = rows.repartition("month").write.mode("overwrite").partitionBy("month")
    writer.option("partitionOverwriteMode", "dynamic").parquet(target)
    for month in before - now:
        # All of its rows are gone.
        rows.drop("month").limit(0).write.mode("overwrite").parquet(f"{target}/month={month}")


def months(spark: SparkSession, target: str, since: str | None, until: str | None) -> set[str]:
    """The months that the dataset has in that time."""
    try:
        there = spark.read.parquet(target)
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return set()
    month: Column = F.col("month").cast("string")
    is_meant = month.isNotNull() & (month >= (since or "")) & (month < (until or "9999-13"))
    return {row.month for row in there.where(is_meant).select(month.alias("month")).distinct().collect()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, help="where the dataset is or will be")
    parser.add_argument("--since", help="the first month to read, as in 2026-01; all if left out")
    parser.add_argument("--until", help="the month before which to stop, as in 2026-04")
    parser.add_argument("options", nargs="+", help="options of the data source, as in resource=rewards api=vendor")
    arguments = parser.parse_args()
    options = dict(option.split("=", 1) for option in arguments.options)
    bounds = {"created_after": arguments.since, "created_before": arguments.until}
    options |= {bound: f"{month}-01" for bound, month in bounds.items() if month}
    spark = session()
    copy(source(spark, options), arguments.target, arguments.since, arguments.until)
    spark.stop()


if __name__ == "__main__":
    main()
