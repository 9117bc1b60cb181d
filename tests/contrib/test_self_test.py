# SPDX-License-Identifier: MIT
"""config --self-test: DNS servers of every kind, the log, the confinement, each as an operator meets it."""

import os
import re
import socket
import subprocess
import threading

import pytest

from lib.dnsserver import Behaviour, DnsServer
from lib.policy import is_sanitized
from lib.process import PATIENCE
from lib.wire import Query
from options import config

ANSWERS = r"UDP \d+ ms, EDNS with 1232 bytes; TCP \d+ ms"


def run(program, *options, folder=None):
    """Exit status, and what the self-test said in one line."""
    words = [word for option in options for word in ("-o", option)]
    status, out, err = config(program, "--self-test", *words, folder=folder)
    lines = out.split("# Self-test:\n")
    assert len(lines) == 2 and all(line.startswith("# ") for line in lines[1].splitlines()), out + err
    return status, " ".join(line[2:].strip() for line in lines[1].splitlines())


def declines_edns(data):
    query = Query(data)
    rcode, query.payload = (1 if query.payload else 0), 0
    return [(0, query.response(rcode))]


def validates(response):
    return response[:3] + bytes([response[3] | 0x20]) + response[4:]


class UdpOnly:
    """A DNS server whose TCP is closed."""

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%u" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        while True:
            data, peer = self.socket.recvfrom(4096)
            if not data:
                return
            self.socket.sendto(Query(data).response(), peer)

    def __exit__(self, *_):
        host, port = self.socket.getsockname()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (host, port))
        self.thread.join()
        self.socket.close()


@pytest.mark.parametrize("behaviour, status, said", [
    (None, 0, ANSWERS + r"; does not validate \(DNSSEC\)\."),
    (Behaviour(edit=validates), 0, ANSWERS + r"; validates \(DNSSEC\)\."),
    (Behaviour(raw=declines_edns), 0, r"UDP \d+ ms, no EDNS \(FORMERR\): answers .* take TCP; TCP \d+ ms"),
    (Behaviour(rcode="SERVFAIL"), 1, r"UDP SERVFAIL in \d+ ms; TCP SERVFAIL in \d+ ms\. It is of no use\..*"
                                     "No DNS server answers"),
    (Behaviour(rcode="REFUSED"), 1, r"UDP REFUSED in"),
    (Behaviour(drop=True), 1, r"UDP no answer in 3 s; TCP no answer in 3 s\. It is of no use\..*No DNS server answers"),
    (Behaviour(tcp="reset"), 1, r"UDP \d+ ms, EDNS with 1232 bytes; TCP broken off: long answers"),
    (Behaviour(tcp="silent"), 1, r".*TCP no answer in 3 s: long answers"),
    (Behaviour(tcp="short"), 1, r".*TCP unreadable answer: long answers"),
    (Behaviour(tcp="drip"), 1, r".*TCP no answer in 3 s: long answers"),
    # A datagram may be lost; one that answers something else does not count.
    (Behaviour(drop=1), 0, ANSWERS),
    (Behaviour(edit=lambda response: bytes([response[0] ^ 1]) + response[1:]), 1, "UDP no answer in 3 s; TCP unreadable"),
])
def test_says_how_a_server_answers(program, behaviour, status, said):
    with DnsServer(behaviour=behaviour) as server:
        got, text = run(program, f"DNS_Servers = {server.address}", "Log = none")
        assert re.search(rf"DNS server {server.address}: {said}", text), text
        assert got == status
        if behaviour is not None and behaviour.drop is True:
            assert len(server.questions(transport="udp")) <= 10


def test_tries_each_of_several_servers(program):
    with DnsServer(ipv6=True) as good, UdpOnly() as half, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        silent = "127.0.0.1:%u" % dead.getsockname()[1]
        wanted = [(good.address, ANSWERS), (half.address, r"UDP \d+ ms, .*TCP connection refused: long"),
                  (silent, "UDP no answer in 3 s; TCP connection refused. It is of no use")]
        if good.has_ipv6:
            wanted.append((f"[::1]:{good.port}", ANSWERS))
        status, text = run(program, "DNS_Servers = " + " ".join(address for address, _ in wanted), "Log = none")
    for address, said in wanted:
        assert re.search(re.escape(f"DNS server {address}: ") + said, text), text
    assert status == 1 and "No DNS server answers" not in text


