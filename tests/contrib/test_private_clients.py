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
