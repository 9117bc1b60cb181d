# SPDX-License-Identifier: MIT
"""A check takes the depth of its tree of questions, not its size.

The DNS server holds all answers until it has been asked no more, then gives them out: a round.
Proves, without a clock in any assertion, that the rounds of a check are the longest chain of
questions that need one another, with HELO and MAIL FROM side by side, that without prefetch each
question is a round of its own, and that nothing is asked that evaluation could not reach.
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer

CLIENT = "192.0.2.1"
OTHER = "192.0.2.99"


def a(number, address=OTHER):
    return {f"h{i}.test": [("A", address)] for i in range(number)}


SHAPES = {
    # name: (zone, result, depth, questions)
    "flat": ({"d.test": [("TXT", f"v=spf1 ip4:{CLIENT} -all")]}, "pass", 1, 1),
    "include of three includes": ({
        "d.test": [("TXT", "v=spf1 include:i.test -all")],
        "i.test": [("TXT", "v=spf1 include:i1.test include:i2.test include:i3.test ~all")],
        "i1.test": [("TXT", "v=spf1 ip4:198.51.100.1 ~all")],
        "i2.test": [("TXT", "v=spf1 ip4:198.51.100.2 ~all")],
        "i3.test": [("TXT", f"v=spf1 ip4:{CLIENT} ~all")]}, "pass", 3, 5),
    "mx and five includes": ({
        "d.test": [("TXT",
                    "v=spf1 mx " + " ".join(f"include:i{i}.test" for i in range(5)) + " -all"),
                   ("MX", [1, "h0.test"]), ("MX", [2, "h1.test"])], **a(2),
        **{f"i{i}.test": [("TXT", "v=spf1 ip4:198.51.100.0/28 ~all")] for i in range(5)}}, "fail",
                             3, 9),
    "ten a": ({"d.test": [("TXT",
                           "v=spf1 " + " ".join(f"a:h{i}.test" for i in range(10)) + " -all")],
               **a(10)}, "fail", 2, 11),
    "eight mx hosts": ({"d.test": [("TXT", "v=spf1 mx -all"),
                                   *[("MX", [i, f"h{i}.test"]) for i in range(8)]], **a(8)}, "fail",
                       3, 10),
    "fail through includes, a and mx": ({
        "d.test": [("TXT", "v=spf1 a mx include:i.test exp=exp.test -all"), ("A", OTHER),
                   ("MX", [1, "h0.test"])], **a(2),
        "i.test": [("TXT", "v=spf1 include:j.test a:h1.test ?all")],
        "j.test": [("TXT", "v=spf1 ip4:198.51.100.0/28 ?all")],
        "exp.test": [("TXT", "no")]}, "fail", 3, 8),
    "ptr": ({"d.test": [("TXT", "v=spf1 ptr -all")], "1.2.0.192.in-addr.arpa": [
        ("PTR", "h0.test"), ("PTR", "h1.test"), ("PTR", "h2.d.test")], **a(2, CLIENT),
             "h2.d.test": [("A", CLIENT)]}, "pass", 3, 5),
    "redirects": ({"d.test": [("TXT", "v=spf1 redirect=e.test")],
                   "e.test": [("TXT", "v=spf1 redirect=f.test")],
                   "f.test": [("TXT", "v=spf1 -all")]}, "fail", 3, 3),
    "macros": ({"d.test": [("TXT", "v=spf1 exists:%{ir}.%{l}.w.test exists:%{i}.%{h}.w.test -all")],
                "1.2.0.192.user.w.test": [], "192.0.2.1.mail.helo.test.w.test": [("A",
                                                                                  "127.0.0.2")]},
               "pass", 2, 3),
}


def check(program, zone, prefetch, helo="mail.helo.test", **options):
    with DnsServer(zone, in_rounds=True, seed=5) as dns:
        settings = {"HELO_reject": "No_Check", "Mail_From_reject": "False", **options}
        with policy.Daemon(program=program, dns=dns,
                           options={**settings, "Prefetch": "Yes" if prefetch else "No"}) as daemon:
            dns.asker = daemon.pid
            reply = daemon.ask(client_address=CLIENT, sender="user@d.test", helo_name=helo)
        return reply.log, dns


@pytest.mark.parametrize("shape", SHAPES)
def test_rounds_are_the_depth(program, shape):
    zone, result, depth, questions = SHAPES[shape]
    log, dns = check(program, zone, True)
    assert log.result == result
    assert dns.rounds == depth
    assert dns.count() == questions
    assert dns.duplicates() == []


@pytest.mark.parametrize("shape", SHAPES)
def test_serial_rounds_are_the_questions(program, shape):
    zone, result, _, _ = SHAPES[shape]
    log, dns = check(program, zone, False)
    assert log.result == result
    assert dns.rounds == dns.count() == len(dns.questions())


@pytest.mark.parametrize("shape", SHAPES)
def test_both_identities_side_by_side(program, shape):
    """The HELO identity's tree of the same depth adds no round."""
    zone, _, depth, _ = SHAPES[shape]
    both = {"helo.test": [("TXT", "v=spf1 include:hi.test ?all")],
            "hi.test": [("TXT", "v=spf1 ?all")], **zone}
    _, dns = check(program, both, True, helo="helo.test", HELO_reject="False")
    assert dns.rounds == max(depth, 2)


def test_nothing_behind_a_certain_match_is_asked(program):
    zone = {"d.test": [("TXT", f"v=spf1 a:h0.test ip4:{CLIENT} a:h1.test mx include:i.test -all")],
            **a(2)}
    log, dns = check(program, zone, True)
    assert log.result == "pass"
    assert {(q.name, q.type) for q in dns.questions()} == {("d.test", "TXT"), ("h0.test", "A")}


def test_nothing_is_asked_for_a_broken_record(program):
    log, dns = check(program, {"d.test": [("TXT", "v=spf1 a mx include:i.test bad")]}, True)
    assert log.result == "permerror"
    assert dns.count() == 1


def test_nothing_past_ten_terms_is_asked(program):
    zone = {"d.test": [("TXT", "v=spf1 " + " ".join(f"a:h{i}.test" for i in range(30)) + " -all")],
            **a(30)}
    log, dns = check(program, zone, True)
    assert log.result == "permerror"
    assert dns.count() <= 11


def test_only_the_clients_family_is_asked(program):
    zone = {"d.test": [("TXT", "v=spf1 a mx exists:h0.test -all"), ("A", OTHER),
                       ("MX", [1, "h1.test"])], **a(2)}
    _, dns = check(program, zone, True)
    assert not dns.questions(rtype="AAAA")


def test_the_explanation_is_asked_only_for_a_fail(program):
    zone = {"d.test": [("TXT", f"v=spf1 ip4:{CLIENT} exp=exp.test -all")],
            "exp.test": [("TXT", "words")]}
    log, dns = check(program, zone, True)
    assert log.result == "pass"
    assert dns.questions("exp.test") == []