def test_as_many_dead_servers_as_can_be(program):
    with DnsServer(behaviour=Behaviour(drop=True)) as server:
        status, text = run(program, "DNS_Servers =" + f" {server.address}" * 8, "Log = none")
    assert status == 1 and text.count("UDP no answer in 3 s; TCP no answer in 3 s") == 8


@pytest.fixture
def at(program, dns):
    """at(*options, folder): with a server that is well."""
    return lambda *options, folder=None: run(program, f"DNS_Servers = {dns.address}", *options, folder=folder)


@pytest.mark.parametrize("name", ["log", "d" * 200 + "/" + "e" * 200])
def test_line_in_a_file(at, tmp_path, name):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    status, text = at(f"Log = {file}", "Log_Ident = mail-spf")
    assert status == 0 and f"handedtoafile({file})." in text.replace(" ", "")
    assert re.fullmatch(r".* mail-spf\[\d+\]: self-test: this line is a test of the log\n", file.read_text())


def test_full_disk(at):
    status, text = at("Log = /dev/full")
    assert status == 1 and "COULD NOT be handed to a file (/dev/full): nobody takes it" in text
    assert "Without syslog" not in text


@pytest.mark.skipif(os.path.exists("/dev/log"), reason="syslog is here")
def test_without_syslog_says_where_else(at):
    status, text = at("Log = syslog")
    assert status == 1 and "Without syslog: Log = postlog" in text


@pytest.mark.skipif(os.getuid() != 0, reason="what root makes, others cannot write")
def test_root_makes_no_file(at, tmp_path):
    status, _ = at(f"Log = {tmp_path / 'log'}")
    assert status == 1 and not (tmp_path / "log").exists()


def test_line_in_postlog(at, tmp_path):
    (tmp_path / "public").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as postlog:
        postlog.bind(str(tmp_path / "public" / "postlog"))
        status, text = at("Log = postlog", folder=tmp_path)
        assert status == 0 and "was handed to Postfix's log (public/postlog)." in text
        assert b"self-test: " in postlog.recv(4096, socket.MSG_DONTWAIT)
        status, text = at(f"Log = postlog:{tmp_path}/public/postlog")
        assert status == 0 and f"({tmp_path}/public/postlog)" in text.replace(" ", "")
    status, text = at("Log = postlog", folder=tmp_path)
    assert status == 1 and "COULD NOT be handed to Postfix's log" in text


def test_stderr_is_no_log_in_service(at):
    status, text = at("Log = stderr")
    assert status == 1 and "the service would not start" in text


def test_shows_what_the_kernel_gives(program, at):
    status, text = at("Log = none")
    assert status == 0
    if is_sanitized(program) or not re.search("seccomp filter: yes", text):
        return
    assert "Running a program: killed by the kernel." in text
    tried = text.split("Tried in a process confined like that: ")[1].split(".")[0]
    assert "open a file: refused, signal another process: refused, open a raw socket: refused" in tried
    assert ("TCP ports: yes" in text) == ("ports than those of DNS: refused" in tried)


def test_without_the_sandbox(at):
    status, text = at("Log = none", "Sandbox = No")
    assert status == 0 and "Confinement: none (Sandbox = No)" in text and "Running" not in text


def test_output_is_still_a_configuration(program, dns, tmp_path):
    file = tmp_path / "a.conf"
    file.write_text(f"DNS_Servers = {dns.address}\nLog = none\n")
    status, out, _ = config(program, "-c", str(file), "--self-test")
    file.write_text(out)
    assert status == 0 and config(program, "-c", str(file))[0] == 0


def test_root_that_stays_root(program):
    """In a user namespace: the service would not start either."""
    if subprocess.run(["unshare", "-r", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no user namespaces here")
    done = subprocess.run(["unshare", "-r", program, "config", "--self-test", "-o", "Log = none"], capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1 and "rights of root cannot be given up" in done.stdout and "Running" not in done.stdout
