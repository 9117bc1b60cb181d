# SPDX-License-Identifier: MIT
"""The processing limits of RFC 7208 section 4.6.4 at N-1, N and N+1, and the ceiling on questions.

Proves that the limits count over the whole check (top record, include, redirect, last term) and
not per record; that records of any legal length are read to their end; and that no zone makes one
identity send more than 111 questions, or the same one twice. Each with prefetch and one question
at a time.
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer

CLIENT = "192.0.2.1"
CLIENT6 = "2001:db8::1"
OTHER = "192.0.2.99"
REVERSE = "1.2.0.192.in-addr.arpa"
MAX_QUESTIONS = 111
RECORD_MAX = 63488


class Judge:
    def __init__(self, program, dns, prefetch):
        self.program = program
        self.dns = dns
        self.prefetch = "Yes" if prefetch else "No"
        self.daemons = {}

    def daemon(self, **options):
        key = tuple(sorted(options.items()))
        if key not in self.daemons:
            settings = {"HELO_reject": "No_Check", "Mail_From_reject": "False",
                        "Prefetch": self.prefetch}
            self.daemons[key] = policy.Daemon(program=self.program, dns=self.dns,
                                              options={**settings, **options})
        return self.daemons[key]

    def __call__(self, zone, client=CLIENT, sender="user@d.test", helo="mail.helo.test",
                 identities=1,
                 **options):
        """The decision's log line; questions are counted in every test."""
        self.dns.set_zone(zone)
        reply = self.daemon(**options).ask(client_address=client, helo_name=helo, sender=sender)
        assert self.dns.count() <= MAX_QUESTIONS * identities
        assert self.dns.duplicates() == []
        return reply.log

    def close(self):
        for daemon in self.daemons.values():
            daemon.close()


@pytest.fixture(scope="module", params=[True, False], ids=["prefetch", "serial"])
def judge(request, program):
    with DnsServer(jitter_ms=2 if request.param else 0, seed=464) as dns:
        made = Judge(program, dns, request.param)
        yield made
        made.close()


# -- ten terms

TERMS = {
    "a": "a:h{}.test", "mx": "mx:m{}.test", "exists": "exists:%{{d1}}.e{}.test",
    "include": "include:i{}.test",
    "ptr": "ptr:p{}.test",
}
BASE = {
    REVERSE: [("PTR", "client.test")], "client.test": [("A", CLIENT)], "hit.test": [("A", CLIENT)],
    **{f"h{i}.test": [("A", OTHER)] for i in range(12)},
    **{f"m{i}.test": [("MX", [5, f"h{i}.test"])] for i in range(12)},
    **{f"i{i}.test": [("TXT", "v=spf1 ip4:198.51.100.7 -all")] for i in range(12)},
}


def placed(place, terms, tail):
    """A zone whose d.test evaluates that many terms at that place; `terms` count for the limit."""
    if place == "top":
        return {"d.test": [("TXT", " ".join(["v=spf1", *terms, *tail]))]}
    if place == "include":
        return {"d.test": [("TXT", " ".join(["v=spf1", "include:in.test", *tail]))],
                "in.test": [("TXT", " ".join(["v=spf1", *terms[1:], "-all"]))]}
    if place == "deep include":
        return {"d.test": [("TXT", " ".join(["v=spf1", "include:in1.test", *terms[4:], *tail]))],
                "in1.test": [("TXT", " ".join(["v=spf1", terms[1], "include:in2.test", "-all"]))],
                "in2.test": [("TXT", " ".join(["v=spf1", *terms[2:3], "ip4:198.51.100.8",
                                               "-all"]))]}
    return {"d.test": [("TXT", "v=spf1 redirect=re.test")],
            "re.test": [("TXT", " ".join(["v=spf1", *terms[1:], *tail]))]}


