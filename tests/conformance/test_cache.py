# SPDX-License-Identifier: MIT
"""The cache of one process: what a connection has asked once it does not ask again, within bounds.

Proves, by the questions that arrive: answers live by their TTL, negative ones by their SOA, neither
longer than the clamp (by a clock that the test moves), failures not at all; a flood of names does not
grow the process past a bound that is stated; a request answered from the cache costs a bounded number
of system calls; and a word from the cache gives the same decision and counts.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from lib import policy
from lib.dnsserver import Zone
from lib.process import COMPILER, PATIENCE

CLIENT = "192.0.2.1"
KEPT_MAX = 1024             # RESOLVER_ENTRIES_MAX: answers of earlier requests
BYTES_MAX_KIB = 1024        # RESOLVER_BYTES_MAX
TTL_MAX_S, NEGATIVE_TTL_MAX_S = 300, 60
SETTINGS = {"HELO_reject": "No_Check", "Mail_From_reject": "False"}
MIXED = {"d.test": [("TXT", "v=spf1 a:h.test include:i.test exists:no.test mx -all"),
                    ("MX", [1, "h.test"])],
         "i.test": [("TXT", "v=spf1 ip4:198.51.100.1 ?all")], "h.test": [("A", "192.0.2.99")]}


def ask(daemon, domain="d.test"):
    return daemon.ask(client_address=CLIENT, sender=f"u@{domain}", helo_name="localhost").log


def facts(log):
    return [log.result] + [log.get(key) for key in ("mech", "lookups", "voids", "problem", "action")]


def test_asked_once_and_judged_the_same(dns, spawn):
    dns.set_zone(MIXED, ttl=300, negative_ttl=300)
    daemon = spawn(dns=dns, options=SETTINGS)
    first = ask(daemon)
    assert len(dns.questions()) == 5
    for _ in range(5):
        assert facts(ask(daemon)) == facts(first)
    assert len(dns.questions()) == 5
    assert (first["lookups"], first["voids"]) == ("4", "1")


def test_ttl_0_is_asked_each_time(dns, spawn):
    dns.set_zone(MIXED, ttl=0, negative_ttl=0)
    daemon = spawn(dns=dns, options=SETTINGS)
    for number in range(1, 4):
        ask(daemon)
        assert len(dns.questions()) == 5 * number


@pytest.mark.parametrize("word, rtype, name", [("SERVFAIL", "TXT", "d.test"), ("SERVFAIL", "A", "h.test"),
                                               ("REFUSED", "TXT", "i.test")])
def test_failures_are_not_kept(dns, spawn, word, rtype, name):
    dns.set_zone({**MIXED, name: [(rtype, word)]}, ttl=300, negative_ttl=300)
    daemon = spawn(dns=dns, options=SETTINGS)
    assert ask(daemon).result == "temperror"
    dns.set_zone(MIXED, ttl=300, negative_ttl=300)
    assert ask(daemon).result == "fail"
    assert dns.count(name, rtype) == 1


# -- time to live, by a clock that the test moves

@pytest.fixture(scope="module")
def plain():
    """The program as people run it, without sanitizers or valgrind around it."""
    if policy.is_sanitized(policy.binary()) or os.environ.get("SPFPOLICYD_WRAPPER"):
        pytest.skip("needs the program without sanitizers or valgrind: it is preloaded, traced or weighed")


@pytest.fixture(scope="module")
def clock(plain, preloadable, tmp_path_factory):
    """A library that adds the seconds in a file to the program's clocks; its name and the file's."""
    if not shutil.which("gcc"):
        pytest.skip("needs gcc to move the program's clock")
    folder = tmp_path_factory.mktemp("clock")
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_clock_gettime64
#define SYS_clock_gettime64 SYS_clock_gettime
#endif

static volatile const int *seconds;

static __attribute__((constructor)) void start(void)
{
	int fd = open(getenv("TEST_CLOCK"), O_RDONLY | O_CLOEXEC);

	seconds = mmap(NULL, sizeof(*seconds), PROT_READ, MAP_SHARED, fd, 0);
	if (seconds == MAP_FAILED)
		abort();
	close(fd);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	if (syscall(sizeof(time_t) > sizeof(long) ? SYS_clock_gettime64 : SYS_clock_gettime, id, now))
		return -1;
	now->tv_sec += seconds ? *seconds : 0;
	return 0;
}
""")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True,
                   timeout=PATIENCE)
    return str(library), folder / "seconds"


