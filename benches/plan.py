"""What is measured: listings of rewards, and the programs that read each."""

from dataclasses import dataclass

from fake import Listing
from programs import (
    AGGREGATE, BY_HAND, DLT_TUNED, DOWNLOAD, HTTPFS, LIMIT, LOAD, NOTHING, OURS, OURS_1, OURS_16, PARSE, PEERS,
    REQUESTS,
)


@dataclass(frozen=True)
class Step:
    """One listing and its programs."""

    listing: Listing
    programs: tuple[str, ...]


LOOPS = (DOWNLOAD, PARSE, BY_HAND)
CURSORS = (DOWNLOAD, OURS_1, OURS, OURS_16)

PLAN = {
    "small": Step(Listing(10_000), (OURS, AGGREGATE, *LOOPS, *PEERS)),
    "large": Step(Listing(100_000), (OURS, AGGREGATE, *LOOPS, *PEERS)),
    "huge": Step(Listing(1_000_000), (OURS, AGGREGATE)),
    "near": Step(Listing(100_000, latency=20), (*CURSORS, REQUESTS, HTTPFS, DLT_TUNED)),
    "far": Step(Listing(10_000, latency=150), (OURS, DOWNLOAD, *PEERS)),
    "lanes": Step(Listing(25_000, latency=150), CURSORS),
    "skewed": Step(Listing(25_000, latency=150, spread="skewed"), CURSORS),
    "starting": Step(Listing(25_000, latency=150), (NOTHING, LOAD, LIMIT)),
}

#: What shows how many pages a second the fake API can give: a long listing, read by so many processes at once.
CEILING = Listing(1_000_000)
READERS = (1, 4)
