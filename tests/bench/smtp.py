# SPDX-License-Identifier: MIT
"""A busy server: 500 connections at once through a real Postfix, with and without the policy service.

One private Postfix has three smtpd services that differ in one thing: "spf" asks spfpolicyd, "dunno" a
policy service that does nothing, which shows what Postfix itself pays for having one, and "none" asks
nobody. In the last two an access map refuses the senders that SPF refuses, so that all accept and refuse
the same mail. smtp-source sends half of the mails from a domain that passes and half from one that fails,
each mail by a connection of its own. Every smtpd has a spfpolicyd of its own behind it. The services take
turns, so that what else the machine does meets all. Cold runs begin with a reload, after which smtpd,
spawn(8) and the policy service start anew; in warm ones they are there.
"""

import contextlib
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from lib import mailsystem

CONNECTIONS = 500
MESSAGES = 5000         # of each run
COLD_ROUNDS, WARM_ROUNDS = 3, 5
LOOKUP_TIME_MS = 20000
ZONE = """\
$TTL 300
@ SOA ns.example. root.example. 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
pass TXT "v=spf1 include:spf.pass.example -all"
spf.pass TXT "v=spf1 ip4:198.51.100.0/24 ip4:127.0.0.0/8 ~all"
fail TXT "v=spf1 a mx -all"
fail A 198.51.100.1
fail MX 10 mx.fail
mx.fail A 198.51.100.2
"""
REFUSE = "check_sender_access inline:{fail.example=REJECT}"
SERVICES = {
    "none": mailsystem.Service(smtpd_recipient_restrictions=f"reject_unauth_destination, {REFUSE}"),
    "dunno": mailsystem.Service(smtpd_recipient_restrictions="reject_unauth_destination, "
                                f"check_policy_service unix:private/dunno, {REFUSE}"),
    "spf": mailsystem.Service(),
}
TITLES = {"none": "no policy service", "dunno": "one that does nothing", "spf": "spfpolicyd"}


class BusyPostfix(mailsystem.Postfix):
    """With room for all connections, and nothing that slows down on purpose."""

    def _main_cf(self):
        kept = [line for line in super()._main_cf().splitlines()
                if not line.startswith(("default_process_limit", "max_idle"))]
        return "\n".join([*kept, f"default_process_limit = {CONNECTIONS + 100}", "max_idle = 100s",
                          "max_use = 10000", "in_flow_delay = 0", "virtual_transport = discard",
                          "smtpd_peername_lookup = no", "maximal_queue_lifetime = 1h"]) + "\n"

    def _master_cf(self):
        return (f"{super()._master_cf()}discard unix - - n - - discard\n"
                f"dunno unix - n n - 0 spawn user=nobody argv={self.directory}/dunno\n")


class Count:
    """What Postfix and the program have logged since the last look."""

    def __init__(self, postfix):
        self.postfix = postfix
        self.log_at = len(postfix.log())
        self.lines_at = len(postfix.tap.lines)

    def log(self):
        return self.postfix.log()[self.log_at:]

    def mails(self):
        """(accepted, refused)"""
        log = self.log()
        return len(re.findall(r"/smtpd\[\d+\]: \w+: client=", log)), log.count("NOQUEUE: reject")

    def decisions(self):
        return [line for line in self.postfix.tap.lines[self.lines_at:] if "identity=" in line]


