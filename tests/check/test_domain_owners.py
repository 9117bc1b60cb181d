# SPDX-License-Identifier: MIT
"""Records as owners publish them, wrong and right: what is wrong is named, the corrected record is clean, and a right one
gets no word."""

import json
import subprocess

import pytest

from lib.process import PATIENCE
from lib.zonefile import rows

WORLD = rows({
    "_spf.mailbox.test": "v=spf1 include:_n1.mailbox.test include:_n2.mailbox.test ~all",
    "_n1.mailbox.test": "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ~all", "_n2.mailbox.test": "v=spf1 ip6:2a00:1450:4000::/36 ~all",
    "spf.suite.test": "v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all", "news.test": "v=spf1 ip4:205.201.128.0/20 ?all",
    "shop.test._spf.tool.test": "v=spf1 ip4:185.12.80.0/22 -all", "hoster.test": "v=spf1 ip4:46.105.0.0/16 ?all",
    "open.test": "v=spf1 +all", "twice.test": "v=spf1 -all", "mail.shop.test": "v=spf1 a -all", "why.shop.test": "No mail from %{i}",
    "loop1.test": "v=spf1 include:loop2.test -all", "loop2.test": "v=spf1 include:loop1.test -all", "bare.test": "hello",
    "inner.tool.test": "v=spf1 include:_n1.mailbox.test ip4:185.13.0.0/22 -all",
}) + """twice.test. TXT "v=spf1 mx -all"
shop.test. MX 10 mail.shop.test.
shop.test. A 185.1.1.5
 AAAA 2a0f:1::5
mail.shop.test. A 185.1.1.10
 AAAA 2a0f:1::10
www.shop.test. A 185.1.1.5
 AAAA 2a0f:1::5
_dmarc.shop.test. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.test"
"""

