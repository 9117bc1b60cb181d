# SPDX-License-Identifier: MIT
"""Fault D44: HELO's DNS, which is in the hands of whoever connects, is as slow as can be.

Its record has ten mx of ten hosts: the MX answers are quick, the addresses are held, lost, truncated and
held again, or dripped. Proves that MAIL FROM's verdict is the one that it has with HELO "localhost",
whatever the limits, with one server and with two; also when HELO's record asks for names of MAIL FROM's
once HELO's time is over; that HELO's own is reached when MAIL FROM's DNS does the same; and that a client's PTR, where a list by name wants it, keeps no message from judgement.
"""

import concurrent.futures
import contextlib
import shutil

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer
from lib.mailsystem import Unbound
from lib.watch import CLIENT

HOLDS = {
    "held": [("A", "198.51.100.7"), Behaviour("A", delay_ms=120000)],
    "lost": [Behaviour("A", drop=True)],
    "truncated": [("A", "198.51.100.7"), Behaviour("A", delay_ms=700, truncate=True, tcp="silent")],
    "dripped": [("A", "198.51.100.7"), Behaviour("A", truncate=True, tcp="drip")],
    "reset": [("A", "198.51.100.7"), Behaviour("A", delay_ms=300, truncate=True, tcp="reset")],
}
VICTIM = {"d.net": [("TXT", "v=spf1 include:i1.net -all")], "i1.net": [("TXT", "v=spf1 include:i2.net ?all")],
          "i2.net": [("TXT", "v=spf1 a:h.net ?all")], "h.net": [("A", "198.51.100.9")]}
PREFETCH = [{"Prefetch": "No"}] + [{"Prefetch_Max": number} for number in (1, 2, 16, 32, 100)]
SETTINGS = [{"Lookup_Time": seconds, **prefetch} for seconds in (2, 5) for prefetch in PREFETCH]


def slow(domain, how):
    zone = {domain: [("TXT", "v=spf1 " + " ".join(f"mx:m{i}.{domain}" for i in range(10)) + " ?all")]}
    for i in range(10):
        names = [f"h{i}x{j}.{domain}" for j in range(10)]
        zone[f"m{i}.{domain}"] = [("MX", [j, name]) for j, name in enumerate(names)]
        zone.update({name: HOLDS[how] for name in names})
    return zone


def ask_one(servers, options, **attributes):
    with policy.Daemon(dns=servers, options=options, deadline=60) as daemon:
        return daemon.ask(client_address=CLIENT, **attributes).log


def ask_all(zone, servers, settings, **attributes):
    """The log lines of one request under each of the settings, side by side."""
    def ask(options):
        with contextlib.ExitStack() as stack:
            names = [stack.enter_context(DnsServer(zone)).address for _ in range(servers)]
            return ask_one(",".join(names), options, **attributes)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return list(pool.map(ask, settings))


@pytest.mark.parametrize("servers", [1, 2])
@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_helo_starves_nobody(how, servers):
    zone = {**VICTIM, **slow("helo.net", how)}
    for helo in ("localhost", "helo.net"):
        for options, log in zip(SETTINGS, ask_all(zone, servers, SETTINGS, helo_name=helo, sender="u@d.net")):
            assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), (options, log.text)


@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_one_second(how):
    """One by one: half a second is little for a machine that does other things."""
    zone = {**VICTIM, **slow("helo.net", how)}
    for prefetch in PREFETCH:
        log, = ask_all(zone, 1, [{"Lookup_Time": 1, **prefetch}], helo_name="helo.net", sender="u@d.net")
        assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), log.text


@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_helo_is_not_starved(how):
    zone = {"helo.net": VICTIM["d.net"], **VICTIM, **slow("slow.net", how)}
    for log in ask_all(zone, 1, SETTINGS, helo_name="helo.net", sender="u@slow.net"):
        assert (log.result, log["identity"], log["action"]) == ("fail", "helo", "reject"), log.text


REVERSE = "1.2.0.192.in-addr.arpa"
SPOILED = {
    "skipped": {"helo.net": [("TXT", "v=spf1 ptr:helo.net include:d.net ?all")], "p.helo.net": ["DROP"],
                REVERSE: [("PTR", "p.helo.net")]},
    "no-names": {"helo.net": [("TXT", "v=spf1 ptr:helo.net include:i2.net ?all")], REVERSE: ["DROP"]},
    "cut-off": {"helo.net": [("TXT", "v=spf1 a:s.helo.net include:d.net ?all")],
                "s.helo.net": [("A", "198.51.100.7"), Behaviour(delay_ms=950)]},
}


@pytest.mark.parametrize("how", SPOILED, ids="D44-{}".format)
def test_helo_spoils_no_names(how):
    """HELO's record asks for names of MAIL FROM's when its own time is over, or almost."""
    victim = {name: [*rows, Behaviour(delay_ms=100)] for name, rows in VICTIM.items()}
    settings = [{"Lookup_Time": 2, **prefetch} for prefetch in PREFETCH]
    for log in ask_all({**victim, **SPOILED[how]}, 1, settings, helo_name="helo.net", sender="u@d.net"):
        assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), log.text


def test_full_time(some, long_form):
    """The settings that a service has: HELO has 10 of the 20 seconds. LONG=1: every variant of it."""
    settings = [{}, {"Prefetch": "No"}, {"Lookup_Time": 8, "Prefetch_Max": 16}]
    if long_form:
        settings = [{"Lookup_Time": seconds, **prefetch} for seconds in (10, 20) for prefetch in PREFETCH]
    for how in some(HOLDS, 1):
        zone = {**VICTIM, **slow("helo.net", how)}
        for options, log in zip(settings, ask_all(zone, 1, settings, helo_name="helo.net", sender="u@d.net")):
            assert (log.result, log["action"]) == ("fail", "reject"), (how, options, log.text)


@pytest.mark.parametrize("how", HOLDS, ids="D44-{}".format)
def test_exemption_starves_no_judgement(how):
    zone = {**VICTIM, **slow("helo.net", how),
            "1.2.0.192.in-addr.arpa": [("PTR", f"p{i}.list.net") for i in range(10)],
            **{f"p{i}.list.net": HOLDS[how] for i in range(10)}}
    settings = [{**options, "Domain_Whitelist_PTR": "list.net"} for options in SETTINGS]
    for log in ask_all(zone, 1, settings, helo_name="helo.net", sender="u@d.net"):
        assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject"), log.text


@pytest.mark.parametrize("options", [{"Lookup_Time": 4}, {"Lookup_Time": 4, "Prefetch": "No"},
                                     {"Lookup_Time": 2, "Prefetch_Max": 16}], ids=str)
@pytest.mark.parametrize("how", ["held", "lost", "truncated"], ids="D44-{}".format)
def test_through_unbound(how, options, folder):
    """A new one for each: it remembers which servers are slow."""
    if not shutil.which("unbound"):
        pytest.skip("package unbound is not installed")
    zone = {**VICTIM, **slow("helo.net", how), "net": [("NS", "ns.net")], "ns.net": [("A", "127.0.0.1")]}
    own = "$TTL 60\n@ SOA ns.example. root.example. 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"
    with DnsServer(zone) as dns, Unbound(folder, own, stubs={"net.": dns.port}) as unbound:
        log = ask_one(unbound.address, options, helo_name="helo.net", sender="u@d.net")
    assert (log.result, log["identity"], log["action"]) == ("fail", "mailfrom", "reject")
