# SPDX-License-Identifier: MIT
"""Prefetch changes when a question is asked and nothing else, on six shapes of mail and on random trees.

The depth of a check's tree is computed here, from the plain reading of RFC 7208 in lib/rfc7208.py: a
question's level is one more than that of the answer which named it. The scripted server gives out
answers in rounds; proves that every question which evaluation consumes is asked in the round of its
level, that verdict and counts in the log are those of one question at a time, that nothing behind a
match that is certain is asked, that a guess is never waited for, and that Prefetch_Max bounds what is
under way. Counts, no clock.

PREFETCH_TREES=500 sets the number of random trees (60), PREFETCH_SEED the first of them (0).
"""

import os
import random
import re
import sys

import pytest

from lib import policy, rfc7208
from lib.dnsserver import Behaviour, DnsServer, Zone

sys.path.append(os.path.join(policy.ROOT, "tests", "bench"))

import shapes  # noqa: E402

CLIENT = "192.0.2.5"
OTHER = "203.0.113.9"
TREES = int(os.environ.get("PREFETCH_TREES", "60"))
FIRST = int(os.environ.get("PREFETCH_SEED", "0"))


class Levels(rfc7208.Evaluation):
    """The evaluation that notes the level of each question: {(name, type): level}."""

    def __init__(self, zone, ip, helo, sender, identity):
        self.levels = {}
        self.at = 0             # level of the answer in whose words we are
        self.named_at = 0       # level of the answers that the name asked for is made of
        self.names_at = 0       # level of the last answer about the client's names
        self.known = rfc7208.Answers(zone)
        super().__init__(self.note, ip, helo, sender, identity)

    def note(self, name, rtype):
        key = name.lower().rstrip("."), rtype
        level = max(self.at, self.named_at) + 1
        self.levels[key] = min(self.levels.get(key, level), level)
        return self.known(name, rtype)

    def inside(self, level, function, *arguments):
        before, self.at, self.named_at = self.at, level, 0
        try:
            return function(*arguments)
        finally:
            self.at = before

    def check_host(self, domain, top=False):
        if rfc7208.malformed(domain, False):
            return super().check_host(domain, top)
        self.note(domain, "TXT")
        return self.inside(self.levels[domain.lower().rstrip("."), "TXT"], self.read, domain, top)

    def read(self, domain, top):
        before, self.answers = self.answers, self.take
        try:
            return super().check_host(domain, top)
        finally:
            self.answers = before

    def take(self, name, rtype):
        """The record itself, which is noted already; all that follows is its terms'."""
        self.answers = self.note
        return self.known(name, rtype)

    def domain(self, domain, spec):
        self.named_at = 0
        name = super().domain(domain, spec)
        self.named_at = self.names_at if re.search(r"%\{p", spec, re.I) else 0
        return name

    def match_name(self, name, target, cidr):
        try:
            return super().match_name(name, target, cidr)
        finally:
            self.named_at = 0

    def match_mx(self, data, cidr):
        return self.inside(max(self.at, self.named_at) + 1, super().match_mx, data, cidr)

    def note_mx_rest(self, data, matched):
        """Hosts behind the one that matched are not consumed."""

    def validated(self):
        if self.names is None:
            self.note(self.reverse_name(), "PTR")
            self.names_at = self.levels[self.reverse_name(), "PTR"]
            pointers, self.names_at = self.names_at, self.names_at + 1
            return self.inside(pointers, super().validated)
        return self.names


def consumed(zone, ip, helo, sender, identities=("helo", "mailfrom")):
    """(level of each question that evaluation needs, the last evaluation)"""
    levels, evaluation = {}, None
    for identity in identities:
        evaluation = Levels(Zone(zone), ip, helo, sender, identity)
        for key, level in evaluation.levels.items():
            levels[key] = min(level, levels.get(key, level))
    return levels, evaluation


def facts(log):
    return log.result, {key: log.get(key) for key in ("identity", "mech", "problem", "lookups", "voids",
                                                      "action")}


