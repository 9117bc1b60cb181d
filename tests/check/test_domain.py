# SPDX-License-Identifier: MIT
"""`check --domain`: the record for every client. Networks are held against Python's ipaddress, counts against the
records themselves, statuses against what they promise; each proposal is published and checked again."""

import ipaddress
import re
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.process import PATIENCE
from lib.zonefile import HEAD, rows

PROVIDERS = {
    "_spf.google.test": 'v=spf1 include:_netblocks.google.test include:_netblocks2.google.test '
                        'include:_netblocks3.google.test ~all',
    "_netblocks.google.test": 'v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 '
                              'ip4:72.14.192.0/18 ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 '
                              'ip4:209.85.128.0/17 ip4:216.58.192.0/19 ip4:216.239.32.0/19 ~all',
    "_netblocks2.google.test": 'v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 '
                               'ip6:2800:3f0:4000::/36 ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ~all',
    "_netblocks3.google.test": 'v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.217.128.0/19 '
                               'ip4:172.217.160.0/20 ip4:172.253.56.0/21 ip4:172.253.112.0/20 ip4:108.177.96.0/19 '
                               'ip4:35.191.0.0/16 ip4:130.211.0.0/22 ~all',
    "spf.protection.outlook.test": 'v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/14 ip4:52.102.0.0/16 '
                                   'ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 '
                                   'ip6:2a01:111:f403:8000::/51 ip6:2a01:111:f403:c000::/51 -all',
    "servers.mcsv.test": 'v=spf1 ip4:205.201.128.0/20 ip4:198.2.128.0/18 ip4:148.105.8.0/21 ?all',
    "sendgrid.test": 'v=spf1 ip4:167.89.0.0/17 ip4:208.117.48.0/20 ip4:50.31.32.0/19 ip4:198.37.144.0/20 '
                     'ip4:198.21.0.0/21 ip4:192.254.112.0/20 ip4:168.245.0.0/17 ip4:149.72.0.0/16 include:ab.sendgrid.test '
                     '~all',
    "ab.sendgrid.test": 'v=spf1 ip4:223.165.113.0/24 ip4:223.165.115.0/24 ip4:223.165.118.0/23 ip4:223.165.120.0/23 ~all',
    "zoho.test": 'v=spf1 ip4:135.84.80.0/24 ip4:135.84.81.0/24 ip4:135.84.82.0/23 ip4:136.143.188.0/24 '
                 'ip4:136.143.188.0/23 -all',
    "mx.ovh.test": 'v=spf1 ptr:mail-out.ovh.test ip4:178.32.124.206/32 ip4:188.165.54.0/24 ip4:46.105.0.0/16 ?all',
    "amazonses.test": 'v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 '
                      'ip4:23.249.208.0/20 ip4:23.251.224.0/19 ip4:76.223.176.0/20 ip4:54.240.64.0/18 ip4:54.240.96.0/19 -all',
    "spf.mailjet.test": 'v=spf1 ip4:87.253.232.0/21 ip4:185.189.236.0/22 ip4:185.211.120.0/22 ip4:185.250.236.0/22 ~all',
    "spf.mandrillapp.test": 'v=spf1 ip4:198.2.128.0/24 ip4:198.2.132.0/22 ip4:198.2.136.0/23 ip4:198.2.186.0/23 '
                            'ip4:205.201.131.128/25 -all',
    "minus.test": 'v=spf1 -ip4:10.20.0.0/24 ip4:10.20.0.0/16 ~ip4:10.30.1.0/24 ip6:2001:db8::/32 -all',
}
TREES = [["_spf.google.test"], ["spf.protection.outlook.test"], ["servers.mcsv.test"], ["sendgrid.test"], ["zoho.test"],
         ["mx.ovh.test"], ["amazonses.test"], ["spf.mailjet.test"], ["minus.test"],
         ["_spf.google.test", "spf.protection.outlook.test"],
         ["servers.mcsv.test", "spf.mandrillapp.test", "zoho.test", "amazonses.test"]]


