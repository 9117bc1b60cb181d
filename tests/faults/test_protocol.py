# SPDX-License-Identifier: MIT
"""Faults P1 to P38: what arrives on the policy socket, and what becomes of the reply.

Proves that a broken peer is left without an answer and with one line in the log, that hostile
values get one clean answer, and that nothing but answers is ever written to the socket.
"""

import re
import array
import fcntl
import os
import random
import select
import signal
import socket
import subprocess
import termios
import time

import pytest

from lib import policy
from lib.dnsserver import Behaviour
from lib.process import PATIENCE, settled
from lib.watch import CLIENT, descriptors, result_of, rss_kb

ZONE = {
    "pass.test": [("TXT", f"v=spf1 ip4:{CLIENT} -all")],
    "fail.test": [("TXT", "v=spf1 -all")],
    "helo.test": [("TXT", "v=spf1 a -all"), ("A", CLIENT)],
    "slow.test": [("TXT", "v=spf1 -all"), Behaviour(delay_ms=500)],
    "dead.test": ["DROP"],
}


@pytest.fixture
def zone(dns):
    dns.set_zone(ZONE)
    return dns


@pytest.fixture(params=[False, True], ids=["pipes", "socket"])
def peer(request, spawn, zone):
    """A process that the test will leave in trouble."""
    return spawn(dns=zone, socket=request.param, status=None, options={"Lookup_Time": "3"})