class Pair:
    """The program with prefetch, answered in rounds, and without."""

    SETTINGS = {"HELO_reject": "False", "Mail_From_reject": "False"}

    def __init__(self, program):
        self.rounds = DnsServer(in_rounds=True, seed=7, shuffle=True)
        self.serial = DnsServer()
        self.rounds.__enter__()
        self.serial.__enter__()
        self.with_prefetch = policy.Daemon(program=program, dns=self.rounds, options=self.SETTINGS)
        self.rounds.asker = self.with_prefetch.pid
        self.without = policy.Daemon(program=program, dns=self.serial,
                                     options={**self.SETTINGS, "Prefetch": "No"})

    def ask(self, zone, client, helo, sender):
        """The same request to both: (log, log without prefetch); questions are in .rounds."""
        logs = []
        for dns, daemon in ((self.rounds, self.with_prefetch), (self.serial, self.without)):
            dns.set_zone(zone)
            logs.append(daemon.ask(client_address=client, helo_name=helo, sender=sender).log)
        return logs

    def close(self):
        for thing in (self.with_prefetch, self.without):
            thing.close()
        self.rounds.stop()
        self.serial.stop()


@pytest.fixture(scope="module")
def pair(program):
    made = Pair(program)
    yield made
    made.close()


def late(questions, levels):
    """The questions that were not in the round of their level; each must have been asked at all."""
    rounds = {(question.name, question.type): question.round for question in questions}
    return {key: (rounds.get(key), level) for key, level in levels.items()
            if rounds.get(key, sys.maxsize) > level}


@pytest.mark.parametrize("shape", shapes.all_shapes(), ids=lambda shape: shape.name)
def test_shapes_of_mail(pair, shape):
    levels, evaluation = consumed(shape.zone, shape.client, "mail.example.com", "sender@example.com")
    log, serial = pair.ask(shape.zone, shape.client, "mail.example.com", "sender@example.com")
    assert log.result == evaluation.result == shape.result
    assert facts(log) == facts(serial)
    assert max(levels.values()) == shape.depth
    assert late(pair.rounds.questions(), levels) == {}
    assert pair.rounds.rounds == shape.depth


# -- random trees

class Tree:
    """A random domain in which includes, redirects, mx, a, exists and ptr are nested."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.zone = {}
        self.number = 0
        self.budget = self.random.randrange(2, 11)      # terms that ask
        self.helo = self.name()
        self.zone[self.helo] = [("TXT", self.record(2))]
        self.budget = self.random.randrange(2, 11)
        self.domain = self.name()
        self.zone[self.domain] = [("TXT", self.record(0))]
        if self.random.random() < 0.4:
            self.zone["5.2.0.192.in-addr.arpa"] = [("PTR", self.host()), ("PTR", self.host())]

    def name(self):
        self.number += 1
        return f"n{self.number}.test"

    def host(self):
        name = self.name()
        if self.random.random() < 0.93:
            self.zone[name] = [("A", CLIENT if self.random.random() < 0.08 else OTHER)]
        return name

    def term(self, depth):
        kind = self.random.choice(["include"] * 5 + ["a", "a", "mx", "mx", "exists", "ptr"])
        if kind == "include" and depth < 6:
            name = self.name()
            self.zone[name] = [("TXT", self.record(depth + 1))]
            return f"include:{name}"
        if kind == "mx":
            name = self.name()
            self.zone[name] = [("MX", [i, self.host()]) for i in range(self.random.randrange(1, 5))]
            return f"mx:{name}"
        if kind == "exists":
            return f"exists:%{{ir}}.{self.name()}"
        if kind == "ptr":
            return f"ptr:{self.name()}" if self.random.random() < 0.5 else f"a:%{{p}}.{self.name()}"
        return f"a:{self.host()}"

    def record(self, depth):
        terms = []
        for _ in range(self.random.randrange(1, 6)):
            if self.budget > 0:
                self.budget -= 1
                terms.append(self.random.choice(["", "", "", "-", "~"]) + self.term(depth))
        if self.random.random() < 0.15:
            terms.insert(self.random.randrange(len(terms) + 1), f"ip4:{CLIENT}")
        if self.budget > 0 and depth < 6 and self.random.random() < 0.3:
            self.budget -= 1
            name = self.name()
            self.zone[name] = [("TXT", self.record(depth + 1))]
            return " ".join(["v=spf1", *terms, f"redirect={name}"])
        if self.random.random() < 0.3:
            name = self.name()
            self.zone[name] = [("TXT", "go away")]
            terms.append(f"exp={name}")
        return " ".join(["v=spf1", *terms, self.random.choice(["-all", "~all", "?all", ""])]).rstrip()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + TREES))
def test_random_trees(pair, seed):
    tree = Tree(seed)
    sender = f"user@{tree.domain}"
    levels, evaluation = consumed(tree.zone, CLIENT, tree.helo, sender)
    log, serial = pair.ask(tree.zone, CLIENT, tree.helo, sender)
    assert log.result == evaluation.result
    assert (int(log["lookups"]), int(log["voids"])) == (
        min(evaluation.lookups, 10), min(evaluation.voids, 2))
    assert facts(log) == facts(serial)
    assert pair.rounds.duplicates() == []
    assert late(pair.rounds.questions(), levels) == {}


# -- restraint

WIDE = {"d.test": [("TXT", "v=spf1 mx a:h0.test a:h1.test include:i.test include:j.test -all"),
                   *[("MX", [i, f"h{i}.test"]) for i in range(10)]],
        **{f"h{i}.test": [("A", OTHER)] for i in range(10)},
        "i.test": [("TXT", "v=spf1 a:h2.test a:h3.test a:h4.test ?all")],
        "j.test": [("TXT", "v=spf1 a:h5.test ?all")]}


@pytest.mark.parametrize("ceiling", [1, 2, 3, 5, 32])
def test_prefetch_max_bounds_what_is_under_way(program, ceiling):
    """All questions of a round are under way at once. Evaluation's own question needs no leave."""
    with DnsServer(WIDE, in_rounds=True, seed=3) as dns:
        with policy.Daemon(program=program, dns=dns, options={**Pair.SETTINGS, "Prefetch_Max": ceiling,
                                                              "HELO_reject": "No_Check"}) as daemon:
            dns.asker = daemon.pid
            log = daemon.ask(sender="u@d.test", client_address=CLIENT).log
        widest = max(sum(question.round == number for question in dns.questions())
                     for number in range(1, dns.rounds + 1))
        assert (log.result, log["lookups"]) == ("fail", "9")
        assert dns.count() == 14
        assert widest == min(ceiling, 8)    # h2 to h9; h0 and h1 are asked beside MX