# The published text (a list: several), the code and words of the first advice, and whether the record can be corrected.
BROKEN = [
    # Lost spaces: strings joined, lists pasted.
    (["v=spf1 include:spf.suite.test", "~all"], "syntax", "A space is missing", True),
    (["v=spf1 ip4:185.1.1.1", "ip4:185.1.1.2 -all"], "syntax", "A space is missing", True),
    (["v=spf1", "mx -all"], "not-a-record", "no space comes after", True),
    ("v=spf1 mx include:_spf.mailbox.test-all", "mistake", "A space is missing", True),
    ("v=spf1 mx ip4:185.1.1.0/24~all", "syntax", "A space is missing", True),
    ("v=spf1 mx ip4:185.1.1.0/24ip4:185.1.2.0/24 ~all", "syntax", "A space is missing", True),
    ("v=spf1 mx redirect=_spf.mailbox.testinclude:news.test", "mistake", "A space is missing", True),
    ("v=spf1 mx -allgoogle-site-verification=abc", "syntax", "a TXT record of its own", True),
    # Separators of other languages.
    ("v=spf1, mx, include:news.test, ~all", "not-a-record", "no space comes after", True),
    ("v=spf1 mx; include:news.test; ~all;", "syntax", "separated by spaces alone", True),
    ("v=spf1 mx|include:news.test -all", "syntax", "The mechanisms are", False),
    ("v=spf1 mx a:www.shop.test,mail.shop.test -all", "mistake", "Spaces separate terms", True),
    ("v=spf1 mx && include:news.test -all", "syntax", "The mechanisms are", False),
    ("v=spf1 mx include : news.test -all", "syntax", 'write "include:news.test"', True),
    (["v=spf1 include:spf.suite.test", "include:news.test", "~all"], "syntax", "A space is missing", True),
    ("v=spf1 +mx+include:news.test -all", "syntax", "A space is missing", True),
    ("mx include:news.test ~all", "not-a-record", "begins with something else", True),
    ("include:news.test ~all", "not-a-record", "begins with something else", True),
    ("v=spf1 mx include=news.test -all", "mistake", 'write "include:news.test"', True),
    ("v=spf1 redirect:_spf.mailbox.test", "syntax", 'write "redirect=_spf.mailbox.test"', True),
    # What word processors and control panels make of it.
    ("\u201cv=spf1 mx -all\u201d", "not-a-record", "something stands before", True),
    ("v=spf1 mx \u2014all", "syntax", "The dash is not the ASCII character", True),
    ("v=spf1\u00a0mx -all", "not-a-record", "no space comes after", True),
    ("v=spf1 mx include:news.test\u200b ~all", "syntax", 'write "include:news.test"', True),
    ("TXT v=spf1 mx -all", "not-a-record", "something stands before", True),
    ("shop.test. IN TXT v=spf1 mx -all", "not-a-record", "something stands before", True),
    ("v=spf1 include:b\u00fccher.test -all", "syntax", "A-label", False),
    # Names that are none.
    ("v=spf1 mx ipv4:185.1.1.1 ipv6:2a0f:1::1 -all", "syntax", 'Write "ip4:185.1.1.1"', True),
    ("v=spf1 mx includes:news.test -all", "syntax", 'Write "include:news.test"', True),
    ("v=spf1 mx +inlcude:news.test -all", "syntax", 'Write "+include:news.test"', True),
    ("v=spf1 mx 185.1.1.1 -all", "syntax", 'write "ip4:185.1.1.1"', True),
    ("v=spf1 mx mail.shop.test -all", "syntax", "A host is written a:NAME", False),
    ("v=spf1 mx spf.suite.test -all", "syntax", "include:NAME", False),
    ("v=spf1 host:mail.shop.test -all", "syntax", "The mechanisms are", False),
    ("v=spf1 mx -alll", "syntax", 'Write "-all"', True),
    # Networks.
    ("v=spf1 ip4:185.1.1.0/255.255.255.0 -all", "syntax", "not a netmask", True),
    ("v=spf1 ip4:185.1.1.1-185.1.1.6 -all", "syntax", 'write "ip4:185.1.1.1 ip4:185.1.1.2/31 ip4:185.1.1.4/31 ip4:185.1.1.6"', True),
    ("v=spf1 ip4:185.1.1.1-6 -all", "syntax", "A range of addresses", True),
    ("v=spf1 ip4:185.1.1.10./32 -all", "syntax", "one too many", True),
    ("v=spf1 ip4:185.1.1.256 -all", "syntax", "four numbers from 0 to 255", False),
    ("v=spf1 ip4:185.1.1.0/33 -all", "syntax", "0 to 32", False),
    ("v=spf1 ip6:2a0f:1::/129 -all", "syntax", "0 to 128", False),
    ("v=spf1 ip6:2a0f:1:::1 -all", "syntax", "eight groups", False),
    ("v=spf1 ip4:185.1.001.010 -all", "syntax", "leading zeros", True),
    ("v=spf1 a:185.1.1.1 -all", "syntax", "Networks go with ip4 and ip6", True),
    ("v=spf1 ip4:mail.shop.test -all", "syntax", "host names with a", True),
    ("v=spf1 mx ip4:10.0.0.5 ip4:192.168.1.0/24 -all", "private-network", '"ip4:10.0.0.5", "ip4:192.168.1.0/24" are', False),
    # Domains.
    ("v=spf1 include:https://news.test/spf -all", "syntax", "not an address on the Web", True),
    ("v=spf1 include:postmaster@news.test -all", "mistake", "not a mail address", True),
    ("v=spf1 include:*.news.test -all", "wildcard", "stands for nothing", False),
    ("v=spf1 include:info@shop.test -all", "mistake", "not a mail address", False),
    ("v=spf1 include:news -all", "syntax", "two labels or more", False),
    ("v=spf1 a:www.shop.test:25 -all", "syntax", "no ports", True),
    ("v=spf1 include:mail.shop.tset -all", "no-record-there", "does not exist", False),
    ("v=spf1 include:bare.test -all", "no-record-there", "without an SPF record", False),
    ("v=spf1 include:www.shop.test -all", "no-record-there", 'is meant, write "a:www.shop.test"', False),
    ("v=spf1 a:spf.suite.test -all", "mistake", 'Write "include:spf.suite.test"', False),
    ("v=spf1 mx:mail.shop.test -all", "mistake", 'write "a:mail.shop.test"', False),
    ("v=spf1 exists:%i.shop.test -all", "syntax", "A macro has braces", True),
    ("v=spf1 exists:{i}.shop.test -all", "mistake", 'begins with "%{"', True),
    ("v=spf1 exists:%{x}.shop.test -all", "syntax", "The macro letters are", False),
    # Records that say less than they are for, or more.
    ("v=spf1 mx -all include:news.test", "after-all", "Move it before", True),
    ("v=spf1 mx ~all -all", "after-all", "second", False),
    ("v=spf1 mx redirect=_spf.mailbox.test -all", "after-all", "never used", True),
    ("v=spf1 redirect:_spf.mailbox.test ~all", "syntax", 'write "include:_spf.mailbox.test"', True),
    ("v=spf1 mx a:24 -all", "syntax", 'write "a/24"', True),
    ("v=spf1 mx \u02dcall", "syntax", "not the ASCII character", True),
    ("v=spf1 mx", "no-all", 'End it with "~all" or "-all"', False),
    ("v=spf1 mx +all", "plus-all", "every host in the world", False),
    ("v=spf1 mx include:open.test -all", "included-weakness", "lets every host in the world pass", False),
    ("v=spf1 mx ip4:185.0.0.0/6 -all", "wide-network", "great part of the Internet", False),
    ("v=spf1 mx ~include:news.test -all", "qualifier", "softfail", False),
    ("v=spf1 mx ptr:shop.test -all", "ptr", "no longer to be published", False),
    ("v=spf1 mx include:loop1.test -all", "included-error", "circle", False),
    ("v=spf1 mx include:shop.test -all", "loop", "leads back", False),
    ("v=spf1 mx include:twice.test -all", "included-error", "Two or more", False),
    ("v=spf1 include:_spf.mailbox.test include:_spf.mailbox.test. include:_n1.mailbox.test -all", "repeated", "says the same", False),
    ("spf2.0/pra mx -all", "not-a-record", "Sender ID", True),
    ("v=spf10 mx -all", "not-a-record", '"v=spf10 mx -all"', False),
]

