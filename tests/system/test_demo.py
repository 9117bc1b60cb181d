# SPDX-License-Identifier: MIT
"""contrib/demo, which is make demo: its six requests get the right answers from a DNS server of its own, and
that needs no network.
"""

import contextlib
import glob
import os
import pty
import re
import shutil
import subprocess
import sys
import time

import pytest

from lib.policy import ROOT
from lib.process import PATIENCE

DEMO = os.path.join(ROOT, "contrib", "demo")
REQUESTS = os.path.join(ROOT, "examples", "requests")


def run(*wrapper, program):
    done = subprocess.run([*wrapper, DEMO, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def shown(program):
    """What one run prints."""
    return run(program=program)


def in_session(leader):
    """The processes that are left of a session."""
    stats = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            stats.append(file.read().rpartition(")")[2].split())
    return [stat for stat in stats if int(stat[3]) == leader and stat[0] not in "ZX"]


def parts(text):
    """{number: the part's text on one line}"""
    found = dict(re.findall(r"(?ms)^(\d)\. (.*?)(?=^\d\. |\Z)", text))
    return {int(number): re.sub(r"\s+", " ", part) for number, part in found.items()}


ANSWERS = [
    (1, "prepend Received-SPF: pass (mailfrom)", "prepend Received-SPF: Pass (mailfrom)"),
    (2, "550 5.7.23 Message rejected due to: SPF fail - not authorized", "Fail; identity=mailfrom"),
    (3, "prepend Received-SPF: softfail (mailfrom)", "prepend Received-SPF: Softfail (mailfrom)"),
    (4, "prepend Received-SPF: permerror (mailfrom)", "prepend Received-SPF: Permerror (mailfrom)"),
    (5, "prepend Received-SPF: pass (helo)", "prepend Received-SPF: Pass (helo)"),
    (6, "prepend X-Comment: SPF check N/A for local connections", "X-Comment: SPF check N/A"),
]


def test_answers(shown):
    found = parts(shown)
    for number, answer, log in ANSWERS:
        said, logged = re.fullmatch(r".* answer action=(.*) log (.*)", found[number]).groups()
        assert said.lower().startswith(answer.lower())
        assert log in logged


def test_names_the_error_and_the_domains_words(shown):
    found = parts(shown)
    assert "Invalid IP4 address: ip4:192.0.2.0/25-all" in found[4]
    assert "203.0.113.7 does not send mail for shop.example" in found[2]
    assert len(found) == len(os.listdir(REQUESTS)) == 6


def test_fits_two_screens_without_colour(shown):
    assert "\033" not in shown
    assert len(shown.splitlines()) <= 80
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 100


# In a network of its own, which has a loopback interface only: SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP.
LOOPBACK_ONLY = """\
import fcntl, os, socket, struct, sys
if sys.argv[1] == "up":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, 0x8913, struct.pack("16sh22x", b"lo", 0))[:18])
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", name, flags | 1))
os.execv(sys.argv[2], sys.argv[2:])
"""


def isolated(loopback):
    """A command that takes the network away from the one that follows it."""
    if shutil.which("unshare") is None or subprocess.run(
            ["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("not allowed to take the network away from a process (unshare --net)")
    return "unshare", "--net", sys.executable, "-c", LOOPBACK_ONLY, loopback


def test_needs_no_network(program):
    assert parts(run(*isolated("up"), program=program)).keys() == set(range(1, 7))


def test_shows_no_answer_where_dns_is_dead(program, tmp_path):
    """The program's, or the loopback interface's fault: said, and not six good mails."""
    deaf = tmp_path / "deaf"
    deaf.write_text(f"#!/bin/sh\nexec '{program}' \"$@\" -o 'DNS_Servers = 127.0.0.1:9' -o 'Lookup_Time = 2'\n")
    deaf.chmod(0o755)
    for command in ([DEMO, deaf], [*isolated("down"), DEMO, program]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 1 and "no answer from the DNS server" in done.stderr
        assert not parts(done.stdout)


def test_leaves_no_server_behind(program):
    """Neither when it has ended nor when it was killed."""
    process = subprocess.Popen([DEMO, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=PATIENCE)   # the server's output is closed; standard error is not
    end = time.monotonic() + PATIENCE
    while in_session(process.pid):
        assert time.monotonic() < end, "a process outlives the demo"
        time.sleep(0.05)


def test_colours_on_a_terminal(program):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([DEMO, program], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        text += data
    os.close(ours)
    assert process.wait(PATIENCE) == 0
    assert b"\033[32m" in text and b"\033[31m" in text


def test_missing_program_is_explained():
    done = subprocess.run([DEMO, "/no/such/program"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1 and "run make" in done.stderr and done.stdout == ""
