# SPDX-License-Identifier: MIT
"""Random zones judged by four: the built program, pyspf, Mail::SPF and a plain reading of RFC 7208.

Proves that where pyspf and Mail::SPF agree, so do we, or a rule of deviations.yml that this
evaluation ran into says why not; and that we are always at one with the standard as
tests/lib/rfc7208.py reads it: verdict, deciding term, explanation, lookups and voids counted. With
prefetch (answers in random order) and without, by MAIL FROM and, for null senders, by HELO. No
question is asked twice, never more than 111 for one identity.

DIFF_CASES=5000 sets the number of worlds (300), DIFF_SEED the first of them (0).
"""

import collections
import os

import pytest
import yaml

from lib import peers, policy, rfc7208, zonegen
from lib.dnsserver import DnsServer, Zone

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = int(os.environ.get("DIFF_CASES", "300"))
FIRST = int(os.environ.get("DIFF_SEED", "0"))
BATCH = 50
MAX_QUESTIONS = 111
MATCHED = ("pass", "fail", "softfail", "neutral")
EXPLAINS = " explains: "

with open(os.path.join(HERE, "deviations.yml"), encoding="utf-8") as stream:
    RULES = yaml.safe_load(stream)["rules"]


class Setup:
    def __init__(self, program):
        self.servers = {True: DnsServer(jitter_ms=1, seed=1), False: DnsServer()}
        self.daemons = {}
        for prefetch, dns in self.servers.items():
            dns.__enter__()
            # With prefetch a HELO that decides nothing is checked beside MAIL FROM.
            for identity, helo_reject in (("mailfrom", "False" if prefetch else "No_Check"),
                                          ("helo", "Fail")):
                self.daemons[prefetch, identity] = policy.Daemon(program=program, dns=dns, options={
                    "Prefetch": "Yes" if prefetch else "No", "HELO_reject": helo_reject,
                    "Mail_From_reject": "Fail", "Hide_Receiver": "No"})
        self.pyspf = peers.Pyspf()
        self.mailspf = peers.MailSpf(self.servers[False].port)

    def close(self):
        self.mailspf.close()
        for daemon in self.daemons.values():
            daemon.close()
        for dns in self.servers.values():
            dns.stop()


@pytest.fixture(scope="module")
def setup(program):
    try:
        made = Setup(program)
    except peers.Missing as package:
        pytest.skip(f"package {package} is not installed")
    yield made
    made.close()


def ours(setup, world, zone, identity, prefetch):
    dns = setup.servers[prefetch]
    dns.set_zone(zone)
    reply = setup.daemons[prefetch, identity].ask(
        client_address=world.ip, helo_name=world.helo, sender=world.sender)
    words = reply.rest.split(EXPLAINS, 1)[1] if EXPLAINS in reply.rest else None
    problems = []
    if dns.duplicates():
        problems.append(f"asked twice: {dns.duplicates()}")
    if dns.count() > MAX_QUESTIONS * (2 if prefetch else 1):
        problems.append(f"{dns.count()} questions")
    if dns.questions(name=""):
        problems.append("asked for the root")
    return reply, words, problems


def shown(term):
    """As the log line writes it: at most 127 bytes, no ";"."""
    return (term if len(term) < 128 else term[:124] + "...").replace(";", r"\x3b")


def counted(log):
    return int(log["lookups"]), int(log["voids"])


def rule_for(theirs, traits):
    for rule in RULES:
        if rule["trait"] in traits and rule.get("theirs") in (None, theirs):
            return rule["name"]
    return None


def judge(setup, seed):
    """The complaints about one world."""
    world = zonegen.world(seed)
    zone = Zone(world.zone, strict=False)
    identity = "mailfrom" if world.sender else "helo"
    model = rfc7208.Evaluation(rfc7208.Answers(zone), world.ip, world.helo, world.sender, identity)
    complaints = []
    seen = {}
    for prefetch in (True, False):
        reply, words, problems = ours(setup, world, zone, identity, prefetch)
        how = "prefetch" if prefetch else "serial"
        complaints += [f"{how}: {problem}" for problem in problems]
        log = reply.log
        seen[prefetch] = log.result, words, log.get("lookups"), log.get("voids"), log.get("mech")
        if log.result != model.result:
            complaints.append(f"{how}: {log.text}, RFC 7208: {model.result}")
        elif words != model.explanation:
            complaints.append(f"{how}: explains {words!r}, RFC 7208: {model.explanation!r}")
        elif model.result != "temperror" and counted(log) != (min(model.lookups, 10),
                                                              min(model.voids, 2)):
            complaints.append(f"{how}: {log.text}, RFC 7208: {model.lookups} lookups, "
                              f"{model.voids} voids")
        elif model.result in MATCHED and log.get("mech") != shown(model.matched):
            complaints.append(f"{how}: {log.text}, RFC 7208: {model.matched} matched")
    if seen[True] != seen[False]:
        complaints.append(f"prefetch changes {seen[False]} to {seen[True]}")
    setup.servers[False].set_zone(zone)
    left, _ = setup.pyspf.check(zone, world.ip, world.helo, world.sender, identity)
    right, _ = setup.mailspf.check(world.ip, world.helo, world.sender, identity)
    if left == right != seen[False][0] and left != "crash" and not rule_for(left, model.traits):
        complaints.append(f"we: {seen[False][0]}, pyspf and Mail::SPF: {left}, "
                          "and no rule says why")
    return [f"seed {seed}: {complaint}" for complaint in complaints]


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, BATCH))
def test_worlds(setup, first):
    complaints = []
    for seed in range(first, min(first + BATCH, FIRST + CASES)):
        complaints += judge(setup, seed)
    assert not complaints, "\n" + "\n".join(complaints)


def test_worlds_are_diverse():
    """The generator reaches every result and every rule's corner: else it proves little."""
    results, traits = collections.Counter(), collections.Counter()
    for seed in range(3000):
        world = zonegen.world(seed)
        model = rfc7208.Evaluation(rfc7208.Answers(Zone(world.zone, strict=False)), world.ip,
                                   world.helo,
                                   world.sender, "mailfrom" if world.sender else "helo")
        results[model.result] += 1
        traits.update(model.traits)
    for result in policy.RESULTS:
        assert results[result] >= 30, results
    for rule in RULES:
        assert traits[rule["trait"]], rule["trait"]