GOOD = [
    "v=spf1 -all", "v=spf1 mx -all", "v=spf1 mx ~all", "v=spf1 a mx -all", "v=spf1 +a +mx ~all", "v=spf1 include:_spf.mailbox.test ~all",
    "v=spf1 include:_spf.mailbox.test -all", "v=spf1 include:spf.suite.test -all", "v=spf1 mx include:spf.suite.test include:news.test ~all",
    "v=spf1 redirect=_spf.mailbox.test", "v=spf1 mx redirect=spf.suite.test", "v=spf1 include:%{d}._spf.tool.test -all",
    "v=spf1 include:hoster.test ~all", "v=spf1 a:www.shop.test ~all", "v=spf1 a:www.shop.test/28 -all", "v=spf1 a/24//64 -all",
    "v=spf1 mx/30 -all", "v=spf1 mx//64 -all", "v=spf1 ip4:185.1.1.0/24 -all", "v=spf1 ip4:185.1.1.7 ip4:185.1.3.7 ip6:2a0f:2::/64 -all",
    "v=spf1 ip4:185.1.1.7/32 ~all", "v=spf1 ip6:2a0f:2::7/128 -all", "v=spf1 ip4:185.16.0.0/12 -all", "v=spf1 ip4:185.0.0.0/9 ~all",
    "V=SPF1 MX INCLUDE:NEWS.TEST -ALL", "v=spf1  mx   include:news.test  ~all ", "v=spf1 mx:shop.test ~all", "v=spf1 mx ip4:185.77.0.1 -all",
    "v=spf1 a:shop.test mx:shop.test -all", "v=spf1 include:news.test. mx -all", "v=spf1 mx ra=postmaster rp=10 rr=all -all",
    "v=spf1 mx exp=why.shop.test -all", "v=spf1 mx -all exp=why.shop.test", "v=spf1 exp=why.shop.test mx -all",
    "v=spf1 -ip4:185.1.1.66 ip4:185.1.1.0/24 -all", "v=spf1 ?ip4:185.1.1.66 mx ~all", "v=spf1 ~ip4:185.1.1.0/24 mx -all",
    "v=spf1 ip4:185.1.1.0/24 include:_spf.mailbox.test include:spf.suite.test include:news.test include:hoster.test ~all",
    "v=spf1 a mx ip4:185.1.9.0/24 ip6:2a0f:9::/48 include:spf.suite.test -all", "v=spf1 mx a:www.shop.test. -all",
    "v=spf1 mx include:_n1.mailbox.test include:_n2.mailbox.test -all", "v=spf1 redirect=shop.test._spf.tool.test",
    "v=spf1 ip6:2a0f:1::/32 ip4:185.1.1.0/24 ?ip4:185.1.2.0/24 ~all", "v=spf1 a:mail.shop.test a:www.shop.test mx/27 ~all",
    "v=spf1 include:spf.suite.test include:%{d2}._spf.tool.test ~all", "v=spf1 ip4:46.105.1.1 mx include:hoster.test -all",
    "v=spf1 include:_n1.mailbox.test include:inner.tool.test ~all", "v=spf1 redirect=%{d}._spf.tool.test", "v=spf1 a:%{d} mx:%{d2} -all", "v=spf1 mx include:twice2.test -all", "v=spf1 MX ~ALL",
]


def quoted(text):
    return '"' + "".join(c if 32 <= b < 127 and c not in '"\\' else f"\\{b:03d}"
                         for b in text.encode() for c in [chr(b)]) + '"'


