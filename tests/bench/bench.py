# SPDX-License-Identifier: MIT
"""make bench: what a check costs, side by side with what people run today.

Everything is taken in one run on this machine, so the ratios hold when its speed drifts. Peers that are
not installed are left out. As root the run happens in a network and mount namespace of its own, where
the scripted DNS server is the system's resolver: that is how the peers are made to ask it.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import loss  # noqa: E402
import shapes  # noqa: E402
from lib.dnsserver import Behaviour, DnsServer  # noqa: E402
from lib.policy import ROOT, request  # noqa: E402

DELAY_MS = 20
COLD_RUNS, PEER_COLD_RUNS = 200, 5
INSIDE = "SPFPOLICYD_BENCH_NAMESPACE"


class Server:
    """One of the programs that are measured: how to start it."""

    def __init__(self, name, command, runs=COLD_RUNS):
        self.name = name
        self.command = command
        self.runs = runs


def own(build, address, *options, name="spfpolicyd"):
    command = [os.path.join(build, name)]
    for option in (f"DNS_Servers = {address}", "Log = none", "skip_addresses =", *options):
        command += ["-o", option]
    return command


def peers(directory):
    """policyd-spf and policyd-spf-perl, if they are here and can be made to ask our DNS server."""
    found = []
    if not os.environ.get(INSIDE):
        return found
    config = os.path.join(directory, "policyd-spf.conf")
    with open(config, "w", encoding="ascii") as stream:
        stream.write("debugLevel = 0\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\n"
                     "skip_addresses = 127.0.0.0/8\n")
    if shutil.which("policyd-spf"):
        found.append(Server("policyd-spf", ["policyd-spf", config], PEER_COLD_RUNS))
    perl = shutil.which("postfix-policyd-spf-perl", path="/usr/sbin:/usr/lib/postfix:/usr/bin")
    if perl:
        found.append(Server("policyd-spf-perl", [perl], PEER_COLD_RUNS))
    return found


# -- measuring

def cpu_ms(command, data=b"", runs=COLD_RUNS):
    """Median user+system milliseconds of one whole process that reads `data` and ends."""
    times = []
    for _ in range(runs):
        with tempfile.TemporaryFile() as stream:
            stream.write(data)
            stream.seek(0)
            process = subprocess.Popen(command, stdin=stream, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
        if status:
            raise SystemExit(f"{command[0]} ended with status {status}")
        times.append(1000 * (usage.ru_utime + usage.ru_stime))
    return statistics.median(times)


class Connection:
    """A program in service: asks and waits for the reply."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, bufsize=0)

    def ask(self, block):
        self.process.stdin.write(block)
        return self.read()

    def read(self):
        reply = b""
        while b"\n\n" not in reply:
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise SystemExit(f"{self.process.args[0]} gave no reply")
            reply += piece
        return reply

    def close(self):
        """Seconds of CPU of its whole life."""
        self.process.stdin.close()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = status
        self.process.stdout.close()
        return usage.ru_utime + usage.ru_stime


def message(shape, instance=""):
    return request(client_address=shape.client, helo_name="mail.example.com",
                   sender="sender@example.com", instance=instance)


def round_trips(server, shape, dns, samples=3):
    """Time of one request on an open connection, in units of the DNS delay; the median."""
    taken = []
    for _ in range(samples):
        connection = Connection(server.command)
        connection.ask(request(client_address="127.0.0.1", helo_name="localhost", sender=""))
        dns.set_zone({}, ttl=0)
        dns.set_zone(shape.zone, ttl=0)
        start = time.monotonic()
        reply = connection.ask(message(shape, "i1"))
        taken.append(1000 * (time.monotonic() - start) / DELAY_MS)
        connection.close()
        expected = b"550" if shape.result == "fail" else b"PREPEND"
        if expected not in reply.upper():
            raise SystemExit(f"{server.name}: {shape.name}: {reply!r}")
    return statistics.median(taken)


