# SPDX-License-Identifier: MIT
"""Where libspf2 1.2.10 departs from RFC 7208, we do not: one test for each such place.

The ids are grouped by what is concerned: I the arguments of check_host(), R the record's
selection, C its grammar, M macros, L limits, N nesting, E explanations. What stock libspf2 does
instead stands beside each row. (Its memory errors and limits have tests of their own.)
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer

CLIENT = "192.0.2.1"
CLIENT6 = "2001:db8::1"
A_HIT = [("A", CLIENT), ("AAAA", CLIENT6)]
A_MISS = [("A", "192.0.2.99")]
HOSTS = {
    "hit.test": A_HIT, "miss.test": A_MISS, "d.test": A_MISS + [("MX", [1, "miss.test"])],
    "e.com": A_HIT,
    "1.2.0.192.in-addr.arpa": [("PTR", "hit.test")], "pass.test": [("TXT", "v=spf1 +all")],
    "fail.test": [("TXT", "v=spf1 -all")], "neutral.test": [("TXT", "v=spf1 ?all")],
    "soft.test": [("TXT", "v=spf1 ~all")], "broken.test": [("TXT", "v=spf1 moo")],
    "servfail.test": ["SERVFAIL"],
    "refused.test": ["REFUSED"], "formerr.test": ["FORMERR"], "notimp.test": ["NOTIMP"],
    "nine.test": ["RCODE 9"],
    "mx-servfail.test": [("MX", [1, "servfail.test"])],
}
MANY = " ".join(f"ip4:10.0.{i // 200}.{i % 200}" for i in range(500))
MANY6 = " ".join(f"ip6:2001:db8:1::{i:x}" for i in range(500))

# id, record (or zone rows) of d.test, result; the client is CLIENT unless "6" ends the id
ROWS = [
    ("R2-version", "V=SpF1 +all", "pass"),              # all of R2 is right there
    ("R2-several", [("TXT", "v=spf1 +all"), ("TXT", "V=SPF1 -all")], "permerror"),
    ("R2-not-v10", [("TXT", "v=spf10 +all"), ("TXT", "v=spf1 -all")], "fail"),
    ("R2-tab", "v=spf1\t+all", "none"),
    ("R2-blank-first", " v=spf1 +all", "none"),
    ("R2-bare", "v=spf1", "neutral"),
    ("R1-type-99", [("SPF", "v=spf1 +all")], "none"),
    ("R3-strings", [("TXT", ["v=sp", "f1 +a", "ll"])], "pass"),
    ("R4-nul", b"v=spf1 a:hit.test\0b -all", "permerror"),
    # the rest of the record vanishes
    ("R4-nul-in-all", b"v=spf1 +all\0 -all", "permerror"),
    ("R5-8-bit", "v=spf1 a:h\u00fct.test +all", "permerror"),       # taken for a letter
    ("R5-control", "v=spf1 a:h\x01t.test +all", "permerror"),
    ("R5-line-feed", "v=spf1 ip4:192.0.2.1\n-all", "permerror"),
    ("R6-servfail", ["SERVFAIL"], "temperror"),                     # no result at all
    ("R6-refused", ["REFUSED"], "temperror"),
    ("R7-syntax", "v=spf1 moo", "permerror"),                       # told from "none" by nothing
    ("R7-syntax-behind-all", "v=spf1 +all moo", "permerror"),
    ("C1-long-ip4", f"v=spf1 {MANY} -all", "fail"),                 # neutral: the tail is dropped
    ("C1-long-ip4-match", f"v=spf1 {MANY} ip4:{CLIENT} -all", "pass"),
    ("C1-long-ip6-6", f"v=spf1 {MANY6} ip6:{CLIENT6} -all", "pass"),
    ("C1-long-a", "v=spf1 " + MANY + " a:hit.test -all", "pass"),
    ("C1-long-modifier", "v=spf1 x=" + "y" * 5000 + " -all", "fail"),
    ("C2-long-address", "v=spf1 ip4:" + "1" * 300 + " +all", "permerror"),
    # the term is dropped
    ("C2-long-address-v6", "v=spf1 ip6:" + "1:" * 100 + ":1 +all", "permerror"),
    ("C3-redirect-is-last", "v=spf1 redirect=fail.test a:hit.test", "pass"),
    # fail: taken where it stands
    ("C3-redirect-and-all", "v=spf1 redirect=fail.test ?all", "neutral"),
    ("C3-redirect-colon", "v=spf1 redirect:pass.test", "permerror"),
    ("C3-redirect-qualified", "v=spf1 -redirect=pass.test", "permerror"),
    ("C4-redirect-twice", "v=spf1 redirect=pass.test redirect=pass.test", "permerror"),
    ("C4-exp-twice", "v=spf1 exp=a.test exp=a.test +all", "permerror"),
    ("C4-redirect-twice-case", "v=spf1 Redirect=pass.test redirect=pass.test +all", "permerror"),
    ("C5-redirect-empty", "v=spf1 redirect=", "permerror"),
    ("C5-exp-empty", "v=spf1 exp= +all", "permerror"),
    ("C5-exp-syntax", "v=spf1 exp=%{q}.test +all", "permerror"),
    ("C5-exp-single", "v=spf1 exp=test +all", "permerror"),
    ("C6-modifier-dot", "v=spf1 a.b-c_d.9=x +all", "pass"),
    ("C6-modifier-digit", "v=spf1 9a=x +all", "permerror"),
    ("C7-unknown-modifier-macro", "v=spf1 x=%{q} +all", "permerror"),
    ("C7-unknown-modifier-percent", "v=spf1 x=100% +all", "permerror"),
    ("C8-percent", "v=spf1 exists:%h.hit.test +all", "permerror"),
    ("C8-percent-end", "v=spf1 exists:hit.test% +all", "permerror"),
    ("C9-c", "v=spf1 exists:%{c}.hit.test +all", "permerror"),
    ("C9-r-in-exp", "v=spf1 exp=%{r}.hit.test +all", "permerror"),
    # accepted in modifiers
    ("C9-t-in-redirect", "v=spf1 redirect=%{t}.hit.test", "permerror"),
    ("C10-comma", "v=spf1 exists:%{d,}.hit.test ~all", "softfail"),             # refused
    ("C10-slash", "v=spf1 exists:%{d/}.hit.test ~all", "softfail"),
    ("C10-bar", "v=spf1 exists:%{d|}.hit.test ~all", "permerror"),              # accepted
    ("C10-upper-r", "v=spf1 exists:%{dR}.hit.test ~all", "softfail"),
    ("C11-single-label", "v=spf1 a:test +all", "permerror"),                    # warned of at most
    ("C11-numeric", "v=spf1 a:192.0.2.1 +all", "permerror"),
    ("C11-numeric-toplabel", "v=spf1 a:hit.111 +all", "permerror"),
    ("C11-hyphen-first", "v=spf1 a:hit.-test +all", "permerror"),
    ("C11-hyphen-last", "v=spf1 mx:hit.test- +all", "permerror"),
    ("C11-underscore", "v=spf1 mx:hit.te_st +all", "permerror"),
    ("C11-dot-last", "v=spf1 a:hit.test. -all", "pass"),
    ("C11-two-dots-last", "v=spf1 a:hit.test.. -all", "permerror"),
    ("C12-a", "v=spf1 a: +all", "permerror"),                                   # the current domain
    ("C12-mx", "v=spf1 mx:/24 +all", "permerror"),
    ("C12-ptr", "v=spf1 ptr: +all", "permerror"),
    ("C12-exists", "v=spf1 exists: +all", "permerror"),
    ("C12-include", "v=spf1 include: +all", "permerror"),
    ("C13-ip4", "v=spf1 ip4:10.0.0.0/0 -all", "pass"),                          # refused
    ("C13-ip4-6", "v=spf1 ip4:10.0.0.0/0 -all", "fail"),
    ("C13-ip6-6", "v=spf1 ip6:2001::/0 -all", "pass"),
    ("C13-ip6", "v=spf1 ip6:2001::/0 -all", "fail"),
    ("C13-a", "v=spf1 a:miss.test/0 -all", "pass"),
    ("C13-a-6", "v=spf1 a:miss.test/0//0 -all", "fail"),
    ("C13-a-6-hit", "v=spf1 a:hit.test//0 -all", "pass"),
    ("C13-a-absent", "v=spf1 a:absent.test/0 -all", "fail"),
    ("C13-mx", "v=spf1 mx:d.test/0 -all", "pass"),
    ("C13-mx-6", "v=spf1 mx:d.test//0 -all", "fail"),
    ("C14-leading-zero", "v=spf1 ip4:192.0.2.0/024 +all", "permerror"),
    ("C14-overflow", "v=spf1 ip4:192.0.2.1/4294967328 +all", "permerror"),      # /32
    ("C14-overflow-a", "v=spf1 a/4294967320 +all", "permerror"),                # /24
    ("C14-33", "v=spf1 ip4:192.0.2.1/33 +all", "permerror"),
    ("C14-129", "v=spf1 ip6:::1/129 +all", "permerror"),
    ("C14-minus", "v=spf1 ip4:192.0.2.1/-1 +all", "permerror"),
    ("C15-exists-cidr", "v=spf1 exists:hit.test/24 +all", "permerror"),         # part of the name
    ("C15-include-cidr", "v=spf1 include:pass.test/24 +all", "permerror"),
    ("C15-ptr-cidr", "v=spf1 ptr:hit.test/24 +all", "permerror"),
    ("C15-order", "v=spf1 a:hit.test//64/24 +all", "permerror"),
    ("C15-dual-on-ip4", "v=spf1 ip4:192.0.2.1/24//64 +all", "permerror"),
    ("C16-long-literal", "v=spf1 exists:" + "a." * 200 + "hit.test ~all", "softfail"),
    # permerror
    ("C16-long-term", "v=spf1 exists:%{d}." + "a." * 300 + "hit.test ~all", "softfail"),
    ("C17-include-equals", "v=spf1 include=pass.test", "neutral"),
    # grammatical: an unknown modifier
    ("C17-unknown", "v=spf1 ipv4:192.0.2.1 +all", "permerror"),
    ("C17-case", "v=spf1 -InClUdE:pass.test", "fail"),
    ("C17-all-argument", "v=spf1 +all:hit.test", "permerror"),
    ("M3-escapes", "v=spf1 exists:%{L}.m.test -all", "pass"),
    # ! * ' ( ) left bare
    ("M6-no-name", "v=spf1 exists:%{l}..hit.test ~all", "softfail"),            # temperror
    ("L6-ptr-servfail", "v=spf1 ptr:hit.test ~all", "softfail"),
    # temperror; see the client
    ("L7-ptr-dot", "v=spf1 ptr:hit.test. -all", "pass"),                        # never matches
    ("N1-include-none", "v=spf1 include:absent.test +all", "permerror"),
    ("N1-include-no-record", "v=spf1 include:hit.test +all", "permerror"),
    ("N1-include-servfail", "v=spf1 include:servfail.test +all", "temperror"),
    ("N1-include-broken", "v=spf1 include:broken.test +all", "permerror"),
    ("N1-include-fail", "v=spf1 include:fail.test ?all", "neutral"),
    ("N1-include-soft", "v=spf1 include:soft.test ?all", "neutral"),
    ("N1-include-neutral", "v=spf1 include:neutral.test -all", "fail"),
    ("N1-include-pass", "v=spf1 ~include:pass.test -all", "softfail"),
    ("N2-redirect-none", "v=spf1 redirect=absent.test", "permerror"),
    ("N2-redirect-servfail", "v=spf1 redirect=servfail.test", "temperror"),
    ("N2-redirect-broken", "v=spf1 redirect=broken.test", "permerror"),
    ("N2-redirect-pass", "v=spf1 redirect=pass.test", "pass"),
    ("N3-include-itself", "v=spf1 include:d.test +all", "permerror"),
    ("N3-redirect-itself", "v=spf1 redirect=d.test", "permerror"),
    ("N3-include-itself-unreached", "v=spf1 +all include:d.test", "pass"),
    *[(f"N4-{term.split(':')[0]}-{name}", f"v=spf1 {term}{name}.test -all", "temperror")
      for term in ("a:", "mx:", "exists:", "include:")
      for name in ("servfail", "refused", "formerr", "notimp", "nine")],
    # no match, when not "try again"
    ("N4-mx-host", "v=spf1 mx:mx-servfail.test -all", "temperror"),
]


@pytest.fixture(scope="module")
def ask(program):
    with DnsServer() as dns, policy.Daemon(program=program, dns=dns, options={
            "HELO_reject": "No_Check", "Mail_From_reject": "False",
            "Hide_Receiver": "No"}) as daemon:
        def check(zone, client=CLIENT, sender="u!*'()@d.test"):
            dns.set_zone(zone)
            return daemon.ask(client_address=client, sender=sender).log
        yield check


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_row(ask, row):
    name, rows, result = row
    rows = rows if isinstance(rows, list) else [("TXT", rows)]
    zone = dict(HOSTS)
    zone["d.test"] = rows + (HOSTS["d.test"] if all(isinstance(r, tuple) for r in rows) else [])
    zone["u%21%2A%27%28%29.m.test"] = A_HIT
    if name.startswith("L6"):
        zone["1.2.0.192.in-addr.arpa"] = ["SERVFAIL"]
    assert ask(zone,
               CLIENT6 if name.endswith("-6") or name.endswith("-6-hit")
               else CLIENT).result == result


def test_i1_ipv4_mapped_clients(ask):
    """libspf2 leaves them IPv6, and no ip4, a or mx matches."""
    for spf in ("ip4:192.0.2.0/24", "a:hit.test", "mx:m.test", "exists:%{i}.e.test"):
        zone = {**HOSTS, "d.test": [("TXT", f"v=spf1 {spf} -all")],
                "m.test": [("MX", [1, "hit.test"])],
                "192.0.2.1.e.test": A_HIT}
        assert ask(zone, "::ffff:192.0.2.1").result == "pass", spf


@pytest.mark.parametrize("client", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_i2_loopback_is_no_pass(ask, client):
    assert ask({"d.test": [("TXT", "v=spf1 -all")]}, client).result == "fail"


@pytest.mark.parametrize("macro,name", [
    ("%{d2}", "e.com"), ("%{d9r}", "com.e"), ("%{d1}", "com"), ("%{d2r}", "com.e"),
    ("%{o2}", "e.com"),
    ("%{h3}", "mail.example.com"), ("%{i4}", "192.0.2.1"), ("%{i4r}", "1.2.0.192"),
])
def test_m1_as_many_parts_as_there_are(ask, macro, name):
    """libspf2 drops the first character when a name has no more labels than asked for."""
    zone = {"e.com": [("TXT", f"v=spf1 exists:{macro}.m.test -all")], f"{name}.m.test": A_HIT}
    assert ask(zone, sender="u@e.com").result == "pass"


def test_m4_the_preferred_name(ask):
    """libspf2 takes the first name that leads back, and keeps it for every domain."""
    zone = {"d.test": [("TXT", "v=spf1 include:i.test exists:%{p}.m.test -all")],
            "i.test": [("TXT", "v=spf1 -exists:%{p}.m2.test ?all")],
            "1.2.0.192.in-addr.arpa": [("PTR", "x.test"), ("PTR", "sub.d.test"), ("PTR", "i.test")],
            "x.test": A_HIT, "sub.d.test": A_HIT, "sub.d.test.m.test": A_HIT,
            "i.test.m2.test": A_HIT}
    zone["i.test"] += A_HIT
    log = ask(zone)
    assert (log.result, log["mech"]) == ("pass", "exists:%{p}.m.test")


def test_l6_a_failing_name_is_skipped(ask):
    zone = {**HOSTS, "d.test": [("TXT", "v=spf1 ptr:hit.test -all")],
            "1.2.0.192.in-addr.arpa": [("PTR", "servfail.test"), ("PTR", "absent.test"),
                                       ("PTR", "hit.test")]}
    assert ask(zone).result == "pass"
