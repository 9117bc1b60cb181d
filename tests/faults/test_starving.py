# SPDX-License-Identifier: MIT
"""Fault D44: HELO's DNS, which is in the hands of whoever connects, is as slow as can be.

Its record has ten mx of ten hosts: the MX answers are quick, the addresses are held, lost, truncated and
held again, or dripped. Proves that MAIL FROM's verdict is the one that it has with HELO "localhost",
whatever the limits, with one server and with two; that HELO's own is reached when MAIL FROM's DNS does
the same; and that a client's PTR, where a list by name wants it, keeps no message from judgement.
"""

import concurrent.futures
import contextlib

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer
from lib.watch import CLIENT

HOLDS = {
    "held": [("A", "198.51.100.7"), Behaviour("A", delay_ms=120000)],
    "lost": [Behaviour("A", drop=True)],
    "truncated": [("A", "198.51.100.7"), Behaviour("A", delay_ms=700, truncate=True, tcp="silent")],
    "dripped": [("A", "198.51.100.7"), Behaviour("A", truncate=True, tcp="drip")],
    "reset": [("A", "198.51.100.7"), Behaviour("A", delay_ms=300, truncate=True, tcp="reset")],
}
VICTIM = {"d.test": [("TXT", "v=spf1 include:i1.test -all")], "i1.test": [("TXT", "v=spf1 include:i2.test ?all")],
          "i2.test": [("TXT", "v=spf1 a:h.test ?all")], "h.test": [("A", "198.51.100.9")]}
PREFETCH = [{"Prefetch": "No"}] + [{"Prefetch_Max": number} for number in (1, 2, 16, 32, 100)]
SETTINGS = [{"Lookup_Time": seconds, **prefetch} for seconds in (1, 2, 4) for prefetch in PREFETCH]


def slow(domain, how):
    zone = {domain: [("TXT", "v=spf1 " + " ".join(f"mx:m{i}.{domain}" for i in range(10)) + " ?all")]}
    for i in range(10):
        names = [f"h{i}x{j}.{domain}" for j in range(10)]
        zone[f"m{i}.{domain}"] = [("MX", [j, name]) for j, name in enumerate(names)]
        zone.update({name: HOLDS[how] for name in names})
    return zone


def ask_all(zone, servers, settings, **attributes):
    """The log lines of one request under each of the settings, side by side."""
    def ask(options):
        with contextlib.ExitStack() as stack:
            names = [stack.enter_context(DnsServer(zone)).address for _ in range(servers)]
            daemon = stack.enter_context(policy.Daemon(dns=",".join(names), options=options, deadline=60))
            return daemon.ask(client_address=CLIENT, **attributes).log
    with concurrent.futures.ThreadPoolExecutor(len(settings)) as pool:
        return list(pool.map(ask, settings))


@pytest.mark.parametrize("servers", [1, 2])
@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_helo_starves_nobody(how, servers):
    zone = {**VICTIM, **slow("helo.test", how)}
    for helo in ("localhost", "helo.test"):
        for options, log in zip(SETTINGS, ask_all(zone, servers, SETTINGS, helo_name=helo, sender="u@d.test")):
            assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), (options, log)


@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_helo_is_not_starved(how):
    zone = {"helo.test": VICTIM["d.test"], **VICTIM, **slow("slow.test", how)}
    for log in ask_all(zone, 1, SETTINGS, helo_name="helo.test", sender="u@slow.test"):
        assert (log.result, log["identity"], log["action"]) == ("fail", "helo", "reject"), log


def test_full_time(how="held"):
    """The settings that a service has: HELO has 10 of the 20 seconds."""
    zone = {**VICTIM, **slow("helo.test", how)}
    settings = [{}, {"Prefetch": "No"}, {"Lookup_Time": 8, "Prefetch_Max": 16}]
    for log in ask_all(zone, 1, settings, helo_name="helo.test", sender="u@d.test"):
        assert (log.result, log["action"]) == ("fail", "reject"), log


@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_exemption_starves_no_judgement(how):
    zone = {**VICTIM, **slow("helo.test", how),
            "1.2.0.192.in-addr.arpa": [("PTR", f"p{i}.list.test") for i in range(10)],
            **{f"p{i}.list.test": HOLDS[how] for i in range(10)}}
    settings = [{**options, "Domain_Whitelist_PTR": "list.test"} for options in SETTINGS]
    for log in ask_all(zone, 1, settings, helo_name="helo.test", sender="u@d.test"):
        assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), log
