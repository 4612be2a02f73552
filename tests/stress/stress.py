"""Threads that ask questions of databases which come and go, with cancels, changing secrets and faults: every result
is exactly right, or one of the errors that may be. Nothing crashes, nothing hangs, and nothing is left behind."""

import faulthandler
import gc
import os
import pathlib
import random
import sys
import time
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "e2e")]

from against_fake_api import main  # noqa: E402

import process  # noqa: E402
from databases import Account, Database  # noqa: E402
from worker import Worker  # noqa: E402
from world import OPEN, World  # noqa: E402

#: A thread that takes so many seconds for a query hangs.
PATIENCE = 120

#: Memory may grow by so many megabytes between a fifth of the queries and the last.
GROWTH = 64

#: The HTTP client may keep so many connections for later; one for each of thousands of requests would be a leak.
SOCKETS = 128


def run(extension: pathlib.Path, url: str, *, threads: int, queries: int, seed: int | None) -> None:
    faulthandler.enable()
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    print(f"seed {seed}: {threads} threads, {queries} queries each, {OPEN} databases open at a time", flush=True)
    warm_up(extension.resolve(), url)
    before = process.threads(), process.files()["files"]
    begun = time.monotonic()
    world = World(extension.resolve(), url, random.Random(f"{seed}/world"))
    workers = [Worker(number, seed, queries, world) for number in range(threads)]
    for worker in workers:
        worker.start()
    early = watch(workers, queries * threads // 5)
    late = process.megabytes("VmRSS")
    wrong = [worker.wrong for worker in workers if worker.wrong]
    if wrong:
        # The databases stay as they are.
        print("\n".join(wrong), f"seed {seed}", sep="\n", flush=True)
        os._exit(1)
    world.end()
    outcomes = sum((worker.outcomes for worker in workers), Counter())
    slowest = max(worker.slowest for worker in workers)
    report(outcomes, world, time.monotonic() - begun, slowest)
    print(f"MB: {early:.0f} after a fifth of the queries, {late:.0f} after all", flush=True)
    sys.exit(memory_grown(early, late) or left_behind(before, world))


def warm_up(extension: pathlib.Path, url: str) -> None:
    """Starts what a process has for as long as it lives: the threads of its HTTP client."""
    database = Database(extension, ":memory:", [Account("warm_up", url, "")])
    database.con.execute("FROM stages").fetchall()
    database.leave()


def watch(workers: list[Worker], early: int) -> float:
    """Waits for the threads; returns the memory that was used when they had asked so many questions."""
    memory = 0.0
    while any(worker.is_alive() for worker in workers):
        for worker in workers:
            worker.join(0.05)
            if worker.is_alive() and time.monotonic() - worker.since > PATIENCE:
                print(f"{worker.name} hangs: {worker.doing}", flush=True)
                faulthandler.dump_traceback(all_threads=True)
                os._exit(2)
        if not memory and sum(worker.done for worker in workers) >= early:
            memory = process.megabytes("VmRSS")
    return memory


def report(outcomes: Counter[str], world: World, seconds: float, slowest: float) -> None:
    figures = {
        **dict(sorted(outcomes.items())),
        "databases": next(world.numbers) - 1,
        "files opened again by another process": world.other_process.opened,
        "requests": sum(account.fake.request_count() for account in world.accounts),
        "slowest interrupt, ms": round(slowest * 1000),
        "seconds": round(seconds, 1),
        "peak MB": round(process.megabytes("VmHWM")),
    }
    for name, figure in figures.items():
        print(f"{name}: {figure:,}", flush=True)


def memory_grown(early: float, late: float) -> str | None:
    return f"memory grew by {late - early:.0f} MB" if late - early > GROWTH else None


def left_behind(before: tuple[Counter[str], int], world: World) -> str | None:
    """What of the threads, files and sockets is still there that should not be."""
    gc.collect()
    threads, files = before
    if not process.wait_until(lambda: process.threads() == threads, 30):
        return f"threads: {dict(threads)} at the start, {dict(process.threads())} at the end"
    now, most = process.files(), sum(account.fake.most_in_flight() for account in world.accounts)
    print(f"at the start and the end: {threads.total()} threads, {files} files that are no sockets")
    print(f"sockets: {now['sockets']} at the end, {most} requests at a time", flush=True)
    if now["files"] != files or now["sockets"] > SOCKETS:
        return f"files: {files} at the start, {dict(now)} at the end"
    return None


if __name__ == "__main__":
    number = {"type": int}
    main(run, __doc__, threads=number | {"default": 8}, queries=number | {"default": 500}, seed=number)