def send(daemon, data):
    """Sends what the process may not care to read to its end."""
    try:
        daemon.send(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def ends_without_a_word(daemon, log=True):
    """No reply, an exit status of its own choice that is not 0, and one line that says why."""
    assert daemon.read_reply(60) is None
    assert daemon.wait() == 1
    if log and not daemon.socket_mode:
        assert len(daemon.log_lines) == 1, daemon.log_lines
        assert daemon.log_lines[0].startswith("warning: "), daemon.log_lines


def block(*lines):
    return b"".join(line + b"\n" for line in lines) + b"\n"


# -- the stream


def test_P1_end_of_input_before_any_byte(spawn, zone):
    for use_socket in (False, True):
        daemon = spawn(dns=zone, socket=use_socket)
        daemon.close()
        assert daemon.log_lines == []


@pytest.mark.parametrize(
    "data",
    [b"request=smt", b"request=smtpd_access_policy\nsender=a@pass.test\n", b"\0"],
    ids=["P2-in-a-line", "P2-in-a-block", "P2-in-garbage"],
)
def test_P2_end_of_input_inside_a_request(peer, data):
    peer.send(data)
    peer.end_input()
    ends_without_a_word(peer)


def drained(daemon):
    """Waits until the process has read all that was sent."""
    left = array.array("i", [1])
    end = time.monotonic() + PATIENCE
    while left[0]:
        fcntl.ioctl(daemon.process.stdin, termios.FIONREAD, left)
        assert time.monotonic() < end


def test_P3_request_in_two_pieces_cut_anywhere(spawn, zone):
    daemon = spawn(dns=zone)
    data = policy.request(client_address=CLIENT, sender="a@pass.test", helo_name="helo.test")
    for i in range(1, len(data)):
        daemon.send(data[:i])
        drained(daemon)
        daemon.send(data[i:])
        assert daemon.read_reply().received_spf.result == "pass", i


def test_P3_request_byte_by_byte(spawn, zone):
    daemon = spawn(dns=zone, socket=True)
    for byte in policy.request(client_address=CLIENT, sender="a@fail.test"):
        daemon.send(bytes([byte]))
    assert result_of(daemon.read_reply()) == "fail"


def test_P5_two_requests_in_one_write(peer):
    peer.status = 0
    peer.send(policy.request(sender="a@pass.test") + policy.request(sender="a@fail.test"))
    assert result_of(peer.read_reply()) == "pass"
    assert result_of(peer.read_reply()) == "fail"


def test_P6_a_thousand_requests_on_one_connection(pair):
    pair.dns.set_zone(ZONE)
    pair.ask(sender="a@pass.test")
    pair.ask(sender="a@fail.test")
    before = [rss_kb(daemon.pid) for daemon in pair.daemons]
    for i in range(500):
        assert pair.ask(sender=f"user{i}@pass.test").result == "pass"
        assert pair.ask(sender=f"user{i}@fail.test").result == "fail"
        pair.dns.clear()
    after = [rss_kb(daemon.pid) for daemon in pair.daemons]
    assert pair.instrumented or all(b - a <= 256 for a, b in zip(before, after)), (before, after)


@pytest.mark.parametrize("name", [b"sender", b"unknown"])
@pytest.mark.parametrize("size", [4096, 65536, 10 * 1024 * 1024], ids="P7-{}".format)
def test_P7_line_without_end(peer, name, size):
    if size == 4096 and name == b"unknown":
        peer.status = 0
        peer.send(b"unknown=" + b"x" * size + b"\n" + policy.request(sender="a@pass.test"))
        assert result_of(peer.read_reply()) == "pass"
        return
    if size == 4096:
        peer.send(b"sender=" + b"x" * size + b"\n")
    else:
        send(peer, name + b"=" + b"x" * size)
    ends_without_a_word(peer)


def test_P7_memory_is_bounded_while_it_arrives(spawn, zone):
    daemon = spawn(
        dns=zone,
        status=None,
        wrapper=["prlimit", "--as=33554432"]
        if b"__asan_init" not in open(policy.binary(), "rb").read()
        else [],
    )
    send(daemon, b"x=" + b"y" * (40 << 20))
    ends_without_a_word(daemon)


@pytest.mark.parametrize("count", [999, 1000, 1001], ids="P8-{}".format)
def test_P8_number_of_attributes(peer, count):
    request = policy.request(sender="a@pass.test")[:-1]
    lines = request.count(b"\n")
    send(peer, request + b"".join(b"more%d=x\n" % i for i in range(count - lines)) + b"\n")
    if count > 1000:
        ends_without_a_word(peer)
    else:
        peer.status = 0
        assert result_of(peer.read_reply()) == "pass"


def test_P9_unknown_attributes_in_any_order(pair):
    pair.dns.set_zone(ZONE)
    lines = policy.request(sender="a@fail.test").split(b"\n")[:-2]
    lines += [
        b"ccert_subject=",
        b"x=y=z",
        b"policy_context=",
        b"compatibility_level=3.7",
        b"=".join([b"q"] * 9),
        b"SENDER=a@pass.test",
        b" sender=a@pass.test",
        b"sender =a@pass.test",
    ]
    shuffle = random.Random(9)
    for _ in range(20):
        shuffle.shuffle(lines)
        for daemon in pair.daemons:
            daemon.send(block(*lines))
            assert result_of(daemon.read_reply()) == "fail"
    pair.plain.log_lines.clear()


def test_P10_repeated_attribute_the_first_counts(pair):
    pair.dns.set_zone(ZONE)
    for first, second, result in (
        ("pass", "pass", "pass"),
        ("pass", "fail", "pass"),
        ("fail", "pass", "fail"),
    ):
        request = policy.request(sender=f"a@{first}.test")
        for daemon in pair.daemons:
            daemon.send(request[:-1] + b"sender=a@%s.test\n\n" % second.encode())
            assert result_of(daemon.read_reply()) == result


REQUEST = b"request=smtpd_access_policy"
MALFORMED = {
    "P11-no-equals": [REQUEST, b"sender"],
    "P11-text": [b"GET / HTTP/1.1", b"Host: x"],
    "P12-no-name": [REQUEST, b"=x"],
    "P12-only-equals": [REQUEST, b"="],
    "P13-nul-in-value": [REQUEST, b"sender=a@pass.test\0b"],
    "P13-nul-in-name": [REQUEST, b"send\0er=a@pass.test"],
    "P13-nul-in-unknown": [REQUEST, b"unknown=\0"],
    "P14-all-lines-crlf": [REQUEST + b"\r", b"sender=a@pass.test\r", b"\r"],
    "P15-empty-block": [],
    "P16-no-request": [b"sender=a@pass.test", b"client_address=192.0.2.1"],
}


@pytest.mark.parametrize("lines", MALFORMED.values(), ids=MALFORMED.keys())
def test_P11_to_P16_malformed(peer, lines):
    peer.send(block(*lines))
    ends_without_a_word(peer)


def test_P14_return_before_newline_is_data(pair):
    reply = pair.judge(ZONE, sender="a@pass.test\r")
    assert reply.result == "none"
    assert {q.name for q in pair.dns.questions()} == {"mail.helo.test"}
    assert "\\x0d" in reply.log.text


# -- requests that are not about SPF


def test_P17_other_request(spawn, zone):
    daemon = spawn(dns=zone)
    daemon.send(policy.request(request="junk_policy"))
    assert daemon.read_reply().verb == "DUNNO"
    daemon.close()
    assert daemon.log_lines[0].startswith("warning: request: ")
    assert zone.questions() == []


@pytest.mark.parametrize(
    "state", ["CONNECT", "EHLO", "HELO", "VRFY", "ETRN", "AUTH", "XYZZY"], ids="P18-{}".format
)
def test_P18_states_without_a_sender(pair, state):
    assert pair.judge(ZONE, sender="a@fail.test", protocol_state=state).result == "dunno"
    assert pair.dns.questions() == []


@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA", "END-OF-MESSAGE"], ids="P18-{}".format)
def test_P18_states_with_one(pair, state):
    assert pair.judge(ZONE, sender="a@fail.test", protocol_state=state).result == "fail"
    reply = pair.judge(ZONE, sender="a@pass.test", protocol_state=state)
    assert reply.result == ("dunno" if state == "END-OF-MESSAGE" else "pass")


@pytest.mark.parametrize(
    "client", [None, "", "unknown"], ids=["P19-missing", "P19-empty", "P19-unknown"]
)
def test_P19_no_client_address(pair, client):
    assert pair.judge(ZONE, sender="a@fail.test", client=client).result == "dunno"
    assert pair.dns.questions() == []


@pytest.mark.parametrize(
    "client",
    [
        "1.2.3.4.5",
        "1.2.3",
        "256.1.1.1",
        "fe80::1%",
        "[192.0.2.1]",
        "IPv6:2001:db8::1",
        "1.2.3.4 ",
        "0x7f.1",
        ":::",
        "2001:db8::1::2",
        "localhost",
        "1.2.3.4\r",
        "x" * 2000,
    ],
    ids="P20-{:.20}".format,
)
def test_P20_malformed_client_address(pair, client):
    before = len(pair.plain.log_lines)
    assert pair.judge(ZONE, sender="a@fail.test", client=client).result == "dunno"
    assert pair.dns.questions() == []
    assert [
        line
        for line in pair.plain.log_lines[before:]
        if line.startswith("warning: request: client")
    ]


@pytest.mark.parametrize(
    "client",
    ["::ffff:192.0.2.1", "::ffff:c000:0201", "::FFFF:C000:201", "0:0:0:0:0:ffff:c000:201"],
    ids="P21-{}".format,
)
def test_P21_mapped_client_is_ipv4(pair, client):
    reply = pair.judge(ZONE, sender="a@pass.test", client=client)
    assert reply.result == "pass"
    assert reply.received_spf["client-ip"] == "192.0.2.1"


# -- identities


def test_P22_null_sender_is_judged_by_helo(pair):
    reply = pair.judge(ZONE, sender="", helo="helo.test")
    assert reply.result == "pass"
    assert reply.received_spf["identity"] == "helo"
    assert reply.received_spf["envelope-from"] in ("", "<>")


SENDERS = {
    "P23-two-at": ("a@fail.test@pass.test", "pass"),
    "P23-blanks": ("a b c@pass.test", "pass"),
    "P23-quoted": ('"a b"@pass.test', "pass"),
    "P23-semicolon": ('a; b) (c=d" x@pass.test', "pass"),
    "P23-literal": ("a@[192.0.2.1]", "none"),
    "P23-single-label": ("a@localhost", "none"),
    "P23-trailing-dot": ("a@pass.test.", "pass"),
    "P23-empty-domain": ("a@", "none"),
    "P23-empty-local": ("@pass.test", "pass"),
    "P23-only-at": ("@", "none"),
    "P23-dots": ("a@...", "none"),
    "P24-control": ("\x01\x1b\x7f@pass.test", "pass"),
    "P24-control-in-domain": ("a@pa\x01ss.test", "none"),
    "P24-high-bytes": (bytes(range(0x80, 0x100)) + b"@pass.test", "pass"),
    "P24-high-in-domain": (b"a@\xff\xfe.test", "none"),
    "P24-all-bytes": (bytes(set(range(1, 256)) - {10}) + b"@pass.test", "pass"),
    "P24-local-of-900": ("x" * 900 + "@pass.test", "pass"),
    "P24-local-of-2000": ("x" * 2000 + "@pass.test", "pass"),
    "P25-domain-of-254": ("a@" + ("x" * 49 + ".") * 5 + "test", "none"),
    "P25-domain-of-2000": ("a@" + "x." * 990 + "test", "none"),
    "P25-label-of-64": ("a@" + "x" * 64 + ".test", "none"),
    "P25-empty-label": ("a@x..test", "none"),
    "P25-leading-dot": ("a@.pass.test", "none"),
    "P27-ends-comment": ("x@b.test); identity=helo (", "none"),
    "P27-receiver": ("a; receiver=evil@pass.test", "pass"),
    "P27-quote": ('a"; client-ip=1.2.3.4; x="@pass.test', "pass"),
    "P27-backslash": ("a\\@pass.test", "pass"),
    "P28-formats": ("%s%n%{s}%x%99999d@pass.test", "pass"),
}


@pytest.mark.parametrize("sender, result", SENDERS.values(), ids=SENDERS.keys())
def test_P23_to_P28_senders(pair, sender, result):
    reply = pair.judge(ZONE, sender=sender)
    header = reply.received_spf
    assert reply.result == header.result == result
    assert header["identity"] == "mailfrom"
    assert header["client-ip"] == CLIENT
    assert header["receiver"] == "dest.example"
    assert set(header.fields) <= {
        "identity",
        "client-ip",
        "helo",
        "envelope-from",
        "receiver",
        "mechanism",
        "problem",
    }
    text = sender if isinstance(sender, str) else sender.decode("latin-1")
    if (
        text.isascii()
        and text.isprintable()
        and ";" not in text
        and len(text) < 100
        and "envelope-from" in header.fields
    ):
        # The only "@" is that of the judged domain: readers must not find another (test_forged_senders).
        local, at, domain = text.rpartition("@")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", domain):
            at = at.replace("@", "?")
        assert header["envelope-from"] == local.replace("@", "?") + at + domain
    assert reply.log["identity"] == "mailfrom"
    assert reply.log["action"] == "prepend"
    if result == "none":
        assert {q.name for q in pair.dns.questions()} <= {"mail.helo.test"}


HELOS = {
    "P26-literal": "[192.0.2.1]",
    "P26-literal6": "[IPv6:2001:db8::1]",
    "P26-single": "localhost",
    "P26-2000": "h" * 2000,
    "P26-2000-labels": "h." * 999,
    "P26-utf8": "m\u00fcller.test\u202e",
    "P26-neutered": "a?b?c.test",
    "P26-empty": "",
    "P26-address": "192.0.2.1",
    "P26-blank": "a b.test",
    "P26-injection": "x; identity=mailfrom; client-ip=9.9.9.9",
    "P26-format": "%n%n.%s",
}


@pytest.mark.parametrize("helo", HELOS.values(), ids=HELOS.keys())
def test_P26_helos(pair, helo):
    reply = pair.judge(ZONE, sender="", helo=helo)
    assert reply.result == "none"
    assert reply.received_spf["client-ip"] == CLIENT
    assert reply.log["identity"] == "helo"
    assert len(pair.dns.questions()) <= 4  # both ask once for a name, at most
    assert pair.judge(ZONE, sender="a@fail.test", helo=helo).result == "fail"


# -- several recipients


def test_P29_one_header_a_message(pair):
    for sender in ("a@pass.test", ""):
        first = pair.judge(
            ZONE, sender=sender, helo="helo.test", instance=f"1.{sender}", recipient="a@x.example"
        )
        assert first.verb == "PREPEND"
        pair.dns.clear()
        for i in range(3):
            again = pair.ask(
                sender=sender,
                helo_name="helo.test",
                instance=f"1.{sender}",
                client_address=CLIENT,
                recipient=f"b{i}@x.example",
            )
            assert again.verb == "DUNNO"
        assert pair.dns.questions() == []


def test_P29_a_refusal_is_repeated(pair):
    for i in range(3):
        reply = pair.judge(
            ZONE, sender="a@fail.test", instance="29.fail", recipient=f"b{i}@x.example"
        )
        assert reply.result == "fail"


@pytest.mark.parametrize("instance", [None, ""], ids=["P30-missing", "P30-empty"])
def test_P30_without_instance_nothing_is_remembered(pair, instance):
    for _ in range(2):
        reply = pair.judge(ZONE, sender="a@pass.test", instance=instance)
        assert reply.result == "pass"
        assert len(pair.dns.questions("pass.test")) == 2
    assert pair.judge(ZONE, sender="a@fail.test", instance=instance).result == "fail"


# -- the reply


@pytest.mark.parametrize("waits", [False, True], ids=["P31-at-once", "P31-while-we-wait-for-dns"])
def test_P31_peer_goes_before_the_reply(spawn, zone, waits):
    daemon = spawn(dns=zone, socket=True, status=None)
    daemon.send(policy.request(sender="a@slow.test"))
    if waits:
        settled(daemon.pid)
    daemon._socket.close()
    assert daemon.process.wait(PATIENCE) in (0, 1)


def crowded():
    """A socket pair whose one end takes no more bytes: (ours, theirs, what is in the way)."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    theirs.setblocking(False)
    stuffed = 0
    while True:
        try:
            stuffed += theirs.send(b"z" * 64)
        except BlockingIOError:
            return ours, theirs, stuffed


def start_crowded(program, dns):
    ours, theirs, stuffed = crowded()
    process = subprocess.Popen(
        [
            program,
            "-o",
            f"DNS_Servers = {dns.address}",
            "-o",
            "Log = none",
            "-o",
            "skip_addresses =",
        ],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    theirs.close()
    return process, ours, stuffed


def test_P32_full_socket_that_drains(program, zone):
    process, ours, stuffed = start_crowded(program, zone)
    ours.sendall(policy.request(sender="a@pass.test"))
    settled(process.pid)
    data = b""
    end = time.monotonic() + PATIENCE
    while not data.endswith(b"\n\n") and time.monotonic() < end:
        data += ours.recv(100)
    assert policy.REPLY.fullmatch(data[stuffed:]) and data[:stuffed] == b"z" * stuffed
    ours.shutdown(socket.SHUT_WR)
    assert process.wait(PATIENCE) == 0
    assert ours.recv(100) == b""
    ours.close()


@pytest.mark.parametrize("fault", ["EINTR:when=1..3", "EAGAIN:when=1..3"], ids="P32-{}".format)
def test_P32_reply_interrupted(spawn, zone, strace, fault):
    daemon = spawn(dns=zone, socket=True, wrapper=strace(f"write:error={fault}"))
    daemon.send(policy.request(sender="a@pass.test"))
    assert result_of(daemon.read_reply(60)) == "pass"


def test_P32_reply_taken_in_pieces(spawn, zone, strace):
    """The kernel takes the first byte only: the rest must follow, nothing twice or left out."""
    daemon = spawn(
        dns=zone, socket=True, wrapper=strace("write:error=EINTR:when=2", "write:retval=1:when=1")
    )
    daemon.send(policy.request(sender="a@pass.test"))
    # strace pretended that byte 1 was written, so it is missing here and only here.
    end = time.monotonic() + PATIENCE
    while not daemon._out.endswith(b"\n\n"):
        daemon._read(end)
    assert policy.REPLY.fullmatch(b"a" + daemon._out)
    daemon._out = b""


@pytest.mark.parametrize(
    "closed, status",
    [("<&-", 0), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0)],
    ids=["P33-stdin", "P33-stdout", "P33-stderr", "P33-all"],
)
def test_P33_closed_at_start(program, zone, closed, status):
    command = [
        "sh",
        "-c",
        f'exec "$0" "$@" {closed}',
        program,
        "-o",
        f"DNS_Servers = {zone.address}",
        "-o",
        "Log = none",
        "-o",
        "skip_addresses =",
    ]
    done = subprocess.run(
        command,
        input=policy.request(sender="a@pass.test") * 2,
        timeout=PATIENCE,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == status
    assert done.stderr == b""
    if "<&-" in closed or ">&-" in closed.replace("2>&-", ""):
        assert done.stdout == b""
    else:
        assert done.stdout.count(b"action=") == 2
    # A reply that went into a DNS socket would have come as a datagram that is no question.
    assert all(q.name in ("mail.example.com", "pass.test") for q in zone.questions())


NOISE = {
    "P34-debug": ["debugLevel = 5"],
    "P34-odd-settings": ["Mock = true", "Socket = x", "defaultSeedOnly = 0"],
}


@pytest.mark.parametrize("options", NOISE.values(), ids=NOISE.keys())
def test_P34_nothing_but_replies_on_the_socket(spawn, zone, options):
    daemon = spawn(dns=zone, socket=True, options=options)
    for sender in ("a@pass.test", "a@fail.test", "", "a@" + "x" * 300):
        daemon.ask(sender=sender)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "nonsense"],
        ["-c", "/nonexistent"],
        ["--what"],
        ["-o", "Lookup_Time = x"],
        ["-o", "DNS_Servers = what?"],
        # Standard error is the socket: an error of the settings, and none of its lines comes out there.
        ["-o", "Log = stderr", "-o", "debugLevel = 5"],
    ],
    ids=["P34-setting", "P34-file", "P34-usage", "P34-number", "P34-servers", "P34-log-to-stderr"],
)
def test_P34_complaints_do_not_reach_the_socket(program, arguments):
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([program, *arguments], stdin=theirs, stdout=theirs, stderr=theirs)
    theirs.close()
    assert process.wait(PATIENCE) not in (0, None)
    assert ours.recv(1000) == b""
    ours.close()


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    "number",
    [signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE],
    ids=lambda n: f"P34-{n.name}",
)
def test_P34_death_is_silent(spawn, zone, number):
    daemon = spawn(dns=zone, socket=True, status=None)
    daemon.send(policy.request(sender="a@dead.test"))
    settled(daemon.pid)
    os.kill(daemon.pid, number)
    assert daemon.read_reply(60) is None
    assert daemon.process.wait(PATIENCE) in (-number, 1)  # 1: a sanitizer's


@pytest.mark.parametrize("size", [1, 100, 500, 1000, 2047, 2048], ids="P35-{}".format)
def test_P35_long_values_make_no_broken_reply(spawn, zone, size):
    daemon = spawn(
        dns=zone,
        options=[
            "Reason_Message = {rejectdefer} {spf} {url} " + "word " * 60,
            "Hide_Receiver = No",
            "Header_Type = SPF,AR",
        ],
    )
    domain = "@fail.test"
    for sender in (
        "x" * max(1, size - len(domain)) + domain,
        "x" * max(1, size - 10) + "@pass.test",
    ):
        for recipient in ("r@" + "d" * (size - 2), "(" * size, '"' * size):
            reply = daemon.ask(sender=sender, recipient=recipient, helo_name="\\" * size)
            assert result_of(reply) == sender[-9:-5]
            assert len(reply.raw) < 8192


def test_P36_no_value_makes_a_second_line(pair):
    every = bytes(set(range(1, 256)) - {10})
    for name in (
        "sender",
        "helo_name",
        "recipient",
        "instance",
        "queue_id",
        "protocol_state",
        "request",
        "client_name",
        "sasl_method",
    ):
        for value in (
            every,
            every[::-1],
            b"a@pass.test\raction=OK",
            b"\\n\\naction=OK",
            "\u2028\u0085\u202e",
        ):
            attributes = {"sender": "a@pass.test", "client_address": CLIENT, name: value}
            pair.dns.set_zone(ZONE)
            pair.ask(**attributes)


@pytest.mark.slowest
def test_P4_a_byte_now_and_then(program):
    """A peer that sends a byte a second; the process waits 30 s for the end of a request."""
    with policy.Daemon(program=program, dns="127.0.0.1:9", status=None) as daemon:
        begun = time.monotonic()
        while daemon.process.poll() is None:
            assert time.monotonic() - begun < 120
            send(daemon, b"x")
            time.sleep(1)
        assert time.monotonic() - begun > 29
        ends_without_a_word(daemon)


@pytest.mark.slowest
def test_P37_reply_that_nobody_takes(program):
    """The process waits 10 s for a peer to take its reply."""
    ours, theirs, stuffed = crowded()
    process = subprocess.Popen(
        [program, "-o", "Log = none", "-o", "skip_addresses = 192.0.2.1"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    theirs.close()
    ours.sendall(policy.request(sender="a@pass.test"))
    assert process.wait(PATIENCE) == 1
    data = b""
    while len(data) <= stuffed + 10000:
        piece = ours.recv(65536)
        if not piece:
            break
        data += piece
    # Nothing that could be taken for a reply came out.
    assert b"\n\n" not in data
    ours.close()


@pytest.mark.parametrize("how", ["P38-stdin-is-a-file", "P38-stdout-is-a-file"])
def test_P38_files(program, zone, tmp_path, how):
    requests, replies = tmp_path / "in", tmp_path / "out"
    requests.write_bytes(
        policy.request(sender="a@pass.test") + policy.request(sender="a@fail.test")
    )
    with open(requests, "rb") as stdin, open(replies, "wb") as out:
        done = subprocess.run(
            [
                program,
                "-o",
                f"DNS_Servers = {zone.address}",
                "-o",
                "skip_addresses =",
                "-o",
                "Log = stderr",
            ],
            stdin=stdin,
            timeout=PATIENCE,
            check=False,
            stderr=subprocess.PIPE,
            stdout=out if "stdout" in how else subprocess.PIPE,
        )
    data = replies.read_bytes() if "stdout" in how else done.stdout
    assert done.returncode == 0
    assert data.count(b"action=") == 2 and data.endswith(b"\n\n")
    assert done.stderr.count(b"identity=mailfrom") == 2


def test_P38_terminal(program, zone):
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [
            program,
            "-o",
            f"DNS_Servers = {zone.address}",
            "-o",
            "skip_addresses =",
            "-o",
            "Log = stderr",
        ],
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    os.write(leader, policy.request(sender="a@pass.test"))
    data = b""
    end = time.monotonic() + PATIENCE
    while (
        b"action=prepend Received-SPF: pass" not in data or b"Pass (mailfrom)" not in data
    ) and select.select([leader], [], [], max(0, end - time.monotonic()))[0]:
        data += os.read(leader, 65536)
    assert b"action=prepend Received-SPF: pass" in data
    assert b"Pass (mailfrom)" in data  # the log line, where the person can see it
    os.write(leader, b"\x04")
    assert process.wait(PATIENCE) == 0
    os.close(leader)


def test_descriptors_can_be_counted():
    """The leak check of the other tests is one."""
    before = descriptors(os.getpid())
    with open("/dev/null", "rb"):
        assert before is None or descriptors(os.getpid()) == before + 1
