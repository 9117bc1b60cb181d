# SPDX-License-Identifier: MIT
"""SpamAssassin itself, as Debian has it, scores SPF by the headers that the program writes.

Each sender's result with each result of HELO, so that one passes where the other fails and the other way
round; Received-SPF and Authentication-Results alone and both in both orders. It has no DNS of its own.
"""

import os
import shutil
import subprocess

import pytest

from day import RESULTS, ZONE
from lib import neighbours
from lib.dnsserver import DnsServer
from lib.policy import Daemon
from lib.process import PATIENCE

HELO = {"helo.pass.example": "pass", "fail.example": "fail", "helo.none.example": "none"}
SETTINGS = {"HELO_reject": "False", "Mail_From_reject": "False", "Header_Type": "SPF,AR",
            "Authserv_Id": "mx.dest.example"}
PREPENDED = """{fields}
Received: from {helo} (unknown [192.0.2.5])
\tby mx.dest.example (Postfix) with ESMTP id 4F2A1B
\tfor <r@dest.example>; Sat, 28 Nov 2026 10:00:00 +0000 (UTC)
From: {sender}
Subject: a message

Hello.
"""


# On another host, which had it from the receiving one.
INNER = """Received: from mx.example.com (mx.example.com [203.0.113.25])
\tby inner.example.com (Postfix) with ESMTP id 5A3B2C
\tfor <r@dest.example>; Sat, 28 Nov 2026 10:00:01 +0000 (UTC)
"""


def plugin_lines():
    """What the manual has for those that read Authentication-Results with a plugin only."""
    version = subprocess.run(["perl", "-MMail::SpamAssassin", "-e", "print Mail::SpamAssassin->VERSION"],
                             capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    if float(version) < 4.000003:
        return ""
    return neighbours.lines("SpamAssassin", "/etc/spamassassin/init.pre", {"mx.example.com": "mx.dest.example"})


class SpamAssassin:
    """.rules(message) is the set of SPF rules that it hits. `lines`: of its configuration."""

    def __init__(self, lines=""):
        self.process = subprocess.Popen(
            ["perl", os.path.join(os.path.dirname(__file__), "..", "lib", "spamassassin.pl"), plugin_lines() + lines],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rules(self, message):
        self.process.stdin.write(b"%d\n%s" % (len(message), message.encode()))
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "SpamAssassin has ended"
        return set(line.decode().split())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


@pytest.fixture(name="spamassassin", scope="module")
def spamassassin_fixture():
    if not shutil.which("spamassassin"):
        pytest.skip("spamassassin is not installed")
    reader = SpamAssassin()
    yield reader
    reader.close()


@pytest.fixture(name="daemon", scope="module")
def daemon_fixture(program):
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options=SETTINGS) as daemon:
        yield daemon


def fields_of(daemon, helo, sender):
    """The two fields of a message: Received-SPF and Authentication-Results."""
    attributes = {"client_address": "192.0.2.5", "helo_name": helo, "sender": sender,
                  "instance": f"{helo}.{sender}"}
    fields = [daemon.ask(log=False, **attributes).rest for _ in range(2)]
    assert [field.partition(":")[0] for field in fields] == ["Received-SPF", "Authentication-Results"]
    return fields


@pytest.mark.parametrize("helo", HELO)
@pytest.mark.parametrize("name", [*RESULTS, ""])
def test_spamassassin_scores_the_identity_that_decided(spamassassin, daemon, helo, name):
    """Of a null sender it is HELO: that alone is scored, and as HELO's."""
    sender = name and f"a@{name}.example"
    wanted = "SPF_" + (RESULTS[name] if name else "HELO_" + HELO[helo]).upper()
    received, results = fields_of(daemon, helo, sender)
    for fields in ([received], [results], [received, results], [results, received]):
        message = PREPENDED.format(fields="\n".join(fields), helo=helo, sender=sender or "a@b.example")
        assert spamassassin.rules(message) == {wanted}, fields


@pytest.mark.parametrize("known", [True, False])
def test_spamassassin_on_another_host_must_know_the_receiving_one(spamassassin, daemon, known):
    """With the manual's lines it takes our result, as on the same host; without them it takes none."""
    assert spamassassin
    reader = SpamAssassin(neighbours.lines("SpamAssassin", "/etc/spamassassin/local.cf") if known else "")
    try:
        for name, wanted in RESULTS.items():
            sender = f"a@{name}.example"
            for field in fields_of(daemon, "helo.none.example", sender):
                message = INNER + PREPENDED.format(fields=field, helo="helo.none.example", sender=sender)
                assert (f"SPF_{wanted.upper()}" in reader.rules(message)) == known, field
    finally:
        reader.close()
