# SPDX-License-Identifier: MIT
"""What a process is doing, as /proc tells it."""

import pathlib
import time


def sleeps(pid):
    """Whether the process waits for something, or has ended."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "SZX"


def settled(pid, seconds=60):
    """Waits until the process sleeps: what it does after a reply (the log, closing sockets) never waits."""
    end = time.monotonic() + seconds
    while not sleeps(pid):
        assert time.monotonic() < end, "the process does not come to rest"
        time.sleep(0.0005)
