# SPDX-License-Identifier: MIT
"""On a terminal: colour when it is wanted, never past the right edge, and no control byte of others."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pytest

from lib import suites
from lib.dnsserver import DnsServer, Zone
from lib.process import PATIENCE

ZONE = """
a.example. TXT "v=spf1 a:\\027[2J\\155.example include:a-very-long-name-that-leaves-no-room.sub.sub.sub.a.example -all"
a-very-long-name-that-leaves-no-room.sub.sub.sub.a.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"
b.example. TXT "v=spf1 -all"
dead.example. FAIL
"""


def on_terminal(command, columns, env):
    """What the command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, env=env,
                               stderr=subprocess.DEVNULL)
    os.close(theirs)
    written, end = b"", time.monotonic() + PATIENCE
    while time.monotonic() < end and select.select([ours], [], [], end - time.monotonic())[0]:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        written += data
    os.close(ours)
    assert process.wait(timeout=PATIENCE) == 0
    return written.replace(b"\r\n", b"\n")


@pytest.fixture
def terminal(program, tmp_path):
    path = tmp_path / "zone"
    path.write_text(ZONE, encoding="ascii")

    def run(*words, columns=80, **env):
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": None, **env}
        environment = {name: value for name, value in environment.items() if value is not None}
        return on_terminal([program, "check", "--zone", str(path), "--ip", "198.51.100.1", "--from",
                            "x@a.example", *words], columns, environment)

    return run


COLOUR = re.compile(rb"\x1b\[[0-9]+m")


def test_colour_on_a_terminal_only_when_wanted(terminal, check):
    assert COLOUR.search(terminal())
    assert COLOUR.search(terminal(NO_COLOR=""))
    for plain in (terminal("--no-color"), terminal(NO_COLOR="1"), terminal(TERM="dumb"), terminal(TERM=None),
                  terminal("--json")):
        assert b"\x1b" not in plain
    assert "\x1b" not in check("--ip", "198.51.100.1", "--from", "x@a.example", zone=ZONE).out


@pytest.mark.parametrize("options,words", [
    ([], b"\x1b[31mrejected: "),
    (["TempError_Defer = True"], b"\x1b[33mdeferred: "),
    (["Mail_From_fail_restriction = greylist"], b"\x1b[33mhanded to the configured restriction: "),
    (["Mail_From_reject = False"], b"\x1b[32mgoes on, with a header: "),
    (["Mail_From_reject = No_Check"], b"\x1b[32mgoes on: "),
])
def test_the_decision_has_its_colour(terminal, options, words):
    domain = "dead.example" if options[:1] == ["TempError_Defer = True"] else "b.example"
    settings = [word for option in ["HELO_reject = No_Check", *options] for word in ("-o", option)]
    assert words in terminal("--from", f"x@{domain}", *settings)


def test_colour_changes_nothing_else(terminal):
    """And of what DNS said no control byte is left once ours are taken away."""
    plain = COLOUR.sub(b"", terminal())
    time_taken = re.compile(rb"ms=[0-9]+")
    assert time_taken.sub(b"", plain) == time_taken.sub(b"", terminal("--no-color"))
    assert re.fullmatch(rb"[\n -~]*", plain)
    assert b"\\x1b[2J\\x9b" in plain


@pytest.mark.parametrize("columns,width", [(20, 60), (60, 60), (80, 80), (100, 100), (300, 120), (0, 80)])
def test_lines_keep_within_the_terminal(terminal, columns, width):
    lines = COLOUR.sub(b"", terminal(columns=columns)).split(b"\n")
    assert max(map(len, lines)) <= width
    assert max(map(len, lines)) > width - 25


def test_no_case_of_the_suites_passes_the_edge(check):
    with DnsServer() as dns:
        for case in suites.load("rfc7208"):
            dns.set_zone(Zone.from_suite(case.zonedata))
            output = check("--ip", case.host, "--helo", case.helo, "--from", case.mailfrom, options=[
                f"DNS_Servers = {dns.address}", "HELO_reject = False"])
            facts = re.compile(r"(From|HELO|MAIL FROM)\b")
            for line in output.out.splitlines():
                assert re.fullmatch(r"[ -~]*", line), case.id
                assert len(line) <= 80 or facts.match(line) or " " not in line.strip(), (case.id, line)