def cpu_per_request(command, shape, count):
    """Microseconds of CPU for each of `count` messages on one connection, start-up taken off."""
    connection = Connection(command)
    connection.ask(message(shape, "first"))
    empty = connection.close()
    connection = Connection(command)
    for number in range(count):
        connection.ask(message(shape, f"{number:x}.1"))
    return 1e6 * (connection.close() - empty) / (count - 1)


def pipelined_rate(command, block, count):
    """Requests a second of wall time when the peer never waits: the program alone is the limit."""
    with tempfile.TemporaryFile() as stream:
        stream.write(block * count)
        stream.seek(0)
        start = time.monotonic()
        subprocess.run(command, stdin=stream, stdout=subprocess.DEVNULL, check=True)
        return count / (time.monotonic() - start)


def pss_kib(command, block, count=100):
    """Proportional set size of one idle process out of `count`, after one request each."""
    connections = [Connection(command) for _ in range(count)]
    try:
        for connection in connections:
            connection.ask(block)
        sizes = []
        for connection in connections:
            with open(f"/proc/{connection.process.pid}/smaps_rollup", encoding="ascii") as stream:
                sizes.append(int(re.search(r"^Pss:\s+(\d+)", stream.read(), re.M).group(1)))
        return statistics.median(sizes)
    except PermissionError:
        return None
    finally:
        for connection in connections:
            connection.close()


def system_calls(command, block, count):
    """System calls of one request, by strace: (calls with `count` requests - calls with one) / rest."""
    if not shutil.which("strace"):
        return None

    def calls(number):
        with tempfile.NamedTemporaryFile() as table, tempfile.TemporaryFile() as stream:
            stream.write(block)
            stream.seek(0)
            process = subprocess.Popen(["strace", "-f", "-c", "-o", table.name, *command],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, bufsize=0)
            connection = Connection.__new__(Connection)
            connection.process = process
            for _ in range(number):
                connection.ask(block)
            connection.close()
            text = open(table.name, encoding="ascii").read()
        return int(re.search(r"^100\.00\s+\S+\s+(?:\d+\s+)?(\d+)\s.*total$", text, re.M).group(1))

    return (calls(count) - calls(1)) / (count - 1)


def instructions(command, block, count):
    """Instructions of one request in user space, by callgrind."""
    if not shutil.which("valgrind"):
        return None

    def run(number):
        with tempfile.TemporaryFile() as stream:
            stream.write(block * number)
            stream.seek(0)
            text = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                   *command, "-o", "Sandbox = No"], stdin=stream,
                                  capture_output=True, check=True).stderr
        return int(re.search(rb"Collected : (\d+)", text).group(1))

    return (run(count) - run(1)) / (count - 1)


# -- the report

class Report:
    """Rows of (what, figure, unit, ratio), printed as they come."""

    def title(self, text):
        print(f"\n{text}", flush=True)

    def row(self, what, figure, unit, base=None):
        ratio = f"{figure / base:9.2f} x" if base else ""
        print(f"  {what:<44}{figure:12.2f} {unit:<12}{ratio}", flush=True)


def bench_start(report, build, servers, dns):
    report.title("cold start: exec, one request, one reply, exit (CPU, user+system)")
    shape = shapes.flat()
    dns.set_zone(shape.zone)
    floor = cpu_ms([os.path.join(build, "bench", "floor")])
    report.row("empty C program, same libraries (floor)", floor, "ms", floor)
    report.row("spfpolicyd, nothing asked",
               cpu_ms(own(build, dns.address), request(client_address="unknown")), "ms", floor)
    for server in servers:
        report.row(server.name, cpu_ms(server.command, message(shape), server.runs), "ms", floor)


