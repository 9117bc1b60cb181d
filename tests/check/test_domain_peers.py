# SPDX-License-Identifier: MIT
"""The networks of `check --domain` against pyspf: at both edges of every network that is listed, and one address past each of
them, pyspf says pass exactly where the list has the address. So is the result of those who are not listed."""

import ipaddress

import pytest

from lib.dnsserver import DnsServer, Zone
from lib.peers import Missing, Pyspf

MX = ("MX", [10, "mail.shop.test"])
MAIL = {"mail.shop.test": [("A", "192.0.2.10"), ("AAAA", "2001:db8::10"), ("TXT", "v=spf1 a -all")]}


def txt(*records):
    return [("TXT", record) for record in records]


def numbered(count, record):
    return {f"i{i}.test": txt(record.format(i=i)) for i in range(count)}


WORLDS = {
    "mailbox provider": {"shop.test": txt("v=spf1 include:_spf.big.test ~all"),
                         "_spf.big.test": txt("v=spf1 include:_n1.big.test include:_n2.big.test include:_n3.big.test ~all"),
                         "_n1.big.test": txt("v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:74.125.0.0/16 ip4:209.85.128.0/17 ~all"),
                         "_n2.big.test": txt("v=spf1 ip6:2001:4860:4000::/36 ip6:2a00:1450:4000::/36 ~all"),
                         "_n3.big.test": txt("v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:108.177.96.0/19 ~all")},
    "office suite and own hosts": {"shop.test": [*txt("v=spf1 mx ip4:203.0.113.7 include:spf.suite.test -all"), MX], **MAIL,
                                   "spf.suite.test": txt("v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 "
                                                         "ip4:52.103.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 -all")},
    "redirect": {"shop.test": [*txt("v=spf1 mx -ip4:198.51.100.9 redirect=_spf.host.test"), MX], **MAIL,
                 "_spf.host.test": txt("v=spf1 ip4:198.51.100.0/24 ?ip4:203.0.113.0/24 include:i0.test ~all"),
                 **numbered(1, "v=spf1 ip4:203.0.113.{i}/25 ip6:2001:db8:77::/64 ?all")},
    "include with a redirect": {"shop.test": txt("v=spf1 include:a.test -all"), "a.test": txt("v=spf1 -ip4:198.51.100.0/28 redirect=b.test"),
                                "b.test": txt("v=spf1 ip4:198.51.100.0/24 -all")},
    "hosts with prefixes": {"shop.test": [*txt("v=spf1 a:web.test/28//64 mx/30//126 -all"), MX], **MAIL,
                            "web.test": [("A", "198.51.100.77"), ("A", "203.0.113.1"), ("AAAA", "2001:db8:5::77")]},
    "exceptions first": {"shop.test": txt("v=spf1 -ip4:10.20.0.0/24 ~ip4:10.30.1.0/24 ip4:10.20.0.0/15 ip4:10.30.0.0/16 "
                                          "?ip6:2001:db8:1::/48 ip6:2001:db8::/32 -all")},
    "exceptions too late": {"shop.test": txt("v=spf1 ip4:198.51.100.0/24 -ip4:198.51.100.7 -all")},
    "neutral include": {"shop.test": txt("v=spf1 ?include:i0.test include:i1.test -all"),
                        "i0.test": txt("v=spf1 ip4:198.51.100.0/25 -all"), "i1.test": txt("v=spf1 ip4:198.51.100.0/24 -all")},
    "failing include": {"shop.test": txt("v=spf1 -include:i0.test ip4:198.51.100.0/24 ~all"), "i0.test": txt("v=spf1 ip4:198.51.100.128/26 -all")},
    "everybody but some": {"shop.test": txt("v=spf1 -ip4:198.51.100.0/24 ip4:192.0.2.1 include:i0.test -all"),
                           "i0.test": txt("v=spf1 -ip4:203.0.113.0/24 -ip6:2001:db8::/32 +all")},
    "domain macros": {"shop.test": txt("v=spf1 include:%{d}.i.test a:%{d1r}.i.test exists:%{d2}.none.test -all"),
                      "shop.test.i.test": txt("v=spf1 ip4:198.51.100.0/24 -all"), "shop.i.test": [("A", "192.0.2.99")]},
    "an exists for all": {"shop.test": txt("v=spf1 ip4:198.51.100.7 ?exists:on.test ip4:192.0.2.0/24 -all"), "on.test": [("A", "127.0.0.2")]},
    "error in the middle": {"shop.test": txt("v=spf1 ip4:198.51.100.0/25 include:i0.test ip4:198.51.100.128/25 -all"),
                            "i0.test": txt("v=spf1 ip4:203.0.113.0/24 ipv4:192.0.2.1 -all")},
    "include of nothing": {"shop.test": txt("v=spf1 ip4:198.51.100.0/24 include:gone.test ip4:203.0.113.0/24 -all")},
    "loop": {"shop.test": txt("v=spf1 ip4:198.51.100.0/24 include:i0.test ip4:203.0.113.0/24 -all"),
             "i0.test": txt("v=spf1 ip4:192.0.2.0/28 include:shop.test -all")},
    "ten lookups": {"shop.test": txt("v=spf1 " + " ".join(f"include:i{i}.test" for i in range(10)) + " ip4:203.0.113.0/24 -all"),
                    **numbered(10, "v=spf1 ip4:198.51.{i}.0/24 -all")},
    "eleven lookups": {"shop.test": txt("v=spf1 " + " ".join(f"include:i{i}.test" for i in range(11)) + " ip4:203.0.113.0/24 -all"),
                       **numbered(11, "v=spf1 ip4:198.51.{i}.0/24 -all")},
    "eleven lookups below one include": {"shop.test": txt("v=spf1 ip4:192.0.2.0/28 include:deep.test ip4:203.0.113.0/24 -all"),
                                         "deep.test": txt("v=spf1 " + " ".join(f"include:i{i}.test" for i in range(11)) + " -all"),
                                         **numbered(11, "v=spf1 ip4:198.51.{i}.0/24 -all")},
    "ipv4 alone": {"shop.test": [*txt("v=spf1 a mx -all"), MX, ("A", "192.0.2.20")], "mail.shop.test": [("A", "192.0.2.10")]},
    "ipv6 alone": {"shop.test": [*txt("v=spf1 a mx -all"), MX, ("AAAA", "2001:db8::20")], "mail.shop.test": [("AAAA", "2001:db8::10")]},
    "voids of one family": {"shop.test": txt("v=spf1 a:a0.test a:a1.test a:a2.test ip4:198.51.100.0/24 ip6:2001:db8:9::/48 -all"),
                            **{f"a{i}.test": [("A", f"192.0.2.{2 * i}")] for i in range(3)}},
    "whole spaces": {"shop.test": txt("v=spf1 ip4:0.0.0.0/1 ip6:8000::/1 -all")},
    "strings without spaces": {"shop.test": [("TXT", ["v=spf1 ip4:198.51.100.0/24", " ip4:203.0.113.0/2", "5 -all"])]},
    "the same record twice": {"shop.test": txt("v=spf1 ip4:198.51.100.0/24 -all")},
    "softfail by redirect": {"shop.test": txt("v=spf1 redirect=i0.test"), "i0.test": txt("v=spf1 redirect=i1.test"),
                             "i1.test": txt("v=spf1 ip4:198.51.100.7 ~all")},
}


