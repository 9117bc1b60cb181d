# SPDX-License-Identifier: MIT
"""--json: the shape that spfpolicyd(8) describes, for every byte that can come in.

And the tree tells the truth: over all cases of the SPF test suites it is walked anew, term by term, and
has to arrive at the verdict that was reached.
"""

import os
import re

import pytest

from lib import suites
from lib.dnsserver import DnsServer, Zone

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man", "spfpolicyd.8")
ZONE = """
a.example. TXT "v=spf1 a:x\\\\\\".example include:i.example exp=e.example -all"
b.example. TXT "v=spf1 mx include:i.example include:never.example -all exp=e.example"
b.example. MX 5 m1.example.
b.example. MX 6 m2.example.
m1.example. A 192.0.2.1
m2.example. A 192.0.2.2
i.example. TXT "v=spf1 ip6:2001:db8::/32 exists:%{i}.none.example ?all"
e.example. TXT "see \\"us\\" at %{d}"
never.example. TXT "v=spf1 +all"
"""
MEMBERS = {
    "top": {"format", "client", "helo", "sender", "recipient", "exempt", "exempt_by", "exempt_then",
            "exempt_then_by", "missed", "decision", "identities", "dmarc", "advice"},
    "decision": {"action", "identity", "test_mode", "dmarc", "reply", "headers", "log", "ms"},
    "identity": {"identity", "name", "checked", "why_not", "domain", "result", "mechanism", "problem", "fault",
                 "explanation", "counts", "complete", "questions", "record"},
    "counts": {"lookups", "lookups_max", "voids", "voids_max", "questions", "lookups_known"},
    "record": {"domain", "status", "text", "reached", "result", "error", "errors", "question",
               "terms"},
    "term": {"text", "mechanism", "qualifier", "verdict", "decides", "lookup", "void_lookup", "target",
             "note", "questions", "record"},
    "dmarc": {"domain", "policy", "record_domain", "queries", "queries_max", "questions"},
    "question": {"name", "type", "status", "ms", "cached", "source", "needed", "answers"},
    "errors": {"offset", "length", "problem", "term", "meant"},
    "advice": {"code", "severity", "domain", "text", "proposal"},
}


def check_question(question):
    assert set(question) == MEMBERS["question"]
    assert question["type"] in ("TXT", "A", "AAAA", "MX", "PTR")
    assert question["status"] in ("ok", "nodata", "nxdomain", "failure", "unanswered")
    assert question["source"] in ("dns", "cached", "zone", "as above")
    assert bool(question["answers"]) == (question["status"] == "ok")


def check_record(record):
    assert set(record) == MEMBERS["record"]
    for error in record["errors"]:
        assert set(error) == MEMBERS["errors"]
    assert record["status"] in ("found", "none", "temperror", "permerror")
    check_question(record["question"])
    for term in record["terms"]:
        assert set(term) == MEMBERS["term"]
        assert term["verdict"] in ("not reached", "no match", "match", "temperror", "permerror", "used",
                                   "not used")
        for question in term["questions"]:
            check_question(question)
        if term["record"]:
            check_record(term["record"])


def check_shape(result):
    assert set(result) == MEMBERS["top"]
    assert set(result["decision"]) == MEMBERS["decision"]
    assert [i["identity"] for i in result["identities"]] == ["helo", "mailfrom"]
    if result["dmarc"]:
        assert set(result["dmarc"]) == MEMBERS["dmarc"]
        for question in result["dmarc"]["questions"]:
            check_question(question)
    for identity in result["identities"]:
        assert set(identity) == MEMBERS["identity"]
        if identity["counts"]:
            assert set(identity["counts"]) == MEMBERS["counts"]
        for question in identity["questions"]:
            check_question(question)
        if identity["record"]:
            check_record(identity["record"])
    for advice in result["advice"]:
        assert set(advice) == MEMBERS["advice"]


