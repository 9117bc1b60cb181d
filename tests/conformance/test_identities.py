# SPDX-License-Identifier: MIT
"""From what an SMTP client says to the domain that is judged, and back: identities, macros,
explanations.

Proves which DNS name each MAIL FROM and HELO leads to (RFC 7208 sections 2.3, 2.4, 4.3, RFC 8616),
that what is no qualified name is "none" without a question, that no spelling of a sender escapes a
fail, the corners of macro expansion (section 7) by the questions that are asked, and what of an
explanation reaches the SMTP client (section 6.2).
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer

CLIENT = "192.0.2.1"
CLIENT6 = "2001:db8::cafe:1"
L63 = "l" * 63
LONGEST = ".".join([L63, L63, L63, "l" * 61])      # 253 bytes


class Asker:
    def __init__(self, program, dns):
        self.dns = dns
        self.daemons = {
            helo: policy.Daemon(program=program, dns=dns, options={
                "HELO_reject": helo, "Mail_From_reject": "Fail", "Hide_Receiver": "No"})
            for helo in ("No_Check", "Fail")}

    def __call__(self, zone, helo_check="No_Check", **attributes):
        self.dns.set_zone(zone)
        attributes = {"client_address": CLIENT, "helo_name": "mail.helo.test",
                      "sender": "user@d.test",
                      "recipient": "rcpt@dest.example", **attributes}
        return self.daemons[helo_check].ask(**attributes)

    def asked(self, rtype=None):
        return [q.name for q in self.dns.questions(rtype=rtype)]


@pytest.fixture(scope="module")
def ask(program):
    with DnsServer() as dns:
        asker = Asker(program, dns)
        with asker.daemons["No_Check"], asker.daemons["Fail"]:
            yield asker


# -- MAIL FROM

@pytest.mark.parametrize("sender,domain", [
    ("user@d.test", "d.test"), ("user@D.Test", "d.test"), ("user@d.test.", "d.test"),
    ("@d.test", "d.test"), ("d.test", "d.test"), ("a@b@d.test", "d.test"),
    ('"quoted local"@d.test', "d.test"), ("we ird@d.test", "d.test"), ("a=b;c@d.test", "d.test"),
    ("x" * 900 + "@d.test", "d.test"), ("%s%n%{s}@d.test", "d.test"),
    ("user@_under.d.test", "_under.d.test"),
    ("user@" + LONGEST, LONGEST), ("user@" + L63 + ".test", L63 + ".test"),
    ("user@b\u00fccher.test", "xn--bcher-kva.test"),
    ("user@B\u00dcCHER.TEST", "xn--bcher-kva.test"),
    ("user@\u4f8b\u5b50.test", "xn--fsqu00a.test"), ("\u00fcser@d.test", "d.test"),
    ("user@b\u00fccher\u3002test", "xn--bcher-kva.test"), ("user@d.test\u3002", "d.test"),
    (b"\x01\x1b\x7f@d.test", "d.test"), (b"\xff\xfe@d.test", "d.test"),
    ("pass.test@fail.test@d.test", "d.test"),
])
def test_the_domain_of_mail_from(ask, sender, domain):
    reply = ask({domain: [("TXT", "v=spf1 -all")]}, sender=sender)
    assert reply.log.result == "fail"
    assert ask.asked() == [domain]


@pytest.mark.parametrize("sender", [
    "user@[192.0.2.1]", "user@[IPv6:2001:db8::1]", "user@192.0.2.1", "user@single", "user@single.",
    "user@",
    "user@.", "user@..", "user@.d.test", "user@d..test", "user@d.test..",
    "user@" + "x" * 64 + ".test",
    "user@" + "l." + LONGEST, "user", "user@d\\.test", "user@d test.example", "user@(c)d.test",
    "user@<d.test>", "user@d.test,e.test", 'user@"d.test"', b"user@d\x01.test",
    b"user@d\x7f.test", b"user@\xff\xfe.test", "user@\u200b.test", "user@d;.test", "user@d\r.test",
])
def test_what_is_no_domain_is_none_without_a_question(ask, sender):
    reply = ask({"d.test": [("TXT", "v=spf1 -all")]}, sender=sender)
    assert reply.log.result == "none"
    assert ask.asked() == []


# -- HELO

@pytest.mark.parametrize("helo,domain", [
    ("mail.helo.test", "mail.helo.test"), ("MAIL.helo.test.", "mail.helo.test"),
    ("m_x.helo.test", "m_x.helo.test"), ("b\u00fccher.test", "xn--bcher-kva.test"),
])
def test_a_null_sender_is_judged_by_helo(ask, helo, domain):
    reply = ask({domain: [("TXT", "v=spf1 exists:%{s}.e.test -all")]}, "Fail", sender="",
                helo_name=helo)
    assert reply.log.result == "fail"
    assert reply.log["identity"] == "helo"
    assert ask.asked("TXT") == [domain]
    assert ask.asked("A") == [f"postmaster@{domain}.e.test"]


@pytest.mark.parametrize("helo", ["[192.0.2.1]", "localhost", "", "192.0.2.1", "a..b", "x" * 2000,
                                  "?", "-",
                                  "[IPv6:::1]", "x" * 64 + ".test", "b\u00fccher"])
@pytest.mark.parametrize("sender", ["", "user@none.test"])
def test_a_helo_that_is_no_name_is_none_without_a_question(ask, helo, sender):
    reply = ask({"none.test": [("A", CLIENT)]}, "Fail", sender=sender, helo_name=helo)
    assert reply.log.result == "none"
    assert ask.asked() == (["none.test"] if sender else [])


@pytest.mark.parametrize("mailfrom,helo,identity,result", [
    ("-all", "-all", "helo", "fail"), ("-all", "+all", "mailfrom", "fail"),
    ("+all", "-all", "helo", "fail"),
    ("+all", "+all", "mailfrom", "pass"), ("?all", "~all", "mailfrom", "neutral"),
])
def test_each_identity_under_its_own_name(ask, mailfrom, helo, identity, result):
    """A HELO that fails refuses; one that passes never stands for MAIL FROM (CVE-2019-20790)."""
    reply = ask({"d.test": [("TXT", "v=spf1 " + mailfrom)],
                 "mail.helo.test": [("TXT", "v=spf1 " + helo)]},
                "Fail")
    assert (reply.log.result, reply.log["identity"]) == (result, identity)
    if reply.verb == "PREPEND":
        assert reply.received_spf["identity"] == identity


@pytest.mark.parametrize("client,spf", [
    ("::ffff:192.0.2.1", "ip4:192.0.2.1"), ("::FFFF:C000:201", "ip4:192.0.2.1"),
    ("127.0.0.1", "ip4:127.0.0.1"),
    ("::1", "ip6:::1"), ("2001:DB8::1", "ip6:2001:db8::1"), ("192.0.2.1", "ip4:192.0.2.1/32"),
])
def test_clients_are_what_they_are(ask, client, spf):
    assert ask({"d.test": [("TXT", f"v=spf1 {spf} -all")]},
               client_address=client).log.result == "pass"
    assert ask({"d.test": [("TXT", f"v=spf1 -{spf} +all")]},
               client_address=client).log.result == "fail"


# -- macros, seen as questions

MACROS = [
    # macro, name asked for (below .m.test), sender, helo
    ("%{s}", "first-last@d.test", None, None), ("%{l}", "first-last", None, None),
    ("%{o}", "d.test", None, None),
    ("%{d}", "d.test", None, None), ("%{i}", "192.0.2.1", None, None),
    ("%{p}", "unknown", None, None),
    ("%{v}", "in-addr", None, None), ("%{h}", "mail.helo.test", None, None),
    ("%{d1}", "test", None, None), ("%{d2}", "d.test", None, None), ("%{d9}", "d.test", None, None),
    ("%{dr}", "test.d", None, None), ("%{d1r}", "d", None, None), ("%{D2R}", "test.d", None, None),
    ("%{ir}", "1.2.0.192", None, None), ("%{i2r}", "0.192", None, None),
    ("%{lr-}", "last.first", None, None),
    ("%{l1r-}", "first", None, None), ("%{l-}", "first.last", None, None),
    ("%{l2r+-}", "last.first", None, None),
    ("%{i128}", "192.0.2.1", None, None), ("%{i99999999999}", "192.0.2.1", None, None),
    ("%{i00001}", "1", None, None),
    ("%{s+/_=,}", "a.b.c.d.e.f@d.test", "a+b/c_d=e,f@d.test", None),
    ("%{L}", "a%2bb%2fc", "a+b/c@d.test", None), ("%{S}", "a%21b%40d.test", "a!b@d.test", None),
    ("%{l}%%%-%_x", "u%%20 x", "u@d.test", None), ("%{l}", "postmaster", "@d.test", None),
    ("%{h}", "unknown", None, ""), ("%{h}", "[192.0.2.1]", None, "[192.0.2.1]"),
    ("%{h}", "plain", None, "plain"),
    ("%{H}", "%5b192.0.2.1%5d", None, "[192.0.2.1]"), ("%{l}", "a@b", "a@b@d.test", None),
    ("%{l}", "we ird", "we ird@d.test", None), ("%{l}", 'q"uo', 'q"uo@d.test', None),
    ("%{l}", "back\\slash", "back\\slash@d.test", None), ("%{l}", "%{d}", "%{d}@d.test", None),
    ("%{o}", "xn--bcher-kva.test", "user@b\u00fccher.test", None),
]


@pytest.mark.parametrize("macro,name,sender,helo", MACROS)
def test_macros(ask, macro, name, sender, helo):
    """As a name that only exists when it was expanded so."""
    spelled = name.replace("\\", "\\\\")
    record = [("TXT", f"v=spf1 exists:{macro}.m.test -all")]
    zone = {"d.test": record, "xn--bcher-kva.test": record,
            spelled + ".m.test": [("A", "127.0.0.2")]}
    reply = ask(zone, sender="first-last@d.test" if sender is None else sender,
                helo_name="mail.helo.test" if helo is None else helo)
    assert reply.log.result == "pass", ask.asked()


def test_macros_of_an_ipv6_client(ask):
    nibbles = "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.A.F.E.0.0.0.1"
    zone = {"d.test": [("TXT", "v=spf1 exists:%{i}.%{v}.m.test -all")],
            f"{nibbles}.ip6.m.test": [("A", CLIENT)]}
    assert ask(zone, client_address=CLIENT6).log.result == "pass"


@pytest.mark.parametrize("pointers,addresses,name", [
    (["a.test", "b.d.test", "d.test"], ["a.test", "b.d.test", "d.test"], "d.test"),
    (["a.test", "b.d.test"], ["a.test", "b.d.test"], "b.d.test"),
    (["a.test", "xd.test"], ["a.test"], "a.test"),
    (["a.test", "b.d.test"], ["a.test"], "a.test"), (["a.test"], [], "unknown"),
    ([], [], "unknown"),
    (["D.TEST", "a.test"], ["a.test", "d.test"], "d.test"),
])
def test_the_preferred_name_of_the_client(ask, pointers, addresses, name):
    """Section 7.3: the domain itself, else one below it, else any that leads back to the client."""
    zone = {"d.test": [("TXT", "v=spf1 exists:%{p}.m.test -all")],
            name + ".m.test": [("A", "127.0.0.2")],
            "1.2.0.192.in-addr.arpa": [("PTR", pointer) for pointer in pointers]}
    for address in addresses:
        zone.setdefault(address, []).append(("A", CLIENT))
    assert ask(zone).log.result == "pass", ask.asked()


@pytest.mark.parametrize("extra,kept", [(0, "whole"), (1, "cut")])
def test_long_names_lose_labels_on_the_left(ask, extra, kept):
    """Section 7.3: at most 253 bytes are asked, and what is dropped are whole labels."""
    tail = ".".join(["t" * 60] * 3) + ".m.test"                    # 189 bytes
    first = "f" * (253 - len(tail) - 1 - len("d.test") - 1 + extra)
    asked = f"{first}.d.test.{tail}" if kept == "whole" else f"d.test.{tail}"
    zone = {"d.test": [("TXT", f"v=spf1 exists:{first}.%{{d}}.{tail} -all")],
            asked: [("A", "127.0.0.2")]}
    assert ask(zone).log.result == "pass"
    assert max(map(len, ask.asked())) <= 253


@pytest.mark.parametrize("mechanism", ["exists:%{l}.m.test", "a:%{s}.m.test", "mx:%{L}.m.test",
                                       "include:%{S}.m.test", "ptr:%{l}.m.test"])
def test_a_local_part_that_is_not_ascii_matches_nothing(ask, mechanism):
    """RFC 8616 section 4; and no question leaves with its bytes."""
    zone = {"d.test": [("TXT", f"v=spf1 {mechanism} ~all")]}
    assert ask(zone, sender="\u00fcser@d.test").log.result == "softfail"
    assert ask.asked() == ["d.test"]


@pytest.mark.parametrize("name", ["a..b.test", "." + "b.test", "x" * 64 + ".test", ".test"])
def test_names_that_dns_can_not_carry_do_not_match(ask, name):
    zone = {"d.test": [("TXT", f"v=spf1 exists:{name} a:{name} mx:{name} ptr:{name} ~all")]}
    assert ask(zone).log.result == "softfail"
    assert ask.asked() == ["d.test"]


@pytest.mark.parametrize("target, sender", [("a..b.test", "user@d.test"),
                                            ("%{l}.m.test", "\u00fcser@d.test")])
def test_a_redirect_must_lead_to_a_name(ask, target, sender):
    """Section 6.1: there is nothing behind it to go on with, as there is behind a mechanism."""
    zone = {"d.test": [("TXT", f"v=spf1 a redirect={target}")]}
    assert ask(zone, sender=sender).log.result == "permerror"
    assert sorted(ask.asked()) == ["d.test", "d.test"]


# -- explanations

def rejection(ask, text, spf="v=spf1 exp=exp.test -all", **zone):
    rows = text if isinstance(text, tuple) else [("TXT", text)]
    reply = ask({"d.test": [("TXT", spf)], "exp.test": rows, **zone})
    assert reply.log.result == "fail"
    assert reply.action.startswith("550 5.7.23 ")
    assert len(reply.action) <= 512 - len("<rcpt@dest.example>: Recipient address rejected: \r\n")
    return reply.action


@pytest.mark.parametrize("length", [200, 255, 256, 400, 4000])
def test_long_explanations_are_cut_and_say_so(ask, length):
    action = rejection(ask, "w" * length)
    assert "d.test explains: www" in action
    assert action.endswith("w" * 200 if length == 200 else "w" if length == 255 else "...")


@pytest.mark.parametrize("text", ["w" * 5000, "w" * 60000, "%{s}%{h}" * 2000])
def test_what_is_far_too_long_is_no_explanation(ask, text):
    assert "explains" not in rejection(ask, text)


def test_macros_that_grow_are_cut_too(ask):
    assert rejection(ask, "%{s}%{h} " * 40).endswith("...")