def publish(published):
    strings = [published] if isinstance(published, str) else published
    return WORLD + "shop.test. TXT " + " ".join(quoted(string) for string in strings) + "\n"


def lines_of(result):
    """One screen, but for what the tree itself takes."""
    return 24 + 4 * max(0, result["counts"]["lookups"] - 1)


@pytest.mark.parametrize("published,code,words,corrected", BROKEN, ids=range(len(BROKEN)))
def test_what_is_wrong_is_named_and_mended(audit, published, code, words, corrected):
    result = audit("--json", zone=publish(published), status=None)
    first = result["advice"][0]
    assert first["code"] == code and words in first["text"], first
    assert result["status"] in ("warnings", "errors")
    assert len(audit(zone=publish(published), status=None).splitlines()) <= lines_of(result)
    proposals = {advice["proposal"] for advice in result["advice"] if advice["proposal"]}
    assert bool(proposals) == corrected, proposals
    for proposal in proposals:
        again = audit("--json", zone=publish(proposal))
        assert again["everybody"] is False
        assert not any(advice["proposal"] for advice in again["advice"])


@pytest.mark.parametrize("record", GOOD)
def test_a_right_record_gets_no_word(audit, record):
    zone = publish(record) + 'twice2.test. TXT "v=spf1 ip4:185.9.9.9 -all"\ntwice2.test. TXT "v=spf1 ip4:185.9.9.9 -all"\n'
    result = audit("--json", zone=zone)
    assert result["advice"] == []
    assert len(audit(zone=zone).splitlines()) <= lines_of(result)


@pytest.mark.parametrize("record", ["v=spf1 +all", "v=spf1", "v=spf1 ?all", "v=spf1 mx +all"])
def test_nobody_is_told_to_refuse_senders_that_are_not_listed_yet(audit, record):
    advice = audit("--json", zone=publish(record), status=1)["advice"]
    assert advice[0]["text"].endswith("once all that sends its mail is listed.")


def test_words_are_not_repeated(audit):
    comment = audit("--json", zone=publish("v=spf1 mx -all # our mail server"), status=2)
    assert [advice["text"].count("The mechanisms are") for advice in comment["advice"]] == [1, 0, 0, 0]
    circle = audit("--json", zone=publish("v=spf1 include:info@shop.test -all"), status=2)
    assert circle["advice"][0]["text"].endswith(" A domain is wanted, not a mail address.")
    star = audit("--json", zone=publish("v=spf1 mx a:*.shop.test -all"), status=1)
    assert [advice["code"] for advice in star["advice"]] == ["wildcard"]


@pytest.mark.parametrize("records,proposal", [
    (["v=spf1 mx ~all", "v=spf1 include:news.test -all"], "v=spf1 mx include:news.test ~all"),
    (["v=spf1 mx -all", "v=spf1 MX a -all"], "v=spf1 mx a -all"),
    (["v=spf1 mx -all", "v=spf1 include:news.test", "v=spf1 a ?all"], "v=spf1 mx include:news.test a ?all"),
    (["v=spf1 mx -all", "v=spf1 redirect=news.test"], "v=spf1 mx include:news.test -all"),
    (["v=spf1 mx -all", "v=spf1 ipv4:185.1.1.1 -all"], "v=spf1 mx ip4:185.1.1.1 -all"),
    (["v=spf1 mx -all", "v=spf1 +all"], None),
    (["v=spf1 mx -all", "v=spf1 foo -all"], None),
])
def test_of_several_records_comes_one(audit, records, proposal):
    zone = publish(records[0]) + "".join(f"shop.test. TXT {quoted(record)}\n" for record in records[1:])
    result = audit("--json", zone=zone, status=2)
    assert [advice["code"] for advice in result["advice"]] == ["records"]
    assert f"has {len(records)} SPF records, and one is allowed" in result["advice"][0]["text"]
    assert result["advice"][0]["proposal"] == proposal


def test_a_right_record_gets_no_word_for_a_client_either(program, tmp_path):
    """The same from `check --ip`, of which advice is a part: for a client of each family."""
    for record in GOOD:
        (tmp_path / "zone").write_text(publish(record) + 'twice2.test. TXT "v=spf1 ip4:185.9.9.9 -all"\n', encoding="ascii")
        for client in ("185.1.1.10", "2a0f:1::10"):
            done = subprocess.run([program, "check", "--ip", client, "--from", "x@shop.test", "--zone", str(tmp_path / "zone"), "--json"],
                                  capture_output=True, timeout=PATIENCE, check=True)
            assert json.loads(done.stdout)["advice"] == [], record