def bench_requests(report, build, servers, dns):
    shape = shapes.flat()
    block = message(shape)
    command = own(build, dns.address)
    report.title("one connection, flat record, answers from the process cache")
    dns.set_zone(shape.zone, ttl=300)
    report.row("spfpolicyd, CPU a request", cpu_per_request(command, shape, 20000), "us")
    report.row("spfpolicyd, requests written ahead", pipelined_rate(command, block, 50000), "1/s")
    for what, measure in (("system calls a request", system_calls),
                          ("instructions a request", instructions)):
        figure = measure(command, block, 200)
        if figure is not None:
            report.row(f"spfpolicyd, {what}", figure, "")

    report.title("one connection, flat record, HELO and MAIL FROM asked each time (TTL 0)")
    dns.set_zone(shape.zone, ttl=0)
    count = 5000
    bare = [os.path.join(build, "bench", "bare"), dns.address, str(count), "example.com",
            "mail.example.com"]
    floor = 1000 * cpu_ms(bare, runs=3) / count
    report.row("bare c-ares, the same questions (floor)", floor, "us", floor)
    for server in servers:
        number = count if server.runs == COLD_RUNS else 200
        report.row(server.name, cpu_per_request(server.command, shape, number), "us", floor)
    figure = system_calls(command, block, 200)
    if figure is not None:
        report.row("spfpolicyd, system calls a request", figure, "")


def bench_memory(report, servers, dns):
    report.title("memory: proportional set size of one idle process out of 100")
    dns.set_zone(shapes.flat().zone)
    for server in servers:
        number = 100 if server.runs == COLD_RUNS else 20
        figure = pss_kib(server.command, message(shapes.flat()), number)
        if figure is not None:
            report.row(server.name, figure, "KiB")


def bench_trips(report, servers, dns):
    report.title(f"round trips: time of a request in units of one answer ({DELAY_MS} ms)")
    dns.jitter_ms = 0
    table = {server.name: [] for server in servers}
    for shape in shapes.all_shapes():
        slow = {name: [*rows, Behaviour(delay_ms=DELAY_MS)] for name, rows in shape.zone.items()}
        slow_shape = shape._replace(zone=slow)
        for server in servers:
            figure = round_trips(server, slow_shape, dns)
            table[server.name].append(figure)
            report.row(f"{shape.name}: {server.name}", figure, "trips", shape.depth)
    depth = sum(shape.depth for shape in shapes.all_shapes())
    for server in servers:
        report.row(f"all six: {server.name}", sum(table[server.name]), "trips", depth)
    return table


def bench_caches(report, build, directory, dns):
    """One shape asked of the world, of a local Unbound that knows it, and of the same process again."""
    if not shutil.which("unbound", path="/usr/sbin:/usr/bin"):
        return
    from lib.mailsystem import Unbound
    shape = shapes.services()
    report.title(f"the caches: time of one request, {shape.name}, an answer of the world takes "
                 f"{DELAY_MS} ms")
    dns.set_zone({name: [*rows, Behaviour(delay_ms=DELAY_MS)] for name, rows in shape.zone.items()},
                 ttl=300, negative_ttl=300)
    include = os.path.join(directory, "forward.conf")
    host, _, port = dns.address.rpartition(":")
    with open(include, "w", encoding="ascii") as stream:
        stream.write(f'include: "{os.path.join(ROOT, "contrib", "unbound.conf")}"\n'
                     f'forward-zone:\n    name: "com."\n    forward-addr: {host}@{port}\n'
                     f'forward-zone:\n    name: "net."\n    forward-addr: {host}@{port}\n')
    with Unbound(directory, "@ SOA ns.example. root.example. 1 3600 600 86400 60\n@ NS ns\n"
                            "ns A 127.0.0.1\n", include) as unbound:
        times = []
        for number in range(3):
            connection = Connection(own(build, unbound.address))
            connection.ask(request(client_address="127.0.0.1", helo_name="localhost", sender=""))
            start = time.monotonic()
            connection.ask(message(shape, f"i{number}"))
            times.append(1000 * (time.monotonic() - start))
            again = time.monotonic()
            connection.ask(message(shape, f"j{number}"))
            same = 1000 * (time.monotonic() - again)
            connection.close()
    report.row("nobody has asked before", times[0], "ms", times[0])
    report.row("another process has: Unbound on the host", times[2], "ms", times[0])
    report.row("the same process has", same, "ms", times[0])


