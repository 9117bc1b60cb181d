# SPDX-License-Identifier: MIT
"""A day of mail that reaches Postfix through a NAT: every client is 172.17.0.1, and nothing is lost."""

import pytest

from day import ZONE, requests
from lib.dnsserver import DnsServer
from lib.policy import Daemon

STRICT = {"PermError_reject": "Yes", "TempError_Defer": "Yes", "Mail_From_reject": "SPF_Not_Pass",
          "HELO_reject": "SPF_Not_Pass", "Private_Clients": "Mark"}
NAT = "172.17.0.1"


def test_a_day_through_a_nat_loses_nothing(program):
    count = 0
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options=STRICT) as daemon:
        for attributes in requests():
            if attributes.get("sasl_username") or attributes["instance"] in ("b.4", "b.5"):
                continue        # exempt, or a message's second recipient: no header
            reply = daemon.ask(log=False, **{**attributes, "client_address": NAT})
            assert reply.verb == "PREPEND" and f"private client address - client-ip={NAT};" in reply.rest
            count += 1
    assert count > 150
    warnings = [line for line in daemon.log_lines if "warning: " in line]
    assert len(warnings) == 1 and NAT in warnings[0] and "smtpd_upstream_proxy_protocol" in warnings[0]
    decided = [line for line in daemon.log_lines if "decided action=prepend X-Comment: SPF not applied" in line]
    assert len(decided) == count
    assert not dns.log, "no DNS is asked about a client that is not judged"


@pytest.mark.parametrize("mode, verbs", [("Judge", {"550", "PREPEND"}), ("Defer", {"DEFER_IF_PERMIT"})])
def test_other_modes_are_what_they_say(program, mode, verbs):
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options={"Private_Clients": mode}) as daemon:
        seen = {daemon.ask(log=False, client_address=NAT, sender=f"a@{name}.example", instance=name).verb
                for name in ("fail", "none", "soft")}
    assert seen == verbs


# As Postfix may name them, and as the header does.
PRIVATE = {
    "10.255.255.255": "10.255.255.255", "172.31.0.1": "172.31.0.1", "192.168.0.1": "192.168.0.1",
    "100.64.0.1": "100.64.0.1", "100.127.255.255": "100.127.255.255", "169.254.1.1": "169.254.1.1",
    "127.0.0.53": "127.0.0.53", "::1": "::1", "fd12:3456::1": "fd12:3456::1", "fe80::1": "fe80::1",
    "fe80::1%eth0": "fe80::1", "::ffff:10.1.2.3": "10.1.2.3", "::ffff:100.64.1.1": "100.64.1.1",
}
PUBLIC = ["9.255.255.255", "11.0.0.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2001:db8::5",
          "::ffff:203.0.113.9"]


@pytest.mark.parametrize("headers", ["SPF", "AR", "SPF,AR"])
def test_every_kind_of_private_client_is_marked(program, headers):
    """Both identities fail, everything is strict, and each field that is asked for is there, without a result."""
    options = {**STRICT, "Header_Type": headers, "Authserv_Id": "mx.dest.example"}
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options=options) as daemon:
        for number, (client, shown) in enumerate(PRIVATE.items()):
            replies = [daemon.ask(log=False, client_address=client, helo_name="fail.example", sender="a@fail.example",
                                  instance=str(number)) for _ in headers.split(",")]
            assert [reply.verb for reply in replies] == ["PREPEND"] * len(replies), client
            for reply, kind in zip(replies, headers.split(",")):
                assert reply.rest.startswith({"SPF": "X-Comment: SPF not applied",
                                              "AR": "Authentication-Results: mx.dest.example; none"}[kind]), reply.rest
                assert f"client-ip={shown}" in reply.rest and "fail" not in reply.rest.partition("helo=")[0]
        assert not dns.log
        for number, client in enumerate(PUBLIC):
            assert daemon.ask(log=False, client_address=client, helo_name="fail.example", sender="a@fail.example",
                              instance=f"p{number}").verb == "550", client


def test_lists_and_logins_come_before_the_guard(program):
    """Own relays stay in skip_addresses and Whitelist, and who has logged in is nobody's client."""
    options = {"Private_Clients": "Defer", "skip_addresses": "10.1.0.0/16", "Whitelist": "10.2.0.0/16",
               "Whitelist_For": "fail.example:10.3.0.0/16"}
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options=options) as daemon:
        def verb(client, **more):
            return daemon.ask(log=False, client_address=client, sender="a@fail.example", instance=client + str(more),
                              **more).verb

        assert [verb(f"10.{n}.0.1") for n in (1, 2, 3, 4)] == ["PREPEND"] * 3 + ["DEFER_IF_PERMIT"]
        assert verb("10.4.0.1", sasl_username="alice") == "DUNNO"
