# SPDX-License-Identifier: MIT
"""report and replay over a month of a server's log: everything is counted once, nothing else is."""

import collections
import json
import random
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.process import PATIENCE
from month import ZONE, Month


MESSAGES = 4 * (700 + 6)


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    seed = random.randrange(2 ** 32)
    print("seed", seed)
    return Month(tmp_path_factory.mktemp("log"), seed)


def run(program, *words, status=0):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout), done.stderr.decode()


def test_report_counts_every_decision_once(program, month):
    found, said = run(program, "report", "--json", *month.paths)
    results, actions = collections.Counter(), collections.Counter()
    for (identity, result, action), count in month.decisions.items():
        results[identity, result] += count
        actions[action] += count
    assert {(identity, result): count for identity, counts in found["results"].items()
            for result, count in counts.items() if count} == results
    assert {action: count for action, count in found["actions"].items() if count} == actions
    assert {row["domain"]: row["count"] for row in found["refused_by_domain"]} == +month.rejected
    assert found["decisions"] == month.decisions.total() == MESSAGES
    assert all("bytes left out" in line for line in said.splitlines()), said


def test_order_of_the_files_does_not_matter(program, month):
    orders = [month.paths, month.paths[::-1], random.sample(month.paths, 4)]
    first, *others = [run(program, "report", "--json", *paths)[0] for paths in orders]
    assert first["fail2ban_fail"] and all(other == first for other in others)


@pytest.mark.parametrize("jobs", ["1", "16", "128"])
def test_replay_tells_every_change(program, month, jobs):
    with DnsServer(ZONE) as dns:
        found, _ = run(program, "replay", "--json", "--jobs", jobs, "-o", f"DNS_Servers = {dns.address}", "-o",
                       "skip_addresses =", *month.paths, status=1)
    assert found["messages"] == MESSAGES and found["not_judged"] == 0
    changes = collections.Counter()
    for row in found["changes"]:
        changes[row["domain"], row["then"]["result"], row["now"]["result"]] += row["messages"]
    assert changes == month.changes
    assert found["accepted_now_rejected"] == sum(
        count for (_, then, now), count in month.changes.items() if (then, now) == ("pass", "fail"))


def test_what_processes_say_is_said_once(program, month):
    """Sixteen of them find that no DNS server answers."""
    _, said = run(program, "replay", "--json", "--jobs", "16", "-o", "DNS_Servers = 127.0.0.1:9", "-o", "skip_addresses =",
                  month.paths[0])
    lines = [line for line in said.splitlines() if "bytes left out" not in line]
    assert len(lines) == len(set(lines)) and [line for line in lines if "connection refused" in line]
    assert all(line.startswith("replay: ") for line in lines), said


def test_private_clients_are_warned_of_once(program, tmp_path):
    log = tmp_path / "log"
    log.write_text("".join(
        f"Nov 23 10:00:00 mx policyd-spf[1]: prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=10.0.0.1; "
        f"helo=h{i}.example; envelope-from=a@d{i}.example; receiver=here.example; action=prepend; ms=1\n" for i in range(400)))
    with DnsServer({}) as dns:
        found, said = run(program, "replay", "--json", "-o", f"DNS_Servers = {dns.address}", str(log))
    assert found["messages"] == 400
    assert said.count("SPF says nothing about private addresses") == 1 and len(said.splitlines()) == 1
