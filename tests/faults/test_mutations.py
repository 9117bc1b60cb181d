# SPDX-License-Identifier: MIT
"""A resolver in the hands of an attacker: thousands of damaged answers, then the true one.

Proves over real sockets, with the real libraries, that whatever bytes come as an answer, the process lives,
replies once and in time, and stays small. Seeded, so that a failure can be repeated. LONG=1 takes
a hundred times as many, MUTATIONS_SEED another beginning.
"""

import os
import random
import struct

import pytest

from lib import policy
from lib.dnsserver import Behaviour, DnsServer
from lib.watch import CLIENT, RSS_MAX_KB, descriptors, result_of, rss_kb, settled
from lib.wire import OWNER, TYPES, Query, encode_name, encode_rdata, record

RECORDS = [
    "v=spf1 a mx ptr exists:%{i}.x.test include:i.test redirect=r.test",
    "v=spf1 mx:m.test a:%{d1}.test/24//64 -all exp=e.test",
    "v=spf1 include:%{l}.i.test ?include:j.test ~all",
    "v=spf1 exists:%{p}.%{ir}.p.test ip4:192.0.2.0/25 -all",
    "%{s} is not %{c} at %{t} %{r}",
]
SETTINGS = {"Lookup_Time": "1", "HELO_reject": "Fail", "TestOnly": "1"}


class Attacker:
    """Answers of every type, damaged at random."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def rdata(self, rtype):
        pick = self.random
        name = pick.choice(["h.test", "i.test", "x." * 60 + "test", "a\\000b.test", "*.test"])
        if rtype == TYPES["TXT"]:
            text = pick.choice(RECORDS)
            return encode_rdata("TXT", pick.choice(4 * [text] + [list(text), text * pick.randrange(1, 40)]))
        if rtype == TYPES["MX"]:
            return encode_rdata("MX", [pick.randrange(65536), name])
        if rtype == TYPES["A"]:
            return encode_rdata("A", pick.choice([CLIENT, "198.51.100.1"]))
        if rtype == TYPES["AAAA"]:
            return encode_rdata("AAAA", "2001:db8::1")
        return encode_name(name)

    def whole(self, query):
        answers = [
            record(OWNER, query.type, self.rdata(query.type), self.random.choice([0, 60, 1 << 31]))
            for _ in range(self.random.choice([0, 2, 12] + 9 * [1]))
        ]
        if self.random.random() < 0.2:
            alias = encode_name("alias.test")
            answers = [record(OWNER, "CNAME", alias)] + [alias + a[2:] for a in answers]
        return query.response(self.random.choice([2, 3, 5] + 30 * [0]), answers)

    def damaged(self, query):
        pick = self.random
        data = bytearray(self.whole(query))
        for _ in range(pick.choice([1, 1, 2, 5, 40])):
            place = pick.randrange(2, len(data)) if len(data) > 2 else 0
            kind = pick.randrange(8)
            if kind == 0:
                data[place] ^= 1 << pick.randrange(8)
            elif kind == 1:
                data[place] = pick.choice([0, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF])
            elif kind == 2:
                data = data[: max(place, 2)]
            elif kind == 3:
                data[place:place] = bytes(pick.randrange(256) for _ in range(pick.randrange(1, 9)))
            elif kind == 4:
                data[place : place + 2] = struct.pack("!H", 0xC000 | pick.randrange(len(data)))
            elif kind == 5:
                data[place : place + 2] = struct.pack("!H", pick.choice([0, 1, 255, 0x7FFF, 65535]))
            elif kind == 6 and len(data) >= 12:
                count = 4 + 2 * pick.randrange(4)
                data[count : count + 2] = struct.pack("!H", pick.choice([0, 1, 2, 100, 65535]))
            else:
                data += data[place : place + pick.randrange(1, 600)]
        return bytes(data[:4000])

    def __call__(self, data):
        query = Query(data)
        true = (0, self.whole(query))
        # Not always, or no check would get far.
        return [(0, self.damaged(query)), true] if self.random.random() < 0.3 else [true]


@pytest.fixture(params=["Yes", "No"], ids=["parallel", "serial"])
def prefetch(request):
    return request.param


def test_damaged_answers(program, prefetch, long_form, instrumented):
    seed = int(os.environ.get("MUTATIONS_SEED", "1"))
    senders = random.Random(seed)
    with DnsServer(behaviour=Behaviour(raw=Attacker(seed))) as dns:
        for life in range(100 if long_form else 1):
            options = {**SETTINGS, "Prefetch": prefetch}
            with policy.Daemon(program=program, dns=dns, socket=True, options=options) as daemon:
                for i in range(1500):
                    dns.clear()
                    reply = daemon.ask(
                        client_address=senders.choice([CLIENT, "2001:db8::1"]),
                        helo_name=f"h{i}.test",
                        sender=f"u{i}@d{i}.test",
                    )
                    assert result_of(reply) in policy.RESULTS
                    assert dns.count() <= 2 * 111
                settled(daemon.pid)
                assert rss_kb(daemon.pid) < RSS_MAX_KB * (40 if instrumented else 1)
                assert descriptors(daemon.pid) in (3, None) or instrumented
