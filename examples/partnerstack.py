import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A partner programme in SQL")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # A partner programme in SQL

    Each question is one query. DuckDB reads PartnerStack while it runs, and the end says what that cost.

    The keys come from the environment: `PARTNERSTACK_PUBLIC_KEY` and `PARTNERSTACK_PRIVATE_KEY`, and
    `PARTNERSTACK_BASE_URL` where it is not PartnerStack itself that is asked.
    """)
    return


@app.cell
def _(duckdb, mo):
    build = mo.notebook_dir().parent / "build/release/extension/partnerstack"
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    con.execute(f"LOAD '{build}/partnerstack.duckdb_extension'")
    con.execute("CREATE SECRET (TYPE partnerstack, PROVIDER env)")
    _ = con.execute("PRAGMA partnerstack_attach('live')")
    return (con,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What do we owe, month by month?
    """)
    return


@app.cell
def _(con, mo):
    commissions = mo.sql(
        f"""
        SELECT month, coalesce(reward_status, 'none') AS status, currency, rewards, amount
        FROM partnerstack_commission_summary() ORDER BY ALL
        """,
        output=False,
        engine=con
    )
    return (commissions,)


@app.cell(hide_code=True)
def _(alt, commissions, currency, mo):
    _bars = alt.Chart(commissions[commissions.currency == currency.value]).mark_bar().encode(
        alt.X("yearmonth(month):T", title=None),
        alt.Y("amount:Q", title=f"Commission, {currency.value}"),
        alt.Color("status:N", title=None, scale=alt.Scale(scheme="set2")),
        tooltip=["status", "rewards", alt.Tooltip("amount", format=",.2f")],
    )
    mo.vstack([currency, _bars.properties(width="container", height=240)])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## How full is the pipeline?
    """)
    return


@app.cell
def _(con, mo):
    pipeline = mo.sql(
        f"""
        SELECT coalesce(stage, 'none') AS stage,
               sum(deals)::INT AS deals, sum(overdue)::INT AS overdue
        FROM partnerstack_deal_pipeline() GROUP BY ALL ORDER BY deals DESC
        """,
        output=False,
        engine=con
    )
    return (pipeline,)


@app.cell(hide_code=True)
def _(alt, pipeline):
    _bars = alt.Chart(pipeline).encode(alt.Y("stage:N", sort=None, title=None), alt.X("deals:Q", title="Deals"))
    (
        _bars.mark_bar(color="#9ecae9")
        + _bars.mark_bar(color="#4c78a8").encode(alt.X("overdue:Q"))
        + _bars.mark_text(align="left", dx=4).encode(alt.Text("deals:Q"))
    ).properties(width="container", height=240, title="Deals by stage; overdue ones in a darker shade")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Which partners earn the most?
    """)
    return


@app.cell
def _(con, mo):
    ranking = mo.sql(
        f"""
        FROM partnerstack_partner_performance() ORDER BY currency, earned DESC
        """,
        output=False,
        engine=con
    )
    return (ranking,)


@app.cell(hide_code=True)
def _(alt, currency, ranking):
    _best = ranking[(ranking.currency == currency.value) & (ranking.earned > 0)].head(10)
    _bars = alt.Chart(_best).encode(alt.Y("partner:N", sort=None, title=None))
    (
        _bars.mark_bar(color="#9ecae9").encode(alt.X("earned:Q", title=f"Commission, {currency.value}"))
        + _bars.mark_bar(color="#4c78a8").encode(alt.X("paid:Q"))
    ).properties(width="container", height=280, title="Earned; paid in a darker shade")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What else is there?
    """)
    return


@app.cell
def _(con, mo):
    tables = mo.sql(
        f"""
        SELECT name, path, description FROM partnerstack_tables() WHERE api = 'vendor'
        """,
        output=False,
        engine=con
    )
    return (tables,)


@app.cell
def _(con, mo):
    columns = mo.sql(
        f"""
        SELECT "column", type, unit, description
        FROM partnerstack_columns() WHERE "table" = 'rewards' AND api = 'vendor'
        """,
        output=False,
        engine=con
    )
    return (columns,)


@app.cell
def _(con, mo):
    newest = mo.sql(
        f"""
        SELECT key, created_at, amount, currency, reward_status FROM live.rewards LIMIT 5
        """,
        output=False,
        engine=con
    )
    return (newest,)


@app.cell(hide_code=True)
def _(columns, mo, newest, tables):
    mo.accordion(
        {
            "Tables": mo.ui.table(tables, page_size=5, selection=None),
            "Columns of rewards": mo.ui.table(columns, page_size=5, selection=None),
            "A few rewards": mo.ui.table(newest, page_size=5, selection=None),
        }
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Keep a copy

    The first sync reads everything, a later one what may have changed. What is asked of the copy costs nothing.
    """)
    return


@app.cell
def _(con, mo):
    synced = mo.sql(
        f"""
        CREATE SCHEMA IF NOT EXISTS kept;
        PRAGMA partnerstack_sync('rewards', 'kept.rewards');
        """,
        engine=con
    )
    return (synced,)


@app.cell
def _(con, mo, synced):
    statuses = mo.sql(
        f"""
        SELECT coalesce(reward_status, 'none') AS status, count(*) AS rewards, max(_synced_at) AS synced
        FROM kept.rewards GROUP BY ALL ORDER BY rewards DESC -- after {len(synced)} sync
        """,
        engine=con
    )
    return (statuses,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What did this notebook cost?
    """)
    return


@app.cell
def _(answered, mo):
    scans = mo.sql(
        f"""
        SELECT scan, "table", pushed, rows, requests, retries, took_ms, complete
        FROM partnerstack_scans()
        """,
        engine=answered
    )
    return (scans,)


@app.cell
def _(answered, mo):
    requests = mo.sql(
        f"""
        SELECT scan, path, parameters::VARCHAR AS parameters, status, items, bytes,
               requested_at AS began, began + to_milliseconds(took_ms) AS ended
        FROM partnerstack_requests()
        """,
        output=False,
        engine=answered
    )
    return (requests,)


@app.cell(hide_code=True)
def _(mo, requests):
    mo.hstack(
        [
            mo.stat(len(requests), label="Requests"),
            mo.stat(f"{requests['items'].sum():,}", label="Items"),
            mo.stat(f"{requests.bytes.sum() / 1e6:.1f} MB", label="Received"),
            mo.stat(f"{(requests.ended - requests.began).sum().total_seconds():.1f} s", label="Waited for answers"),
        ],
        widths="equal",
    )
    return


@app.cell(hide_code=True)
def _(alt, requests):
    _bars = alt.Chart(requests).mark_bar().encode(
        alt.X("began:T", title=None),
        alt.X2("ended:T"),
        alt.Y("scan:O", title="Scan"),
        alt.Color("path:N", title=None, scale=alt.Scale(scheme="set2")),
        tooltip=["path", "parameters", "status", "items"],
    )
    _bars.properties(width="container", height=160, title="When each request was made")
    return


@app.cell(hide_code=True)
def _():
    import altair as alt
    import duckdb
    import marimo as mo

    return alt, duckdb, mo


@app.cell(hide_code=True)
def _(commissions, mo):
    currency = mo.ui.dropdown(sorted(commissions.currency.dropna().unique()), value="USD", label="Currency")
    return (currency,)


@app.cell(hide_code=True)
def _(commissions, con, newest, pipeline, ranking, synced):
    # What names them runs after them, and again whenever one of them changes.
    commissions, pipeline, ranking, newest, synced
    answered = con
    return (answered,)


if __name__ == "__main__":
    app.run()
