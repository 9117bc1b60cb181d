# SPDX-License-Identifier: MIT
"""A scripted DNS server on loopback: plays a resolver that answers, lies, stalls or breaks off.

    zone = {"example.com": [("TXT", "v=spf1 mx -all"), ("MX", [10, "mx.example.com"])],
            "mx.example.com": [("A", "192.0.2.1")],
            "slow.example": [("A", "192.0.2.2"), Behaviour(delay_ms=50)],
            "broken.example": ["SERVFAIL"]}
    with DnsServer(zone) as dns:
        ... DNS_Servers = 127.0.0.1:{dns.port} ...
        dns.set_zone(other)
        assert dns.duplicates() == []

One thread with a selector; UDP and TCP on one free port of 127.0.0.1 (and ::1 with ipv6=True). It
behaves as a recursive resolver does: CNAMEs inside the zone are followed in the same answer, a
name that is not there is NXDOMAIN, one that is there without the type is an empty answer, both
with a SOA. TTLs are 0 unless told, so nothing outlives a check.

Rows of a name: ("TYPE", data), {"TYPE": data}, a Behaviour, or one word:
    "TIMEOUT"   every type that has no row of its own fails (as SERVFAIL at once, or with
                timeout_as="drop" by silence); ("TXT", "TIMEOUT") does it for one type
    "DROP"      no answer at all
    "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "NXDOMAIN", "RCODE 9": that response code
Data: A, AAAA "address"; MX [preference, "host"]; TXT, SPF "text" (cut at 255), ["several", "strings"]
or bytes; CNAME, PTR, NS "name"; a type given by number takes RDATA bytes.
"""

import collections
import heapq
import itertools
import random
import selectors
import socket
import struct
import threading
import time

from lib.process import sleeps
from lib.wire import (OWNER, RCODES, TYPE_NAMES, NameError_, Query, encode_name, encode_rdata,
                      record, type_number)

Question = collections.namedtuple("Question", "name type transport time round")
Question.__doc__ = """One question that arrived.

name: text, lower case; type: "TXT" or a number as text; transport: "udp" or "tcp"; time: monotonic
seconds; round: number of the round it was answered in (0 when the server does not count rounds).
"""

Datagram = collections.namedtuple("Datagram", "delay_ms data other_port", defaults=(False,))
Datagram.__doc__ = "What a raw callback may return: other_port sends it from a port never asked."


class Behaviour:
    """How one name (or one type of it) is answered, beside its rows.

    rtype      only questions of this type ("TXT"); None = every type
    rcode      response code, with an empty answer unless rows exist
    drop       no answer; an integer N: only the first N questions are not answered
    delay_ms   the answer comes that much later
    truncate   UDP answers are empty with TC set, TCP ones complete
    tcp        what happens on TCP: "reset" (connection reset at the question), "close", "silent",
               "drip" (one byte every 100 ms), "long" (the length promises more than comes),
               "short" (length 2 over the whole answer)
    raw        function(query bytes) -> list of (delay_ms, bytes) or Datagram, in place of an answer;
               on TCP each gets a length prefix
    edit       function(response bytes) -> bytes, the last hand on a regular answer
    """

    def __init__(self, rtype=None, rcode=None, drop=False, delay_ms=0, truncate=False, tcp=None,
                 raw=None, edit=None):
        self.type = type_number(rtype) if rtype is not None else None
        self.rcode = RCODES.get(rcode, rcode)
        self.drop = drop
        self.delay_ms = delay_ms
        self.truncate = truncate
        self.tcp = tcp
        self.raw = raw
        self.edit = edit


class _Entry:
    __slots__ = ("rows", "behaviours")

    def __init__(self):
        self.rows = {}          # type number -> list of rdata
        self.behaviours = []


