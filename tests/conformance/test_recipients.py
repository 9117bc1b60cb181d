# SPDX-License-Identifier: MIT
"""Recipients of one message, with settings of their own (Per_User) or the same.

Proves that a result found under one recipient's settings is not another's, where it depends on them:
the client that Prospective names, Void_Limit, and Lookup_Time.
"""

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer

ZONE = {
    "pass.test": [("TXT", "v=spf1 ip4:192.0.2.1 -all")],
    "void.test": [("TXT", "v=spf1 a:v1.test a:v2.test a:v3.test ip4:192.0.2.1 -all")],
    "slow.test": [("TXT", "v=spf1 ip4:192.0.2.1 -all"), Behaviour(delay_ms=2500)],
}
USERS = {"ours@dest.example": "Prospective=192.0.2.1", "void@dest.example": "Void_Limit=3",
         "hasty@dest.example": "Lookup_Time=1"}
PLAIN = "plain@dest.example"


@pytest.fixture(name="daemon")
def daemon_fixture(program, tmp_path):
    users = tmp_path / "users"
    users.write_text("".join(f"{who},{what}\n" for who, what in USERS.items()), encoding="ascii")
    options = {"Per_User": f"text,{users}", "debugLevel": "2", "PermError_reject": "True",
               "TempError_Defer": "True"}
    with DnsServer(ZONE) as dns, policy.Daemon(program=program, dns=dns, options=options) as daemon:
        yield daemon


@pytest.mark.parametrize("client,sender,expected", [
    ("192.0.2.77", "a@pass.test", {"ours@dest.example": "DUNNO", PLAIN: "550"}),
    ("192.0.2.1", "a@void.test", {"void@dest.example": "PREPEND", PLAIN: "550"}),
    ("192.0.2.1", "a@slow.test", {"hasty@dest.example": "DEFER_IF_PERMIT", PLAIN: "PREPEND"}),
])
@pytest.mark.parametrize("order", [1, -1], ids=["own-first", "own-last"])
def test_results_are_not_shared_across_settings(daemon, client, sender, expected, order):
    for recipient, verb in list(expected.items())[::order]:
        reply = daemon.ask(log=False, client_address=client, sender=sender, helo_name="localhost",
                           instance="1.1.1", recipient=recipient)
        assert reply.verb == verb
