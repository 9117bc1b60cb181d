# SPDX-License-Identifier: MIT
"""contrib/logcheck: every daily line is left out of logcheck's report, and no line that matters is."""

import glob
import os
import subprocess

import pytest

from lib import policy
from lib.process import PATIENCE

RULES = os.path.join(policy.ROOT, "contrib", "logcheck", "spfpolicyd")
STAMPS = ("Nov  3 09:14:07", "2026-11-23T09:14:07.123456+00:00")
IDENTS = ("policyd-spf", "postfix/policyd-spf")
ZONE = {
    "fail.example": [("TXT", "v=spf1 -all")],
    "pass.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")],
    "broken.example": [("TXT", "v=spf1 ip4:192.0.2.0/25-all")],
}


def stamped(lines, stamp=STAMPS[0], ident=IDENTS[0]):
    return "".join(f"{stamp} mx-1.dest.example {ident}[4194303]: {line}\n" for line in lines)


def grep(files, text, tmp_path, *options):
    """What logcheck does with a folder of rules: comments and empty lines out, then grep -E --text."""
    rules = tmp_path / "rules"
    lines = []
    for path in files:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            lines += [line for line in stream if line.strip() and not line.startswith("#")]
    rules.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
    done = subprocess.run(["grep", "-E", "--text", *options, "-f", rules], input=text, timeout=PATIENCE,
                          capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.stderr == "" and done.returncode in (0, 1)
    return done.stdout.splitlines()


def reported(lines, tmp_path, **options):
    return grep([RULES], stamped(lines, **options), tmp_path, "-v")


@pytest.mark.parametrize("ident", IDENTS)
@pytest.mark.parametrize("stamp", STAMPS)
def test_day_is_not_reported(day, tmp_path, stamp, ident):
    assert len(day.lines) > 1000
    assert reported(day.lines, tmp_path, stamp=stamp, ident=ident) == []


def test_talkative_service_is_not_reported(dns, spawn, tmp_path):
    """debugLevel = 2: repeated decisions, missing confinement; test mode, all recipients of a message."""
    dns.set_zone(ZONE)
    lines = []
    for options in ({}, {"TestOnly": "0"}, {"Header_Type": "None"}, {"Prospective": "192.0.2.9"},
                    {"Mail_From_fail_restriction": "REJECT go away", "Hide_Receiver": "Yes"},
                    {"Skip_Senders": "pass.example", "skip_addresses": "192.0.2.0/24"}):
        daemon = spawn(dns=dns, options={"debugLevel": "2", "PermError_reject": "Yes", **options},
                       verbs="REJECT go away")
        for sender in ("fail.example", "pass.example", "broken.example"):
            for state in ("RCPT", "RCPT", "DATA", "END-OF-MESSAGE", "VRFY"):
                daemon.ask(log=False, sender=f"a@{sender}", protocol_state=state, instance=sender,
                           client_address="192.0.2.1", queue_id="4ZxPq01234z7Wq")
        daemon.close()
        lines += daemon.log_lines
    assert any(line.startswith("decided action=dunno decided for an earlier") for line in lines)
    assert reported(lines, tmp_path) == []


def test_confinement_that_this_kernel_may_lack_are_not_reported(tmp_path):
    # src/sandbox/, with words of strerror(3).
    lines = ["sandbox: no Landlock here: Function not implemented",
             "sandbox: no protection from ptrace and core dumps here: Operation not permitted",
             "sandbox: no seccomp filter here: Invalid argument",
             "sandbox: no Landlock for TCP ports here: Operation not supported",
             "sandbox: no confinement in this program here: Operation not supported"]
    assert reported(lines, tmp_path) == []


def test_broken_off_request_is_not_reported(spawn, tmp_path):
    daemon = spawn(status=None)
    daemon.send(b"request=smtpd_access_policy\nprotocol_state=RCPT\n")
    daemon.end_input()
    daemon.wait()
    assert len(daemon.log_lines) == 1
    assert reported(daemon.log_lines, tmp_path) == []


def lines_that_matter(dns, spawn):
    """What an administrator must read, from the program where it can be made to say it."""
    mistaken = spawn(options={"HELO_reject": "fial"}, status=78)
    mistaken.end_input()
    mistaken.wait()
    babbling = spawn(status=None)
    babbling.send(b"nonsense\n\n")
    babbling.wait()
    private = spawn(dns=dns)
    private.ask(log=False, client_address="192.168.1.1")
    private.close()
    warnings = [line for line in private.log_lines if line.startswith("warning: client")]
    assert mistaken.log_lines and babbling.log_lines and warnings
    return (mistaken.log_lines + babbling.log_lines + warnings
            + ["warning: log: 12 lines were lost", "warning: request: too late for an answer (25012 ms)"])


def test_trouble_is_reported(dns, spawn, tmp_path):
    lines = lines_that_matter(dns, spawn)
    assert reported(lines, tmp_path) == stamped(lines).splitlines()


def test_only_whole_lines_are_left_out(day, tmp_path):
    """What is appended, and what another program says, is reported."""
    lines = [line + " and more; fatal" for line in day.lines if line.endswith("ms=0")]
    assert len(lines) > 100 and len(reported(lines, tmp_path)) == len(lines)
    assert len(reported(day.lines[:5], tmp_path, ident="sshd")) == 5


def test_no_line_looks_like_an_attack(day, tmp_path):
    """logcheck's other layers put lines into the report by themselves."""
    files = [path for layer in ("violations.d", "cracking.d")
             for path in glob.glob(f"/etc/logcheck/{layer}/*")]
    if not files:
        pytest.skip("logcheck-database is not installed")
    assert grep(files, stamped(day.lines), tmp_path) == []
