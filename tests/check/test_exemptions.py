# SPDX-License-Identifier: MIT
"""check says which list exempts, which one a pasted line tells of, and which lists were tried in vain and why."""

import pytest

ZONE = """\
$ORIGIN example.
relay      IN TXT "v=spf1 ip4:192.0.2.1 -all"
half       IN TXT "v=spf1 ~all"
broken     IN TXT "v=spf1 foo -all"
mx         IN A   192.0.2.1
sender     IN TXT "v=spf1 -all"
$ORIGIN 2.0.192.in-addr.arpa.
9          IN PTR mx.example.
7          IN PTR other.example.
"""
MESSAGE = ("--helo", "mx.example", "--from", "a@sender.example")


def missed(output):
    return [(miss["list"], miss["entry"], miss["why"]) for miss in output.object["missed"]]


@pytest.mark.parametrize("client, option, entry, why", [
    ("192.0.2.9", "Domain_Whitelist = relay.example", "relay.example", "does not let this client send (fail)"),
    ("192.0.2.9", "Domain_Whitelist = half.example", "half.example", "does not let this client send (softfail)"),
    ("192.0.2.9", "Domain_Whitelist = mx.example", "mx.example", "has no SPF record: this entry never matches"),
    ("192.0.2.9", "Domain_Whitelist = broken.example", "broken.example", "is broken: this entry never matches"),
    ("192.0.2.9", "HELO_Whitelist = mx.example", "mx.example", "does not resolve to this client"),
    ("192.0.2.9", "HELO_Whitelist = mx2.example", None, "the HELO name is none of these"),
    ("192.0.2.9", "Domain_Whitelist_PTR = mx.example", None, "does not resolve to the client"),
    ("192.0.2.7", "Domain_Whitelist_PTR = mx.example", None, "reverse name is none of these"),
    ("192.0.2.8", "Domain_Whitelist_PTR = mx.example", None, "has no reverse name"),
    ("192.0.2.9", "Whitelist = 192.0.2.1", None, "none of these networks"),
    ("192.0.2.9", "Whitelist_For = sender.example:192.0.2.1", None, "none of these entries"),
    ("192.0.2.9", "Whitelist_For = other.example:192.0.2.9", None, "entry of another domain"),
    ("192.0.2.9", "Skip_Senders = b@sender.example", None, "the sender is none of these"),
    ("192.0.2.9", "Skip_Recipients = here.example", None, "no recipient was given"),
])
def test_says_why_a_list_missed(check, client, option, entry, why):
    output = check("--ip", client, *MESSAGE, "--json", zone=ZONE, options=[option])
    assert output.object["exempt"] is None and output.object["decision"]["action"] == "reject"
    (found,) = missed(output)
    assert found[:2] == (option.split(" =")[0], entry) and why in found[2]
    page = " ".join(check("--ip", client, *MESSAGE, zone=ZONE, options=[option]).out.split())
    assert f"Lists {option.split(' =')[0]}{' ' + entry if entry else ''}: " in page and why in page


def test_temporary_trouble_is_no_miss_for_ever(check, dns):
    dns.set_zone({"relay.example": ["SERVFAIL"]})
    options = [f"DNS_Servers = {dns.address}", "Domain_Whitelist = relay.example"]
    assert "DNS failed for its SPF record" in missed(check("--ip", "192.0.2.9", *MESSAGE, "--json", options=options))[0][2]


def test_many_entries_are_bounded(check):
    entries = " ".join(f"d{i}.example" for i in range(40))
    page = check("--ip", "192.0.2.9", *MESSAGE, zone=ZONE, options=[f"Domain_Whitelist = {entries}"]).out
    assert page.count("never") == 32 and "8 more entries missed" in page


@pytest.mark.parametrize("client, option", [
    ("192.0.2.1", "Domain_Whitelist = half.example relay.example"), ("192.0.2.1", "HELO_Whitelist = mx.example"),
    ("192.0.2.9", "Whitelist = 192.0.2.0/24"), ("192.0.2.9", "skip_addresses = 192.0.2.9"),
    ("192.0.2.9", "Whitelist_For = sender.example:192.0.2.9"), ("192.0.2.9", "Skip_Senders = sender.example"),
    ("10.0.0.1", "Private_Clients = Mark"),
])
def test_names_the_setting_that_exempts(check, client, option):
    setting = option.split(" =")[0]
    output = check("--ip", client, *MESSAGE, "--json", zone=ZONE, options=[option])
    assert output.object["exempt_by"] == setting
    page = " ".join(check("--ip", client, *MESSAGE, zone=ZONE, options=[option]).out.split())
    assert f"Exempt {output.object['exempt']} ({setting})" in page


