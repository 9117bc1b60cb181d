# SPDX-License-Identifier: MIT
"""`check --domain`: what is found beside the terms of a record (DMARC, mail hosts, records of type SPF), terms without
effect, sizes; each as a zone publishes it, and each once."""

import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.process import PATIENCE
from lib.zonefile import HEAD, rows

HOSTS = "@ MX 1 mail\nmail A 192.0.2.10\n AAAA 2001:db8::10\n TXT \"v=spf1 a -all\"\n"


def codes(result):
    return [advice["code"] for advice in result["advice"]]


def texts(result, code):
    return [advice["text"] for advice in result["advice"] if advice["code"] == code]


# -- DMARC

@pytest.mark.parametrize("records,policy,whose,says", [
    ({"_dmarc": ["v=DMARC1; p=reject"]}, "reject", "shop.test", None),
    ({}, "absent", None, None),
    ({"_dmarc": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "absent", None, "More than one DMARC record"),
    ({"_dmarc": ["v=DMARC1; p=none", "other text"]}, "none", "shop.test", None),
    ({"_dmarc": ["v=DMARC1; p=quarantin"]}, "absent", "shop.test", "it is ignored"),
    ({"_dmarc": ["v=DMARC1; p=quarantin; rua=mailto:d@shop.test"]}, "none", "shop.test", "as if it said none"),
    ({"_dmarc": ["v=DMARC1; p=reject; sp=nothing; rua=mailto:d@shop.test"]}, "none", "shop.test", "as if it said none"),
    ({"_dmarc": ["v=DMARC1; rua=mailto:d@shop.test"]}, "none", "shop.test", "p= is needed"),
    ({"_dmarc": ["v=DMARC; p=reject"]}, "absent", None, "is no DMARC record"),
    ({"_dmarc": ["v=dmarc1; p=reject"]}, "absent", None, "is no DMARC record"),
    ({"_dmarc": ["v=DMARC1; p=reject; p=none"]}, "absent", None, "no tag twice"),
    ({"_dmarc": ["p=reject; v=DMARC1"]}, "absent", None, "is no DMARC record"),
    ({"_dmarc": ["p=none; rua=mailto:d@shop.test"]}, "absent", None, "is no DMARC record"),
    ({"@": ["v=DMARC1; p=none"]}, "absent", None, "stands at the domain itself"),
])
def test_dmarc_of_the_domain(audit, records, policy, whose, says):
    zone = HEAD + HOSTS + '@ TXT "v=spf1 mx -all"\n' + "".join(
        f'{name} TXT "{text}"\n' for name, some in records.items() for text in some)
    result = audit("--json", zone=zone.replace("@ IN SOA", "x IN SOA"), status=1 if says else 0)
    assert (result["dmarc_policy"], result["dmarc_domain"]) == (policy, whose)
    assert codes(result) == (["dmarc"] if says else [])
    if says:
        assert says in texts(result, "dmarc")[0]


def test_a_long_dmarc_record_is_wrapped(audit):
    record = "v=DMARC1; p=reject; rua=" + ", ".join(f"mailto:reports-{i}@shop.test" for i in range(6))
    page = audit(zone=rows({"shop.test": "v=spf1 -all", "_dmarc.shop.test": record}), status=None)
    assert max(len(line) for line in page.splitlines()) <= 80
    assert record in " ".join(page.split())


@pytest.mark.parametrize("above,policy", [
    ("v=DMARC1; p=reject", "reject"), ("v=DMARC1; p=reject; sp=none", "none"), ("v=DMARC1; p=none; sp=quarantine", "quarantine"),
])
def test_dmarc_of_the_organizational_domain_counts(audit, above, policy):
    zone = rows({"news.shop.test": "v=spf1 -all", "_dmarc.shop.test": above})
    result = audit("--json", zone=zone, domain="news.shop.test")
    assert (result["dmarc"], result["dmarc_domain"], result["dmarc_policy"]) == (above, "shop.test", policy)
    page = audit(zone=zone, domain="news.shop.test")
    assert f"{policy} by the record of shop.test: {above}" in " ".join(page.split())


def test_a_wrong_policy_above_is_for_its_owner(audit):
    zone = rows({"news.shop.test": "v=spf1 -all", "_dmarc.shop.test": "v=DMARC1; p=rejekt"})
    result = audit("--json", zone=zone, domain="news.shop.test", status=1)
    assert [(advice["code"], advice["domain"]) for advice in result["advice"]] == [("dmarc", "shop.test")]


# -- mail hosts

@pytest.mark.parametrize("record,named", [
    ("v=spf1 mx -all", ["mx1.shop.test", "mx.hoster.test", "mx.elsewhere.test"]),
    ("v=spf1 ip4:198.51.100.7 -all", ["mx1.shop.test", "mx.hoster.test"]),
    ("v=spf1 ip6:2001:db8:5::/48 -all", ["mx1.shop.test", "mx.hoster.test"]),
    ("v=spf1 a:mx.elsewhere.test -all", ["mx1.shop.test", "mx.elsewhere.test"]),
    ("v=spf1 redirect=r.test", ["mx1.shop.test", "mx.elsewhere.test"]),
    # What only an include lists is the provider's.
    ("v=spf1 include:r.test -all", ["mx1.shop.test"]),
    ("v=spf1 -mx ip4:192.0.2.99 -all", ["mx1.shop.test"]),
])
def test_mail_hosts_without_a_record_of_their_own(audit, record, named):
    zone = rows({"shop.test": record, "mx2.hoster.test": "v=spf1 a -all", "r.test": "v=spf1 a:mx.elsewhere.test -all"})
    for number, (host, addresses) in enumerate({
            "mx1.shop.test": "A 192.0.2.1\n AAAA 2001:db8::1", "mx.hoster.test": "A 198.51.100.7\n AAAA 2001:db8:5::7",
            "mx2.hoster.test": "A 198.51.100.7\n AAAA 2001:db8:5::7", "mx.elsewhere.test": "A 203.0.113.7\n AAAA 2001:db8:6::7"}.items()):
        zone += f"shop.test. MX {number} {host}.\n{host}. {addresses}\n"
    result = audit("--json", zone=zone)
    text, = texts(result, "host-no-record")
    own, _, outside = text.partition("; outside this domain: ")
    assert [own.rsplit(" ", 1)[1].rstrip("."), *(outside.rstrip(".").split(", ") if outside else [])] == named


def test_mail_hosts_of_others_alone(audit):
    zone = rows({"shop.test": "v=spf1 mx -all"}) + "shop.test. MX 1 mx.test.\nmx.test. A 192.0.2.1\n AAAA 2001:db8::1\n"
    assert "These have none: outside this domain, mx.test." in texts(audit("--json", zone=zone), "host-no-record")[0]


# -- type SPF

@pytest.mark.parametrize("rdata", ['SPF "v=spf1 mx -all"', 'TYPE99 "v=spf1 mx -all"', "TYPE99 \\# 15 0e763d73706631206d78202d616c6c"])
def test_a_record_of_type_spf_alone_is_seen_by_nobody(audit, rdata):
    result = audit("--json", zone=HEAD + HOSTS + f"@ {rdata}\n", status=2)
    assert codes(result) == ["spf-type"]
    assert result["advice"][0]["proposal"] == "v=spf1 mx -all"
    both = audit("--json", zone=HEAD + HOSTS + f'@ {rdata}\n@ TXT "v=spf1 mx -all"\n')
    assert [(advice["code"], advice["severity"]) for advice in both["advice"]] == [("spf-type", "note")]


# -- texts that are no record

@pytest.mark.parametrize("published,status,found", [
    (["v=spf10 mx -all"], 2, ["not-a-record"]),
    (["v=spf2 mx -all"], 2, ["not-a-record"]),
    (["spf2.0/pra mx -all"], 1, ["not-a-record"]),
    (["spf2.0/pra mx -all", "v=spf1 mx -all"], 0, []),
    (["v=spf1; mx -all", "v=spf1 mx -all"], 1, ["not-a-record"]),
    (["google-site-verification=v=spf1", "v=spf1 mx -all"], 0, []),
])
def test_texts_that_miss_being_a_record_are_shown(audit, published, status, found):
    zone = HEAD + HOSTS + "".join(f'@ TXT "{text}"\n' for text in published)
    result = audit("--json", zone=zone, status=status)
    assert codes(result) == found
    if found:
        assert f'"{published[0]}"' in texts(result, "not-a-record")[0]


# -- names that are not there

def test_a_name_without_record_and_one_that_is_not_there(audit):
    """The answers of DNS, not of a zone file: NODATA is not NXDOMAIN."""
    zone = {"shop.test": [("TXT", "v=spf1 include:nodata.test include:gone.test -all"), ("MX", [1, "mail.test"])],
            "nodata.test": [("MX", [1, "mail.test"])], "mail.test": [("TXT", "v=spf1 a -all")]}
    with DnsServer(zone) as dns:
        result = audit("--json", status=2, zone=None, options=["-o", f"DNS_Servers = {dns.address}"])
        page = audit(status=2, zone=None, options=["-o", f"DNS_Servers = {dns.address}"])
    assert [text.split(" which")[0] for text in texts(result, "no-record-there")] == [
        '"include:nodata.test" leads to a domain without an SPF record,', '"include:gone.test" leads to a name that does not exist,']
    assert "nodata.test  no SPF record" in page and "gone.test  no such name" in page


# -- aliases

ELSEWHERE = {"web.other.test": [("A", "198.51.100.7"), ("AAAA", "2001:db8:7::7")], "spf.other.test": [("TXT", "v=spf1 ip4:203.0.113.0/24 -all")],
             "mx.other.test": [("A", "198.51.100.8"), ("AAAA", "2001:db8:7::8"), ("TXT", "v=spf1 a -all")],
             "mute.test": [("CNAME", "web.other.test")], "by.test": [("CNAME", "spf.other.test")]}


def test_a_domain_that_is_an_alias(audit):
    """Nothing can be published beside a CNAME, so that this is not what the owner is told to do."""
    with DnsServer(ELSEWHERE) as dns:
        options = ["-o", f"DNS_Servers = {dns.address}"]
        mute = audit("--json", domain="mute.test", zone=None, status=1, options=options)
        page = audit(domain="by.test", zone=None, options=options)
    zone = "".join(f"{name}. {kind} {value}\n" for name, kind, value in (
        ("mute.test", "CNAME", "web.other.test."), ("web.other.test", "A", "198.51.100.7")))
    for result in mute, audit("--json", domain="mute.test", zone=zone, status=1):
        assert codes(result) == ["alias"]
        assert "The name is a CNAME" in result["advice"][0]["text"]
    assert "by.test  79 bytes, by a CNAME" in page and "nothing is wrong" in page


def test_an_alias_and_the_worst_first_for_a_client_too(check):
    zone = 'mute.test. CNAME web.test.\nweb.test. A 192.0.2.1\n'
    advice = check("--ip", "192.0.2.1", "--from", "a@mute.test", "--json", zone=zone).object["advice"]
    assert [item["code"] for item in advice] == ["alias"]
    zone = 'shop.test. TXT "v=spf1 ip4:192.0.2.7 ip4:192.0.2.7 ptr include:none.test -all"\n'
    advice = check("--ip", "192.0.2.1", "--from", "a@shop.test", "--json", zone=zone).object["advice"]
    assert [item["severity"] for item in advice] == ["error", "warning", "note"]


def test_a_cname_of_the_zone_leads_out_of_it(audit):
    zone = HEAD + """@ MX 1 mail
mail CNAME hosts
hosts CNAME mx.other.test.
www CNAME web.other.test.
spf CNAME spf.other.test.
gone CNAME gone.other.test.
@ TXT "v=spf1 mx a:www.shop.test include:spf.shop.test -all"
"""
    with DnsServer(ELSEWHERE) as dns:
        options = ["-o", f"DNS_Servers = {dns.address}"]
        result = audit("--json", zone=zone, options=options)
        gone = audit("--json", "--record", "v=spf1 mx include:gone.shop.test -all", zone=zone, status=2, options=options)
        assert not any(question.name.endswith("shop.test") for question in dns.questions())
    assert {item["network"] for item in result["networks"]} == {
        "198.51.100.7/32", "198.51.100.8/32", "203.0.113.0/24", "2001:db8:7::7/128", "2001:db8:7::8/128"}
    assert codes(gone) == ["no-record-there"]


def test_names_that_a_file_without_soa_does_not_have(audit):
    record = '@ TXT "v=spf1 include:spf.other.test a:web.other.test -all"\n'
    result = audit("--json", zone=record, status=2)
    assert [text.endswith("are not asked for.)") for text in texts(result, "no-record-there") + texts(result, "void-lookup")] == [True] * 2
    whole = audit("--json", zone=HEAD + record, status=2)
    assert [text.endswith("asked for.)") for text in texts(whole, "no-record-there") + texts(whole, "void-lookup")] == [False] * 2


# -- a resolver that is not there

def test_no_server_is_not_the_fault_of_the_domain(program, audit, check, tmp_path):
    dead = ("-o", "DNS_Servers = 127.0.0.1:1")
    for words in ((), ("--json",)):
        done = subprocess.run([program, "check", *dead, "--domain", "shop.test", *words], capture_output=True, timeout=PATIENCE, check=False)
        assert (done.returncode, done.stdout) == (64, b"")
        assert b"no DNS server answers here, so nothing is known of shop.test: connection refused by 127.0.0.1:1" in done.stderr
    zone = HEAD + HOSTS + '@ TXT "v=spf1 mx include:spf.other.test -all"\n'
    result = audit("--json", zone=zone, status=1, options=dead)
    assert [(advice["code"], advice["severity"]) for advice in result["advice"]] == [("dns-failure", "warning")]
    assert "No DNS server answered here" in result["advice"][0]["text"]
    assert check("--ip", "192.0.2.1", "--from", "a@shop.test", "--json", options=["DNS_Servers = 127.0.0.1:1"]).object["advice"] == []


def test_a_domain_whose_servers_fail_is_its_owners(audit):
    with DnsServer({"shop.test": ["SERVFAIL"]}) as dns:
        result = audit("--json", zone=None, status=2, options=["-o", f"DNS_Servers = {dns.address}"])
    assert codes(result) == ["dns-failure"]


# -- each thing once

def test_one_bullet_for_what_is_said_of_several_terms(audit):
    record = ("v=spf1 mx ip4:10.0.0.0/8 ip4:192.168.0.0/16 ip4:172.16.0.0/12 ip4:127.0.0.1 ip4:10.1.0.0/16 ip4:10.2.0.0/16 "
              "ip4:10.3.0.0/16 ip4:10.4.0.0/16 ip4:10.5.0.0/16 ip4:169.254.0.0/16 -all")
    result = audit("--json", "--record", record, zone=HEAD + HOSTS, status=1)
    text, = texts(result, "private-network")
    assert text.startswith('"ip4:10.0.0.0/8", "ip4:192.168.0.0/16", ') and " and 2 more are address space" in text
    inside, = texts(result, "repeated")
    assert '"ip4:10.1.0.0/16", ' in inside and 'add nothing to "ip4:10.0.0.0/8"' in inside


@pytest.mark.parametrize("record,says,other", [
    ("include:i.test include:i.test. -all", '"include:i.test." costs a lookup and says the same as "include:i.test"', ""),
    ("mx mx:shop.test -all", '"mx:shop.test" costs a lookup and says the same as "mx"', ""),
    ("+mx MX:Shop.Test. -all", '"MX:Shop.Test." costs a lookup and says the same as "+mx"', ""),
    ("mx mx -all", '"mx" stands there twice and costs a lookup each time', ""),
    ("include:i.x.test include:j.x.test -all", '"include:j.x.test" costs lookups and lets nobody pass who is not let pass by "include:i.x.test"', ""),
    ("include:j.x.test include:i.x.test -all", '"include:j.x.test" costs lookups and lets nobody pass who is not let pass by "include:i.x.test"', ""),
    ("include:j.x.test include:k.test -all", "", ""),
    ("include:j.x.test include:k.test mx mx/25 mx/26 mx/27 mx/28 -all", '"include:j.x.test" lets nobody pass who is not let pass by "include:k.test", as long as', "comes near"),
    ("mx/24 mx -all", "", ""),
    ("mx ~mx:shop.test -all", "", ""),
    ("include:i.x.test ?include:j.x.test -all", "", "does not let the hosts pass"),
    ("mx ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", '"mx" takes a lookup, and all of its addresses are listed', ""),
    ("mx ip4:192.0.2.0/24 -all", "", ""),
    ("mx/23 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", "", ""),
    ("mx ip4:192.0.2.9 ip4:192.0.2.9 -all", '"ip4:192.0.2.9" stands there twice', ""),
    ("mx ip4:192.0.2.9 ip4:192.0.2.0/24 -all", '"ip4:192.0.2.9" adds nothing to "ip4:192.0.2.0/24"', ""),
    ("mx -ip4:192.0.2.9 ip4:192.0.2.0/24 -all", "", ""),
    ("mx -all mx", "", "stands behind"),
])
def test_terms_without_effect(audit, record, says, other):
    zone = HEAD + HOSTS + rows({"i.x.test": "v=spf1 ip4:198.51.100.1 include:j.x.test -all", "j.x.test": "v=spf1 ip4:198.51.100.2 -all",
                               "k.test": "v=spf1 ip4:198.51.100.1 include:j.x.test -all", "i.test": "v=spf1 ip4:198.51.100.1 -all"})
    zone = zone.replace("@ IN SOA", "x IN SOA")
    severe = (other and "near" not in other) or "costs" in says
    result = audit("--json", "--record", "v=spf1 " + record, zone=zone, status=1 if severe else 0)
    found = texts(result, "repeated")
    assert len(found) == (1 if says else 0), found
    assert not says or says in found[0]
    assert len(result["advice"]) == bool(says) + bool(other)


def test_the_sum_of_void_lookups_is_not_preceded_by_its_parts(check):
    zone = "shop.test. TXT \"v=spf1 a:a.test a:b.test a:c.test ip6:2001:db8::/32 -all\"\n" + "".join(
        f"{name}.test. A 192.0.2.1\n" for name in "abc")
    advice = check("--ip", "2001:db8::1", "--from", "x@shop.test", "--json", zone=zone).object["advice"]
    assert [item["code"] for item in advice] == ["voids"]
    two = check("--ip", "2001:db8::1", "--from", "x@shop.test", "--json", zone=zone.replace(" a:c.test", "")).object["advice"]
    assert [item["code"] for item in two] == ["one-family"]
    assert two[0]["text"].startswith('"a:a.test", "a:b.test" have IPv4 addresses only')


# -- sizes

@pytest.mark.parametrize("others,code,severity,status", [
    (0, None, None, 0), (6, "large-answer", "note", 0), (17, "large-answer", "warning", 1),
])
def test_what_the_size_of_the_answer_means(audit, others, code, severity, status):
    zone = HEAD + HOSTS + '@ TXT "v=spf1 mx -all"\n' + "".join(f'@ TXT "verification={i:060}"\n' for i in range(others))
    result = audit("--json", zone=zone, status=status)
    size = result["record"]["bytes"]
    assert [(advice["code"], advice["severity"]) for advice in result["advice"]] == ([(code, severity)] if code else [])
    assert size > {None: 0, "note": 512, "warning": 1232}[severity]
    if severity == "note":
        assert size < 1232
        assert f"{size} bytes: more than plain DNS takes" in result["advice"][0]["text"]
    with DnsServer({"shop.test": [("TXT", "v=spf1 mx -all"), ("MX", [1, "mail.shop.test"]),
                                  *(("TXT", f"verification={i:060}") for i in range(others))],
                    "mail.shop.test": [("A", "192.0.2.10"), ("AAAA", "2001:db8::10"), ("TXT", "v=spf1 a -all")]}) as dns:
        live = audit("--json", zone=None, status=status, options=["-o", f"DNS_Servers = {dns.address}"])
    assert live["record"]["bytes"] == size