def passing(records, name):
    """The networks that pass, term by term: as far from the program's way as can be."""
    passed = {4: [], 6: []}
    refused = {4: [], 6: []}

    def without(network):
        pieces = [network]
        for other in refused[network.version]:
            pieces = [rest for piece in pieces for rest in (
                [] if piece.subnet_of(other) else piece.address_exclude(other) if other.subnet_of(piece) else [piece])]
        return pieces

    for term in records[name].split()[1:]:
        qualifier, _, value = term.rpartition(":" if term[:7] != "include" else "include:")
        if term.startswith("include:"):
            for version, networks in passing(records, term[8:]).items():
                passed[version] += [rest for network in networks for rest in without(network)]
        match = re.fullmatch(r"([-~?+]?)ip([46]):(.*)", term)
        if match:
            network = ipaddress.ip_network(match[3], strict=False)
            if match[1] in ("", "+"):
                passed[network.version] += without(network)
            else:
                refused[network.version].append(network)
    return {version: list(ipaddress.collapse_addresses(networks)) for version, networks in passed.items()}


@pytest.mark.parametrize("tree", TREES, ids="+".join)
def test_networks_are_those_of_the_records(audit, tree):
    records = {**PROVIDERS, "shop.test": "v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 "
               + " ".join(f"include:{name}" for name in tree) + " ip6:2001:db8:5::1 -all"}
    # Of the weaknesses of included records, those that are the includer's too.
    result = audit("--json", zone=rows(records), status=0)
    wanted = passing(records, "shop.test")
    listed = [ipaddress.ip_network(item["network"]) for item in result["networks"]]
    for version in (4, 6):
        assert list(ipaddress.collapse_addresses(n for n in listed if n.version == version)) == wanted[version]
    assert result["ipv4_addresses"] == sum(network.num_addresses for network in wanted[4])
    assert (result["everybody"], result["others"]) == (False, tree == ["mx.ovh.test"])
    # Joined and sorted within what lets them pass, and attributed to a term that has them.
    groups = {}
    for item in result["networks"]:
        own = item["via"] if item["via"].startswith("include") else "own"
        groups.setdefault((own, ":" in item["network"]), []).append(ipaddress.ip_network(item["network"]))
        assert item["term"] in records[item["domain"]].split()
    for networks in groups.values():
        assert networks == list(ipaddress.collapse_addresses(networks))
    lookups = sum(1 + lookups_inside(records, name) for name in tree)
    assert result["counts"]["lookups"] == lookups


def test_sums_count_once_and_not_what_comes_too_late(audit):
    records = {"a.test": "v=spf1 ip4:198.51.100.0/25 ip6:2001:db8:1::/48 -all", "b.test": "v=spf1 include:a.test include:c.test -all",
               "c.test": "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 ip6:2001:db8:9::/48 -all"}
    def senders(record):
        page = audit("--record", record, zone=rows(records), status=None)
        return re.search(r"Senders +(\d+) IPv4 addresses \(.*\), (\d+) IPv6 networks?\n", page).groups()
    assert senders("v=spf1 include:a.test include:b.test include:c.test -all") == ("256", "2")
    gone = " ".join(f"a:gone{i}.test" for i in range(3))
    assert senders(f"v=spf1 include:a.test {gone} include:c.test -all") == ("128", "1")


def lookups_inside(records, name):
    return sum(1 + (lookups_inside(records, term[8:]) if term.startswith("include:") else 0)
               for term in records[name].split()[1:] if re.match(r"include:|ptr", term))


# -- statuses