PAIRS = "client-ip=192.0.2.9; helo=mx.example; envelope-from=a@sender.example; receiver=here.example"


@pytest.mark.parametrize("line, setting", [
    (f"decided action=dunno SPF not checked for authenticated client - {PAIRS}; action=dunno; ms=1", "Skip_Authenticated"),
    (f"Nov 23 09:14:07 mx policyd-spf[1]: decided action=prepend X-Comment: SPF skipped for whitelisted relay - {PAIRS}; "
     "action=prepend; ms=0; qid=4F2A1B", "Whitelist"),
    (f"X-Comment: SPF check N/A for local connections - {PAIRS}", "skip_addresses"),
    (f"policyd-spf[9]: : prepend X-Comment: SPF skipped for whitelisted relay domain - {PAIRS} ", "Domain_Whitelist"),
    (f"2026-11-25T16:00:01.123456+01:00 mx policyd-spf[1]: 4F2A1B: prepend X-Comment: SPF skipped for PTR whitelisted "
     f"relay domain - {PAIRS}", "Domain_Whitelist_PTR"),
    (f"decided action=prepend X-Comment: SPF skipped by Whitelist_For sender.example:192.0.2.9 - {PAIRS}; action=prepend",
     "Whitelist_For"),
    (f"Authentication-Results: mx.example; none (SPF check N/A for local connections -  {PAIRS})", "skip_addresses"),
    (f"decided action=dunno a reason of a later version - {PAIRS}; action=dunno; ms=1", None),
])
def test_shows_a_pasted_exemption(check, line, setting):
    output = check(line, "--json", zone=ZONE)
    assert output.object["exempt_then"] and output.object["exempt_then_by"] == setting
    # Who had logged in is exempt as he was; the lists of these settings are empty.
    exempt = setting == "Skip_Authenticated"
    assert output.object["exempt_by"] == ("Skip_Authenticated" if exempt else None)
    assert output.object["decision"]["action"] == ("dunno" if exempt else "reject")
    page = " ".join(check(line, zone=ZONE).out.split())
    assert f"Line not judged then: {output.object['exempt_then']}" in page
    assert ("These settings do not exempt it" in page) != exempt


@pytest.mark.parametrize("line, setting", [
    ("postfix/policy-spf[8]: Policy action=PREPEND Authentication-Results: mx; none (SPF exempted by policy)", "Skip_Senders"),
    ("Authentication-Results: mx; none (SPF not checked for localhost)", "skip_addresses"),
    ("Nov 23 09:14:07 mx postfix/policy-spf[8]: Policy action=PREPEND Authentication-Results: mx; none (SPF not checked for "
     "whitelisted relay)", "Whitelist"),
])
def test_exemption_without_a_client(check, line, setting):
    """policyd-spf-perl's lines tell no more."""
    assert check(line, "--ip", "192.0.2.9", *MESSAGE, "--json", zone=ZONE).object["exempt_then_by"] == setting
    assert "no client address" in check(line, status=2).err


def test_a_judged_line_is_no_exemption(check):
    output = check(f"Fail; identity=mailfrom; {PAIRS}; action=reject; mech=-all", "--json", zone=ZONE)
    assert output.object["exempt_then"] is None


@pytest.mark.parametrize("comment, sender", [
    ("mx.example: domain of transitioning a@sender.example does not designate 192.0.2.9 as permitted sender", "a@sender.example"),
    ("mx.example: domain of a@sender.example designates 192.0.2.9 as permitted sender", "a@sender.example"),
    ("mx.example: best guess record for domain of a@sender.example designates 192.0.2.9", "a@sender.example"),
    ("mx.example: 192.0.2.9 is neither permitted nor denied", ""),
])
def test_sender_in_a_comment(check, comment, sender):
    line = f"Received-SPF: softfail ({comment}) client-ip=192.0.2.9;"
    assert check(line, "--json", "--helo", "mx.example", zone=ZONE).object["sender"] == sender
    line += " envelope-from=b@half.example;"
    assert check(line, "--json", "--helo", "mx.example", zone=ZONE).object["sender"] == "b@half.example"
