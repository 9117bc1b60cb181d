# SPDX-License-Identifier: MIT
"""A line pasted from a log repeats its decision: the service's own, policyd-spf's, smtpd's, a header."""

import pytest

from lib.policy import Daemon

ZONE = {
    "pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 -all")],
    "fail.example": [("TXT", "v=spf1 -all")],
    "soft.example": [("TXT", "v=spf1 exists:%{l}.x.example ~all")],
    "bad.example": [("TXT", "v=spf1 foo")],
    "mail.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")],
}
MESSAGES = [
    ("192.0.2.1", "mail.example", "a@pass.example"),
    ("198.51.100.1", "mail.example", ""),
    ("192.0.2.1", "mail.example", "a@fail.example"),
    ("192.0.2.1", "mail.example", 'we;ird"\\x41\t b=c; client-ip=9.9.9.9@soft.example'),
    ("192.0.2.1", "he lo;=x", "b\u00e4r@bad.example"),
    ("2001:db8::1", "none.example", "a@none.example"),
    ("127.0.0.1", "mail.example", "a@pass.example"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
@pytest.mark.parametrize("prefix", ["", "Nov 23 09:14:07 mx policyd-spf[100]: ",
                                    "2026-11-25T16:00:01.123456+01:00 mx policyd-spf[100]: "])
def test_own_lines(check, dns, message, prefix):
    dns.set_zone(ZONE)
    client, helo, sender = message
    options = [f"DNS_Servers = {dns.address}", "skip_addresses = 127.0.0.0/8"]
    with Daemon(dns=dns, options=["skip_addresses = 127.0.0.0/8"]) as daemon:
        reply = daemon.ask(client_address=client, helo_name=helo, sender=sender, log=False)
    lines = [line for line in daemon.log_lines if "client-ip=" in line]
    assert len(lines) == 1
    result = check(prefix + lines[0], "--json", options=options).object
    assert result["client"] == client
    assert result["decision"]["reply"] == "action=" + reply.action
    before = result["decision"]["log"].split("; ms=")[0]
    assert before == lines[0].split("; ms=")[0]


@pytest.mark.parametrize("line", [
    "Nov 23 09:14:07 mx policyd-spf[100]: : prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; "
    "client-ip=192.0.2.1; helo=mail.example; envelope-from=a@soft.example; receiver=dest.example ",
    "Received-SPF: softfail (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=mail.example; "
    'envelope-from="a@soft.example"; receiver=dest.example; mechanism="~all"',
    "postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.7.1 <b@dest.example>: Recipient "
    "address rejected: no; from=<a@soft.example> to=<b@dest.example> proto=ESMTP helo=<mail.example>",
    "policyd-spf[1]: : 550 5.7.23 Message rejected due to: x. Please see "
    "http://www.openspf.net/Why?s=mfrom;id=a@soft.example;ip=192.0.2.1;r=dest.example",
])
def test_lines_of_others(check, dns, line):
    dns.set_zone(ZONE)
    output = check(line, "--json", options=[f"DNS_Servers = {dns.address}"])
    assert output.identity("mailfrom")["result"] == "softfail"
    assert output.object["recipient"].endswith("@dest.example")


def test_options_go_before_the_line(check, dns):
    dns.set_zone(ZONE)
    line = "Fail; client-ip=192.0.2.1; helo=mail.example; envelope-from=a@fail.example"
    options = [f"DNS_Servers = {dns.address}"]
    assert check(line, "--json", options=options).object["decision"]["action"] == "reject"
    output = check(line, "--from", "a@pass.example", "--json", options=options)
    assert output.object["decision"]["action"] == "prepend"
    output = check(line, "--json", "--ip", "203.0.113.9", options=options)
    assert output.identity("helo")["result"] == "fail"


@pytest.mark.parametrize("line,helo,sender,recipient", [
    ("NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 450 4.7.1 no; helo=<mail.example>", "mail.example", "", ""),
    ("NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 450 4.7.1 no; from=<a@soft.example>, to=<b@dest.example>, "
     "proto=ESMTP, helo=<mail.example>", "mail.example", "a@soft.example", "b@dest.example"),
    ("NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 450 4.7.1 no; from=<a>b@soft.example> helo=<mail.example>",
     "mail.example", "a>b@soft.example", ""),
])
def test_lines_of_smtpd_are_read_up_to_their_end(check, dns, line, helo, sender, recipient):
    dns.set_zone(ZONE)
    result = check(line, "--json", options=[f"DNS_Servers = {dns.address}"]).object
    assert (result["client"], result["helo"], result["sender"], result["recipient"]) == (
        "192.0.2.1", helo, sender, recipient)


@pytest.mark.parametrize("line", [
    "a line from nobody in particular",
    "policyd-spf[1]: : 550 5.7.23 Please see http://www.openspf.net/Why?s=mfrom;id=a@soft.example;ip=192.0.2.1%00",
])
def test_a_line_without_a_client_is_refused(check, line):
    assert "no client address in that line" in check(line, status=2).err


def test_a_cut_value_is_told(check, dns):
    dns.set_zone(ZONE)
    line = "Fail; client-ip=192.0.2.1; helo=mail.exa...; envelope-from=a@fail.example"
    assert "was cut" in check(line, options=[f"DNS_Servers = {dns.address}"]).err