def is_there(address, networks):
    return any(address in network for network in networks)


def edges(networks):
    for network in networks:
        kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
        first, last = int(network.network_address), int(network.broadcast_address)
        for number in {first - 1, first, last, last + 1}:
            if 0 <= number < 2 ** network.max_prefixlen:
                yield kind(number)


@pytest.mark.parametrize("name", WORLDS)
def test_pyspf_lets_the_same_addresses_pass(audit, name):
    try:
        peer = Pyspf()
    except Missing as package:
        pytest.skip(f"{package} is not installed")
    with DnsServer(WORLDS[name]) as dns:
        result = audit("--json", zone=None, status=None, options=["-o", f"DNS_Servers = {dns.address}"])
    zone = Zone(WORLDS[name])
    passing = [ipaddress.ip_network(item["network"]) for item in result["networks"] if not item["too_late"]]
    late = [ipaddress.ip_network(item["network"]) for item in result["networks"] if item["too_late"]]
    corners = [ipaddress.ip_address(text) for text in ("0.0.0.0", "127.255.255.255", "128.0.0.0", "255.255.255.255", "::2", "ffff::")]
    tried = set(edges(passing + late)) | set(corners)
    assert len(tried) > 8
    for address in sorted(tried, key=lambda address: (address.version, int(address))):
        verdict, _ = peer.check(zone, str(address), "mail.shop.test", "user@shop.test")
        listed = is_there(address, passing)
        everybody = result["everybody"] and not is_refused(name, address)
        assert (verdict == "pass") == (listed or everybody), (address, verdict)
        if not listed and not is_there(address, late) and not everybody and not is_named(name, address):
            assert verdict == result[f"not_listed_ipv{address.version}"], address


def named_networks(world, signs):
    for records in world.values():
        for kind, text in records:
            if kind != "TXT":
                continue
            for term in "".join(text).split():
                qualifier, _, value = term.partition("ip4:" if "ip4:" in term else "ip6:")
                if value and (qualifier or "+") in signs:
                    yield ipaddress.ip_network(value, strict=False)


def is_refused(name, address):
    return is_there(address, named_networks(WORLDS[name], "-~?"))


def is_named(name, address):
    """A term of some record is about the address: it may get another result than those whom nothing is about."""
    return is_there(address, named_networks(WORLDS[name], "-~?+"))