@pytest.mark.parametrize("record,status,codes", [
    ("v=spf1 mx -all", 0, []),
    ("v=spf1 mx ip4:198.51.100.0/24 ~all", 0, []),
    ("v=spf1 -all", 0, []),
    ("v=spf1 mx ?all", 1, ["neutral-all"]),
    ("v=spf1 mx ip4:10.0.0.0/8 -all", 1, ["private-network"]),
    ("v=spf1 mx ptr -all", 1, ["ptr"]),
    ("v=spf1 mx +all", 1, ["plus-all"]),
    ("v=spf1 ipv4:192.0.2.1 -all", 2, ["syntax"]),
    ("v=spf1 include:none.test -all", 2, ["no-record-there"]),
    ("v=spf1 include:shop.test -all", 2, ["loop"]),
    ("v=spf1 include:broken.test -all", 2, ["included-error"]),
    ("v=spf1 include:deep.test -all", 2, ["included-error"]),
    ("v=spf1 include:open.test -all", 1, ["included-weakness"]),
    ("v=spf1 include:weak.test -all", 0, ["included-weakness"]),
    ("v=spf1 include:feeble.test -all", 0, []),
    ("v=spf1 a:x.test-all", 2, ["mistake"]),
    ("v=spf1; mx -all", 2, ["not-a-record"]),
    ("v=spf1 exists:%{i}.shop.test -all", 0, ["macros"]),
])
def test_exit_status_is_what_a_zone_needs(audit, record, status, codes):
    zone = HEAD.replace("ns A", "@ TXT \"RECORD\"\nmail A 192.0.2.10\n AAAA 2001:db8::10\n TXT \"v=spf1 a -all\"\n@ MX 1 mail\nns A"
                        ).replace("RECORD", record)
    zone += rows({"broken.test": "v=spf1 foo", "deep.test": "v=spf1 include:broken.test -all",
                  "open.test": "v=spf1 +all", "weak.test": "v=spf1 ptr ip4:192.0.2.9 ?all",
                  "feeble.test": "v=spf1 ip4:10.0.0.0/8 ip4:192.0.2.9 ?all"})
    zone = zone.replace("@ IN SOA ns hostmaster 1 3600 900 1209600 300\n", "")
    result = audit("--json", zone=zone, status=status)
    assert [advice["code"] for advice in result["advice"]] == codes
    assert result["status"] == ("ok", "warnings", "errors")[status]
    page = audit(zone=zone, status=status)
    assert ("nothing is wrong" in page) == (status == 0)
    assert len(page.splitlines()) <= 24
    audit("--record", record, zone=zone, status=status)


