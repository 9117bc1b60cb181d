# SPDX-License-Identifier: MIT
"""Requests over a network that loses datagrams, and with a resolver that stalls or restarts.

Four shapes of records in turn, each a new mail, nothing cached, 10 ms an answer. What is lost is this share of the
datagrams, of queries as of answers: at 2 % one exchange of 25.
"""

import statistics
import threading
import time

import shapes
from lib.dnsserver import DnsServer
from lib.policy import request

DELAY_MS = 10
REQUESTS, PEER_REQUESTS = 1000, 60
PEER_S = 45     # of one row; then it has as many requests as there were
UP_S, DOWN_S = 2.0, 0.5
SHAPES = (shapes.services, shapes.nested, shapes.addresses, shapes.exchangers)


def zone():
    """All four at once: shape N is that of the domain sN.example."""
    names = {}
    for number, make in enumerate(SHAPES):
        for name, rows in make().zone.items():
            names.setdefault("example.com" if name == "mail.example.com" else name, [])
            target = f"s{number}.example" if name == "example.com" else name
            names[target] = rows
    return names


class Restarting:
    """A resolver that is up for two seconds, and then refuses for half a second."""

    def __init__(self, port):
        self.port = port
        self._stop = threading.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._stop.is_set():
            with DnsServer(zone(), port=self.port, delay_ms=DELAY_MS):
                self._up.set()
                self._stop.wait(UP_S)
            self._stop.wait(DOWN_S)

    def __enter__(self):
        self._thread.start()
        self._up.wait()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def one(connection, number):
    """Milliseconds of one request, and whether it ended in a temperror."""
    block = request(client_address="192.0.2.5", helo_name="mail.example.com",
                    sender=f"sender@s{number % len(SHAPES)}.example", instance=f"{number:x}.1")
    start = time.monotonic()
    reply = connection.ask(block).lower()
    return 1000 * (time.monotonic() - start), b"temperror" in reply or b"=defer" in reply


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def measure(report, what, server, connect, count, seconds):
    connection = connect(server.command)
    end, done = time.monotonic() + seconds, []
    while len(done) < count and time.monotonic() < end:
        done.append(one(connection, len(done)))
    connection.close()
    times = [ms for ms, _ in done]
    report.row(f"{what}: {server.name}, median", statistics.median(times), "ms")
    report.row("  90 of 100 within", percentile(times, 0.9), "ms")
    report.row("  99 of 100 within", percentile(times, 0.99), "ms")
    report.row(f"  temperrors of {len(done)}", sum(failed for _, failed in done), "")


def run(report, servers, connect, port, own_requests=REQUESTS):
    """`connect` starts a server's command; `port` is where these programs ask."""
    worlds = [
        ("nothing lost", lambda: DnsServer(zone(), port=port, delay_ms=DELAY_MS, seed=1)),
        ("2 % lost", lambda: DnsServer(zone(), port=port, delay_ms=DELAY_MS, seed=1, loss=0.02)),
        ("5 % lost", lambda: DnsServer(zone(), port=port, delay_ms=DELAY_MS, seed=1, loss=0.05)),
        ("answers in bursts, 200 ms",
         lambda: DnsServer(zone(), port=port, delay_ms=DELAY_MS, seed=1, burst_ms=200)),
        ("restarts, 0.5 s of 2.5", lambda: Restarting(port)),
    ]
    report.title(f"lossy and slow DNS: time of a request, four shapes, {DELAY_MS} ms an answer; "
                 "lost: datagrams, each way")
    for what, world in worlds:
        for server in servers:
            with world():
                is_peer = server.name != "spfpolicyd"
                measure(report, what, server, connect, PEER_REQUESTS if is_peer else own_requests,
                        PEER_S if is_peer else float("inf"))
