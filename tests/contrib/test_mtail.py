# SPDX-License-Identifier: MIT
"""contrib/mtail: the real mtail counts what the log says, and what no client can make it say."""

import collections
import os
import re
import shutil
import subprocess

import pytest

from lib.policy import ROOT, LogLine
from lib.process import PATIENCE

PROGRAMS = os.path.join(ROOT, "contrib", "mtail")
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
STAMPS = ("Nov  3 09:14:07", "2026-11-23T09:14:07.123456+00:00", "2026-11-23T09:14:07Z")
# Costs of 0, 1, 3 and 10 lookups, more than are allowed, and lookups without an answer.
ZONE = {
    "zero.example": [("TXT", "v=spf1 -all")],
    "one.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")],
    "three.example": [("TXT", "v=spf1 include:one.example mx -all"), ("MX", [10, "one.example"])],
    "ten.example": [("TXT", "v=spf1 " + "a:none.example " * 10 + "-all")],
    "eleven.example": [("TXT", "v=spf1 " + "a:none.example " * 11 + "-all")],
    "none.example": [("A", "203.0.113.1")],
    "void.example": [("TXT", "v=spf1 a a:nothing.example ?all")],
}


def stamped(lines, stamp=STAMPS[0], ident="policyd-spf"):
    return "".join(f"{stamp} mx {ident}[100]: {line}\n" for line in lines)


@pytest.fixture
def metrics(tmp_path):
    """metrics(text): {name: {labels as a frozenset of pairs: value}} after mtail has read the log."""
    if not shutil.which("mtail"):
        pytest.skip("mtail is not installed")

    def read(text):
        log = tmp_path / "mail.log"
        log.write_text(text)
        done = subprocess.run(["mtail", "--one_shot", "--one_shot_format=prometheus", "--logtostderr", "--port=0",
                               "--progs", PROGRAMS, "--logs", log], timeout=PATIENCE,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = collections.defaultdict(dict)
        for line in done.stdout.splitlines():
            match = SAMPLE.match(line)
            if match:
                labels = dict(re.findall(r'(\w+)="(.*?)"', match[2] or ""))
                assert labels.pop("prog") == "spfpolicyd.mtail"
                found[match[1]][frozenset(labels.items())] = float(match[3])
        assert "spfpolicyd_decision_seconds" in done.stdout, done.stderr
        return found

    return read


def labels(**pairs):
    return frozenset(pairs.items())


def decisions(lines):
    return [line for line in map(LogLine, (line for line in lines if "; identity=" in line
                                           or " identity=" in line)) if line.result]


@pytest.mark.parametrize("stamp", STAMPS)
@pytest.mark.parametrize("ident", ["policyd-spf", "postfix/policyd-spf"])
def test_counts_every_result(day, metrics, stamp, ident):
    found = metrics(stamped(day.lines, stamp, ident))
    wanted = collections.Counter(
        labels(identity=line["identity"], result=line.result, action=line["action"])
        for line in decisions(day.lines))
    assert len(wanted) > 15
    assert found["spfpolicyd_results_total"] == wanted
    exempt = [line for line in day.lines if line.startswith("decided action=")]
    assert found["spfpolicyd_not_judged_total"] == {
        labels(reason="SPF check N/A for local connections"): len(exempt) / 2,
        labels(reason="SPF not checked for authenticated client"): len(exempt) / 2}
    assert found["spfpolicyd_decision_seconds_count"] == {labels(): len(day.lines) - len(exempt)}


def test_measures_what_checks_cost(dns, spawn, metrics):
    dns.set_zone(ZONE)
    daemon = spawn(dns=dns, options={"Void_Limit": "10"})
    for number, name in enumerate(["zero", "one", "three", "ten", "eleven", "void", "zero"]):
        daemon.ask(client_address="192.0.2.9", helo_name="nothing.example", sender=f"a@{name}.example",
                   instance=str(number))
    daemon.close()
    lines = [LogLine(line) for line in daemon.log_lines]
    costs = [int(line["lookups"]) for line in lines]
    assert {0, 1, 3, 10} < set(costs)
    voids = sum(int(line["voids"]) for line in lines)
    assert voids > 0
    found = metrics(stamped(daemon.log_lines))
    mailfrom = labels(identity="mailfrom")
    assert found["spfpolicyd_lookups_sum"] == {mailfrom: sum(costs)}
    assert found["spfpolicyd_lookups_count"] == {mailfrom: len(costs)}
    assert found["spfpolicyd_void_lookups_total"] == {mailfrom: voids}
    for limit in range(11):
        bucket = labels(identity="mailfrom", le=str(limit))
        assert found["spfpolicyd_lookups_bucket"][bucket] == sum(cost <= limit for cost in costs)


def test_times_fall_into_the_right_buckets(day, metrics):
    times = (0, 1, 4, 5, 99, 1500, 19999)
    line = next(line for line in day.lines if line.endswith("; ms=0"))
    found = metrics(stamped(re.sub(r"ms=0$", f"ms={ms}", line) for ms in times))
    buckets = found["spfpolicyd_decision_seconds_bucket"]
    for limit in ("0.001", "0.002", "0.005", "0.01", "0.1", "1", "2", "5", "20", "+Inf"):
        assert buckets[labels(le=limit)] == sum(ms + 0.5 <= float(limit) * 1000 for ms in times)
    assert found["spfpolicyd_decision_seconds_sum"][labels()] == pytest.approx(
        sum(ms + 0.5 for ms in times) / 1000)


def test_counts_trouble(dns, spawn, metrics):
    mistaken = spawn(options={"HELO_reject": "fial"}, status=78)
    mistaken.end_input()
    mistaken.wait()
    private = spawn(dns=dns)
    private.ask(log=False, client_address="10.0.0.1")
    private.close()
    # src/base/log.c says these once a logger is back.
    lost = ["warning: log: 1 line was lost", "warning: log: 41 lines were lost"]
    found = metrics(stamped(mistaken.log_lines + private.log_lines + lost))
    assert found["spfpolicyd_fatal_total"] == {labels(subject="config"): len(mistaken.log_lines)}
    assert found["spfpolicyd_warnings_total"] == {labels(subject="client"): 1, labels(subject="log"): 2}
    assert found["spfpolicyd_log_lines_lost_total"] == {labels(): 42}


def test_other_programs_do_not_count(day, metrics):
    found = metrics(stamped(day.lines, ident="postfix/smtpd")
                    + "".join(f"{STAMPS[0]} mx sshd[1]: mx policyd-spf[1]: {line}\n" for line in day.lines))
    assert not found["spfpolicyd_results_total"] and not found["spfpolicyd_not_judged_total"]
