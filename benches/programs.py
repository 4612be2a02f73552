"""The programs that are measured: their names, their command lines, and what each can tell."""

import pathlib
import sys
from dataclasses import dataclass

BENCHES = pathlib.Path(__file__).resolve().parent

OURS, OURS_1, OURS_16 = "partnerstack", "partnerstack, 1 connection", "partnerstack, 16 connections"
AGGREGATE, LIMIT = "partnerstack, aggregate", "partnerstack, LIMIT 100"
LOAD, NOTHING = "LOAD partnerstack", "DuckDB in Python, nothing else"
DLT, DLT_TUNED = "dlt", "dlt, tuned"
REQUESTS, HTTPX = "requests + pandas", "httpx + Arrow"
HTTPFS, HTTPFS_WINDOWS = "httpfs, a statement a page", "httpfs, windows by hand"
DOWNLOAD, PARSE, BY_HAND = "Rust loop, download", "Rust loop, parse", "Rust loop, load"

PEERS = (DLT, DLT_TUNED, REQUESTS, HTTPX, HTTPFS, HTTPFS_WINDOWS)


@dataclass(frozen=True)
class Program:
    """A command line, with places for what differs from run to run, and what of the truth the program finds out."""

    command: list[str | pathlib.Path]
    finds: tuple[str, ...] = ("rows", "sum")

    def at(self, **places: object) -> list[str]:
        """The command line with its places filled in."""
        return [word.format_map(places) if isinstance(word, str) else str(word) for word in self.command]


def programs(extension: pathlib.Path, peers: pathlib.Path, by_hand: pathlib.Path) -> dict[str, Program]:
    """All of them, by name. `peers` is the Python that has the peers."""

    def ours(*arguments: str, **options: tuple[str, ...]) -> Program:
        command = [sys.executable, BENCHES / "ours.py", "--extension", extension, *arguments, "{base_url}"]
        return Program(command, **options)

    def peer(file: str, *more: str) -> Program:
        return Program([peers, BENCHES / "peers" / file, "{base_url}", "{folder}", *more])

    def loop(mode: str, **options: tuple[str, ...]) -> Program:
        command = [sys.executable, BENCHES / "by_hand.py", "--library", by_hand, mode, "{base_url}"]
        return Program(command, **options)

    return {
        OURS: ours("table"),
        OURS_1: ours("table", "--connections=1"),
        OURS_16: ours("table", "--connections=16"),
        AGGREGATE: ours("aggregate"),
        LIMIT: ours("limit", finds=()),
        LOAD: ours("load", finds=()),
        NOTHING: ours("nothing", finds=()),
        DLT: peer("dlt_default.py"),
        DLT_TUNED: peer("dlt_tuned.py"),
        REQUESTS: peer("requests_pandas.py"),
        HTTPX: peer("httpx_arrow.py"),
        HTTPFS: peer("httpfs.py"),
        HTTPFS_WINDOWS: peer("httpfs_windows.py", "{windows}"),
        DOWNLOAD: loop("download", finds=("rows",)),
        PARSE: loop("parse"),
        BY_HAND: loop("load"),
    }
