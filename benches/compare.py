"""Measures this extension and its peers against the fake API, one after the other."""

import datetime
import json
import pathlib
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from against_fake_api import main  # noqa: E402
from fake import Fake, Listing  # noqa: E402
from machine import machine, versions  # noqa: E402
from measure import Run, finish, measure  # noqa: E402
from plan import CEILING, PLAN, READERS  # noqa: E402
from programs import DOWNLOAD, Program, programs  # noqa: E402

OPTIONS = {
    "peers": {"type": pathlib.Path, "required": True, "help": "the Python that has the peers"},
    "by_hand": {"type": pathlib.Path, "required": True, "help": "the library of the hand-written loop"},
    "results": {"type": pathlib.Path, "required": True, "help": "the file for what is measured"},
    "quick": {"action": "store_true", "help": "one run each, with a tenth of the rows"},
}


def run(
    extension: pathlib.Path, url: str, *, peers: pathlib.Path, by_hand: pathlib.Path, results: pathlib.Path, quick: bool
) -> None:
    fake, available = Fake(url), programs(extension, peers, by_hand)
    facts = {"date": datetime.date.today().isoformat(), "quick": quick, "about": machine() | versions()}
    steps = {}
    for name, step in PLAN.items():
        listing = reduced(step.listing, quick)
        print(listing.title, flush=True)
        runs = {
            program: repeated(program, available[program], fake, listing, quick) for program in step.programs
        }
        steps[name] = {"listing": asdict(listing), "runs": runs}
    listing = reduced(CEILING, quick)
    ceiling = {readers: pages_a_second(available[DOWNLOAD], fake, listing, readers) for readers in READERS}
    results.write_text(json.dumps(facts | {"steps": steps, "ceiling": ceiling}, indent=1), encoding="utf-8")


def reduced(listing: Listing, quick: bool) -> Listing:
    return replace(listing, rows=listing.rows // 10) if quick else listing


def repeated(name: str, program: Program, fake: Fake, listing: Listing, quick: bool) -> list[dict[str, object]]:
    """The runs of a program, the more the shorter they are."""
    runs = [measure(program, fake, listing)]
    while len(runs) < (1 if quick else repetitions(runs[0])):
        runs.append(measure(program, fake, listing))
    wall = statistics.median(run.wall for run in runs)
    print(f"  {name:<32}{wall:>8.2f} s  {runs[0].error or ''}", flush=True)
    return [asdict(run) for run in runs]


def repetitions(first: Run) -> int:
    return 1 if first.error or first.wall >= 20 else 3 if first.wall >= 3 else 5


def pages_a_second(program: Program, fake: Fake, listing: Listing, readers: int) -> float:
    """How many pages the fake API gives to so many processes that read the whole listing at once."""
    fake.truth(listing)
    commands = [program.at(base_url=f"{fake.scenario(listing)}/api/v2") for _ in range(readers)]
    started = time.perf_counter()
    with ThreadPoolExecutor(readers) as pool:
        processes = list(pool.map(finish, commands))
    assert not any(process.error for process in processes)
    return readers * listing.pages / (time.perf_counter() - started)


if __name__ == "__main__":
    main(run, __doc__, **OPTIONS)