class Zone:
    """Names and their answers. Built from a dict once, asked often.

    strict=False leaves out rows that DNS cannot carry (over-long labels in test data).
    """

    def __init__(self, names=None, ttl=0, negative_ttl=0, timeout_as="servfail", strict=True):
        self.ttl = ttl
        self.timeout_as = timeout_as
        self.strict = strict
        self.entries = {}
        self.inner = set()
        self.cache = {}
        soa = encode_name("ns.test") + encode_name("root.test")
        self.soa = record(b"\0", "SOA", soa + struct.pack("!5I", 1, 3600, 600, 86400, negative_ttl),
                          negative_ttl)
        for name, rows in (names or {}).items():
            self.add(name, rows)

    @classmethod
    def from_suite(cls, zonedata, **options):
        """A zone in the form of the SPF test suites: SPF rows count as TXT unless TXT rows exist.
        """
        names = {}
        for name, rows in zonedata.items():
            plain, spf, has_txt = [], [], False
            for row in rows:
                if isinstance(row, str):
                    plain.append(row)
                    continue
                for rtype, value in row.items():
                    if value is True:
                        plain.append(rtype)
                    elif rtype == "SPF":
                        spf.append(value)
                    else:
                        has_txt = has_txt or rtype == "TXT"
                        if value != "NONE":
                            plain.append((rtype, value))
            plain += [("SPF", value) for value in spf if value != "NONE"]
            if not has_txt:
                plain += [("TXT", value) for value in spf if value != "NONE"]
            names[str(name)] = plain
        return cls(names, strict=False, **options)

    def add(self, name, rows):
        try:
            wire = encode_name(name).lower()
        except NameError_:
            if self.strict:
                raise
            return
        entry = self.entries.setdefault(wire, _Entry())
        for row in rows:
            try:
                self._add_row(entry, row)
            except NameError_:
                if self.strict:
                    raise
        parent = wire
        while parent != b"\0":
            self.inner.add(parent)
            parent = parent[1 + parent[0]:]

    def _add_row(self, entry, row):
        if isinstance(row, Behaviour):
            entry.behaviours.append(row)
        elif isinstance(row, str):
            entry.behaviours.append(self._word(row))
        elif isinstance(row, dict):
            for rtype, value in row.items():
                self._add_row(entry, rtype if value is True else (rtype, value))
        elif row[1] in ("TIMEOUT", "DROP", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"):
            behaviour = self._word(row[1])
            behaviour.type = type_number(row[0])
            entry.behaviours.append(behaviour)
        else:
            rdata = encode_rdata(row[0], row[1])
            entry.rows.setdefault(type_number(row[0]), []).append(rdata)

    def _word(self, word):
        if word == "TIMEOUT":
            silent = self.timeout_as == "drop"
            behaviour = Behaviour(drop=True) if silent else Behaviour(rcode="SERVFAIL")
            behaviour.type = "others"
            return behaviour
        if word == "DROP":
            return Behaviour(drop=True)
        if word.startswith("RCODE "):
            return Behaviour(rcode=int(word[6:]))
        if word not in RCODES:
            raise ValueError(f"no such row: {word!r}")
        return Behaviour(rcode=word)

    def behaviour(self, wire, qtype):
        """The behaviour of this question, None when it is simply answered."""
        entry = self.entries.get(wire)
        if entry is None or not entry.behaviours:
            return None
        for behaviour in entry.behaviours:
            if behaviour.type is None or behaviour.type == qtype:
                return behaviour
            if behaviour.type == "others" and qtype not in entry.rows:
                return behaviour
        return None

    def answer(self, wire, qtype):
        """(rcode, answers, authority, behaviour of a CNAME's target) for a name in lower case."""
        key = (wire, qtype)
        if key not in self.cache:
            self.cache[key] = self._resolve(wire, qtype)
        return self.cache[key]

    def _resolve(self, wire, qtype):
        answers, owner, seen, at, trouble = [], OWNER, set(), wire, None
        while True:
            if at in seen:
                return 2, [], [], None      # a resolver does not hand out a loop
            seen.add(at)
            entry = self.entries.get(at)
            if at != wire:
                trouble = self.behaviour(at, qtype)
            if entry is None:
                rcode = 0 if at in self.inner else 3
                return rcode, answers, [self.soa], trouble
            if qtype in entry.rows:
                answers += [record(owner, qtype, rdata, self.ttl) for rdata in entry.rows[qtype]]
                return 0, answers, [], trouble
            if 5 in entry.rows and qtype != 5:
                target = entry.rows[5][0]
                answers.append(record(owner, 5, target, self.ttl))
                owner, at = target, target.lower()
                continue
            return 0, answers, [self.soa], trouble


class _Connection:
    def __init__(self, sock):
        self.sock = sock
        self.input = b""
        self.output = b""
        self.closing = False


class DnsServer:
    """The server. Use as a context manager; everything may be called from the test's thread.

    zone       a dict or a Zone
    ipv6       listen on ::1 as well (same port); .has_ipv6 tells whether the machine let us
    port       0 = any free one
    jitter_ms  each answer is late by a random time up to this (seeded): answers change places
    delay_ms   each answer is late by this
    burst_ms   answers come together, at multiples of this time
    loss       share of datagrams that are lost, queries and answers alike (seeded)
    in_rounds  answers are held until the process `asker` (its id, to be set) has asked all it can and
               sleeps, then all go out, in random order when a seed is given. `rounds` counts them:
               the depth of the tree of questions, without a clock
    seed       of the random order
    shuffle    the records of an answer come in random order
    behaviour  a Behaviour for every name (a dead server: Behaviour(drop=True))
    payload    most bytes of a UDP answer, whatever the client would take
    ttl        of the records, when `zone` is a dict
    """

    _MARK = b"all before this has been read"

    def __init__(self, zone=None, *, ipv6=False, port=0, jitter_ms=0, in_rounds=False, seed=None,
                 delay_ms=0, burst_ms=0, loss=0.0, shuffle=False, behaviour=None, payload=4096, ttl=0):
        self.lock = threading.Lock()
        self.jitter_ms = jitter_ms
        self.delay_ms = delay_ms
        self.burst_ms = burst_ms
        self.loss = loss
        self.in_rounds = in_rounds
        self.asker = None
        self.seeded = seed is not None
        self.random = random.Random(seed)
        self.shuffle = shuffle
        self.everywhere = behaviour
        self.payload = payload
        self.ttl = ttl
        self._log = []
        self.rounds = 0
        self.has_ipv6 = False
        self._dropped = collections.Counter()
        self._answered = set()      # datagrams with their senders
        self._held = []
        self._asker_slept = False
        self._timers = []
        self._sequence = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._connections = {}
        self._seen = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dns", daemon=True)
        self.set_zone(zone if zone is not None else {})
        self._listen(port, ipv6)
        self._wake_r, self._wake_w = socket.socketpair()
        self._wake_r.setblocking(False)
        self._selector.register(self._wake_r, selectors.EVENT_READ, ("wake", self._wake_r))
        self._stop = False

    # -- for the test

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._catch_up()
        self._stop = True
        self._wake_w.send(b"x")
        self._thread.join(10)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._other.close()
        self._wake_w.close()
        self._selector.close()

    def set_zone(self, zone, **options):
        """Serves another zone from the next question on, and forgets log and rounds."""
        options.setdefault("ttl", self.ttl)
        zone = zone if isinstance(zone, Zone) else Zone(zone, **options)
        self._catch_up()
        with self.lock:
            self.zone = zone
            self._dropped.clear()
            self._answered.clear()
            self._clear()

    def clear(self):
        """Forgets the questions logged and the rounds counted."""
        self._catch_up()
        with self.lock:
            self._clear()

    def _catch_up(self):
        """Waits until the thread has read every question that is on its way already."""
        if not self._thread.is_alive() or threading.current_thread() is self._thread:
            return
        self._seen.clear()
        self._other.sendto(self._MARK, ("127.0.0.1", self.port))
        self._seen.wait(5)

    def _clear(self):
        self._log = []
        self.rounds = 0

    @property
    def log(self):
        """The questions so far, oldest first, those included that nobody waited for the answer of."""
        self._catch_up()
        with self.lock:
            return list(self._log)

    def questions(self, name=None, rtype=None, transport=None):
        """Those of the log that fit."""
        return [q for q in self.log
                if (name is None or q.name == name.lower().rstrip("."))
                and (rtype is None or q.type == rtype)
                and (transport is None or q.transport == transport)]

    def count(self, name=None, rtype=None):
        """Different questions so far; a repetition over TCP or after a loss counts once."""
        return len({(q.name, q.type) for q in self.questions(name, rtype)})

    def duplicates(self):
        """Questions (name, type) that came more than once on the same transport."""
        seen = collections.Counter((q.name, q.type, q.transport) for q in self.questions())
        return sorted({key[:2] for key, count in seen.items() if count > 1})

    @property
    def address(self):
        """For DNS_Servers."""
        return f"127.0.0.1:{self.port}"

    # -- sockets

    def _listen(self, port, ipv6):
        for _ in range(50):
            try:
                opened = self._open(socket.AF_INET, "127.0.0.1", port)
                break
            except OSError:
                if port:
                    raise
        else:
            raise OSError("no port that is free for UDP and TCP")
        self.port = opened[0].getsockname()[1]
        if ipv6:
            try:
                opened += self._open(socket.AF_INET6, "::1", self.port)
                self.has_ipv6 = True
            except OSError:
                pass
        for sock in opened:
            kind = "udp" if sock.type == socket.SOCK_DGRAM else "listen"
            self._selector.register(sock, selectors.EVENT_READ, (kind, sock))
        self._other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._other.bind(("127.0.0.1", 0))

    @staticmethod
    def _open(family, host, port):
        udp = socket.socket(family, socket.SOCK_DGRAM)
        tcp = socket.socket(family, socket.SOCK_STREAM)
        try:
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            udp.bind((host, port))
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((host, udp.getsockname()[1]))
            tcp.listen(100)
        except OSError:
            udp.close()
            tcp.close()
            raise
        udp.setblocking(False)
        tcp.setblocking(False)
        return [udp, tcp]

    # -- the loop

    def _run(self):
        while not self._stop:
            ready = self._selector.select(self._wait())
            for key, events in ready:
                kind, item = key.data
                if kind == "udp":
                    self._read_udp(item)
                elif kind == "listen":
                    self._accept(item)
                elif kind == "tcp":
                    self._serve_tcp(item, events)
                else:
                    item.recv(100)
            if self._held:
                self._end_round(idle=not ready)
            self._run_timers()
        for connection in list(self._connections.values()):
            self._close(connection)

    def _wait(self):
        """Seconds until the next timer or look at the asker; None = until something comes."""
        if self._held:
            return 0.0 if self._asker_slept else 0.0005
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _end_round(self, idle):
        """Nothing came after the asker was seen asleep: whatever it sent before that has been read."""
        if not (idle and self._asker_slept):
            self._asker_slept = sleeps(self.asker)
            return
        self._asker_slept = False
        held, self._held = self._held, []
        if self.seeded:
            self.random.shuffle(held)
        with self.lock:
            self.rounds += 1
        for action in held:
            action()

    def _run_timers(self):
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def _later(self, delay_ms, action):
        if delay_ms <= 0:
            action()
        else:
            when = time.monotonic() + delay_ms / 1000
            heapq.heappush(self._timers, (when, next(self._sequence), action))

    def _read_udp(self, sock):
        for _ in range(100):
            try:
                data, peer = sock.recvfrom(65535)
            except (BlockingIOError, ConnectionError):
                return

            def send(answer, other_port=False, sock=sock, peer=peer):
                if self._is_lost():
                    return
                try:
                    (self._other if other_port else sock).sendto(answer, peer)
                except OSError:
                    pass    # the asker is gone
            if not self._is_lost():
                self._take(data, "udp", send, None, (data, peer))

    def _accept(self, listener):
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        connection = _Connection(sock)
        self._connections[sock] = connection
        self._selector.register(sock, selectors.EVENT_READ, ("tcp", connection))

    def _close(self, connection, reset=False):
        if self._connections.pop(connection.sock, None) is None:
            return
        self._selector.unregister(connection.sock)
        if reset:
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sock.close()

    def _serve_tcp(self, connection, events):
        if events & selectors.EVENT_WRITE:
            self._write_tcp(connection, b"")
        if not events & selectors.EVENT_READ or connection.sock not in self._connections:
            return
        try:
            data = connection.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        connection.input += data
        while len(connection.input) >= 2:
            length = struct.unpack("!H", connection.input[:2])[0]
            if len(connection.input) < 2 + length:
                break
            query, connection.input = connection.input[2:2 + length], connection.input[2 + length:]

            def send(answer, other_port=False):
                self._write_tcp(connection, struct.pack("!H", len(answer) & 0xFFFF) + answer)
            self._take(query, "tcp", send, connection)

    def _write_tcp(self, connection, data):
        if connection.sock not in self._connections:
            return
        connection.output += data
        try:
            while connection.output:
                sent = connection.sock.send(connection.output[:65536])
                connection.output = connection.output[sent:]
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.output else 0)
        self._selector.modify(connection.sock, events, ("tcp", connection))

    # -- answering

    def _take(self, data, transport, send, connection, datagram=None):
        """The same bytes from the same port are sent again when this thread had no processor for longer than
        the asker waits. What was answered already is answered again, but is not logged and is no round.
        """
        if data == self._MARK:
            self._seen.set()
            return
        try:
            query = Query(data)
        except (ValueError, struct.error, IndexError):
            return
        name = query.name.lower()
        with self.lock:
            zone = self.zone
            rtype = TYPE_NAMES.get(query.type, str(query.type))
            number = self.rounds + 1 if self.in_rounds else 0
            again = datagram in self._answered
            if not again:
                self._log.append(Question(Query.text.fget(query).lower(), rtype, transport,
                                          time.monotonic(), number))
        behaviour = zone.behaviour(name, query.type) or self.everywhere
        rcode, answers, authority, trouble = zone.answer(name, query.type)
        behaviour = behaviour or trouble
        if behaviour is None:
            action = self._sender(query, transport, send, rcode, answers, authority)
        else:
            action = self._behave(behaviour, query, transport, send, connection,
                                  (rcode, answers, authority))
        if action is None or (again and self.in_rounds):
            return
        if datagram and not (behaviour and behaviour.raw):
            self._answered.add(datagram)
        if self.in_rounds:
            self._held.append(action)
        else:
            self._later(self._lateness_ms(), action)

    def _lateness_ms(self):
        late = self.delay_ms + (self.random.uniform(0, self.jitter_ms) if self.jitter_ms else 0)
        if self.burst_ms:
            late += self.burst_ms - (1000 * time.monotonic() + late) % self.burst_ms
        return late

    def _is_lost(self):
        return self.loss > 0 and self.random.random() < self.loss

    def _sender(self, query, transport, send, rcode, answers, authority, truncate=False, edit=None):
        if self.shuffle and len(answers) > 1:
            answers = self.random.sample(answers, len(answers))
        response = query.response(rcode, answers, authority)
        if transport == "udp" and (truncate or len(response) > min(query.payload or 512,
                                                                   self.payload)):
            response = query.response(rcode, truncated=True)
        if edit:
            response = edit(response)
        return lambda: send(response)

    def _behave(self, behaviour, query, transport, send, connection, answer):
        rcode, answers, authority = answer
        if behaviour.drop is True:
            return None
        if behaviour.drop:
            key = (id(behaviour), query.name.lower(), query.type)
            self._dropped[key] += 1
            if self._dropped[key] <= behaviour.drop:
                return None
        if behaviour.raw:
            parts = [Datagram(*part) for part in behaviour.raw(query.data)]

            def send_parts():
                for part in parts:
                    self._later(part.delay_ms, lambda p=part: send(p.data, p.other_port))
            return send_parts
        if behaviour.rcode is not None:
            rcode = behaviour.rcode
            if rcode:
                answers, authority = [], []
        action = self._sender(query, transport, send, rcode, answers, authority, behaviour.truncate,
                              behaviour.edit)
        if connection is not None and behaviour.tcp:
            action = self._break_tcp(behaviour.tcp, query.response(rcode, answers, authority),
                                     connection)
        if behaviour.delay_ms and action:
            prompt = action
            return lambda: self._later(behaviour.delay_ms, prompt)
        return action

    def _break_tcp(self, how, response, connection):
        framed = struct.pack("!H", len(response)) + response
        if how in ("reset", "close"):
            return lambda: self._close(connection, reset=how == "reset")
        if how == "silent":
            return None
        if how == "long":
            longer = struct.pack("!H", len(response) + 100) + response
            return lambda: self._write_tcp(connection, longer)
        if how == "short":
            return lambda: self._write_tcp(connection, struct.pack("!H", 2) + response)
        if how == "drip":
            def drip():
                for i in range(len(framed)):
                    self._later(100 * (i + 1),
                                lambda i=i: self._write_tcp(connection, framed[i:i + 1]))
            return drip
        raise ValueError(f"no such TCP behaviour: {how!r}")
