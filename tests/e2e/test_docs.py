"""What the documents show is run."""

import pathlib
import re
import subprocess
import sys

import pytest

from paths import ROOT
from placeholders import fill_in

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page, language):
    """The code blocks of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def is_run(page):
    """Whether a page shows queries that can have an answer."""
    return blocks(page, "sql") and "PartnerStack does not document" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", list(filter(is_run, PAGES)), ids=lambda page: page.stem)
def test_every_query_of_a_page_runs(connect, scenario, page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fake = scenario("rewards=300,deals=300")
    con = connect()
    if "CREATE SECRET" not in page.read_text(encoding="utf-8"):
        con.execute(fake.secret_for_both())
    for block in blocks(page, "sql"):
        for statement in re.split(r";\s*\n", fill_in(block, fake.base_url)):
            if statement.strip() and not statement.startswith("LOAD partnerstack"):
                con.execute(statement).fetchall()


def test_links_between_pages_lead_somewhere():
    for page in [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_files_that_pages_name_are_there():
    for page in [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md"]:
        for path in re.findall(r"`((?:src|tests|scripts|docs|examples)/[\w./]+\w)`", page.read_text(encoding="utf-8")):
            assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_the_demo_runs(extension, fake_api_binary):
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "demo.py", "--extension", extension, "--fake-api", fake_api_binary],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("┌") >= 8