def send(port):
    """Seconds for MESSAGES mails; each of the two senders has half of the connections."""
    start = time.monotonic()
    running = [subprocess.Popen(
        ["smtp-source", "-A", "-s", str(CONNECTIONS // 2), "-m", str(MESSAGES // 2), "-l", "1000",
         "-M", f"{kind}.example", "-f", f"sender@{kind}.example",
         "-t", f"rcpt@{mailsystem.DOMAIN}", f"127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for kind in ("pass", "fail")]
    try:
        said = [process.communicate(timeout=300)[1] for process in running]
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
    taken = time.monotonic() - start
    for process, words in zip(running, said):
        if process.returncode:
            raise SystemExit(f"smtp-source: {words[-500:]!r}")
    return taken


def one_run(postfix, name):
    """Mails a second and the decisions logged; the run is void if one mail did not end as it should."""
    count = Count(postfix)
    rate = MESSAGES / send(SERVICES[name].port)
    try:
        mailsystem.wait_until(lambda: count.mails() == (MESSAGES // 2,) * 2, 60, "all mails logged")
    except AssertionError as error:
        raise SystemExit(f"{error}: {count.mails()}; {count.log()[-2000:]}") from None
    # A virtual machine's clock may step; that is no trouble of the mail system.
    trouble = [line for line in re.findall(r".*: (?:warning|error|fatal|panic): .*", count.log())
               if "file system clock" not in line and "file time stamps" not in line]
    if trouble:
        raise SystemExit(f"Postfix said: {trouble[:5]}")
    if name == "spf":
        # A full queue of the syslog socket is not waited for: lines may be missing, mails may not.
        with contextlib.suppress(AssertionError):
            mailsystem.wait_until(lambda: len(count.decisions()) >= MESSAGES, 3, "all decisions logged")
    return rate, count.decisions()


def times_of(lines):
    """Milliseconds of each decision; every one must be what the records say, and in time."""
    results = [line.split("Received-SPF: ")[-1].split(" ")[0].rstrip(";") for line in lines]
    wrong = [line for line, result in zip(lines, results)
             if result != ("Pass" if "@pass.example" in line else "Fail")]
    if wrong:
        raise SystemExit(f"wrong decision: {wrong[0]}")
    times = [int(re.search(r"; ms=(\d+)", line).group(1)) for line in lines]
    if max(times) > LOOKUP_TIME_MS:
        raise SystemExit(f"over the deadline: {max(times)} ms")
    return times


def start_anew(postfix):
    """As "postfix reload": idle processes end, and so does the policy service behind each smtpd."""
    os.kill(postfix.master, signal.SIGHUP)
    mailsystem.wait_until(lambda: not postfix.children(), 20, "no spfpolicyd is left")
    time.sleep(2)


class Figures:
    """Mails a second by kind of run and service, the times of all decisions, the most processes seen."""

    def __init__(self, postfix):
        self.postfix = postfix
        self.rates = {"cold": {}, "warm": {}}
        self.times = []
        self.runs = self.processes = 0

    def measure(self, kind, names):
        for name in names:
            if kind == "cold":
                start_anew(self.postfix)
            rate, lines = one_run(self.postfix, name)
            self.rates[kind].setdefault(name, []).append(rate)
            if name == "spf":
                self.runs += 1
                self.times += times_of(lines)
                self.processes = max(self.processes, len(self.postfix.children()))

    def tell(self, report):
        for kind, rates in self.rates.items():
            rate = {name: statistics.median(rates[name]) for name in SERVICES}
            for name, title in TITLES.items():
                report.row(f"{title}, {kind}", rate[name], "mails/s", rate["none"])
        times = self.times
        report.row("spfpolicyd processes side by side", self.processes, "")
        report.row("time of a decision, median", statistics.median(times), "ms")
        report.row("time of a decision, 99 of 100 below", statistics.quantiles(times, n=100)[98], "ms")
        report.row(f"time of a decision, slowest of {len(times)}", max(times), "ms")
        report.row("mails lost, or decisions over their deadline", 0, "")
        report.row("log lines that the syslog socket did not take", self.runs * MESSAGES - len(times), "")


def run(report, build):
    reason = mailsystem.why_not()
    if reason:
        print(f"\nno 500 connections through Postfix: {reason}")
        return
    report.title(f"{CONNECTIONS} connections at once, {MESSAGES} mails, half pass and half fail, through "
                 "a Postfix")
    with contextlib.ExitStack() as stack:
        directory = tempfile.mkdtemp(prefix="spfpolicyd-bench-")
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        os.chmod(directory, 0o755)
        unbound = stack.enter_context(mailsystem.Unbound(directory, ZONE))
        shutil.copy(os.path.join(build, "bench", "dunno"), directory)
        postfix = stack.enter_context(BusyPostfix(directory, SERVICES, unbound.address,
                                                  os.path.join(build, "spfpolicyd")))
        figures, names = Figures(postfix), list(SERVICES)
        for number in range(COLD_ROUNDS):
            figures.measure("cold", names[::1 if number % 2 else -1])
        for name in names:
            one_run(postfix, name)      # after the last reload
        for number in range(WARM_ROUNDS):
            figures.measure("warm", names[::1 if number % 2 else -1])
        figures.tell(report)
