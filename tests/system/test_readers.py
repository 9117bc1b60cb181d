# SPDX-License-Identifier: MIT
"""The programs that read mail logs, from their Debian packages, understand what a mail system with us logs.

A mixed bunch of mail goes through the private Postfix; its log and ours, merged as syslogd would write
them, are given to logwatch, to logcheck's rule for policyd-spf and to pflogsumm.
"""

import os
import re
import smtplib
import subprocess
import time

import pytest

from lib.mailsystem import DOMAIN, wait_until
from lib.process import PATIENCE

LOGWATCH = "/usr/share/logwatch/scripts/services/postfix"
LOGCHECK = "/etc/logcheck/ignore.d.server/postfix-policyd-spf-python"
PFLOGSUMM = "/usr/sbin/pflogsumm"
IN, OUT = "192.0.2.7", "203.0.113.9"
# client, HELO, sender, service -> the code that RCPT TO is answered with
MAILS = [
    (IN, "client.example", "a@pass.example", "default", 250),
    (IN, "client.example", '"x; identity=helo"@pass.example', "default", 250),
    (IN, "client.example", "a=b+c@pass.example", "default", 250),
    (IN, "mail.pass.example", "", "default", 250),
    (IN, "[192.0.2.7]", "", "default", 250),
    (IN, "client.example", "a@soft.example", "default", 250),
    (IN, "client.example", "a@neutral.example", "default", 250),
    (IN, "client.example", "a@nothing.example", "default", 250),
    (IN, "client.example", "a@broken.example", "default", 250),
    (IN, "client.example", "a@dead.example", "default", 250),
    ("127.0.0.9", "client.example", "a@fail.example", "default", 250),
    (OUT, "client.example", "a@fail.example", "default", 550),
    (OUT, "client.example", "a@explained.example", "default", 550),
    (OUT, "mail.pass.example", "", "default", 550),
    (OUT, "client.example", "a@fail.example", "test", 250),
    (IN, "client.example", "a@broken.example", "strict", 550),
    (IN, "client.example", "a@dead.example", "strict", 450),
]


@pytest.fixture(scope="module")
def logs(mail_system):
    """(our lines, all lines) of a log file after MAILS."""
    tap, ours, theirs = mail_system.tap, len(mail_system.tap.lines), len(mail_system.log())
    for number, (address, helo, sender, service, want) in enumerate(MAILS):
        with mail_system.client(address, helo, service) as smtp:
            try:
                smtp.sendmail(sender, f"bob@{DOMAIN}", f"Subject: readers {number}\r\n\r\nHello.\r\n")
                code = 250
            except smtplib.SMTPRecipientsRefused as refused:
                code = refused.recipients[f"bob@{DOMAIN}"][0]
        assert code == want, (sender, service)
    wait_until(lambda: len(tap.lines) >= ours + len(MAILS), PATIENCE, "all decisions are logged")
    stamp = time.strftime("%b %e %H:%M:%S")
    done = sum(want == 250 for *_, want in MAILS)
    for what, count in (("status=sent", done), ("NOQUEUE: reject: RCPT", len(MAILS) - done)):
        wait_until(lambda: mail_system.log()[theirs:].count(what) >= count, PATIENCE, f"{count} x {what}")
    lines = [f"{stamp} mx policyd-spf[100]: {line}" for line in tap.lines[ours:]]
    assert len(lines) == len(MAILS), lines
    return lines, lines + mail_system.log()[theirs:].splitlines()


def read(command, lines):
    done = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.skipif(not os.path.exists(LOGWATCH), reason="logwatch is not installed")
def test_logwatch_counts_every_line(logs):
    ours, everything = logs
    names = "(?:post(?:fix|grey|fwd)|policyd-spf)"
    out = read(["perl", LOGWATCH, "--detail", "10", "--syslog_name", names], ours)
    assert "Unmatched" not in out, out
    counted = re.search(r"^ *(\d+) +Policy SPF", out, re.M)
    exempt = sum("X-Comment" in line for line in ours)
    assert counted and int(counted.group(1)) == len(ours) - exempt, out
    for word in ("Pass", "Fail", "Softfail", "Neutral", "None", "Permerror", "Temperror"):
        assert re.search(rf"^ +\d+ +SPF: {word}$", out, re.M), (word, out)
    out = read(["perl", LOGWATCH, "--detail", "10", "--syslog_name", names], everything)
    assert not re.search(r"Unmatched[^$]*policyd-spf", out), out


def test_logcheck_ignores_ordinary_lines(logs):
    """The rule that comes with policyd-spf: mail that goes on with a header is not reported."""
    if not os.path.exists(LOGCHECK):
        pytest.skip("postfix-policyd-spf-python, which brings the rule, is not installed")
    with open(LOGCHECK, encoding="utf-8") as file:
        rules = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    for line in logs[0]:
        known = any(subprocess.run(["grep", "-qE", rule], input=line, text=True, timeout=PATIENCE,
                                   check=False).returncode == 0 for rule in rules)
        assert known == (": prepend Received-SPF: " in line), line


@pytest.mark.skipif(not os.path.exists(PFLOGSUMM), reason="pflogsumm is not installed")
def test_pflogsumm_groups_our_rejections(logs):
    out = read([PFLOGSUMM], logs[1])
    refused = sum(code == 550 for *_, code in MAILS)
    # Twice each: as a rejection, by its reason.
    assert re.search(rf"Message rejected due to \(total: {refused}\)", out), out
    assert re.search(r"Message deferred due to \(total: 1\)", out), out