@pytest.mark.parametrize("words,says", [
    (("--ip", "192.0.2.1"), "--domain is about every client"),
    (("--from", "a@b.test"), "--domain is about every client"),
    (("--diff",), "--diff needs --record"),
    (("--no-such-option",), "unknown option --no-such-option"),
    (("--zone", "/nonexistent"), "/nonexistent: No such file"),
    (("-o", "Nothing = 1"), "Unknown option Nothing"),
    (("--all",), "these options belong to different verbs"),
    (("surplus", "arguments"), 'unexpected argument "arguments"'),
])
@pytest.mark.parametrize("first", [True, False])
def test_usage_is_not_taken_for_a_finding(program, words, says, first):
    domain = ("--domain", "shop.test")
    done = subprocess.run([program, "check", *(domain if first else ()), *words, *(() if first else domain)], capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (64, b"")
    assert says in done.stderr.decode("ascii")


# -- following the advice

BROKEN = [
    "v=spf1 ipv4:192.0.2.1 -all", "v=spf1 ip:192.0.2.1 ~all", "v=spf1 include:_spf.google.test-all",
    "v=spf1 mx, include:_spf.google.test, -all", "v=spf1include:_spf.google.test -all", "v=spf1; mx; -all",
    "\tv=spf1 mx -all", " v=spf1 mx -all", "\u201cv=spf1 mx -all\u201d", "v=spf1 mx \u2013all", "v=spf1 mx \\~all",
    "v=spf1 mx -all ip4:192.0.2.77", "v=spf1 ip4: 192.0.2.1 -all", "v=spf1 ip4:192.0.2.0/255.255.255.0 -all",
    "v=spf1 ip4:192.000.002.001 -all", "v=spf1 include:http://_spf.google.test/ -all", "v=spf1 nclude:_spf.google.test ~all",
    "v=spf1 include=_spf.google.test ~all", "v=spf1 redirect:_spf.google.test", "v=spf1 192.0.2.1 mx -all",
    "v=spf1 2001:db8::1 -all", "v=spf1 ip4:2001:db8::1 -all", "v=spf1 a:192.0.2.1 -all", "v=spf1 include:192.0.2.1 -all",
    "v=spf1 mx:shop.test,mail.shop.test -all", "v=spf1 ip4:192.0.2.1,198.51.100.1 -all", "v=spf1 mx-all",
    "v=spf1 ip4:192.0.2.1-all", "v=spf1 ip4:192.0.2.1include:_spf.google.test -all", "v=spf1 include:include:_spf.google.test -all",
    "v=spf1 exist:%{i}.shop.test -all", "v=spf1 exists:{i}.shop.test -all", "v=spf1 mx --all", "v=spf1 mx -all.",
    "v=spf1 ip4:192.0.2.* -all", "v=spf1 mx/24/64 -all", "v=spf1 ip6:[2001:db8::1] -all", "v=spf1 ip4:192.0.2.1:25 -all",
    "v=spf1 a mx v=spf1 include:_spf.google.test -all", "v=spf1 ip4:mail.shop.test -all", "v=spf1 inlcude:_spf.google.test -all",
    "v=spf1 +ipv4:192.0.2.0/255.255.255.0, -all", "v=spf1 mx\u00a0-all", "v=spf1 \"mx\" -all", "v = spf1 mx -all",
    "v=spf 1 mx -all", "spf1 mx -all", "v=sfp1 mx -all", "v=spf1 mx -alll", "v=spf1 mx - all", "v=spf1 a: mx -all",
]


@pytest.mark.parametrize("record", BROKEN)
def test_following_the_advice_repairs_it(audit, record):
    """The proposal has no error, no second proposal, and lets no one pass that the terms do not name."""
    zone = rows(PROVIDERS) + ("shop.test. A 192.0.2.3\n AAAA 2001:db8::3\nshop.test. MX 1 mail.shop.test.\n"
                              "mail.shop.test. A 192.0.2.4\n AAAA 2001:db8::4\n MX 1 mail.shop.test.\n"
                              ' TXT "v=spf1 a -all"\n')
    status = 2 if "-all ip4" not in record else 1
    words = record.replace("\t", "\\009").replace('"', '\\"') if "\\" not in record else record.replace("\\", "\\\\")
    result = audit("--json", zone=zone + f'shop.test. TXT "{words}"\n', status=status)
    proposals = [advice["proposal"] for advice in result["advice"] if advice["proposal"]]
    assert len(proposals) == 1, result["advice"]
    again = audit("--json", "--record", proposals[0], zone=zone)
    assert again["status"] == "ok"
    assert not any(advice["proposal"] for advice in again["advice"])
    assert again["everybody"] is False


@pytest.mark.parametrize("record", ["v=spf1 ip4:192.0.2 -all", "v=spf1 foo -all", "v=spf1 ip4:192.0.2.256 -all",
                                    "v=spf1 ipv4:192.0.2.1 foo -all", "v=spf1 -~all"])
def test_no_guess_where_none_is_sure(audit, record):
    result = audit("--json", "--record", record, status=2)
    assert not any(advice["proposal"] for advice in result["advice"])
    assert any(advice["code"] == "syntax" for advice in result["advice"])


def said(text):
    """The advice of a page, its lines joined."""
    return " ".join(text[text.index("For the owner"):].split())


@pytest.mark.parametrize("record", ["v=spf1 a:shop.test mx -all", "v=spf1 mx include:i.shop.test -all"])
def test_no_include_of_a_record_that_the_term_stands_in(audit, record):
    """The domain has a record and no address: an include of itself would be a permerror."""
    zone = HEAD + "@ MX 1 mail\nmail A 192.0.2.10\nmail TXT \"v=spf1 a -all\"\ni TXT \"v=spf1 a:shop.test -all\"\n"
    page = audit("--record", record, zone=zone, status=1)
    assert "include:shop.test" not in page and "void lookups" in page


@pytest.mark.parametrize("family,other,terms,cure", [
    ("IPv4", "AAAA 2001:db8::1", "a:s1 a:s2 a:s3", "Replace them by ip6."),
    ("IPv4", "AAAA 2001:db8::1", "a:s1 a:s2 a:gone", 'Correct or remove "a:gone.shop.test", which leads to nothing; '
                                                     "replace the others by ip6."),
    ("IPv4", "AAAA 2001:db8::1", "a:gone a:gone2 a:gone3", "Correct or remove them."),
    ("IPv6", "A 192.0.2.1", "a:s1 a:s2 a:s3", "Replace them by ip4."),
    ("IPv6", "A 192.0.2.1", "a:s1 a:s2 a:s3 ip6:2001:db8::7", "Put the terms for IPv6 hosts before them, or replace "
                                                             "them by ip4."),
])
def test_hosts_of_one_family_are_not_to_be_removed(audit, family, other, terms, cure):
    zone = HEAD + "".join(f"s{i} {other}\n" for i in (1, 2, 3))
    record = "v=spf1 " + re.sub(r"(a:\w+)", r"\1.shop.test", terms) + " -all"
    text = said(audit("--record", record, zone=zone, status=1 if cure == "Replace them by ip4." else 2))
    assert f"For {family} clients 3 terms" in text and cure in text, text


# -- zones as people publish them

PUBLISHED = r'''
; a zone as BIND has it
$TTL 1d
$ORIGIN test.
shop		IN	SOA	ns1.shop hostmaster.shop (
				2026112801	; serial
				1h 15m 2w
				5m )		; minimum
		IN	NS	ns1.shop
$ORIGIN shop.test.
@		3600	IN	MX	10 mail
@		IN 3600	TXT	( "v=spf1 mx"		; two strings
				  " a:www ip4:198.51.100.0/24 -all" )
		TXT	"google-site-verification=\"a;b\" \092x"
mail		A	192.0.2.10
		AAAA	2001:db8::10
		TXT	"v=spf1 a -all"
WWW.shop.test.	in	a	192.0.2.20
		SSHFP	1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac
		TYPE65534 \# 4 0a000001
ns1		A	192.0.2.53
*.lists		MX	10 mail
_dmarc		TXT	v=DMARC1\;p=none
'''


def test_a_published_zone_is_read(audit):
    result = audit("--json", "--record", "v=spf1 mx a:www.shop.test -all", zone=PUBLISHED)
    assert [item["network"] for item in result["networks"]] == ["192.0.2.10/32", "2001:db8::10/128", "192.0.2.20/32"]
    assert result["dmarc"] == "v=DMARC1;p=none"
    # "a:www" names a top-level domain: relative names are for the zone file, not for the record.
    assert [a["code"] for a in audit("--json", zone=PUBLISHED, status=2)["advice"]] == ["syntax"]


def test_a_zone_without_origin_is_that_of_the_domain(audit):
    zone = HEAD + '@ MX 1 mail\nmail A 192.0.2.10\n AAAA 2001:db8::1\n TXT "v=spf1 a -all"\n@ TXT "v=spf1 mx -all"\n'
    assert [item["network"] for item in audit("--json", zone=zone)["networks"]] == ["192.0.2.10/32", "2001:db8::1/128"]


def test_what_is_outside_of_the_zone_is_asked_of_dns(audit):
    """A zone with a SOA record is one of DNS: its names come from the file alone, others from DNS."""
    zone = HEAD + '@ TXT "v=spf1 include:p.other.test include:gone.shop.test include:sub.shop.test -all"\nsub NS ns.other.test.\n'
    published = {"p.other.test": [("TXT", "v=spf1 ip4:198.51.100.7 -all")], "sub.shop.test": [("TXT", "v=spf1 ip4:198.51.100.8 -all")],
                 "gone.shop.test": [("TXT", "v=spf1 ip4:198.51.100.9 -all")], "shop.test": [("TXT", "v=spf1 +all")]}
    with DnsServer(published) as dns:
        result = audit("--json", zone=zone, status=2, options=["-o", f"DNS_Servers = {dns.address}"])
        assert {q.name for q in dns.questions()} == {"p.other.test", "sub.shop.test", "_dmarc.test"}
    assert [item["network"] for item in result["networks"]] == ["198.51.100.7/32", "198.51.100.8/32"]
    assert [advice["code"] for advice in result["advice"]] == ["no-record-there"]


# -- differences

def test_what_a_record_would_change(audit):
    zone = rows({**PROVIDERS, "shop.test": "v=spf1 include:_spf.google.test ip4:192.0.2.0/24 -all"})
    result = audit("--json", "--record", "v=spf1 ip4:192.0.2.64/26 ip4:203.0.113.9 ip6:2001:db8::/64 -all", "--diff", zone=zone)
    before = passing({**PROVIDERS, "shop.test": "v=spf1 include:_spf.google.test ip4:192.0.2.0/24 -all"}, "shop.test")
    after = ipaddress.ip_network("192.0.2.64/26")
    lost = [ipaddress.ip_network(item["network"]) for item in result["change"]["lost"]]
    wanted = [rest for network in before[4] for rest in (network.address_exclude(after) if after.subnet_of(network) else [network])]
    assert list(ipaddress.collapse_addresses(n for n in lost if n.version == 4)) == list(ipaddress.collapse_addresses(wanted))
    assert list(ipaddress.collapse_addresses(n for n in lost if n.version == 6)) == before[6]
    assert [item["network"] for item in result["change"]["gained"]] == ["203.0.113.9/32", "2001:db8::/64"]
    assert (result["change"]["lookups_before"], result["counts"]["lookups"]) == (4, 0)
    page = audit("--record", "v=spf1 ip4:192.0.2.64/26 -all", "--diff", zone=zone)
    assert "4 lookups before, 0 after" in page
    same = audit("--record", "v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 include:_spf.google.test ~all", "--diff", zone=zone)
    assert "the same networks may send" in same


# -- hostile trees

@pytest.mark.parametrize("shape", ["wide", "deep"])
def test_a_hostile_tree_ends_with_a_word_of_it(program, shape):
    """Records that grow without end: the number of queries has a ceiling, and the page says that it was met."""
    zone = {}
    if shape == "deep":
        for i in range(40):
            zone[f"r{i}.test"] = [("TXT", f"v=spf1 include:r{i + 1}.test -all")]
    else:
        zone["r0.test"] = [("TXT", ["v=spf1"] + [f" include:i{i}.test" for i in range(60)])]
        for i in range(60):
            zone[f"i{i}.test"] = [("TXT", ["v=spf1"] + [f" a:h{j}.i{i}.test" for j in range(40)])]
    with DnsServer(zone) as dns:
        done = subprocess.run([program, "check", "--domain", "r0.test", "-o", f"DNS_Servers = {dns.address}"],
                              capture_output=True, timeout=PATIENCE, check=False)
        assert dns.count() <= 1000
    assert done.returncode == 2
    text = " ".join(done.stdout.decode("ascii").split())
    assert "Not all of the tree was looked at: it takes more than" in text


def test_any_bytes_come_out_as_ascii(audit):
    every = "".join(f"\\{b:03d}" for b in range(1, 256))
    zone = f'shop.test. TXT "v=spf1 include:{every[:400]} " "{every}"\nshop.test. MX 1 x\\200.test.\n'
    audit("--json", zone=zone, status=2)
    audit(zone=zone, status=2)


def test_manual_and_program_have_the_same_codes():
    """Each code of advice is in the manual, and no other."""
    root = __file__.rsplit("/tests/", 1)[0]
    with open(f"{root}/src/check/advice_kinds.c", encoding="ascii") as stream:
        codes = set(re.findall(r'= \{ "([a-z0-9-]+)", ADVICE_', stream.read()))
    with open(f"{root}/man/spfpolicyd.8", encoding="ascii") as stream:
        section = stream.read().split(".Ss Advice", 1)[1].split(".Sh ", 1)[0]
    told = {word for line in re.findall(r"^\.It Cm (.*)$", section, re.M) for word in line.split(" , ")}
    assert told == codes
    assert len(codes) > 30


def test_every_member_of_the_json_is_in_the_manual(audit):
    root = __file__.rsplit("/tests/", 1)[0]
    with open(f"{root}/man/spfpolicyd.8", encoding="ascii") as stream:
        section = stream.read().split(".Ss JSON of --domain", 1)[1].split(".Ss ", 1)[0]
    zone = rows({**PROVIDERS, "shop.test": "v=spf1 include:_spf.google.test mx foo -all"})

    def members(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from members(inner)
        if isinstance(value, list):
            for inner in value:
                yield from members(inner)

    seen = set(members(audit("--json", zone=zone, status=2)))
    seen |= set(members(audit("--json", "--record", "v=spf1 mx -all", "--diff", zone=zone + "shop.test. MX 1 m.test.\nm.test. A 192.0.2.1\n")))
    for member in seen - {"code", "severity", "text", "proposal"}:
        assert re.search(rf"\b{member}\b", section), member
