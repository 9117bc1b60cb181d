# SPDX-License-Identifier: MIT
"""Leave_To_DMARC: whose policy is found by the DNS tree walk, what is asked for it, and what becomes of the mail.

The walk of RFC 9989 section 4.10: at most eight names, beside SPF's first query.
"""

import pytest

from lib import policy
from lib.dnsserver import DnsServer

CLIENT = "192.0.2.99"
FAIL = [("TXT", "v=spf1 -all")]
REJECT, QUARANTINE, NONE = (f"v=DMARC1; p={word}" for word in ("reject", "quarantine", "none"))


def ask(program, domain, records, *, leave="Enforced", prefetch="Yes", spf=None, **options):
    """Reply, log line and server after mail from a@domain; records: name -> texts of _dmarc.name."""
    zone = {domain: spf or FAIL, **{f"_dmarc.{name}": row for name, row in records.items()}}
    settings = {"HELO_reject": "No_Check", "Leave_To_DMARC": leave, "Prefetch": prefetch, **options}
    with DnsServer(zone, in_rounds=True, seed=3) as dns, \
            policy.Daemon(program=program, dns=dns, options=settings) as daemon:
        dns.asker = daemon.pid
        reply = daemon.ask(log=False, client_address=CLIENT, sender=f"a@{domain}")
    return reply, daemon.log_lines[-1], dns


def txt(*texts):
    return [("TXT", text) for text in texts]


# name: (domain, records, what the log says)
WALKS = {
    "its own": ("corp.test", {"corp.test": txt(REJECT)}, "reject"),
    "its own before that of the organization": (
        "a.corp.test", {"a.corp.test": txt(NONE), "corp.test": txt(REJECT)}, "none"),
    "its own p=, not sp=": ("corp.test", {"corp.test": txt("v=DMARC1; p=none; sp=reject")}, "none"),
    "sp= of the organization": ("a.corp.test", {"corp.test": txt("v=DMARC1; p=none; sp=reject")}, "reject"),
    "p= without sp=": ("a.corp.test", {"corp.test": txt(QUARANTINE)}, "quarantine"),
    "the highest is the organization": (
        "a.b.corp.test", {"b.corp.test": txt(NONE), "corp.test": txt(REJECT)}, "reject"),
    "psd=n is the organization": (
        "a.b.corp.test", {"b.corp.test": txt("v=DMARC1; p=none; psd=n"), "corp.test": txt(REJECT)}, "none"),
    "psd=y is above it": (
        "a.corp.test", {"corp.test": txt(NONE), "test": txt("v=DMARC1; p=reject; psd=y")}, "none"),
    "psd=y where the organization has none": (
        "a.corp.test", {"test": txt("v=DMARC1; p=none; sp=quarantine; psd=y")}, "quarantine"),
    "psd=y passes over what is below the organization": (
        "a.b.corp.test", {"b.corp.test": txt(NONE), "test": txt("v=DMARC1; p=reject; psd=y")}, "reject"),
    "two records are none": ("a.corp.test", {"a.corp.test": txt(NONE, QUARANTINE), "corp.test": txt(REJECT)},
                             "reject"),
    "other texts do not matter": ("corp.test", {"corp.test": txt("hello", REJECT, "v=dmarc1; p=none")}, "reject"),
    "broken without an address": ("corp.test", {"corp.test": txt("v=DMARC1; p=rejekt")}, "absent"),
    "broken with an address": ("corp.test", {"corp.test": txt("v=DMARC1; p=rejekt; rua=mailto:a@corp.test")},
                               "none"),
    "a test of it": ("corp.test", {"corp.test": txt("v=DMARC1; p=quarantine; t=y")}, "none"),
    "in pieces": ("corp.test", {"corp.test": [("TXT", ["v=DMARC1; p=rej", "ect"])]}, "reject"),
    "nowhere": ("a.corp.test", {}, "absent"),
    "a record without a policy ends the search": (
        "a.corp.test", {"a.corp.test": txt("v=DMARC1; adkim=s"), "corp.test": txt(REJECT)}, "absent"),
    "an invalid sp= is no sp=": ("a.corp.test", {"corp.test": txt("v=DMARC1; p=reject; sp=")}, "absent"),
    "np= is for names that do not exist": ("a.corp.test", {"corp.test": txt("v=DMARC1; p=none; np=reject")}, "none"),
    "a public suffix of its own": ("bank.test", {"bank.test": txt("v=DMARC1; p=reject; sp=none; psd=y")}, "reject"),
    "nothing above a public suffix counts": ("a.bank.test", {
        "bank.test": txt("v=DMARC1; p=none; psd=y"), "test": txt(REJECT)}, "none"),
    # The examples of RFC 9989 appendix B.4.
    "B.4.1": ("example.com", {"example.com": txt(REJECT), "signing.example.com": txt(NONE)}, "reject"),
    "B.4.2": ("a.b.c.d.e.f.g.h.i.j.k.example.com", {"example.com": txt(REJECT)}, "reject"),
    "B.4.3, the bank": ("giant.bank.example", {
        "giant.bank.example": txt(QUARANTINE), "bank.example": txt("v=DMARC1; p=reject; psd=y")}, "quarantine"),
    "B.4.3, below the bank": ("mail.giant.bank.example", {
        "giant.bank.example": txt(QUARANTINE), "bank.example": txt("v=DMARC1; p=reject; psd=y")}, "quarantine"),
    "B.4.3, the other bank": ("mail.mega.bank.example", {
        "giant.bank.example": txt(NONE), "bank.example": txt("v=DMARC1; p=reject; psd=y")}, "reject"),
    "DNS fails for its own": ("a.corp.test", {"a.corp.test": ["SERVFAIL"], "corp.test": txt(NONE)}, "temperror"),
    "DNS fails above it": ("a.corp.test", {"corp.test": ["SERVFAIL"]}, "temperror"),
    "DNS fails where it does not matter": ("corp.test", {"corp.test": txt(NONE), "test": ["SERVFAIL"]}, "none"),
}


