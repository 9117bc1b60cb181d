# SPDX-License-Identifier: MIT
"""What a process is doing, as /proc tells it."""

import os
import pathlib
import time

# Seconds after which something is hung. Says nothing of how long it should take: a machine that is busy
# with other things, or emulated, needs many times what another does.
PATIENCE = 300

# For what is to run inside the program, which may be built for another machine.
COMPILER = os.environ.get("CC") or os.environ.get("CROSS", "") + "gcc"


def sleeps(pid):
    """Whether the process waits for something, or has ended."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "SZX"


def settled(pid, seconds=PATIENCE):
    """Waits until the process sleeps: what it does after a reply (the log, closing sockets) never waits."""
    end = time.monotonic() + seconds
    while not sleeps(pid):
        assert time.monotonic() < end, "the process does not come to rest"
        time.sleep(0.0005)
