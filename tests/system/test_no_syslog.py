# SPDX-License-Identifier: MIT
"""A Postfix in a place without any syslog, as in a container: what the program logs stands in maillog_file."""

import os
import re
import smtplib
import time

import pytest

from lib import mailsystem
from lib.dnsserver import DnsServer
from lib.mailsystem import DOMAIN, Postfix, Service, wait_until

ZONE = {"pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 -all")], "fail.example": [("TXT", "v=spf1 -all")]}
MAILS = [("192.0.2.5", "a@pass.example", 250), ("192.0.2.5", "b@fail.example", 550),
         ("172.17.0.1", "c@fail.example", 250), ("192.0.2.5", "d@none.example", 250)]
LINES = ["prepend Received-SPF: Pass (mailfrom) ", "Fail; identity=mailfrom; ",
         "warning: client 172.17.0.1: ", "decided action=prepend X-Comment: SPF not applied to a private ",
         "prepend Received-SPF: None (mailfrom) "]
RECORD = re.compile(r"^(\w{3} \d\d \d\d:\d\d:\d\d) (\S+) (\S+)\[\d+\]: (.*)$")


class Container(Postfix):
    has_syslog = False


def service(*options, user="nobody:postdrop"):
    found = Service(*options)
    found.user = user
    return found


@pytest.fixture(name="system", scope="module")
def system_fixture(directory, program):
    if not mailsystem.can_mount():
        pytest.skip("needs a /dev of its own")
    root = os.path.join(directory, "no-syslog")
    os.mkdir(root, 0o755)
    file = os.path.join(root, "spf.log")
    mailsystem.write(file, "", 0o666)
    services = {
        "auto": service(), "postlog": service("Log = postlog"), "file": service(f"Log = {file}"),
        "path": service(f"Log = postlog:{root}/spool/public/postlog"),
        "mistaken": service("HELO_reject = fial"), "stderr": service("Log = stderr"),
        "group": service("Log = postlog", user="nobody"),
        "missing": service("Log = /nonexistent/spf.log"),
    }
    with DnsServer(ZONE) as dns, Container(root, services, dns.address, program) as postfix:
        postfix.file = file
        yield postfix


def send(system, name, address="192.0.2.5", sender="a@pass.example"):
    with system.client(address, "client.example", name) as smtp:
        try:
            smtp.sendmail(sender, f"bob@{DOMAIN}", "Subject: x\r\n\r\nHello.\r\n")
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[f"bob@{DOMAIN}"][0]
    return 250


def records(text, ident="policyd-spf"):
    """The texts of the program's lines, each of which must be as Postfix writes them."""
    found = [RECORD.match(line) for line in text.splitlines()]
    assert all(found), text
    assert {match[2] for match in found} == {os.uname().nodename.split(".")[0]} | {
        match[2] for match in found if match[3] != ident}
    for match in found:
        time.strptime(match[1], "%b %d %H:%M:%S")
    return [match[4] for match in found if match[3] == ident]


@pytest.mark.parametrize("name", ["auto", "postlog", "path", "file"])
def test_decisions_and_warnings_are_logged_in_order(system, name):
    start = len(system.log())

    def text():
        if name != "file":
            return system.log()[start:]
        with open(system.file, encoding="ascii") as file:
            return file.read()

    for address, sender, code in MAILS:
        assert send(system, name, address, sender) == code
    wait_until(lambda: len(records(text())) >= len(LINES), 60, "all lines are logged")
    found = records(text())
    assert [line[:len(start)] for line, start in zip(found, LINES)] == LINES and len(found) == len(LINES)


@pytest.mark.parametrize("name, words", [
    ("mistaken", "fatal: config: -o: HELO_reject = fial: did you mean Fail?"),
    ("stderr", "fatal: config: Log = stderr: that is the connection to Postfix here; use postlog"),
    ("missing", "fatal: config: Log = /nonexistent/spf.log: No such file or directory"),
])
def test_fatal_errors_are_logged_and_mail_is_deferred(system, name, words):
    start = len(system.log())
    assert send(system, name) == 451
    wait_until(lambda: words in system.log()[start:], 60, words)
    assert any(line.startswith(words) for line in records(system.log()[start:]))


def test_without_the_group_postfix_says_that_the_service_ends(system):
    """The program has nowhere to say why; the manual explains the status."""
    start = len(system.log())
    assert send(system, "group") == 451
    wait_until(lambda: "exit status 78" in system.log()[start:], 60, "spawn(8) warns")
