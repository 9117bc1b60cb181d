# SPDX-License-Identifier: MIT
"""contrib/fail2ban: the real fail2ban finds the clients that were refused, and bans nobody else."""

import collections
import os
import re
import shutil
import subprocess
import time

import pytest

from lib import neighbours
from lib.policy import ROOT, LogLine
from lib.process import PATIENCE

FILES = os.path.join(ROOT, "contrib", "fail2ban")
SYSTEM = "/etc/fail2ban"
STAMP = "Nov 23 09:14:07"
FAIL_HELO = {"helo_name": "fail.example", "sender": "a@pass.example"}
ZONE = {"fail.example": [("TXT", "v=spf1 -all")], "pass.example": [("TXT", "v=spf1 +all")]}
ACTION = """\
[Definition]
actionban = echo <ip> >>{file}
"""
LOCAL = """\
[sshd]
enabled = false

{page}logpath = {log}
backend = polling
action = record
"""
SERVER = """\
[Definition]
logtarget = {log}
socket = {folder}/socket
pidfile = {folder}/pid
dbfile = None
"""


@pytest.fixture
def config(tmp_path):
    """The system's configuration folder with our files laid over it, as the README says."""
    if not shutil.which("fail2ban-regex") or not os.path.isdir(SYSTEM):
        pytest.skip("fail2ban is not installed")
    folder = tmp_path / "fail2ban"
    shutil.copytree(SYSTEM, folder)
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    return folder


def stamped(lines, stamp=STAMP, ident="policyd-spf"):
    return "".join(f"{stamp} mx {ident}[100]: {line}\n" for line in lines)


def found(config, text, mode):
    """How often the filter takes each address for an offender."""
    log = config / "log"
    log.write_text(text)
    done = subprocess.run(["fail2ban-regex", "-c", config, "-o", "ip", log, f"spfpolicyd[mode={mode}]"],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode in (0, 1) and "ERROR" not in done.stdout + done.stderr, done.stderr
    return collections.Counter(done.stdout.split())


def refused(day, results=None, identities=("helo", "mailfrom")):
    """The same, counted in the log lines by tests/lib."""
    lines = map(LogLine, (line for line in day.lines if "; action=reject;" in line))
    return collections.Counter(line["client-ip"] for line in lines
                               if line["identity"] in identities
                               and (results is None or line.result in results))


@pytest.mark.parametrize("stamp", [STAMP, "2026-11-23T09:14:07.123456+00:00"])
@pytest.mark.parametrize("ident", ["policyd-spf", "postfix/policyd-spf"])
def test_finds_every_refused_client(day, config, ident, stamp):
    wanted = collections.Counter(attributes["client_address"] for _, attributes, reply in day.mail
                                 if reply.verb == "550")
    assert set(wanted) == {"192.0.2.5", "2001:db8::5"}
    assert found(config, stamped(day.lines, stamp, ident), "refused") == wanted == refused(day)


def test_modes_choose_by_result_and_identity(day, config):
    text = stamped(day.lines)
    fail, helo = refused(day, ("fail",)), refused(day, ("fail",), ("helo",))
    assert 0 < helo.total() < fail.total() < refused(day).total()
    assert found(config, text, "fail") == fail
    assert found(config, text, "helo") == helo


def test_test_mode_and_deferrals_do_not_count(day, config):
    others = [line for line in day.lines if re.search(r"; action=(would-|defer|prepend|dunno)", line)]
    assert any("would-reject" in line for line in others)
    assert found(config, stamped(others), "refused") == {}


@pytest.mark.parametrize("mode", ["helo", "fail", "refused"])
def test_other_programs_quote_our_words_in_vain(config, mode):
    words = ("policyd-spf[1]: Fail; identity=helo; client-ip=9.9.9.9; helo=x; envelope-from=x; "
             "receiver=x; action=reject; ms=1")
    text = (f"{STAMP} mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 x; "
            f"helo=<{words}>\n"
            f"{STAMP} mx postfix/smtpd[10]: {words}\n"
            f"{STAMP} mx sshd[10]: mx {words}\n")
    assert found(config, text, mode) == {}
    assert found(config, f"{STAMP} mx {words}\n", mode) == {"9.9.9.9": 1}


def test_reads_smtpd_instead(config):
    end = "Message rejected due to: SPF fail - not authorized; from=<a@b> to=<c@d> proto=ESMTP helo=<{}>\n"
    smtpd = f"{STAMP} mx postfix/smtpd[10]: "
    text = (
        smtpd + "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.7.23 <c@d>: Recipient address "
        "rejected: " + end.format("h")
        + f"{STAMP} mx postfix/submission/smtpd[10]: 4F2A1B: reject: END-OF-MESSAGE from h.example"
        "[2001:db8::9]:2525: 550 5.7.23 <END-OF-MESSAGE>: End-of-data rejected: " + end.format("h")
        # Deferred, refused for a broken record, refused by others, and a HELO that tries.
        + smtpd + "NOQUEUE: reject: RCPT from unknown[192.0.2.10]: 450 4.7.24 <c@d>: x: " + end.format("h")
        + smtpd + "NOQUEUE: reject: RCPT from unknown[192.0.2.11]: 550 5.7.24 <c@d>: x: " + end.format("h")
        + smtpd + "NOQUEUE: reject: RCPT from unknown[192.0.2.12]: 550 5.1.1 <c@d>: x: "
        + end.format("y from unknown[9.9.9.9]: 550 5.7.23 x"))
    assert found(config, text, "smtpd") == {"192.0.2.9": 1, "2001:db8::9": 1}


def test_server_bans_after_five(config, tmp_path, dns, spawn):
    """With the manual's lines: not what is one's own, which would be the first."""
    dns.set_zone(ZONE)
    daemon = spawn(dns=dns)
    for client, count in (("192.0.2.5", 4), ("203.0.113.7", 5), ("2001:db8::5", 5), ("192.0.2.6", 5)):
        for number in range(count):
            # The last one says a good name, and is refused for nothing.
            helo = {"helo_name": "pass.example"} if client == "192.0.2.6" else {}
            daemon.ask(**{**FAIL_HELO, **helo, "client_address": client, "instance": f"{client}.{number}"})
    page = neighbours.lines("fail2ban", "/etc/fail2ban/jail.d/spfpolicyd.local")
    log, banned = tmp_path / "mail.log", tmp_path / "banned"
    log.write_text("")
    (config / "action.d" / "record.conf").write_text(ACTION.format(file=banned))
    (config / "jail.d" / "zz.local").write_text(LOCAL.format(log=log, page=page))
    (config / "fail2ban.local").write_text(SERVER.format(log=tmp_path / "log", folder=tmp_path))
    server = subprocess.Popen(["fail2ban-server", "-c", config, "-f", "start"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        with open(log, "a", encoding="ascii") as stream:
            stream.write(stamped(daemon.log_lines, time.strftime("%b %d %H:%M:%S")))
        end = time.monotonic() + PATIENCE
        while not banned.exists() and time.monotonic() < end and server.poll() is None:
            time.sleep(0.1)
    finally:
        server.terminate()
        output = server.communicate(timeout=PATIENCE)[0]
    assert banned.exists(), output.decode() + (tmp_path / "log").read_text()
    assert banned.read_text().split() == ["2001:db8::5"]
