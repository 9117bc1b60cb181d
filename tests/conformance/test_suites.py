# SPDX-License-Identifier: MIT
"""The RFC 7208 test suite and its sisters, through the built program over the policy protocol.

Proves each verdict and each explanation byte for byte, with answers prefetched and arriving in
random order and with one question at a time. Where a case of the RFC 7208 suite allows several
results, ours is the preferred one (and once another); the older suites' preferences are not all those of RFC 7208.
"""

import os

import pytest
import yaml

from lib import policy, suites
from lib.dnsserver import DnsServer, Zone

HERE = os.path.dirname(os.path.abspath(__file__))
RFC7208_CASES = 203
# Where the suite of the standard allows several results, and ours is not the first. Equal records are one (RFC
# 2181 section 5), and the suite knows resolvers that combine them.
PREFERRED = {"03-multispf1": "fail"}
EXPLAINS = " explains: "

with open(os.path.join(HERE, "deviations.yml"), encoding="utf-8") as stream:
    DEVIATIONS = {(d["suite"], d["case"]): d for d in yaml.safe_load(stream)["cases"]}


def all_cases():
    found = []
    for suite in suites.FILES:
        try:
            found += suites.load(suite)
        except suites.SuiteMissing as missing:
            reason = str(missing)
            found.append(pytest.param(None, id=suite, marks=pytest.mark.skipif(
                suite != "rfc7208", reason=reason)))
    return [case if not isinstance(case, suites.Case) else
            pytest.param(case, id=f"{case.suite}-{case.id}") for case in found]


def key_of(case):
    """Its number counts the scenarios before it, of which a later release has more."""
    return case.suite, case.id.partition("-")[2]


class Setup:
    """One DNS server and two processes: a null sender needs the HELO check, the others must not be
    decided by it."""

    def __init__(self, program, prefetch):
        self.dns = DnsServer(jitter_ms=3 if prefetch else 0, seed=7208)
        options = {"Prefetch": "Yes" if prefetch else "No", "Mail_From_reject": "Fail"}
        self.daemons = {
            kind: policy.Daemon(program=program, dns=self.dns,
                                options={**options, "HELO_reject": helo_reject})
            for kind, helo_reject in (("mailfrom", "No_Check"), ("helo", "Fail"))}

    def check(self, case):
        self.dns.set_zone(Zone.from_suite(case.zonedata))
        daemon = self.daemons["mailfrom" if case.mailfrom else "helo"]
        return daemon.ask(client_address=case.host, helo_name=case.helo, sender=case.mailfrom)


@pytest.fixture(scope="module", params=[True, False], ids=["prefetch", "serial"])
def setup(request, program):
    made = Setup(program, request.param)
    with made.dns, made.daemons["mailfrom"], made.daemons["helo"]:
        yield made


def explanation(reply):
    """The sender domain's words in a rejection; DEFAULT when it has none."""
    return reply.rest.split(EXPLAINS, 1)[1] if EXPLAINS in reply.rest else "DEFAULT"


@pytest.mark.parametrize("case", all_cases())
def test_case(setup, case):
    if case is None:
        suites.find("rfc7208")
    deviation = DEVIATIONS.get(key_of(case), {})
    allowed = [PREFERRED.get(case.id, case.results[0])] if case.suite == "rfc7208" else case.results
    assert set(allowed) <= set(case.results)
    allowed = [deviation["result"]] if "result" in deviation else allowed
    wanted_words = deviation.get("explanation", case.explanation)
    reply = setup.check(case)
    wanted = reply.log.result
    assert wanted in allowed
    if reply.verb == "PREPEND":
        assert reply.received_spf.result == wanted
        assert wanted != "fail"
    else:
        assert reply.action.startswith("550 5.7.23 ")
        assert wanted == "fail"
    assert reply.log["identity"] == ("mailfrom" if case.mailfrom else "helo")
    if wanted == "fail" and wanted_words is not None:
        assert explanation(reply) == wanted_words
    assert setup.dns.duplicates() == []


def test_the_suite_is_whole():
    """203 cases, 22 explanations: a cut-down suite would prove less than it seems to."""
    cases = suites.load("rfc7208")
    assert len(cases) == RFC7208_CASES
    assert sum(case.explanation is not None for case in cases) == 22


def test_deviations_are_deviations():
    """Each line of the table belongs to a case, differs from its suite's word, and gives its
    reason.
    """
    cases = [case for suite in suites.FILES for case in suites.load(suite)]
    for key, deviation in DEVIATIONS.items():
        (case,) = [case for case in cases if key_of(case) == key]
        assert deviation["section"] and deviation["reason"], key
        assert (deviation.get("result") not in (None, *case.results)
                or deviation.get("explanation") not in (None, case.explanation)), key
        assert key[0] != "rfc7208", "the suite of the standard itself allows no deviation"