@pytest.mark.parametrize("prefetch", ["Yes", "No"])
@pytest.mark.parametrize("name", WALKS)
def test_policy_is_that_of_the_tree_walk(program, name, prefetch):
    domain, records, wanted = WALKS[name]
    for leave, left in (("Enforced", ("reject", "quarantine", "temperror")),
                        ("Published", ("reject", "quarantine", "temperror", "none"))):
        reply, line, _ = ask(program, domain, records, leave=leave, prefetch=prefetch)
        assert reply.verb == ("PREPEND" if wanted in left else "550"), line
        assert f"; action={'prepend' if wanted in left else 'reject'};" in line
        assert f"; dmarc={wanted}; dmarc-queries=" in line, line
        if wanted in left:
            assert reply.rest.startswith("Received-SPF: fail (mailfrom)")


@pytest.mark.parametrize("labels", [2, 8, 9, 30])
def test_eight_names_at_most(program, labels):
    domain = ".".join([f"l{i}" for i in range(labels, 2, -1)] + ["corp", "test"])
    _, line, dns = ask(program, domain, {})
    parts = domain.split(".")
    names = [domain] + [".".join(parts[i:]) for i in range(1, labels) if labels - i <= 7]
    asked = [q.name for q in dns.log if q.name.startswith("_dmarc.")]
    assert sorted(asked) == sorted(f"_dmarc.{name}" for name in names) and len(asked) <= 8
    assert line.endswith(f"; dmarc=absent; dmarc-queries={len(asked)}")


def test_no_round_trip_more(program):
    """All its queries go out with SPF's first, and count as none of SPF's."""
    domain = "a.b.c.corp.test"
    _, line, dns = ask(program, domain, {"corp.test": txt(REJECT)})
    assert dns.rounds == 1 and len(dns.log) == 1 + 5
    assert "; lookups=0; voids=0; " in line and line.endswith("; dmarc=reject; dmarc-queries=5")


