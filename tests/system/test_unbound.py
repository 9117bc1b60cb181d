# SPDX-License-Identifier: MIT
"""contrib/unbound.conf: Unbound takes it, with its optional parts too, and the program gets answers."""

import os
import re
import subprocess

import pytest

from lib.mailsystem import Unbound
from lib.policy import ROOT

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
                          text=True, timeout=60, check=False)
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


def test_shared_cache_part_is_valid_where_unbound_has_it(directory, tmp_path):
    version = subprocess.run(["unbound", "-V"], stdout=subprocess.PIPE, text=True, timeout=60,
                             check=True).stdout
    if "cachedb" not in version.split("Linked modules:")[1].splitlines()[0]:
        pytest.skip("this Unbound was built without cachedb")
    with open(CONFIG, encoding="utf-8") as file:
        text = re.sub(r"(?m)^#(server:|cachedb:|\t(module-config|backend|redis-\S+): .*)$", r"\1",
                      file.read())
    path = tmp_path / "unbound.conf"
    path.write_text('server:\n\tchroot: ""\n' + text)
    check(str(path))


def test_answers_the_program(directory, spawn):
    folder = os.path.join(directory, "tuned")
    os.mkdir(folder)
    with Unbound(folder, ZONE, include=CONFIG) as unbound:
        spf = spawn(dns=unbound.address)
        for address, result in (("192.0.2.7", "pass"), ("192.0.2.8", "fail")):
            reply = spf.ask(client_address=address, helo_name="client.example",
                            sender="a@pass.example")
            assert reply.log.result == result