@pytest.mark.parametrize("tail", [["+all"], []], ids=["then-all", "last"])
@pytest.mark.parametrize("place", ["top", "include", "deep include", "redirect"])
@pytest.mark.parametrize("kind", ["a", "mx", "include", "ptr"])
@pytest.mark.parametrize("number", [9, 10, 11])
def test_ten_terms(judge, number, kind, place, tail):
    zone = {**BASE, **placed(place, [TERMS[kind].format(i) for i in range(number)], tail)}
    log = judge(zone)
    if number <= 10:
        assert log.result == ("pass" if tail else "neutral")
        assert log["lookups"] == str(number)
    else:
        assert log.result == "permerror"
        assert "Too many DNS lookups" in log["problem"]


@pytest.mark.parametrize("number", [9, 10, 11])
def test_ten_terms_exists(judge, number):
    """exists matches whenever it is not void, so all but the last are in includes of their own."""
    zone = dict(BASE)
    zone["d.test"] = [("TXT", "v=spf1 " + " ".join(f"include:x{i}.test" for i in range(number // 2))
                       + (" a:h1.test" if number % 2 else "") + " +all")]
    for i in range(number // 2):
        zone[f"x{i}.test"] = [("TXT", f"v=spf1 -exists:e{i}.test")]
        zone[f"e{i}.test"] = [("A", "127.0.0.2")]
    assert judge(zone).result == ("pass" if number <= 10 else "permerror")


@pytest.mark.parametrize("number,result", [(10, "pass"), (11, "permerror")])
@pytest.mark.parametrize("match", ["a:hit.test", "mx:hitmx.test", "exists:hit.test",
                                   "ptr:client.test",
                                   "include:hitin.test"])
def test_the_matching_term_counts(judge, number, result, match):
    """An eleventh term is over the limit also when it would match."""
    terms = [TERMS["a"].format(i) for i in range(number - 1)] + [match]
    zone = {**BASE, "hitmx.test": [("MX", [1, "hit.test"])],
            "hitin.test": [("TXT", "v=spf1 +all")], **placed("top", terms, ["-all"])}
    assert judge(zone).result == result


def test_terms_behind_a_match_do_not_count(judge):
    terms = ["a:hit.test"] + [TERMS["a"].format(i) for i in range(11)]
    log = judge({**BASE, **placed("top", terms, ["-all"])})
    assert (log.result, log["lookups"]) == ("pass", "1")


def test_a_redirect_not_taken_does_not_count(judge):
    terms = [TERMS["a"].format(i) for i in range(10)]
    log = judge({**BASE, **placed("top", terms, ["redirect=i1.test", "+all"])})
    assert (log.result, log["lookups"]) == ("pass", "10")
    log = judge({**BASE, **placed("top", terms, ["redirect=i1.test"])})
    assert log.result == "permerror"


def test_ip4_ip6_all_and_exp_do_not_count(judge):
    terms = [TERMS["a"].format(i)
             for i in range(10)] + ["ip4:198.51.100.1"] * 20 + ["ip6:2001:db8::/32"] * 20
    log = judge({**BASE, **placed("top", terms, ["exp=x.test", "-all"])})
    assert (log.result, log["lookups"]) == ("fail", "10")


# -- two voids

VOIDS = {
    "a": "a:nx{}.test", "mx": "mx:nx{}.test", "exists": "exists:nx{}.test",
    "a-nodata": "a:only6-{}.test",
    "mx-nodata": "mx:only6-{}.test", "mx-host": "mx:void{}.test", "cname": "a:alias{}.test",
    "same": "a:nx.test",
}
VOID_BASE = {
    **{f"only6-{i}.test": [("AAAA", CLIENT6)] for i in range(12)},
    **{f"void{i}.test": [("MX", [1, f"nx{i}.test"]),
                         ("MX", [2, f"nxx{i}.test"])] for i in range(12)},
    **{f"alias{i}.test": [("CNAME", f"nowhere{i}.test")] for i in range(12)},
}


@pytest.mark.parametrize("tail", [["+all"], []], ids=["then-all", "last"])
@pytest.mark.parametrize("place", ["top", "include", "redirect"])
@pytest.mark.parametrize("kind", VOIDS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_two_voids(judge, number, kind, place, tail):
    terms = [VOIDS[kind].format(i) for i in range(number)]
    terms = terms if place == "top" else ["(the include or redirect itself)"] + terms
    log = judge({**VOID_BASE, **placed(place, terms, tail)})
    if number <= 2:
        assert log.result == ("pass" if tail else "neutral")
        assert log["voids"] == str(number)
    else:
        assert log.result == "permerror"
        assert "Void lookup limit of 2 exceeded" in log["problem"]


@pytest.mark.parametrize("terms,result", [
    ("exists:v0.test mx:v1.test exists:v2.test -all", "permerror"),     # of several kinds
    (f"a:v0.test mx:v1.test ip4:{CLIENT} a:v2.test -all", "pass"),      # the third comes after a match
])
def test_voids_one_by_one(judge, terms, result):
    assert judge({"d.test": [("TXT", f"v=spf1 {terms}")]}).result == result


@pytest.mark.parametrize("number", [1, 2, 3])
def test_two_voids_of_ptr(judge, number):
    log = judge(placed("top", [f"ptr:p{i}.test" for i in range(number)], ["+all"]))
    assert log.result == ("pass" if number <= 2 else "permerror")


@pytest.mark.parametrize("limit,over", [(0, 0), (0, 1), (1, 0), (1, 1), (5, 0), (5, 1), (9, 1),
                                        (10, 0)])
def test_void_limit_is_settable(judge, limit, over):
    zone = placed("top", [f"a:nx{i}.test" for i in range(limit + over)], ["+all"])
    log = judge(zone, Void_Limit=str(limit))
    assert log.result == ("permerror" if over else "pass")


def test_voids_are_shared_by_includes(judge):
    zone = {"d.test": [("TXT", "v=spf1 a:nx0.test include:i.test a:nx2.test +all")],
            "i.test": [("TXT", "v=spf1 a:nx1.test -all")]}
    assert judge(zone).result == "permerror"


def test_voids_of_one_term_count_once(judge):
    """An IPv6 client and three hosts without an AAAA: one term, one void."""
    zone = {"d.test": [("TXT", "v=spf1 mx +all"), *[("MX", [i, f"h{i}.test"]) for i in range(4)]],
            **BASE}
    log = judge(zone, client=CLIENT6)
    assert (log.result, log["voids"]) == ("pass", "1")


@pytest.mark.parametrize("term", ["a:%{p}.h.test", "mx:%{P}.h.test", "exists:%{p}.other.test",
                                  "include:%{p}.i.test"])
@pytest.mark.parametrize("number", [2, 3])
def test_voids_of_the_p_macro(judge, number, term):
    """A term that needs %{p} asks for the client's PTR, and that question can be void."""
    zone = {"unknown.h.test": [("A", OTHER), ("MX", [1, "h1.test"])], **BASE,
            "unknown.i.test": [("TXT", "v=spf1 -all")],
            "d.test": [("TXT", " ".join(["v=spf1", *["?" + term] * number, "+all"]))]}
    del zone[REVERSE]
    log = judge(zone)
    assert log.result == ("pass" if number <= 2 else "permerror")
    zone["d.test"] = [("TXT", " ".join(["v=spf1", *["?" + term] * (number - 1),
                                        "redirect=%{p}.r.test"]))]
    zone["unknown.r.test"] = [("TXT", "v=spf1 +all")]
    assert judge(zone).result == ("pass" if number <= 2 else "permerror")


def test_missing_records_are_no_voids(judge):
    """exp= and the domain's own record do not count as voids, an unaskable name neither."""
    zone = {"d.test": [("TXT",
                        f"v=spf1 a:nx0.test a:nx1.test exists:%{{l}}.{'x' * 64}.test a:a..test "
                               "exp=nx3.test -all")]}
    assert judge(zone).result == "fail"


# -- ten names

@pytest.mark.parametrize("place", ["top", "include", "redirect"])
@pytest.mark.parametrize("hit", ["first", "last", "none"])
@pytest.mark.parametrize("number", [9, 10, 11, 40])
def test_ten_mx_hosts(judge, number, hit, place):
    hosts = {f"x{i}.test": [("A", OTHER)] for i in range(number)}
    index = {"first": 0, "last": number - 1}.get(hit)
    if index is not None:
        hosts[f"x{index}.test"] = [("A", CLIENT)]
    zone = {"many.test": [("MX", [i, f"x{i}.test"]) for i in range(number)], **hosts,
            **placed(place, ["mx:many.test"] if place == "top" else ["", "mx:many.test"], ["?all"])}
    log = judge(zone)
    if number > 10:
        assert log.result == "permerror"
        assert "More than 10 MX records returned" in log["problem"]
        assert judge.dns.questions(rtype="A") == []
    else:
        assert log.result == ("neutral" if hit == "none" else "pass")


@pytest.mark.parametrize("number", [9, 10, 11, 500])
def test_ten_ptr_names(judge, number):
    """Of more than ten names the rest is left aside: no error (sections 4.6.4 and 5.5)."""
    def zone(hit):
        names = {f"n{i}.test": [("A", CLIENT if i == hit else OTHER)] for i in range(number)}
        return {"d.test": [("TXT", f"v=spf1 ptr:n{hit}.test -all")],
                REVERSE: [("PTR", f"n{i}.test") for i in range(number)], **names}
    assert judge(zone(8)).result == "pass"
    if number > 9:
        assert judge(zone(9)).result == "pass"
    if number > 10:
        assert judge(zone(10)).result == "fail"
        assert judge(zone(number - 1)).result == "fail"


# -- length

def test_4000_ip4_terms(judge):
    terms = [f"ip4:10.{i // 250}.{i % 250}.1" for i in range(3999)] + [f"ip4:{CLIENT}"]
    zone = {"d.test": [("TXT", " ".join(["v=spf1", *terms, "-all"]))]}
    log = judge(zone)
    assert (log.result, log["mech"]) == ("pass", f"ip4:{CLIENT}")
    assert judge(zone, client="192.0.2.2").result == "fail"
    assert judge.dns.questions(transport="tcp")


def long_record(length, end):
    text = "v=spf1 "
    filler = "ip4:198.51.100.200 "
    text += filler * ((length - len(text) - len(end)) // len(filler))
    return text + " " * (length - len(text) - len(end)) + end


def test_60_kilobytes_over_tcp(judge):
    zone = {"d.test": [("TXT", long_record(60000, "-all"))]}
    assert judge(zone).result == "fail"


@pytest.mark.parametrize("over", [0, 1])
def test_the_cap_on_one_record_is_said(judge, over):
    log = judge({"d.test": [("TXT", long_record(RECORD_MAX + over, "-all"))]})
    if over:
        assert log.result == "permerror"
        assert str(RECORD_MAX) in log["problem"]
    else:
        assert log.result == "fail"


@pytest.mark.parametrize("strings", [1, 2, 60])
def test_error_at_the_very_end(judge, strings):
    """Nothing of a long record is left unread: a syntax error in its last byte is a permerror."""
    text = long_record(12000, "-all a:bad.%")
    size = len(text) // strings + 1
    pieces = [text[i:i + size] for i in range(0, len(text), size)]
    assert judge({"d.test": [("TXT", pieces)]}).result == "permerror"


# -- never more than 111 questions (asserted for every zone by the judge itself)

def hosts(prefix, number, address=OTHER):
    return {f"{prefix}{i}.test": [("A", address)] if address else [] for i in range(number)}


def bomb_mx(address=OTHER, number=10):
    zone = {"d.test": [("TXT",
                        "v=spf1 " + " ".join(f"mx:m{i}.test" for i in range(number)) + " ?all")]}
    for i in range(number):
        zone[f"m{i}.test"] = [("MX", [j, f"h{i}-{j}.test"]) for j in range(10)]
        zone.update(hosts(f"h{i}-", 10, address))
    return zone


def bomb_mx_in_includes():
    zone = bomb_mx()
    del zone["d.test"]
    zone["d.test"] = [("TXT",
                       "v=spf1 " + " ".join(f"include:i{i}.test" for i in range(10)) + " ?all")]
    for i in range(10):
        zone[f"i{i}.test"] = [("TXT",
                               "v=spf1 " + " ".join(f"mx:m{j}.test" for j in range(10)) + " ?all")]
    return zone


def bomb_mx_before_an_include():
    zone = bomb_mx()
    zone["d.test"] = [("TXT",
                       "v=spf1 include:i.test " + " ".join(f"mx:m{j}.test"
                                                           for j in range(9)) + " ?all")]
    zone["i.test"] = [("TXT", "v=spf1 " + " ".join(f"mx:o{j}.test" for j in range(9)) + " ?all")]
    for i in range(9):
        zone[f"o{i}.test"] = [("MX", [j, f"oh{i}-{j}.test"]) for j in range(10)]
        zone.update(hosts(f"oh{i}-", 10))
    return zone


def bomb_tree(depth=3, width=10, leaf="?all"):
    zone, names = {}, ["d"]
    for level in range(depth + 1):
        following = []
        for name in names:
            children = [f"{name}{i}" for i in range(width)] if level < depth else []
            terms = " ".join(f"include:{child}.test" for child in children) or leaf
            zone[f"{name}.test"] = [("TXT", f"v=spf1 {terms}")]
            following += children
        names = following
    return zone


def bomb_tree_of_mx():
    zone = bomb_tree(2, 10, " ".join(f"mx:m{j}.test" for j in range(10)))
    zone.update({name: rows for name, rows in bomb_mx().items() if name != "d.test"})
    return zone


def bomb_p(terms, names=10):
    zone = {REVERSE: [("PTR", f"n{i}.test") for i in range(names)], **hosts("n", names, CLIENT),
            **bomb_mx()}
    zone["d.test"] = [("TXT", "v=spf1 " + " ".join(terms) + " exp=%{p}.exp.test -all")]
    return zone


def bomb_redirects(number=30):
    return {"d.test": [("TXT", "v=spf1 redirect=r0.test")],
            **{f"r{i}.test": [("TXT",
                               f"v=spf1 a:h{i}.test redirect=r{i + 1}.test")]
               for i in range(number)},
            **hosts("h", number)}


BOMBS = {
    "10 mx of 10 hosts": (bomb_mx(), "neutral"),
    "11 mx of 10 hosts": (bomb_mx(number=11), "permerror"),
    "10 mx of 10 void hosts": (bomb_mx(address=None), "permerror"),
    "10 includes of 10 mx of 10 hosts": (bomb_mx_in_includes(), "permerror"),
    "mx on both sides of an include": (bomb_mx_before_an_include(), "permerror"),
    "include tree 10 wide, 3 deep": (bomb_tree(), "permerror"),
    "include tree 3 wide, 5 deep": (bomb_tree(5, 3), "permerror"),
    "include tree 2 wide, 9 deep": (bomb_tree(9, 2), "permerror"),
    "include tree with mx at its leaves": (bomb_tree_of_mx(), "permerror"),
    "redirects": (bomb_redirects(), "permerror"),
    "p in ten exists": (bomb_p([f"?exists:%{{p}}.e{i}.test" for i in range(10)]), "permerror"),
    "p, then seven mx": (bomb_p(["ptr:other.test"] + [f"mx:m{i}.test" for i in range(6)]
                                + ["?include:%{p}.i.test"]), "permerror"),
    "500 ptr names and p": (bomb_p(["ptr:other.test", "mx:m0.test"], 500), "fail"),
    "all macros in all terms": (bomb_p(["a:%{p}.%{i}.%{h}.%{l}.test", "mx:%{p1}.test",
                                        "ptr:%{p2r}.test",
                                        "include:%{p}.%{o}", "exists:%{p}.%{s}.test"]),
                                "permerror"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(judge, bomb):
    zone, result = BOMBS[bomb]
    assert judge(zone).result == result


LOOPS = {       # the records of d.test and e.test
    "include of itself": ("include:d.test -all", ""), "by case": ("include:D.TesT ?all", ""),
    "by dot": ("include:d.test. -all", ""), "includes of two": ("include:e.test ?all", "include:D.test ?all"),
    "redirect to itself": ("redirect=d.test", ""), "by macro": ("redirect=%{d}", ""),
    "redirects of two": ("redirect=e.test", "redirect=d.test"),
    "include and redirect": ("include:e.test -all", "redirect=d.test"),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_loops(judge, loop):
    first, second = LOOPS[loop]
    zone = {"d.test": [("TXT", f"v=spf1 {first}")], "e.test": [("TXT", f"v=spf1 {second}")]}
    assert judge(zone).result == "permerror"
    assert len(judge.dns.questions()) <= 12


def test_the_arithmetic_maximum_is_reached(judge):
    """1 record, 10 mx, 100 hosts: 111 are allowed, and all of them asked when none matches."""
    judge(bomb_mx())
    assert judge.dns.count() == MAX_QUESTIONS


@pytest.mark.parametrize("mx, includes, result", [
    (6, 1, "fail"), (6, 2, "permerror"), (7, 0, "permerror")])
def test_p_leaves_room_for_its_own_questions(judge, mx, includes, result):
    """1 record, 11 for the name of the client, 1 exists, 11 for each mx, 1 for each include: 80 of 80
    allowed, or more."""
    zone = bomb_p(["?exists:%{p}.e.test", *(f"mx:m{i}.test" for i in range(mx)),
                   *(f"include:i{i}.test" for i in range(includes))])
    zone.update({f"i{i}.test": [("TXT", "v=spf1 ?all")] for i in range(includes)})
    log = judge(zone)
    assert log.result == result
    assert log.get("problem", "").endswith("Too many DNS queries") == (result == "permerror")


def test_ptr_names_that_are_no_names(judge):
    """The root among the names of a client is asked nothing, and hides no other."""
    zone = {REVERSE: [("PTR", "."), ("PTR", "n.d.test")], "n.d.test": [("A", CLIENT)],
            "d.test": [("TXT", "v=spf1 ptr -all")]}
    assert judge(zone).result == "pass"
    assert judge.dns.count(".") == 0


def test_the_explanation_does_not_come_on_top(judge):
    """Where the maximum is needed to find the fail, nothing is left to ask why."""
    zone = dict(bomb_mx())
    record = zone["d.test"][0][1]
    zone["d.test"] = [("TXT", record.replace("?all", "-all exp=exp.test"))]
    zone["exp.test"] = [("TXT", "words")]
    assert judge(zone).result == "fail"
    assert judge.dns.count("exp.test") == 0


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_in_both_identities(judge, bomb):
    """HELO and MAIL FROM each may take 111; what they share is asked once."""
    zone = dict(BOMBS[bomb][0])
    zone.update({"helo.test": zone["d.test"]})
    judge(zone, helo="helo.test", identities=2, HELO_reject="False")


def test_bombs_with_a_small_ceiling_in_flight(judge):
    """Prefetch_Max bounds what is in flight and changes no verdict."""
    for zone, result in BOMBS.values():
        assert judge(zone, Prefetch_Max="3").result == result


# -- equal records (RFC 2181 section 5)

def test_equal_records_count_once(judge):
    """The same SPF record twice is one; the same text cut elsewhere is another record."""
    text = "v=spf1 ip4:192.0.2.1 -all"
    assert judge({"d.test": [("TXT", text), ("TXT", "other"), ("TXT", text)]}).result == "pass"
    assert judge({"d.test": [("TXT", text), ("TXT", [text[:9], text[9:]])]}).result == "permerror"
    assert judge({"d.test": [("TXT", text), ("TXT", text.upper())]}).result == "permerror"


@pytest.mark.parametrize("different,result", [(10, "pass"), (11, "permerror")])
def test_equal_mx_count_once(judge, different, result):
    hosts = [("MX", [5, f"h{i}.test"]) for i in range(different)]
    hosts += [("MX", [5, "H3.Test"]), ("MX", [5, "h4.test"])]
    zone = {**BASE, "d.test": [("TXT", "v=spf1 mx -all"), *hosts], f"h{different - 1}.test": [("A", CLIENT)]}
    assert judge(zone).result == result


def test_equal_names_of_the_client_count_once(judge):
    """The tenth name is the client's, behind nine equal ones."""
    names = [("PTR", f"n{i // 2}.test") for i in range(18)] + [("PTR", "host.d.test")]
    zone = {REVERSE: names, "host.d.test": [("A", CLIENT)], "d.test": [("TXT", "v=spf1 ptr -all")]}
    assert judge(zone).result == "pass"