def test_no_query_more_for_the_next_recipients(program):
    """Nothing keeps these answers, whose TTL is 0; who needs the policy only now asks for it."""
    domain = "a.b.corp.test"
    zone = {domain: [("TXT", "v=spf1 ip4:192.0.2.99 -all")], "_dmarc.corp.test": txt(REJECT)}
    with DnsServer(zone) as dns, policy.Daemon(program=program, dns=dns, options={
            "HELO_reject": "No_Check", "Leave_To_DMARC": "Enforced"}) as daemon:
        for number in range(5):
            daemon.ask(log=False, client_address=CLIENT, sender=f"u@{domain}", instance="1",
                       recipient=f"r{number}@dest.example")
        assert sorted(q.name for q in dns.log) == sorted(
            [domain, *(f"_dmarc.{name}" for name in (domain, "b.corp.test", "corp.test", "test"))])
        assert "; dmarc-queries=4" in daemon.log_lines[0] and "dmarc=" not in daemon.log_lines[0]


def test_a_recipient_who_alone_needs_it_waits_one_round(program, tmp_path):
    users = tmp_path / "users"
    users.write_text("left@dest.example,Leave_To_DMARC=Enforced\n")
    users.chmod(0o644)
    tmp_path.chmod(0o755)
    zone = {"a.b.corp.test": FAIL, "_dmarc.corp.test": txt(REJECT)}
    with DnsServer(zone, in_rounds=True, seed=3) as dns, policy.Daemon(program=program, dns=dns, options={
            "HELO_reject": "No_Check", "Per_User": f"text,{users}"}) as daemon:
        dns.asker = daemon.pid
        assert [daemon.ask(log=False, client_address=CLIENT, sender="u@a.b.corp.test", instance="1",
                           recipient=f"{who}@dest.example").verb for who in ("any", "left")] == ["550", "PREPEND"]
        assert dns.rounds == 2 and len(dns.log) == 1 + 4


@pytest.mark.parametrize("options", [
    {"leave": "No"}, {"Mail_From_reject": "False"}, {"Domain_Policy": "corp.test:False"},
    {"Skip_Senders": "corp.test"}])
def test_nothing_is_asked_when_nothing_depends_on_it(program, options):
    _, _, dns = ask(program, "corp.test", {"corp.test": txt(REJECT)}, **options)
    assert not [q for q in dns.log if q.name.startswith("_dmarc.")]


def test_helo_and_null_senders_are_not_concerned(program):
    zone = {"fail.test": FAIL, "_dmarc.fail.test": txt(REJECT), "d.test": FAIL, "_dmarc.d.test": txt(REJECT)}
    with DnsServer(zone) as dns, policy.Daemon(
            program=program, dns=dns, options={"Leave_To_DMARC": "Published"}) as daemon:
        assert daemon.ask(log=False, client_address=CLIENT, helo_name="fail.test", sender="").verb == "550"
        assert daemon.ask(log=False, client_address=CLIENT, helo_name="fail.test", sender="a@d.test").verb == "550"
        assert not any("dmarc=" in line for line in daemon.log_lines)


def test_it_is_known_for_all_recipients(program, tmp_path):
    """Found once a message; settings by recipient decide what it means."""
    users = tmp_path / "users"
    users.write_text("strict@dest.example,Leave_To_DMARC=No\nall@dest.example,Leave_To_DMARC=Published\n")
    users.chmod(0o644)
    tmp_path.chmod(0o755)
    zone = {"d.test": FAIL, "_dmarc.d.test": txt(NONE)}
    with DnsServer(zone) as dns, policy.Daemon(program=program, dns=dns, options={
            "Leave_To_DMARC": "Enforced", "Per_User": f"text,{users}"}) as daemon:
        verbs = [daemon.ask(log=False, client_address=CLIENT, sender="a@d.test", instance="1.2",
                            recipient=f"{who}@dest.example").verb for who in ("any", "all", "strict", "all")]
        assert verbs == ["550", "PREPEND", "550", "DUNNO"]
        assert len([q for q in dns.log if q.name.startswith("_dmarc.")]) == 2


def test_a_domain_too_long_for_a_record_has_none(program):
    domain = ".".join(["a" * 63] * 3 + ["b" * 55, "test"])
    assert len(domain) > 247
    _, line, _ = ask(program, domain, {})
    assert "dmarc=absent" in line