def test_values(check):
    output = check("--json", "--ip", "192.0.2.1", "--helo", "a.example", "--from", "x@b.example", zone=ZONE,
                   options=["HELO_reject = False"])
    result = output.object
    check_shape(result)
    assert result["format"] == 1
    assert (result["client"], result["helo"], result["sender"], result["recipient"], result["exempt"]) == (
        "192.0.2.1", "a.example", "x@b.example", "", None)
    decision = result["decision"]
    assert (decision["action"], decision["identity"]) == ("prepend", "mailfrom")
    assert decision["reply"] == "action=prepend " + decision["headers"][0]
    assert decision["headers"][0].startswith("Received-SPF: pass ")
    assert decision["log"].startswith("prepend Received-SPF: Pass (mailfrom) identity=mailfrom; ")
    mailfrom = output.identity("mailfrom")
    assert (mailfrom["result"], mailfrom["mechanism"], mailfrom["domain"]) == ("pass", "mx", "b.example")
    counts = mailfrom["counts"]
    assert counts.pop("lookups_known") in (3, 4)    # whether i.example was prefetched is not promised
    assert counts == {"lookups": 1, "lookups_max": 10, "voids": 0, "voids_max": 2, "questions": 0}
    mx, include, never, end, _ = mailfrom["record"]["terms"]
    assert (mx["verdict"], mx["decides"], mx["lookup"]) == ("match", True, 1)
    assert [(q["name"], q["type"], q["needed"], q["answers"]) for q in mx["questions"]] == [
        ("b.example", "MX", True, ["5 m1.example", "6 m2.example"]),
        ("m1.example", "A", True, ["192.0.2.1"]),
        *[("m2.example", "A", False, ["192.0.2.2"])] * (len(mx["questions"]) - 2)]
    assert (include["verdict"], never["verdict"], end["verdict"]) == ("not reached",) * 3
    helo = output.identity("helo")
    assert helo["result"] == "fail"
    assert helo["explanation"] == 'see "us" at a.example'
    assert helo["record"]["terms"][0]["text"] == 'a:x\\x5c".example'


def test_errors_have_a_place(check):
    result = check("--json", "--ip", "192.0.2.1", "--from", "x@a.example", "--record",
                   "v=spf1 a ip4:192.0.2.256 -all", options=["HELO_reject = No_Check"]).object
    check_shape(result)
    record = result["identities"][1]["record"]
    place = slice(record["error"]["offset"], record["error"]["offset"] + record["error"]["length"])
    assert record["text"][place] == "192.0.2.256"
    assert record["status"] == "permerror"
    assert "192.0.2.256" in record["error"]["problem"]
    assert result["identities"][0]["checked"] is False
    assert result["identities"][0]["why_not"]


def test_what_the_exemption_has_asked_for_is_cached(check, dns):
    dns.set_zone({"relay.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")]}, ttl=300)
    output = check("--json", "--ip", "192.0.2.1", "--from", "x@relay.example",
                   options=[f"DNS_Servers = {dns.address}", "HELO_reject = No_Check",
                            "Domain_Whitelist = relay.example"])
    check_shape(output.object)
    assert output.object["exempt"] == "SPF skipped for whitelisted relay domain"
    questions = output.identity("mailfrom")["questions"]
    assert [(q["name"], q["type"], q["source"], q["cached"]) for q in questions] == [
        ("relay.example", "TXT", "cached", True), ("relay.example", "A", "cached", True)]


def test_any_bytes_make_valid_json(check):
    every = bytes(b for b in range(1, 256) if b != 0x0a)
    output = check("--json", "--ip", "192.0.2.1", "--helo", every, "--from", every + b"@b.example", zone=ZONE)
    check_shape(output.object)
    shown = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1), 16)), output.object["helo"])
    assert shown.encode("latin-1") == every


def test_manual_names_every_member():
    with open(MANUAL, encoding="ascii") as stream:
        manual = stream.read().split(".Ss JSON", 1)[1].split(".Sh", 1)[0]
    for members in MEMBERS.values():
        for member in members:
            assert re.search(rf"\b{member}\b", manual), member


def path(record):
    """The marked terms, from the first record down."""
    while record:
        marked = [term for term in record["terms"] if term["decides"]]
        assert len(marked) <= 1
        yield from marked
        record = marked[0]["record"] if marked else None


QUALIFIER = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


