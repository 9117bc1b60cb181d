# SPDX-License-Identifier: MIT
"""Whitelists that ask DNS: a client is exempt only when DNS leads from what it says back to its address."""

import pytest

SIX, OTHER_SIX = "2001:db8::25", "2001:db8::26"
FOUR, OTHER_FOUR = "192.0.2.25", "192.0.2.26"
ZONE = {
    "sender.test": [("TXT", "v=spf1 -all")],
    "relay.test": [("TXT", f"v=spf1 ip4:{FOUR} ip6:{SIX} -all")],
    "second.test": [("TXT", "v=spf1 a:host.relay.test -all")],
    "host.relay.test": [("A", FOUR), ("AAAA", SIX)],
    "liar.test": [("A", "198.51.100.1"), ("AAAA", "2001:db8::99")],
    "25.2.0.192.in-addr.arpa": [("PTR", "liar.test"), ("PTR", "host.relay.test")],
    "26.2.0.192.in-addr.arpa": [("PTR", "host.relay.test")],
    "5.2." + "0." * 22 + "8.b.d.0.1.0.0.2.ip6.arpa": [("PTR", "host.relay.test")],
    "6.2." + "0." * 22 + "8.b.d.0.1.0.0.2.ip6.arpa": [("PTR", "host.relay.test")],
}
DOMAIN = "SPF skipped for whitelisted relay domain"
HELO = "SPF skipped for whitelisted HELO domain"
PTR = "SPF skipped for PTR whitelisted relay domain"
NOT = None


@pytest.mark.parametrize("option, client, helo, why", [
    ("Domain_Whitelist = relay.test", FOUR, "x.test", DOMAIN),
    ("Domain_Whitelist = relay.test", SIX, "x.test", DOMAIN),
    ("Domain_Whitelist = relay.test", OTHER_FOUR, "x.test", NOT),
    ("Domain_Whitelist = none.test, second.test", FOUR, "x.test", DOMAIN),
    ("Domain_Whitelist = none.test, second.test", OTHER_SIX, "x.test", NOT),
    ("HELO_Whitelist = host.relay.test", FOUR, "host.relay.test", HELO),
    ("HELO_Whitelist = other.test, host.relay.test", SIX, "HOST.relay.TEST", HELO),
    ("HELO_Whitelist = host.relay.test", OTHER_FOUR, "host.relay.test", NOT),   # says so, but is not
    ("HELO_Whitelist = relay.test", FOUR, "host.relay.test", NOT),              # exact names only
    ("HELO_Whitelist = none.test", FOUR, "none.test", NOT),
    ("HELO_Whitelist = host.relay.test", FOUR, "[192.0.2.25]", NOT),
    ("Domain_Whitelist_PTR = relay.test", FOUR, "x.test", PTR),
    ("Domain_Whitelist_PTR = relay.test", SIX, "x.test", PTR),
    ("Domain_Whitelist_PTR = relay.test", OTHER_FOUR, "x.test", NOT),           # its PTR lies
    ("Domain_Whitelist_PTR = relay.test", OTHER_SIX, "x.test", NOT),
    ("Domain_Whitelist_PTR = liar.test", FOUR, "x.test", NOT),
    ("Domain_Whitelist_PTR = elay.test", FOUR, "x.test", NOT),                  # no part of a label
    ("Domain_Whitelist_PTR = relay.test", "203.0.113.1", "x.test", NOT),        # no PTR at all
])
def test_whitelist(dns, spawn, option, client, helo, why):
    dns.set_zone(ZONE)
    daemon = spawn(dns=dns, options=[option])
    reply = daemon.ask(client_address=client, helo_name=helo, sender="a@sender.test", log=False)
    if why:
        assert reply.verb == "PREPEND" and reply.rest.startswith(f"X-Comment: {why}")
    else:
        assert reply.verb == "550"


def test_known_for_all_recipients_of_a_message(dns, spawn):
    dns.set_zone(ZONE)
    daemon = spawn(dns=dns, options=["Domain_Whitelist_PTR = relay.test"])
    for recipient in ("a@here.test", "b@here.test"):
        daemon.ask(client_address=FOUR, sender="a@sender.test", recipient=recipient, instance="1.2", log=False)
    assert dns.duplicates() == []
    assert len(dns.questions("25.2.0.192.in-addr.arpa", "PTR")) == 1


def test_no_answer_is_no_exemption(dns, spawn):
    dns.set_zone({**ZONE, "relay.test": ["SERVFAIL"], "host.relay.test": ["SERVFAIL"], "25.2.0.192.in-addr.arpa": ["SERVFAIL"]})
    options = ["Domain_Whitelist = relay.test", "HELO_Whitelist = host.relay.test", "Domain_Whitelist_PTR = relay.test"]
    reply = spawn(dns=dns, options=options).ask(client_address=FOUR, helo_name="host.relay.test", sender="a@sender.test")
    assert reply.verb == "550"