def draw(table, directory):
    """The round trips as a picture for README: SVG and PNG."""
    try:
        import matplotlib
    except ImportError:
        print("\nno picture: python3-matplotlib is not installed")
        return
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "spfpolicyd"
    import matplotlib.pyplot as pyplot

    names = [shape.name for shape in shapes.all_shapes()]
    depths = [shape.depth for shape in shapes.all_shapes()]
    figure, axes = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    height = 0.8 / len(table)
    colours = ["#1b6ca8", "#c8553d", "#e0a458"]
    for index, (server, trips) in enumerate(table.items()):
        places = [i + index * height for i in range(len(names))]
        bars = axes.barh(places, trips, height=height * 0.92, label=server, color=colours[index % 3])
        axes.bar_label(bars, fmt="%.1f", fontsize=7, padding=2)
    middle = 0.4 - height / 2
    for i, depth in enumerate(depths):
        axes.plot([depth, depth], [i - height / 2, i + 0.8 - height / 2], color="black", linewidth=1.2,
                  label="depth of the tree" if i == 0 else None)
    axes.set_yticks([i + middle for i in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel(f"round trips to DNS (time of a request / {DELAY_MS} ms)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    for ending in ("svg", "png"):
        path = os.path.join(directory, f"round-trips.{ending}")
        figure.savefig(path, dpi=120, metadata={"Date": None} if ending == "svg" else None)
        print(f"picture: {path}")


def enter_namespace():
    """As root: the rest of the run in namespaces of its own, where the resolver is 127.0.0.1 port 53."""
    if os.geteuid() != 0 or os.environ.get(INSIDE) or not shutil.which("unshare"):
        return
    # A queue of the syslog socket as long as systemd makes it; the kernel's own default is 10 lines.
    script = ("ip link set lo up && echo 512 >/proc/sys/net/unix/max_dgram_qlen && "
              "printf 'nameserver 127.0.0.1\\noptions timeout:5\\n' >\"$1\" && "
              "mount --bind \"$1\" /etc/resolv.conf && shift && exec \"$@\"")
    with tempfile.NamedTemporaryFile(prefix="resolv", suffix=".conf") as resolv:
        os.chmod(resolv.name, 0o644)
        command = ["unshare", "-n", "-m", "sh", "-c", script, "sh", resolv.name, sys.executable, "-B",
                   *sys.argv]
        status = subprocess.run(command, env={**os.environ, INSIDE: "1"}).returncode
    sys.exit(status)


def free_port():
    with DnsServer({}) as dns:
        return dns.port


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", help="a list of start, requests, memory, caches, trips, loss, smtp")
    parser.add_argument("--pictures", help="folder for the picture (default: BUILD/bench)")
    parser.add_argument("--loss-requests", type=int, default=loss.REQUESTS,
                        help="requests of spfpolicyd in each row of lossy DNS")
    parser.add_argument("--smtp", action="store_true", help="also 500 connections through a Postfix")
    arguments = parser.parse_args()
    enter_namespace()
    build = os.path.abspath(arguments.build)
    report = Report()
    port = 53 if os.environ.get(INSIDE) else 0
    wanted = (arguments.only or "start,requests,memory,caches,trips,loss").split(",")
    with tempfile.TemporaryDirectory() as directory, DnsServer({}, port=port) as dns:
        others = peers(directory)
        servers = [Server("spfpolicyd", own(build, dns.address)), *others]
        static = Server("spfpolicyd, static", own(build, dns.address, name="spfpolicyd-static"))
        forms = [servers[0], *([static] if os.path.exists(static.command[0]) else []), *others]
        if "start" in wanted:
            bench_start(report, build, forms, dns)
        if "requests" in wanted:
            bench_requests(report, build, forms, dns)
        if "memory" in wanted:
            bench_memory(report, forms, dns)
        if "caches" in wanted:
            bench_caches(report, build, directory, dns)
        if "trips" in wanted:
            draw(bench_trips(report, servers, dns), arguments.pictures or os.path.join(build, "bench"))
    if "loss" in wanted:
        with tempfile.TemporaryDirectory() as directory:
            port = port or free_port()
            servers = [Server("spfpolicyd", own(build, f"127.0.0.1:{port}")), *peers(directory)]
            loss.run(report, servers, Connection, port, arguments.loss_requests)
    if arguments.smtp or "smtp" in wanted:
        import smtp
        smtp.run(report, build)


if __name__ == "__main__":
    main()
