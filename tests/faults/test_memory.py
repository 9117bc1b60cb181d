# SPDX-License-Identifier: MIT
"""Each allocation and each system call of a service fails in turn.

Proves that what comes of it is the right answer or none: the process ends without a word, with
a status that is not 0, and Postfix's default action decides. A system call that DNS needs may
also make a temporary error of it, which then is the truth. Nothing but whole replies is ever
on stdout.

The default form takes evenly spaced ones, others each time; LONG=1 takes every one.
"""

import collections
import concurrent.futures
import os
import re
import shutil
import struct
import subprocess

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer
from lib.process import PATIENCE
from lib.watch import CLIENT

# What is asked touches includes, MX, PTR, macros, an explanation and an answer by TCP.
ZONE = {
    "mail.helo.test": [("TXT", "v=spf1 a mx:mx.test ?all"), ("A", "198.51.100.7")],
    "fail.test": [
        (
            "TXT",
            "v=spf1 include:tcp.test include:other.test mx ptr:ptr.test exists:%{ir}.%{l}.test -all "
            "exp=why.test",
        ),
        ("MX", [10, "mx.test"]),
    ],
    "tcp.test": [("TXT", "v=spf1 ip4:198.51.100.1 a:host.test"), Behaviour(truncate=True)],
    "other.test": [("TXT", "v=spf1 a:host.test mx -all"), ("MX", [10, "host.test"])],
    "host.test": [("A", "198.51.100.2"), ("A", "198.51.100.3")],
    "mx.test": [("MX", [10, "host.test"]), ("A", "198.51.100.4")],
    "client.test": [("A", CLIENT)],
    "why.test": [("TXT", "%{i} may not send for %{d}")],
    "1.2.0.192.in-addr.arpa": [("PTR", "host.test"), ("PTR", "client.test")],
    "pass.test": [("TXT", "v=spf1 redirect=next.test")],
    "next.test": [
        ("TXT", f"v=spf1 mx exists:%{{d}}.none.test ip4:{CLIENT} -all"),
        ("MX", [1, "host.test"]),
    ],
}
REQUESTS = b"".join(
    policy.request(
        client_address=CLIENT, helo_name="mail.helo.test", sender=sender, instance=sender
    )
    for sender in ("user@fail.test", "user@pass.test")
)
TEMPERROR = re.compile(
    rb"action=(?:PREPEND Received-SPF: temperror |DEFER_IF_PERMIT 4\.)[ -~]*", re.IGNORECASE
)
# Without these there is no process, or no end of it.
ENDINGS = ("exit_group", "exit", "rt_sigreturn", "restart_syscall", "execve")
# The loader and the C library's allocator may not survive that these fail, which is silence as
# well.
OUT_OF_MEMORY = 70  # base/xalloc.h
FATAL = ("arch_prctl", "brk", "mmap", "mprotect")


@pytest.fixture(scope="module", autouse=True)
def plain_build(program):
    if os.environ.get("SPFPOLICYD_WRAPPER") or policy.is_sanitized(program):
        pytest.skip(
            "the allocator is not the C library's, or the calls are not the program's alone"
        )


@pytest.fixture(scope="module")
def server():
    with DnsServer(ZONE) as made:
        yield made


class Service:
    """A whole life of the program: two requests, then the end of input."""

    def __init__(self, program, server):
        self.command = [program]
        for option in (
            f"DNS_Servers = {server.address}",
            "Lookup_Time = 3",
            "Log = stderr",
            "skip_addresses =",
            "HELO_reject = False",
            "TestOnly = 1",
        ):
            self.command += ["-o", option]

    def live(self, before=(), **env):
        return subprocess.run(
            [*before, *self.command],
            input=REQUESTS,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, **env},
        )

    def right_replies(self):
        done = self.live()
        replies = done.stdout.split(b"\n\n")
        assert done.returncode == 0 and len(replies) == 3 and replies.pop() == b"", done
        assert b"550 5.7.23 " in replies[0] and b"may not send for fail.test" in replies[0], replies
        assert b" Received-SPF: pass " in replies[1], replies
        return replies


@pytest.fixture(scope="module")
def service(program, server):
    return Service(program, server)