@pytest.mark.parametrize("answer", ["silence", "failure"])
def test_a_guess_is_never_waited_for(program, answer):
    """The second term matches; what stands behind the first was asked beside it and stays open."""
    mute = Behaviour(drop=True) if answer == "silence" else "SERVFAIL"
    zone = {"d.test": [("TXT", "v=spf1 a:no.test a:yes.test a:mute.test include:mute.test -all")],
            "no.test": [("A", OTHER), Behaviour(delay_ms=60)], "yes.test": [("A", CLIENT)],
            "mute.test": [mute]}
    with DnsServer(zone) as dns:
        with policy.Daemon(program=program, dns=dns, options={"HELO_reject": "No_Check"}) as daemon:
            log = daemon.ask(sender="u@d.test", client_address=CLIENT).log
        assert {question.name for question in dns.questions()} == set(zone)
    assert (log.result, log["mech"], log["lookups"]) == ("pass", "a:yes.test", "2")
    assert int(log["ms"]) < 15000       # the deadline is 20 s


def test_an_explanation_that_may_be_needed_comes_beside_the_answers(pair):
    zone = {"d.test": [("TXT", "v=spf1 -exists:%{i}.list.test mx exp=why.test ~all"),
                       ("MX", [1, "h.test"])],
            "192.0.2.5.list.test": [("A", "127.0.0.2")], "h.test": [("A", OTHER)],
            "why.test": [("TXT", "listed")]}
    log, serial = pair.ask(zone, CLIENT, "localhost", "u@d.test")
    assert log.result == "fail"
    assert facts(log) == facts(serial)
    rounds = {(question.name, question.type): question.round for question in pair.rounds.questions()}
    assert rounds == {("d.test", "TXT"): 1, ("192.0.2.5.list.test", "A"): 2, ("d.test", "MX"): 2,
                      ("why.test", "TXT"): 2, **{key: 3 for key in rounds if key[0] == "h.test"}}


@pytest.mark.parametrize("certain", [f"ip4:{CLIENT}", "all", "-all"])
def test_nothing_behind_a_certain_match_in_an_include(pair, certain):
    zone = {"d.test": [("TXT", "v=spf1 include:i.test a:never.test -all")],
            "i.test": [("TXT", f"v=spf1 {certain} a:never.test include:never.test")]}
    log, _ = pair.ask(zone, CLIENT, "localhost", "u@d.test")
    asked = {(question.name, question.type) for question in pair.rounds.questions()}
    if certain == "-all":       # an include that fails does not match: evaluation goes on outside
        assert log.result == "fail"
        assert ("never.test", "TXT") not in asked
    else:
        assert log.result == "pass"
        # While the include was not known, the a behind it might have been needed.
        assert asked <= {("d.test", "TXT"), ("i.test", "TXT"), ("never.test", "A")}
