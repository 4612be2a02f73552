"""What this process has: threads, files and memory."""

import ctypes
import os
import pathlib
import re
import time
from collections import Counter
from collections.abc import Callable

SELF = pathlib.Path("/proc/self")


def threads() -> Counter[str]:
    """How many threads there are, by their names."""
    names: Counter[str] = Counter()
    for task in (SELF / "task").iterdir():
        try:
            names[(task / "comm").read_text(encoding="utf-8").strip()] += 1
        except OSError:
            pass  # It ended in between.
    return names


def files() -> Counter[str]:
    """How many files are open, sockets and others."""
    kinds: Counter[str] = Counter()
    for link in (SELF / "fd").iterdir():
        try:
            kinds["sockets" if os.readlink(link).startswith("socket:") else "files"] += 1
        except OSError:
            pass
    return kinds


def megabytes(name: str) -> float:
    """`VmRSS`, the memory that is used now, or `VmHWM`, the most that was."""
    status = (SELF / "status").read_text(encoding="utf-8")
    return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1024


class Mallinfo2(ctypes.Structure):
    """What glibc knows about its heap, in bytes."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


def allocated() -> int:
    """How many bytes are allocated. Unlike the memory that is used, this is not blurred by gaps between them."""
    libc = ctypes.CDLL("libc.so.6")
    libc.mallinfo2.restype = Mallinfo2
    heap = libc.mallinfo2()
    return heap.uordblks + heap.hblkhd


def wait_until(is_so: Callable[[], bool], patience: float) -> bool:
    """Whether something becomes so in time."""
    end = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