class Moved:
    """A process whose clock the test moves between requests."""

    def __init__(self, spawn, dns, clock):
        library, self.file = clock
        self.seconds = 0
        self.file.write_bytes(bytes(4))
        self.daemon = spawn(dns=dns, options=SETTINGS,
                            env={**os.environ, "LD_PRELOAD": library, "TEST_CLOCK": str(self.file)})
        self.dns = dns

    def asks_again(self, after_s):
        """Whether the same request leads to a question when so much time has gone by."""
        before = len(self.dns.questions("d.test", "TXT"))
        self.seconds += after_s
        with open(self.file, "r+b") as stream:
            stream.write(self.seconds.to_bytes(4, sys.byteorder))
        ask(self.daemon)
        return len(self.dns.questions("d.test", "TXT")) > before


@pytest.mark.parametrize("ttl, lives", [(10, 10), (299, 299), (3000, TTL_MAX_S),
                                        (2 ** 31 - 1, TTL_MAX_S), (2 ** 31, 0), (2 ** 32 - 1, 0)])
@pytest.mark.parametrize("kind", ["record", "no record", "no name"])
def test_ttl(dns, spawn, clock, ttl, lives, kind):
    if kind != "record":
        lives = min(lives, NEGATIVE_TTL_MAX_S)
    zone = {"record": {"d.test": [("TXT", "v=spf1 -all")]}, "no record": {"d.test": [("A", CLIENT)]},
            "no name": {"e.test": [("A", CLIENT)]}}[kind]
    dns.set_zone(Zone(zone, ttl=ttl, negative_ttl=ttl))
    process = Moved(spawn, dns, clock)
    assert process.asks_again(0)
    if lives:
        assert not process.asks_again(lives - 5)
        assert process.asks_again(10)
    else:
        assert process.asks_again(0)


def test_negative_answers_live_by_the_minimum_of_the_soa(dns, spawn, clock):
    """RFC 2308 section 5: the lesser of the SOA's own TTL and its MINIMUM."""
    zone = Zone({"e.test": [("A", CLIENT)]}, ttl=3000, negative_ttl=7)
    zone.soa = zone.soa.replace((7).to_bytes(4, "big"), (3000).to_bytes(4, "big"), 1)
    dns.set_zone(zone)
    process = Moved(spawn, dns, clock)
    assert process.asks_again(0)
    assert not process.asks_again(5)
    assert process.asks_again(5)


# -- bounds

def resident_kib(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as stream:
        return int(re.search(r"^RssAnon:\s+(\d+) kB", stream.read(), re.M).group(1))


def test_a_flood_of_names_stays_within_the_bound(plain, dns, spawn):
    """Ten times as many names as are kept, each with an answer of 600 bytes, and what is new wins."""
    text = [["v=spf1 " + "ip4:198.51.100.1 " * 14, "ip4:198.51.100.2 " * 14, "ip4:198.51.100.3 " * 6]]
    zone = {f"flood{i}.test": [("TXT", text[0])] for i in range(10 * KEPT_MAX)}
    dns.set_zone(Zone(zone, ttl=300))
    daemon = spawn(dns=dns, options=SETTINGS)
    ask(daemon, "flood0.test")
    before = resident_kib(daemon)
    for i in range(10 * KEPT_MAX):
        ask(daemon, f"flood{i}.test")
    # Twice the bound: an allocator never packs perfectly.
    assert resident_kib(daemon) - before <= 2 * BYTES_MAX_KIB
    dns.clear()
    ask(daemon, f"flood{10 * KEPT_MAX - 1}.test")
    assert dns.questions() == []
    ask(daemon, "flood0.test")
    assert len(dns.questions()) == 1


def test_a_flood_does_not_drive_out_what_is_in_use(dns, spawn):
    zone = {f"flood{i}.test": [("TXT", "v=spf1 -all")] for i in range(3 * KEPT_MAX)}
    dns.set_zone(Zone({**zone, **MIXED}, ttl=300, negative_ttl=300))
    daemon = spawn(dns=dns, options=SETTINGS)
    ask(daemon)
    for i in range(3 * KEPT_MAX):
        ask(daemon, f"flood{i}.test")
        if i % (KEPT_MAX // 4) == 0:
            ask(daemon)
    assert len(dns.questions("d.test")) == 2    # TXT and MX, once


def test_system_calls_of_a_cached_request(plain, dns, spawn, tmp_path):
    """Reading the block, writing the reply: everything else needs no system call."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    table = tmp_path / "calls"
    dns.set_zone(MIXED, ttl=300, negative_ttl=300)
    counts = []
    for number in (20, 120):
        daemon = spawn(dns=dns, options={**SETTINGS, "Log": "none", "Sandbox": "No"},
                       wrapper=("strace", "-f", "-c", "-o", str(table)))
        for _ in range(number):
            daemon.ask(log=False, client_address=CLIENT, sender="u@d.test", helo_name="localhost")
        daemon.close()
        total = re.search(r"^100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s.*total$", table.read_text(), re.M)
        counts.append(int(total.group(1)))
    assert (counts[1] - counts[0]) / 100 <= 3
