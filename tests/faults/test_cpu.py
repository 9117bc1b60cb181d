# SPDX-License-Identifier: MIT
"""Fault S28: answers that are dear to read.

Proves, by counting instructions, that the worst sets of answers that the 111 queries of a check can
bring cost a bounded multiple of an ordinary message, however their owners are written: ten mx of ten
hosts whose names have 108 labels, each with 4,000 addresses over TCP, MX and PTR in thousands, texts of
63 kB. The client has two identities, and the first of them decides nothing.
"""

import os
import re
import shutil
import struct
import subprocess
import tempfile

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer
from lib.process import PATIENCE
from lib.watch import CLIENT
from lib.wire import encode_name

# An ordinary message takes 190,000 instructions. 20 ms are room for 70 million, for each identity.
RATIO_MAX = 2 * 367
LABELS = ".".join(["a"] * 106)
ORDINARY = {
    "d.test": [("TXT", "v=spf1 include:i.test mx ip4:198.51.100.0/24 -all"), ("MX", [10, "m.test"])],
    "helo.test": [("TXT", "v=spf1 a -all"), ("A", CLIENT)],
    "i.test": [("TXT", "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/28 ~all")],
    "m.test": [("A", "198.51.100.9")],
}


@pytest.fixture(scope="module", autouse=True)
def callgrind(program):
    if not shutil.which("valgrind"):
        pytest.skip("package valgrind is not installed")
    tried = subprocess.run(["valgrind", "--quiet", program, "-V"], capture_output=True, timeout=PATIENCE, check=False)
    if tried.returncode:
        pytest.skip("valgrind runs no programs here")
    if os.environ.get("SPFPOLICYD_WRAPPER") or policy.is_sanitized(program):
        pytest.skip("the program's instructions are not its own")


def life(zone, folder, number):
    """Instructions of a process that gets this many requests, and its last log line."""
    out = f"{folder}/callgrind.{number}"
    wrapper = ["valgrind", "--quiet", "--vgdb=no", "--tool=callgrind", f"--callgrind-out-file={out}"]
    options = {"Sandbox": "No", "Lookup_Time": "90", "HELO_reject": "False", "Mail_From_reject": "False"}
    log = None
    with DnsServer(zone) as dns:
        with policy.Daemon(dns=dns, options=options, wrapper=wrapper) as daemon:
            for _ in range(number):
                log = daemon.ask(client_address=CLIENT, helo_name="helo.test", sender="u@d.test").log
            os.chmod(out, 0o666)    # the process may be nobody at its end
    with open(out, encoding="ascii") as stream:
        return int(re.search(r"^summary: (\d+)", stream.read(), re.M).group(1)), log


# -- owners, as (bytes of the name, bytes from the second record on, by number)

def same(name, number, at):
    return b"\xc0\x0c"


def alternating(name, number, at):
    """Two whole copies, by turns."""
    if number == 0:
        return name
    return b"\xc0\x0c" if number % 2 else struct.pack(">H", 0xc000 | at)


def first_label(name, number, at):
    """The first label written out, the others at a copy that is not the question's."""
    return name if number == 0 else name[:2] + struct.pack(">H", 0xc000 | at + 2)


def whole(name, number, at):
    return name


def foreign(name, number, at):
    """Another name, which differs in its last label."""
    other = name[:-2] + b"x\0"
    if number == 0:
        return other
    return name[:2] + struct.pack(">H", 0xc000 | at + 2)


def chained(name, number, at):
    """A pointer to the owner before, up to what a name may follow."""
    return b"\xc0\x0c" if number % 100 == 0 or at > 0x3f00 else struct.pack(">H", 0xc000 | at)


def many(owner, rtype, rdata, most=4000):
    """A hand on a TCP answer that makes it as long as it can be."""
    def edit(response):
        flags, = struct.unpack_from(">H", response, 2)
        if flags & 0x0200:
            return response
        end = response.index(b"\0", 12) + 5
        question, body, count, at = response[12:end], b"", 0, end
        while count < most:
            data = rdata(count)
            where = 12 if count == 0 else at
            piece = owner(question[:-4], count, where) + struct.pack(">HHIH", rtype, 1, 60, len(data)) + data
            if end + len(body) + len(piece) > 65500:
                break
            if count == 0 or owner is chained:
                at = end + len(body)
            body += piece
            count += 1
        return response[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + body
    return edit


def miss(number):
    return bytes([198, 51, 100 + number // 250 % 20, number % 250])


def slot(data):
    """Where src/dns/record_set.c looks for a record first: FNV-1a."""
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 % 2 ** 32
    return value % 2048


COLLIDING = []


def colliding(number):
    """Addresses that all fall together."""
    if not COLLIDING:
        every = (bytes([198, a, b, c]) for a in range(18, 52) for b in range(250) for c in range(250))
        COLLIDING.extend(data for data in every if slot(data) == 7)
    return COLLIDING[number % len(COLLIDING)]


def hosts(owner, rdata=miss):
    zone = {"d.test": [("TXT", "v=spf1 " + " ".join(f"mx:m{i}.test" for i in range(10)) + " ?all")],
            "helo.test": [("TXT", "v=spf1 " + " ".join(f"mx:n{i}.test" for i in range(10)) + " ?all")]}
    for set_name in "mn":
        for i in range(10):
            names = [f"{LABELS}.{set_name}{i}x{j}.test" for j in range(10)]
            zone[f"{set_name}{i}.test"] = [("MX", [j, name]) for j, name in enumerate(names)]
            for name in names:
                zone[name] = [("A", "198.51.100.1"), Behaviour("A", truncate=True, edit=many(owner, 1, rdata))]
    return zone


def texts(term):
    """A record of ten includes, each as long as a record may be, and nothing in it matches."""
    zone = {}
    for domain in ("d.test", "helo.test"):
        zone[domain] = [("TXT", "v=spf1 " + " ".join(f"include:i{i}.{domain}" for i in range(10)) + " ?all")]
        for i in range(10):
            text = f"v=spf1 {' '.join(term for _ in range(63000 // (len(term) + 1)))} ~all"
            pieces = [text[at:at + 255] for at in range(0, len(text), 255)]
            zone[f"i{i}.{domain}"] = [("TXT", pieces), Behaviour("TXT", truncate=True)]
    return zone


@pytest.fixture(scope="module")
def ordinary():
    """Instructions of a start, and of an ordinary message."""
    with tempfile.TemporaryDirectory(prefix="spfpolicyd-cpu-") as folder:
        os.chmod(folder, 0o755)
        one, many = (life(ORDINARY, folder, number)[0] for number in (1, 11))
        message = (many - one) / 10
        return one - message, message


def assert_bounded(zone, ordinary, folder):
    start, message = ordinary
    count, log = life(zone, folder, 1)
    assert log.get("lookups")
    assert count - start < RATIO_MAX * message, (count - start) / message


@pytest.mark.parametrize("owner", [same, alternating, first_label, whole, foreign, chained],
                         ids=lambda owner: "S28-" + owner.__name__)
def test_addresses(owner, ordinary, folder):
    assert_bounded(hosts(owner), ordinary, folder)


def test_addresses_that_fall_together(ordinary, folder):
    zone = hosts(same, colliding)
    assert len(COLLIDING) > 1000 or not COLLIDING
    assert_bounded(zone, ordinary, folder)


@pytest.mark.parametrize("term", ["ip4:198.51.100.1", "ip6:2001:db8:0:1:2:3:4:5/127", "x=%{d1r+-}", "a=", ""],
                         ids="S28-{}".format)
def test_texts(term, ordinary, folder):
    assert_bounded(texts(term), ordinary, folder)
