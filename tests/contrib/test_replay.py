# SPDX-License-Identifier: MIT
"""spfpolicyd replay: what would change is told of logs of the program's own, of its predecessors', of smtpd's and of
delivered messages, judged again with another zone or other settings.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from day import SETTINGS, ZONE as DAYS_ZONE
from lib.dnsserver import Behaviour, DnsServer
from lib.process import PATIENCE

ZONE = {
    "pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")],
    "fail.example": [("TXT", "v=spf1 -all")],
    "soft.example": [("TXT", "v=spf1 ~all")],
    "perm.example": [("TXT", "v=spf1 ip4:192.0.2.0/25-all")],
    "helo.pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 -all")],
}


def syslog(message, ident="policyd-spf[100]"):
    return f"Nov 23 10:00:00 mx {ident}: {message}\n"


def decision(result, domain, *, action="prepend", client="192.0.2.5", helo="h.example", identity="mailfrom"):
    start = f"prepend Received-SPF: {result} ({identity}) identity={identity}; " if action == "prepend" else \
        f"{result}; identity={identity}; "
    return syslog(f"{start}client-ip={client}; helo={helo}; envelope-from=a@{domain}; receiver=here.example; "
                  f"action={action}; lookups=0; voids=0; ms=3")


class Replay:
    def __init__(self, program, path, server):
        self.program, self.path, self.server = program, path, server

    def command(self, *words):
        return [self.program, "replay", "-o", "skip_addresses =", "-o", f"DNS_Servers = 127.0.0.1:{self.server.port}",
                *words, str(self.path)]

    def run(self, text, *words, status=0, page=False):
        self.path.write_bytes(text.encode("latin-1"))
        done = subprocess.run(self.command(*words, *([] if page else ["--json"])), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == status, (done.returncode, done.stderr)
        return done.stdout.decode("ascii") if page else json.loads(done.stdout)


@pytest.fixture
def replay(program, tmp_path):
    with DnsServer(ZONE) as server:
        yield Replay(program, tmp_path / "mail.log", server)


def outcome(side):
    return side["result"] or "-", side["action"]


def changes(found):
    return {row["domain"]: (outcome(row["then"]), outcome(row["now"]), row["messages"]) for row in found["changes"]}


def test_own_log_of_a_day_changes_nothing(day, replay):
    """The same settings and the same DNS; the settings change in the course of that day."""
    lines = day.lines[:len(day.lines) // len(SETTINGS)]
    assert len(lines) > 100
    replay.server.set_zone(DAYS_ZONE)
    found = replay.run("".join(syslog(line) for line in lines), "-o", "skip_addresses = 127.0.0.0/8")
    assert found["messages"] >= len(lines) - 3      # "unknown" is no client's address
    assert found["changes"] == []


def test_changes_are_grouped_with_their_reason(replay):
    found = replay.run("".join(decision("Pass", "fail.example", client=f"192.0.2.{i}") for i in range(5)) * 2
                       + decision("Fail", "pass.example", action="reject")
                       + decision("Softfail", "soft.example")
                       + decision("None", "perm.example"), status=1)
    assert changes(found) == {
        "fail.example": (("pass", "accepted"), ("fail", "rejected"), 10),
        "pass.example": (("fail", "rejected"), ("pass", "accepted"), 1),
        "perm.example": (("none", "accepted"), ("permerror", "accepted"), 1)}
    assert found["messages"] == 13 and found["different"] == 8
    assert found["accepted_now_rejected"] == 10
    reasons = {row["domain"]: row["reason"] for row in found["changes"]}
    assert "changed since" in reasons["fail.example"]
    assert "Invalid IP4 address" in reasons["perm.example"]
    assert next(row["clients"] for row in found["changes"] if row["domain"] == "fail.example") == 5


def test_settings_decide_what_would_change(replay):
    text = decision("Softfail", "soft.example") + decision("Fail", "fail.example", action="reject")
    assert replay.run(text)["changes"] == []
    found = replay.run(text, "-o", "Mail_From_reject = Softfail", status=1)
    assert changes(found) == {"soft.example": (("softfail", "accepted"), ("softfail", "rejected"), 1)}
    assert found["changes"][0]["reason"] == "these settings"
    found = replay.run(text, "-o", "TestOnly = 0")
    assert changes(found) == {"fail.example": (("fail", "rejected"), ("fail", "accepted"), 1)}
    found = replay.run(text, "-o", "Whitelist = 192.0.2.5")
    assert changes(found)["fail.example"] == (("fail", "rejected"), ("-", "accepted"), 1)


def test_identity_that_decides(replay):
    found = replay.run(decision("Pass", "pass.example", helo="fail.example"), status=1)
    assert changes(found) == {"fail.example": (("pass", "accepted"), ("fail", "rejected"), 1)}
    assert found["changes"][0]["reason"] == "HELO decides now"


def test_exempt_then(replay):
    text = "decided action=dunno {} - client-ip=192.0.2.5; helo=h.example; envelope-from=a@fail.example; " \
        "receiver=here.example; action=dunno; ms=0"
    assert replay.run(syslog(text.format("SPF not checked for authenticated client")))["changes"] == []
    found = replay.run(syslog(text.format("SPF skipped, whitelisted relay")), status=1)
    assert found["changes"][0]["reason"] == "was not checked then: SPF skipped, whitelisted relay"


WHY = "http://www.openspf.net/Why?s=mfrom;id=it's@fail.example;ip=192.0.2.5;r=here.example"
REFUSED = f"550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see {WHY}"
SMTPD = f"NOQUEUE: reject: RCPT from x.example[192.0.2.5]: 550 5.7.23 <b@here.example>: Recipient address rejected: " \
    f"Message rejected due to: SPF fail - not authorized. Please see {WHY}; from=<it's@fail.example> " \
    "to=<b@here.example> proto=ESMTP helo=<h.example>"


@pytest.mark.parametrize("text,messages", [
    (syslog(f": {REFUSED}"), 1),
    (syslog(f": {REFUSED}") + syslog(SMTPD, "postfix/smtpd[7]"), 1),
    (syslog(SMTPD, "postfix/submission/smtpd[7]"), 1),
    (syslog(SMTPD.replace("[192.0.2.5]:", "[192.0.2.5]:4711:"), "postfix/smtpd[7]"), 1),
    (syslog(f"Policy action={REFUSED[:4]}Please see {WHY.replace('@', '%40')}", "postfix/policy-spf[8]"), 1),
    (syslog(SMTPD, "postfix/smtpd[7]") * 3, 3),
    (syslog(SMTPD.replace(" 5.7.23 ", " 5.1.1 ").replace("Message rejected due to", "no").replace("/Why", "/"),
            "postfix/smtpd[7]"), 0),
])
def test_rejections_of_the_predecessors_and_of_smtpd(replay, text, messages):
    found = replay.run(text)
    assert found["messages"] == messages
    assert found["changes"] == []


def test_a_deferral_of_policyd_spf_perl_is_told_by_smtpd(replay):
    """Its own line tells no client."""
    why = "SPF-Result=pass.example: 'SERVFAIL' error on DNS 'TXT' lookup of 'pass.example'"
    perl = syslog(f"Policy action=DEFER_IF_PERMIT {why}", "postfix/policy-spf[8]")
    smtpd = syslog(f"NOQUEUE: reject: RCPT from h[192.0.2.5]: 450 4.7.1 <b@here.example>: Recipient address rejected: {why}; "
                   "from=<a@pass.example> to=<b@here.example> proto=ESMTP helo=<h.example>", "postfix/smtpd[7]")
    assert changes(replay.run(perl + smtpd)) == {"pass.example": (("temperror", "deferred"), ("pass", "accepted"), 1)}
    replay.path.write_text(perl)
    done = subprocess.run(replay.command(), capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stderr == "replay: decisions whose lines tell no client left out: 1\n"


def test_headers_of_delivered_mail(replay):
    field = "Received-SPF: Pass (mailfrom) identity=mailfrom;\n client-ip=192.0.2.5; helo=h.example;\n" \
        "\tenvelope-from=\"a@fail.example\"; receiver=here.example\nSubject: x\n\nbody\n"
    found = replay.run("From a@fail.example Mon Nov 23\n" + field * 2, status=1)
    assert changes(found) == {"fail.example": (("pass", "accepted"), ("fail", "rejected"), 2)}


def test_only_the_last_host_speaks_in_a_header(replay):
    """The fields of other receivers tell of other clients."""
    def field(client, domain):
        return f"Received-SPF: pass (x) identity=mailfrom;\n\tclient-ip={client}; helo=h; envelope-from=a@{domain};\n"

    message = ("Return-Path: <a@pass.example>\nReceived: from mx by store\n" + field("192.0.2.5", "pass.example")
               + "Received: from other by mx\n" + field("192.0.2.6", "fail.example")
               + "Subject: x\n\nReceived: forged\n" + field("192.0.2.7", "fail.example"))
    for text in (message * 2, f"From a@pass.example\n{message}\nFrom b@pass.example\n{message.split(chr(10), 1)[1]}"):
        found = replay.run(text)
        assert found["messages"] == 2 and changes(found) == {}
    # Taken out of the messages, all count.
    found = replay.run(field("192.0.2.5", "pass.example") + field("192.0.2.6", "fail.example"), status=1)
    assert found["messages"] == 2


def test_command_that_shows_it(replay):
    text = syslog(f": {REFUSED}").replace("fail.example", "pass.example")
    check = replay.run(text)["changes"][0]["check"]
    words = shlex.split(check)
    assert words[:2] == ["spfpolicyd", "check"] and "it's@pass.example" in words
    page = replay.run(text, page=True)
    assert check in page


def test_equal_messages_ask_once(replay):
    replay.run(decision("Pass", "pass.example") * 500, "-o", "HELO_reject = No_Check")
    assert replay.server.count("pass.example", "TXT") == 1


def test_interrupt_tells_what_is_known(replay):
    """All but one are judged, and that one's DNS server is silent."""
    replay.server.set_zone({**ZONE, "slow.example": ["DROP"]})
    replay.path.write_text("".join(decision("None", f"n{i}.example") for i in range(40))
                           + decision("Pass", "slow.example"), encoding="ascii")
    process = subprocess.Popen(replay.command("--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + PATIENCE
    while not replay.server.count("slow.example") or replay.server.count(None, "TXT") < 41:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    found = json.loads(out)
    assert (process.returncode, found["messages"]) == (0, 41)
    assert 1 <= found["not_judged"] <= 8
    assert b"interrupted" in err


def test_failing_dns_is_no_leave_to_switch(replay):
    replay.server.set_zone({**ZONE, "pass.example": [Behaviour("TXT", rcode=2)]})
    log = decision("Pass", "pass.example")
    assert replay.run(log)["temperrors"] == 1
    lines = replay.run(log, page=True).splitlines()
    assert lines[:3] == ["1 message", "Nothing could be judged.", "DNS failed for 1: replay again later."]
    assert replay.run(log * 2, page=True).splitlines()[0] == "2 messages (1 without repeats)"
    both = replay.run(log + decision("Softfail", "soft.example"), page=True).splitlines()
    assert both[1:3] == ["Nothing that was accepted would be rejected.", "DNS failed for 1: replay again later."]


def test_usage(replay):
    for words in (["--jobs", "0"], ["--jobs", "x"], ["--jobs", "129"], ["--top", "0"], ["--since", "x"]):
        replay.run("", *words, status=2, page=True)
    assert "No decision" in replay.run("", page=True)


def test_page_fits_and_points_to_the_rest(replay):
    text = "".join(decision("Pass", f"d{i}.example") for i in range(30))
    page = replay.run(text, "--top", "3", page=True)
    assert "and 27 more: --top 30 shows all" in page
    assert len(page.splitlines()) <= 24
    assert re.search(r"^ +30  pass, accepted +none, accepted$", page, re.MULTILINE)


def test_no_process_is_left(replay):
    replay.run(decision("Pass", "pass.example") * 3)
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and
                str(replay.path).encode() in _command_line(pid)]


def _command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
