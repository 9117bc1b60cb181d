# SPDX-License-Identifier: MIT
"""The log is read by those who read policyd-spf's: logwatch, logcheck, pflogsumm, munin.

They are the real programs from their Debian packages, or their published patterns where the program
is one pattern; they are fed with what the program logged of a day of mixed and hostile mail.
"""

import collections
import os
import re
import shutil
import subprocess

import pytest

from lib.process import PATIENCE

LOGWATCH = "/usr/share/logwatch/scripts/services/postfix"
LOGCHECK = "/etc/logcheck/ignore.d.server/postfix-policyd-spf-python"
# The one rule that this file of postfix-policyd-spf-python 3.0.4 holds, for when it is not installed.
LOGCHECK_RULE = (
    r"^(\w{3} [ :[:digit:]]{11}|[0-9T:.+-]{32}) [._[:alnum:]-]+ policyd-spf\[[0-9]+\]:( :)? prepend "
    r"Received-SPF: (Pass|Neutral|None|Softfail|Fail|Temperror|Permerror) \((helo|mailfrom)\) "
    r"identity=(helo|mailfrom); client-ip=[0-9a-f.:]+; helo=.*; envelope-from=.*; receiver=")
MUNIN = re.compile(r"policyd-spf\[[0-9]+\]: (?:prepend Received-SPF: )?"
                   r"(Pass|Fail|None|Temperror|Neutral|Softfail|Permerror)[; ]")
RESULT = re.compile(r"(?:prepend Received-SPF: )?([A-Z][a-z]+)(?:;| \()")


def stamped(lines, stamp="Nov 23 09:14:07", ident="policyd-spf"):
    return "".join(f"{stamp} mx {ident}[100]: {line}\n" for line in lines)


def titles(lines):
    """How often each result word stands at its place."""
    found = [RESULT.match(line) for line in lines]
    return collections.Counter(match[1] for match in found if match)


def logwatch(text):
    if not os.path.exists(LOGWATCH):
        pytest.skip("logwatch is not installed")
    done = subprocess.run(["perl", LOGWATCH, "--syslog_name", "(?:post(?:fix|grey|fwd)|policyd-spf)"],
                          input=text, env={"PATH": "/usr/bin:/bin", "LOGWATCH_DETAIL_LEVEL": "10"},
                          capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stderr == ""
    return done.stdout


def test_day_has_every_result_and_action(day):
    assert set(titles(day.lines)) == {"Pass", "Fail", "Softfail", "Neutral", "None", "Permerror",
                                      "Temperror"}
    actions = set(re.findall(r"; action=([\w-]+)", "\n".join(day.lines)))
    assert actions >= {"prepend", "reject", "defer", "dunno", "restriction", "would-reject",
                       "would-defer"}


@pytest.mark.parametrize("ident", ["policyd-spf", "postfix/policyd-spf"])
def test_logwatch_counts_every_result(day, ident):
    report = logwatch(stamped(day.lines, ident=ident))
    wanted = titles(day.lines)
    assert "Unmatched" not in report
    assert re.search(r"^ +(\d+) +Policy SPF ", report, re.MULTILINE)[1] == str(sum(wanted.values()))
    counted = re.findall(r"^ +(\d+) +SPF: (\w+)$", report, re.MULTILINE)
    assert {title: int(count) for count, title in counted} == wanted


def test_logwatch_takes_no_forged_field(day):
    report = logwatch(stamped(day.lines))
    values = set(re.findall(r"^ +\d+ +(\S+)$", report, re.MULTILINE))
    assert {"192.0.2.5", "2001:db8::5", "dest.example", "<UNKNOWN>"} <= values
    assert not values & {"9.9.9.9", "forged.example"}


def test_logwatch_knows_what_the_service_says_of_itself(spawn):
    daemon = spawn(options={"HELO_reject": "fial"}, status=78)
    daemon.end_input()
    daemon.wait()
    assert daemon.log_lines
    report = logwatch(stamped(daemon.log_lines))
    assert "fial" in report


@pytest.mark.parametrize("stamp", ["Nov 23 09:14:07", "2026-11-23T09:14:07.123456+00:00"])
def test_logcheck_is_silent_about_headers(day, tmp_path, stamp):
    rule = tmp_path / "rule"
    if os.path.exists(LOGCHECK):
        shutil.copy(LOGCHECK, rule)
    else:
        rule.write_text(LOGCHECK_RULE + "\n")
    log = stamped([line for line in day.lines if line.startswith("prepend Received-SPF: ")], stamp)
    assert log
    done = subprocess.run(["grep", "-E", "-v", "-f", rule], input=log, capture_output=True, text=True,
                          timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_munin_counts_every_result(day):
    counted = collections.Counter(MUNIN.findall(stamped(day.lines)))
    assert counted == titles(day.lines)


def smtpd_line(attributes, reply):
    """What Postfix logs when it passes on a refusal; defer_if_permit comes out as 450."""
    text = reply.action
    if reply.verb == "DEFER_IF_PERMIT":
        text = "450 " + reply.rest
    code, dsn, reason = text.split(" ", 2)
    client = attributes["client_address"]
    return (f"Nov 23 09:14:07 mx postfix/smtpd[10]: NOQUEUE: reject: RCPT from unknown[{client}]: "
            f"{code} {dsn} <rcpt@dest.example>: Recipient address rejected: {reason}; from=<> "
            f"to=<rcpt@dest.example> proto=ESMTP helo=<h>\n")


def test_pflogsumm_groups_refusals(day):
    if not shutil.which("pflogsumm", path="/usr/sbin:/usr/bin"):
        pytest.skip("pflogsumm is not installed")
    refused = [(attributes, reply) for _, attributes, reply in day.mail
               if reply.verb in ("550", "DEFER_IF_PERMIT")]
    deferred = sum(reply.verb == "DEFER_IF_PERMIT" for _, reply in refused)
    log = "".join(smtpd_line(*pair) for pair in refused)
    report = subprocess.run(["pflogsumm"], input=log, capture_output=True, text=True, timeout=PATIENCE,
                            env={"PATH": "/usr/sbin:/usr/bin:/bin"}, check=True).stdout
    groups = re.findall(r"^    Recipient address rejected: (.*) \((?:total: )?(\d+)\)$", report, re.MULTILINE)
    assert deferred > 0
    assert dict(groups) == {"Message rejected due to": str(len(refused) - deferred),
                            "Message deferred due to": str(deferred)}