def result_of(record):
    """The verdict that the shown verdicts of the terms amount to."""
    if record["status"] != "found":
        return record["status"]
    for term in record["terms"]:
        if term["verdict"] == "match":
            return QUALIFIER[term["qualifier"]]
        if term["verdict"] in ("temperror", "permerror"):
            return term["verdict"]
    for term in record["terms"]:
        if term["mechanism"] == "redirect" and term["verdict"] == "used":
            return result_of(term["record"])
    return "neutral"


@pytest.mark.parametrize("suite", sorted(suites.FILES))
@pytest.mark.parametrize("prefetch", ["Yes", "No"])
def test_the_tree_leads_to_the_verdict(check, suite, prefetch):
    try:
        cases = suites.load(suite)
    except suites.SuiteMissing as missing:
        pytest.skip(str(missing))
    trees = 0
    with DnsServer() as dns:
        for case in cases:
            kind = "mailfrom" if case.mailfrom else "helo"
            dns.set_zone(Zone.from_suite(case.zonedata))
            output = check("--json", "--ip", case.host, "--helo", case.helo, "--from", case.mailfrom, options=[
                f"DNS_Servers = {dns.address}", f"Prefetch = {prefetch}",
                "HELO_reject = " + ("No_Check" if case.mailfrom else "Fail")])
            identity = output.identity(kind)
            check_shape(output.object)
            record = identity["record"]
            if record is None:
                assert identity["result"] == "none", case.id
                continue
            trees += 1
            assert identity["complete"], case.id
            assert identity["result"] == record["result"] == result_of(record), case.id
            way = [term["text"] for term in path(record)]
            assert identity["mechanism"] in ("", "default", *way), case.id
            lookups = sum(1 for line in output.out.splitlines() if re.match(r' *"lookup": [0-9]', line))
            assert min(lookups, 10) == identity["counts"]["lookups"], case.id
            if prefetch == "No":
                assert all(question["needed"] for question in identity["questions"]), case.id
    assert trees >= len(cases) // 2


DMARC_ZONE = """
corp.example. TXT "v=spf1 ip4:192.0.2.9 -all"
_dmarc.corp.example. TXT "v=DMARC1; p=none; sp=reject"
sub.corp.example. TXT "v=spf1 ip4:192.0.2.9 -all"
"""


@pytest.mark.parametrize("client, sender, policy, needed", [
    ("192.0.2.1", "a@sub.corp.example", "reject", [True, True, True]),
    ("192.0.2.1", "a@corp.example", "none", [True, False]),
    ("192.0.2.9", "a@sub.corp.example", None, [False, False, False]),
])
def test_dmarc_walk_is_shown(check, client, sender, policy, needed):
    words = ["--ip", client, "--from", sender]
    option = ["Leave_To_DMARC = Enforced"]
    result = check(*words, "--json", zone=DMARC_ZONE, options=option).object
    check_shape(result)
    walk = result["dmarc"]
    assert (walk["policy"], walk["domain"]) == (policy, sender[2:]) and policy == result["decision"]["dmarc"]
    assert walk["record_domain"] == ("corp.example" if policy else None)
    assert (walk["queries"], walk["queries_max"]) == (0, 8), "of a zone none is sent"
    assert [question["needed"] for question in walk["questions"]] == needed
    page = check(*words, "--no-color", zone=DMARC_ZONE, options=option).out
    assert f"DMARC {sender[2:]}" in page and page.count("TXT  _dmarc.") == len(needed)
    assert check(*words, "--json", zone=DMARC_ZONE).object["dmarc"] is None


def test_dmarc_queries_are_counted_apart(check, dns):
    dns.set_zone({"a.corp.example": [("TXT", "v=spf1 -all")]})
    result = check("--ip", "192.0.2.1", "--from", "u@a.corp.example", "--json", options=[
        "Leave_To_DMARC = Enforced", f"DNS_Servers = {dns.address}"]).object
    assert (result["dmarc"]["queries"], result["dmarc"]["policy"]) == (3, "absent")
    assert next(i for i in result["identities"] if i["identity"] == "mailfrom")["counts"]["questions"] == 1
    assert result["decision"]["log"].endswith("; dmarc=absent; dmarc-queries=3")
