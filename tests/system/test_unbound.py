# SPDX-License-Identifier: MIT
"""contrib/unbound.conf: Unbound takes it, with its optional parts too, and the program gets answers;
also from a Redis that several hosts share."""

import contextlib
import os
import re
import shutil
import socket
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.mailsystem import Unbound, free_port, wait_until
from lib.policy import ROOT
from lib.process import PATIENCE

CONFIG = os.path.join(ROOT, "contrib", "unbound.conf")
ZONE = """\
$TTL 60
@ SOA ns.example. root.example. 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
pass TXT "v=spf1 a:host.pass.example -all"
host.pass A 192.0.2.7
"""


def check(path):
    done = subprocess.run(["unbound-checkconf", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout


def test_unbound_takes_it(directory, tmp_path):
    with open(CONFIG, encoding="utf-8") as file:
        text = file.read()
    base = 'server:\n\tchroot: ""\n'
    shared = re.sub(r"(?m)^#(forward-zone:|\t(name|forward-\w+): .*)$", r"\1", text)
    assert "\nforward-zone:\n\tname:" in shared
    for number, variant in enumerate((text, shared)):
        path = tmp_path / f"unbound{number}.conf"
        path.write_text(base + variant)
        check(str(path))


@pytest.fixture
def fleet():
    """The text of contrib/unbound.conf with one Redis for all hosts, and the modules that it names."""
    version = subprocess.run(["unbound", "-V"], stdout=subprocess.PIPE, text=True, timeout=PATIENCE,
                             check=True).stdout
    if "cachedb" not in version.split("Linked modules:")[1].splitlines()[0] or "libhiredis" not in version:
        pytest.skip("this release's Unbound was built without cachedb and hiredis")
    with open(CONFIG, encoding="utf-8") as file:
        text = re.sub(r"(?m)^#(server:|cachedb:|\t(module-config|backend|redis-\S+): .*)$", r"\1",
                      file.read())
    return text, re.search(r'module-config: "(.*cachedb.*)"', text)[1]


def test_shared_cache_part_is_valid_where_unbound_has_it(directory, tmp_path, fleet):
    path = tmp_path / "unbound.conf"
    path.write_text('server:\n\tchroot: ""\n' + fleet[0])
    check(str(path))


@pytest.fixture
def redis(directory):
    """The port of a Redis of the test's own, that keeps nothing on disk."""
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    port = free_port()
    process = subprocess.Popen(["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "",
                                "--appendonly", "no", "--dir", directory],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(port), PATIENCE, "redis-server listens")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def listens(port):
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", port)) == 0


def test_what_one_host_learnt_another_serves(directory, tmp_path, fleet, redis, spawn):
    """Two Unbounds share one Redis, and the authority is gone when the second host asks."""
    text, modules = fleet
    path = tmp_path / "fleet.conf"
    path.write_text(re.sub(r"redis-server-host: \S+\n\tredis-server-port: \d+",
                           f"redis-server-host: 127.0.0.1\n\tredis-server-port: {redis}", text))
    folders = [os.path.join(directory, host) for host in ("first", "second")]
    for folder in folders:
        os.mkdir(folder)
    zone = {f"{name}.fleet.net": [("TXT", "v=spf1 ip4:192.0.2.7 -all")] for name in ("known", "late")}
    ask = {"client_address": "192.0.2.7", "helo_name": "client.example"}
    with contextlib.ExitStack() as running:
        alive = running.enter_context(contextlib.ExitStack())
        authority = alive.enter_context(DnsServer(zone, ttl=3600))
        port = int(authority.address.rpartition(":")[2])
        first, second = (running.enter_context(Unbound(folder, ZONE, include=str(path), modules=modules,
                                                       stubs={"fleet.net.": port})) for folder in folders)
        assert spawn(dns=first.address).ask(sender="a@known.fleet.net", **ask).log.result == "pass"
        alive.close()
        there = spawn(dns=second.address, options={"Lookup_Time": "3"})
        assert there.ask(sender="a@known.fleet.net", **ask).log.result == "pass"
        assert there.ask(sender="a@late.fleet.net", **ask).log.result == "temperror"


def test_answers_the_program(directory, spawn):
    folder = os.path.join(directory, "tuned")
    os.mkdir(folder)
    with Unbound(folder, ZONE, include=CONFIG) as unbound:
        spf = spawn(dns=unbound.address)
        for address, result in (("192.0.2.7", "pass"), ("192.0.2.8", "fail")):
            reply = spf.ask(client_address=address, helo_name="client.example",
                            sender="a@pass.example")
            assert reply.log.result == result
