# SPDX-License-Identifier: MIT
"""Two processes under watch for the fault tests, and the invariants that hold whatever the fault.

  a  at most one reply per request, of the protocol's grammar (lib.policy.Daemon)
  b  it comes within Lookup_Time, and what a busy machine adds
  c  no identity costs more than 111 different DNS questions
  d  no byte on stderr when it is the policy socket: there it would be read as part of a reply
  e  no descriptor is left open, and the memory stays small
  f  log lines are printable ASCII (lib.policy.Daemon)

A `Pair` asks two long-lived processes the same thing: one with pipes, a log and questions in
parallel, one as spawn(8) starts it, with one socket for everything and one question at a time.
They must agree.
"""

import os
import pathlib

from lib import policy
from lib.dnsserver import DnsServer
from lib.process import settled

CLIENT = "192.0.2.1"
MAX_QUESTIONS = 111
RSS_MAX_KB = 16384
BUSY_S = 15


def descriptors(pid):
    """How many descriptors the process has open; None when we may not know."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return None


def rss_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def result_of(reply):
    """The SPF result that a reply tells, "dunno" when it tells none."""
    if reply.verb == "PREPEND":
        return reply.received_spf.result
    return {
        "550 5.7.23": "fail",
        "550 5.7.24": "permerror",
        "DUNNO": "dunno",
        "DEFER_IF_PERMIT 4.7.24": "temperror",
    }[" ".join(reply.action.upper().split()[:2])]


class Pair:
    """judge() asks both processes and holds the answers against the invariants."""

    def __init__(self, program, lookup_time, instrumented, **options):
        self.lookup_time = lookup_time
        self.instrumented = instrumented  # a sanitizer keeps freed memory for a while
        self.rss_max = RSS_MAX_KB * (40 if instrumented else 1)
        self.dns = DnsServer()
        self.dns.__enter__()
        settings = {"Lookup_Time": str(lookup_time), **options}
        self.plain = policy.Daemon(
            program=program, dns=self.dns, options={**settings, "Prefetch": "Yes"}
        )
        self.socket = policy.Daemon(
            program=program, dns=self.dns, socket=True, options={**settings, "Prefetch": "No"}
        )
        self.daemons = [self.plain, self.socket]
        self.open = [None, None]

    def ask(self, identities=2, **attributes):
        """The reply of the process with pipes, after all invariants, with the SPF .result."""
        # Lines of earlier requests, when a test did not care for them.
        settled(self.plain.pid)
        self.plain._read_log()
        before = len(self.plain.log_lines)
        for daemon in self.daemons:
            daemon.send(policy.request(**attributes))
        replies = [daemon.read_reply(self.lookup_time + BUSY_S) for daemon in self.daemons]
        assert None not in replies, self.plain.log_lines[-5:]
        assert self.dns.count() <= MAX_QUESTIONS * identities
        self.check_resources()
        plain, other = replies
        plain.result, other.result = result_of(plain), result_of(other)
        assert plain.result == other.result, (plain, other)
        plain.log = None
        if plain.result != "dunno":
            plain.log = self.plain._decision(before)
        return plain

    def judge(self, zone, sender="user@d.test", client=CLIENT, helo="mail.helo.test", **attributes):
        self.dns.set_zone(zone)
        return self.ask(sender=sender, client_address=client, helo_name=helo, **attributes)

    def check_resources(self):
        for i, daemon in enumerate(self.daemons):
            settled(daemon.pid)
            count = descriptors(daemon.pid)
            if self.open[i] is None:
                self.open[i] = count
            assert count == self.open[i]
            assert rss_kb(daemon.pid) < self.rss_max

    def close(self):
        try:
            for daemon in self.daemons:
                daemon.close()
        finally:
            for daemon in self.daemons:
                daemon.kill()
            self.dns.stop()