@pytest.fixture(scope="module")
def right(service):
    return service.right_replies()


def judge(done, right, may_be_temporary, may_be_killed=False):
    """What is wrong with this life, None when nothing is."""
    *replies, rest = done.stdout.split(b"\n\n")
    if rest:
        return f"not a whole reply: {rest!r}"
    if len(replies) > len(right):
        return f"too many replies: {replies}"
    for reply, expected in zip(replies, right):
        if reply != expected and not (may_be_temporary and TEMPERROR.fullmatch(reply)):
            return f"a wrong answer: {reply!r}"
    if len(replies) < len(right) and done.returncode == 0:
        return "no answer, and status 0"
    if done.returncode < 0 and not may_be_killed:
        return f"killed by signal {-done.returncode}"
    return None


# -- memory


@pytest.fixture
def memory(service, compiled, tmp_path, preloadable):
    """memory(n, forever) -> (the life in which allocation n failed, how many there were)."""
    library = compiled("failing_malloc.c", "-shared", "-fPIC")

    def run(number, forever=False):
        counter = tmp_path / str(number)
        counter.write_bytes(bytes(8))
        env = {"LD_PRELOAD": library, "FAIL_COUNT": str(counter), "FAIL_AT": str(number)}
        if forever:
            env["FAIL_ON"] = "1"
        done = service.live(**env)
        return done, struct.unpack("=Q", counter.read_bytes())[0]

    return run


@pytest.mark.parametrize("forever", [False, True], ids=["one", "all-from-there"])
def test_O10_each_allocation_fails(memory, right, some, forever):
    done, count = memory(0)
    assert judge(done, right, False) is None and count > 50
    numbers = some(range(1, count + 1), 250)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lives = list(pool.map(lambda number: memory(number, forever), numbers))
    # c-ares draws lots for its lists, so that not every life gets to the last ones.
    if forever:
        assert sum(reached < number for number, (_, reached) in zip(numbers, lives)) < len(numbers) / 20
    complaints = {number: judge(done, right, False) for number, (done, _) in zip(numbers, lives)}
    assert {number: complaint for number, complaint in complaints.items() if complaint} == {}
    assert any(done.stdout == b"" for done, _ in lives)  # it does matter
    # One line each. While the settings are read it goes to syslog, which nobody reads here.
    said = {number: len(re.findall(rb": fatal: (?:memory|libspf2): ", done.stderr))
            for number, (done, _) in zip(numbers, lives) if done.returncode == OUT_OF_MEMORY}
    assert len(said) > len(numbers) / 3 and {said[number] for number in said if number > 60} == {1}


# -- system calls


@pytest.fixture(scope="module")
def calls(service, strace, tmp_path_factory):
    """{system call: how many} of an undisturbed life."""
    log = str(tmp_path_factory.mktemp("calls") / "log")
    service.live(before=[shutil.which("strace"), "-f", "-qq", "-o", log])
    with open(log, encoding="utf-8", errors="replace") as file:
        names = re.findall(r"^\d+ +(\w+)\(", file.read(), re.MULTILINE)
    counts = collections.Counter(name for name in names if name not in ENDINGS)
    assert counts["read"] > 1 and counts["write"] > 1
    return counts


ERRORS = {
    "read": "EIO",
    "write": "EIO",
    "poll": "ENOMEM",
    "socket": "EMFILE",
    "connect": "ENETUNREACH",
    "sendto": "ENETUNREACH",
    "recvfrom": "ECONNREFUSED",
    "openat": "EMFILE",
    "mmap": "ENOMEM",
    "brk": "ENOMEM",
    "mprotect": "ENOMEM",
    "getrandom": "EAGAIN",
    "close": "EIO",
}


def test_O9_each_system_call_fails(service, strace, calls, right, some):
    wrong = {}
    for name, count in sorted(calls.items()):
        for number in some(range(1, count + 1), 10):
            words = strace(f"{name}:error={ERRORS.get(name, 'EPERM')}:when={number}")
            complaint = judge(service.live(before=words), right, True, name in FATAL)
            if complaint:
                wrong[name, number] = complaint
    assert wrong == {}
