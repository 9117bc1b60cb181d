# SPDX-License-Identifier: MIT
"""Two evaluators that do not agree: libspf2 is made to give each of its results in turn.

Proves that its result alone never makes the verdict, and that our own walk's alone does not either:
where they differ it is a temperror, told in the decision's line and in a warning of its own.
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer
from lib.watch import CLIENT

# SPF_result_t of libspf2, in its order.
RESULTS = ["invalid", "neutral", "pass", "fail", "softfail", "none", "temperror", "permerror"]
ZONE = {
    "pass.test": [("TXT", "v=spf1 include:inner.test -all")],
    "inner.test": [("TXT", f"v=spf1 ip4:{CLIENT}")],
    "fail.test": [("TXT", "v=spf1 a:other.test -all exp=why.test")],
    "softfail.test": [("TXT", "v=spf1 mx:other.test ~all")],
    "neutral.test": [("TXT", "v=spf1 redirect=end.test")],
    "end.test": [("TXT", "v=spf1 ?all")],
    "permerror.test": [("TXT", "v=spf1 include:none.test -all")],
    "temperror.test": [("TXT", "v=spf1 a:dead.test -all")],
    "other.test": [("A", "198.51.100.1"), ("MX", [1, "other.test"])],
    "why.test": [("TXT", "not from there")],
    "dead.test": ["SERVFAIL"],
}
DOMAINS = [name for name in ZONE if name.split(".")[0] in RESULTS]


@pytest.fixture(scope="module")
def library(compiled, program, preloadable):
    if policy.is_sanitized(program):
        pytest.skip("a sanitizer must be the first of the libraries")
    return compiled("lying_libspf2.c", "-shared", "-fPIC")


@pytest.mark.parametrize("lie", range(len(RESULTS)), ids=RESULTS)
def test_what_only_one_of_them_says_is_a_temperror(library, lie):
    said = "temperror" if RESULTS[lie] == "invalid" else RESULTS[lie]
    options = {"HELO_reject": "No_Check", "Mail_From_reject": "False", "PermError_reject": "False"}
    environment = {"LD_PRELOAD": library, "LIE_RESULT": str(lie)}
    with DnsServer(ZONE) as dns, policy.Daemon(dns=dns, options=options, env=environment) as daemon:
        for domain in DOMAINS:
            truth = domain.split(".")[0]
            log = daemon.ask(client_address=CLIENT, sender=f"u@{domain}").log
            if truth == said:
                assert log.result == truth
                continue
            problem = f"internal: libspf2 gives {said} and our own walk {truth}"
            assert (log.result, log.get("mech")) == ("temperror", None)
            assert log["problem"] == f"SPF Temporary Error: {problem}"
            assert f"warning: check: {domain}: {problem}" in daemon.log_lines
