# SPDX-License-Identifier: MIT
"""The test library does what its users rely on: the DNS server lies as told, and what breaks the
protocol or the header's grammar is noticed. A judge that lets everything pass proves nothing.
"""

import os
import socket

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from lib import policy
from lib.dnsserver import Behaviour, Datagram, DnsServer, Zone
from lib.wire import NameError_, Query, encode_name

ADDRESS = ("A", "192.0.2.1")
TCP = ("reset", "close", "silent", "drip", "long", "short")


def lie(data):
    query = Query(data)
    return [(0, b""), (10, query.response(2)), Datagram(20, query.response(0), other_port=True)]


ZONE = {
    "plain.test": [ADDRESS, ("AAAA", "2001:db8::1")], "alias.test": [("CNAME", "plain.test")],
    "loop.test": [("CNAME", "loop2.test")], "loop2.test": [("CNAME", "loop.test")],
    "big.test": [("TXT", "x" * 60000)], "cut.test": [ADDRESS, Behaviour(truncate=True)],
    **{f"{how}.test": [ADDRESS, Behaviour(truncate=True, tcp=how)] for how in TCP},
    "second.test": [ADDRESS, Behaviour(drop=1)], "silence.test": ["DROP"], "nine.test": ["RCODE 9"],
    "one.test": [ADDRESS, ("TXT", "REFUSED")], "lie.test": [Behaviour(raw=lie)],
    "edit.test": [ADDRESS, Behaviour(edit=lambda answer: answer[:2] + b"\x01" + answer[3:])],
}


@pytest.fixture(scope="module")
def server():
    with DnsServer(ZONE, ipv6=True) as made:
        yield made


def ask(server, name, rtype="A", timeout=5, tcp=False, edns=True):
    query = dns.message.make_query(name, rtype, use_edns=edns)
    how = dns.query.tcp if tcp else dns.query.udp
    return how(query, "127.0.0.1", port=server.port, timeout=timeout)


@pytest.mark.parametrize("name,rtype,rcode,records", [
    ("PLAIN.test", "A", "NOERROR", 1), ("plain.test", "MX", "NOERROR", 0), ("test", "A", "NOERROR", 0),
    ("absent.test", "A", "NXDOMAIN", 0), ("alias.test", "AAAA", "NOERROR", 2),
    ("loop.test", "A", "SERVFAIL", 0), ("nine.test", "A", "NOTAUTH", 0),
    ("one.test", "TXT", "REFUSED", 0), ("one.test", "A", "NOERROR", 1),
])
def test_answers(server, name, rtype, rcode, records):
    answer = ask(server, name, rtype)
    assert dns.rcode.to_text(answer.rcode()) == rcode
    assert sum(len(rrset) for rrset in answer.answer) == records


def test_what_does_not_fit_is_truncated(server):
    assert ask(server, "big.test", "TXT").flags & dns.flags.TC
    assert len(ask(server, "big.test", "TXT", tcp=True).to_wire()) > 60000
    assert ask(server, "cut.test").flags & dns.flags.TC
    assert ask(server, "cut.test", tcp=True).answer


@pytest.mark.parametrize("how", TCP)
def test_broken_tcp(server, how):
    broken = (OSError, EOFError, dns.exception.DNSException)
    with pytest.raises(broken):
        ask(server, f"{how}.test", tcp=True, timeout=1)


def test_silence_and_lies(server):
    with pytest.raises(dns.exception.Timeout):
        ask(server, "silence.test", timeout=0.3)
    with pytest.raises(dns.exception.Timeout):
        ask(server, "second.test", timeout=0.3)
    assert ask(server, "second.test").answer
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        for name in ("lie.test", "edit.test"):
            query = dns.message.make_query(name, "A").to_wire()
            sock.sendto(query, ("127.0.0.1", server.port))
            if name == "lie.test":
                got = [sock.recvfrom(999) for _ in range(3)]
                assert [len(data) > 0 for data, _ in got] == [False, True, True]
                assert [peer[1] == server.port for _, peer in got] == [True, True, False]
            else:
                assert not sock.recv(999)[2] & 0x80


def test_rounds_and_the_log():
    with DnsServer(ZONE, in_rounds=True, seed=1) as server:
        server.asker = os.getpid()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            for names in (["a.test", "b.test", "a.test"], ["c.test"]):
                for name in names:
                    sock.sendto(dns.message.make_query(name, "A").to_wire(),
                                ("127.0.0.1", server.port))
                for _ in names:
                    sock.recv(999)
        assert server.rounds == 2
        assert [q.round for q in server.questions()] == [1, 1, 1, 2]
        assert server.count() == 3
        assert server.duplicates() == [("a.test", "A")]
        server.clear()
        assert (server.rounds, server.count()) == (0, 0)


def test_what_is_sent_again_is_answered_again_and_counts_once():
    with DnsServer({"a.test": [ADDRESS], "lost.test": [ADDRESS, Behaviour(drop=1)]}) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        for name in ("a.test", "lost.test"):
            query = dns.message.make_query(name, "A").to_wire()
            for _ in range(3):
                sock.sendto(query, ("127.0.0.1", server.port))
        for _ in range(5):
            sock.recv(999)
        assert [len(server.questions(name)) for name in ("a.test", "lost.test")] == [1, 2]


def test_a_strict_zone_refuses_what_dns_can_not_carry():
    for name in ("a..test", "x" * 64 + ".test", ".".join(["y" * 60] * 5)):
        with pytest.raises(NameError_):
            encode_name(name)
        with pytest.raises(NameError_):
            Zone({name: [ADDRESS]})
        assert not Zone({name: [ADDRESS]}, strict=False).entries


@pytest.mark.parametrize("reply", [
    b"action=\n\n", b"action=OK\n\n", b"action=200\n\n", b"action=PREPEND X\n\n", b"DUNNO\n\n",
    b"action=550 \x1b\n\n", b"action=550 \xc3\xbc\n\n", b"action=DUNNO\nx=y\n\n", b"\n\n",
    b"action=PERMIT\n\n", b"action=550\n\n", b"action=DUNNO now\n\n",
])
def test_replies_that_must_not_pass(reply):
    checker = policy.Daemon.__new__(policy.Daemon)
    checker.verbs = None
    with pytest.raises(policy.ProtocolError):
        checker._check(reply)


@pytest.mark.parametrize("field", [
    "Received-SPF: Pass (x) a=b", "Received-SPF: pass (x a=b", "Received-SPF: pass (x) a",
    "Received-SPF: pass (x) a=b c=d", "Received-SPF: pass (x) a=b@c", "Received-SPF: pass (x) a=\"b",
    "Received-SPF: pass (x) a=b; a=c", "Received-SPF: pass (x) a=b;c=d;;", "Received-SPF:pass",
    "Received-SPF: pass (x)) a=b", "Received-SPF: pass (x) a=::1", "Received-SPF: passed (x)",
    "Received-SPF: pass (x) a=.b", "Received-SPF: pass (x) a=\u00fc",
])
def test_headers_that_must_not_pass(field):
    with pytest.raises(policy.ProtocolError):
        policy.ReceivedSpf(field)


def test_a_header_that_may_pass():
    field = policy.ReceivedSpf(r'Received-SPF: softfail (a (nested \) one)) a=b.c; D="e\"f; g=h";')
    assert (field.result, field.comment) == ("softfail", "a (nested ) one)")
    assert field.fields == {"a": "b.c", "d": 'e"f; g=h'}
