# SPDX-License-Identifier: MIT
"""Mail through a real Postfix: what the SMTP client is told, what is in the message, what is logged.

Proves the main job end to end: spawn(8) starts the program, Unbound answers its questions, XCLIENT
plays the client. A warning of Postfix about the policy service fails the test (see conftest.py).
"""

import itertools
import os
import re
import time
import signal
import smtplib

import pytest

from lib import policy
from lib.mailsystem import DOMAIN, HAS_IPV6, HAS_SASL, wait_until
from lib.policy import LogLine, ReceivedSpf
from lib.process import PATIENCE

NUMBERS = itertools.count(1)
TO = f"bob@{DOMAIN}"
needs_ipv6 = pytest.mark.skipif(not HAS_IPV6, reason="no IPv6 on this machine: Postfix takes no "
                                                     "IPv6 client from XCLIENT")
PASS_IP, OTHER_IP = "192.0.2.7", "203.0.113.9"


def subject():
    return f"message {next(NUMBERS)} of {os.getpid()}"


def text(title):
    return f"Subject: {title}\r\nFrom: someone@else.example\r\n\r\nHello.\r\n"


def send(smtp, sender, recipients=TO, title=None, **options):
    """Sends one message; its subject."""
    title = title or subject()
    smtp.sendmail(sender, recipients, text(title), **options)
    return title


def refusal(smtp, sender, recipient=TO):
    """(code, text) of the answer to RCPT TO of a message that is then given up."""
    code, reply = smtp.mail(sender)
    assert code == 250, (code, reply)
    code, reply = smtp.rcpt(recipient)
    smtp.rset()
    return code, reply.decode()


def deliver(postfix, sender, address=PASS_IP, helo="client.example", service="default", **options):
    """Sends one message from `address` and returns it as delivered."""
    with postfix.client(address, helo, service) as smtp:
        title = send(smtp, sender, **options)
    return postfix.delivered(title)[0]


def received_spf(message):
    """The one Received-SPF field, read by its grammar, which must stand above Postfix's Received."""
    fields = message.get_all("Received-SPF", [])
    assert len(fields) == 1, message.items()
    names = [name for name, _ in message.items()]
    assert names.index("Received-SPF") < names.index("Received")
    return ReceivedSpf(f"Received-SPF: {fields[0]}")


class Log:
    """The program's log lines from here on."""

    def __init__(self, postfix):
        self.postfix = postfix
        self.start = self._settled()

    def _settled(self):
        """The number of lines so far, once those of an earlier test have come in: the program writes
        its line when Postfix has the reply, which is late for a test that did not care for it.
        """
        before = -1
        for _ in range(50):
            now = len(self.postfix.tap.lines)
            if now == before:
                break
            before = now
            time.sleep(0.1)
        return before

    def texts(self, count=1):
        """Exactly `count` new lines."""
        def new():
            found = self.postfix.tap.lines[self.start:]
            return found if len(found) >= count else None
        lines = wait_until(new, PATIENCE, f"{count} log lines") if count else \
            self.postfix.tap.lines[self.start:]
        assert len(lines) == count, lines
        return lines

    def lines(self, count=1):
        """Exactly `count` decisions."""
        return [LogLine(line) for line in self.texts(count)]

    def line(self):
        return self.lines()[0]


@pytest.fixture
def log(postfix):
    return Log(postfix)


@pytest.mark.parametrize("sender, address, result", [
    ("a@pass.example", PASS_IP, "pass"),
    ("a@soft.example", PASS_IP, "softfail"),
    ("a@neutral.example", PASS_IP, "neutral"),
    ("a@nothing.example", PASS_IP, "none"),
    ("a@broken.example", PASS_IP, "permerror"),
    ("a@dead.example", PASS_IP, "temperror"),
    ("a@deep.example", PASS_IP, "pass"),
    ("a@deep.example", "192.0.2.8", "pass"),
])
def test_result_is_in_header_and_log(postfix, log, sender, address, result):
    field = received_spf(deliver(postfix, sender, address))
    assert field.result == result
    assert field["identity"] == "mailfrom"
    assert field["client-ip"] == address
    assert field["envelope-from"] == sender
    assert field["helo"] == "client.example"
    assert field["receiver"] == DOMAIN
    line = log.line()
    assert line.prepended and line.result == result
    assert line["identity"] == "mailfrom" and line["client-ip"] == address
    assert line["action"] == "prepend"


def test_fail_is_refused(postfix, log):
    with postfix.client(OTHER_IP, "client.example") as smtp:
        code, reply = refusal(smtp, "a@fail.example")
    assert code == 550
    assert reply.startswith(f"5.7.23 <{TO}>: Recipient address rejected: "
                            "Message rejected due to: SPF fail - not authorized")
    assert "openspf" not in reply
    line = log.line()
    assert not line.prepended and line.result == "fail" and line["action"] == "reject"
    assert line["envelope-from"] == "a@fail.example"


def test_explanation_is_marked_as_the_domains_words(postfix):
    with postfix.client(OTHER_IP, "client.example") as smtp:
        code, reply = refusal(smtp, "a@explained.example")
    assert code == 550
    assert re.search(r"explained\.example explains: 203\.0\.113\.9 may not use explained\.example",
                     reply), reply


def test_permerror_names_the_problem(postfix, log):
    problem = "Invalid IP4 address: ip4:192.0.2.0/25-all"
    field = received_spf(deliver(postfix, "a@broken.example"))
    assert problem in field["problem"]
    assert problem in log.line()["problem"]
    with postfix.client(PASS_IP, "client.example", "strict") as smtp:
        code, reply = refusal(smtp, "a@broken.example")
    assert code == 550 and reply.startswith("5.7.24 ") and f"SPF Permanent Error: {problem}" in reply
    line = log.lines(2)[1]
    assert line.result == "permerror" and line["action"] == "reject"


def test_temperror_is_deferred_when_wanted(postfix, log):
    with postfix.client(PASS_IP, "client.example", "strict") as smtp:
        code, reply = refusal(smtp, "a@dead.example")
        assert code == 450 and reply.startswith("4.7.24 "), reply
        assert "Message deferred due to: SPF Temporary Error" in reply
        assert refusal(smtp, "a@pass.example")[0] == 250
    line = log.lines(2)[0]
    assert line.result == "temperror" and line["action"] == "defer"


def test_helo_fail_is_refused_before_mail_from(postfix, log):
    with postfix.client(PASS_IP, "mail.fail.example") as smtp:
        code, reply = refusal(smtp, "a@pass.example")
    assert code == 550 and reply.startswith("5.7.23 ")
    assert log.line()["identity"] == "helo"


@pytest.mark.parametrize("helo, address, code", [
    ("mail.pass.example", PASS_IP, 250), ("mail.pass.example", OTHER_IP, 550),
    ("mail.fail.example", PASS_IP, 550)])
def test_null_sender_is_judged_by_helo(postfix, log, helo, address, code):
    with postfix.client(address, helo) as smtp:
        assert refusal(smtp, "")[0] == code
    line = log.line()
    assert line["identity"] == "helo" and line["helo"] == helo
    assert line["envelope-from"] == "<>"


def test_null_sender_with_a_literal_is_none(postfix):
    field = received_spf(deliver(postfix, "", helo="[192.0.2.7]"))
    assert field.result == "none" and field["identity"] == "helo"


def test_one_header_however_many_recipients(postfix, log):
    recipients = [f"bob{i}@{DOMAIN}" for i in range(5)]
    with postfix.client(PASS_IP, "client.example") as smtp:
        title = send(smtp, "a@pass.example", recipients)
    for message in postfix.delivered(title, len(recipients)):
        assert received_spf(message).result == "pass"
    assert log.line().result == "pass"


def test_every_recipient_of_a_fail_is_refused_alike(postfix, log):
    with postfix.client(OTHER_IP, "client.example") as smtp:
        smtp.mail("a@fail.example")
        replies = [smtp.rcpt(f"bob{i}@{DOMAIN}") for i in range(3)]
        smtp.rset()
    assert {code for code, _ in replies} == {550}
    assert len({re.sub(rb"<[^>]*>", b"", reply) for _, reply in replies}) == 1
    assert {line.result for line in log.lines(3)} == {"fail"}


def test_many_messages_on_one_connection_are_judged_each_on_its_own(postfix, log):
    rounds = 25
    titles = []
    with postfix.client(PASS_IP, "client.example") as smtp:
        for _ in range(rounds):
            titles.append(send(smtp, "a@pass.example"))
            assert refusal(smtp, "a@fail.example")[0] == 550
            titles.append(send(smtp, "a@soft.example"))
    results = [received_spf(postfix.delivered(title)[0]).result for title in titles]
    assert results == ["pass", "softfail"] * rounds
    assert [line.result for line in log.lines(3 * rounds)] == ["pass", "fail", "softfail"] * rounds
    assert len({pid for pid, _ in postfix.tap.entries[-3 * rounds:]}) == 1


def processes(postfix, service):
    """Our processes behind this service, told by their options in /proc."""
    options = postfix.services[service].options
    found = []
    for pid in postfix.children():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode().split("\0")
        except OSError:
            continue
        if [w for w in words[2::2] if not re.match(r"DNS_Servers|skip_addresses|Log ", w)] \
                == list(options):
            found.append(pid)
    return found


def test_exempt_client_gets_a_comment_and_no_check(postfix, log):
    message = deliver(postfix, "a@fail.example", "127.0.0.9")
    assert "Received-SPF" not in message
    comments = message.get_all("X-Comment")
    assert len(comments) == 1 and comments[0].startswith("SPF check N/A for local connections - ")
    assert "X-Comment: SPF check N/A for local connections - client-ip=127.0.0.9;" in log.texts()[0]


def test_unknown_client_address_passes_unjudged(postfix):
    message = deliver(postfix, "a@fail.example", "[UNAVAILABLE]")
    assert "Received-SPF" not in message


@pytest.mark.skipif(not HAS_SASL, reason="libsasl2-modules is not installed")
def test_who_has_logged_in_is_not_checked(postfix, log):
    for service, code in (("sasl", 250), ("sasl-checked", 550)):
        with postfix.client(OTHER_IP, "client.example", service, LOGIN="alice") as smtp:
            assert refusal(smtp, "a@fail.example")[0] == code
        # A session without login on the same port is checked.
        with postfix.client(OTHER_IP, "client.example", service) as smtp:
            assert refusal(smtp, "a@fail.example")[0] == 550


@needs_ipv6
@pytest.mark.parametrize("address, code", [
    ("IPV6:2001:db8::1:2", 250), ("IPV6:2001:db9::1", 550),
    ("IPV6:::ffff:192.0.2.7", 250), ("IPV6:::ffff:203.0.113.9", 550)])
def test_ipv6_and_mapped_clients(postfix, address, code):
    with postfix.client(address, "client.example") as smtp:
        assert refusal(smtp, "a@pass.example")[0] == code


@needs_ipv6
def test_ipv6_client_is_named_in_the_header(postfix):
    field = received_spf(deliver(postfix, "a@pass.example", "IPV6:2001:db8::1:2"))
    assert field.result == "pass" and field["client-ip"] == "2001:db8::1:2"


@pytest.mark.parametrize("sender", ['"x@y"@fail.example', "a@fail.example.", "A@FAIL.Example",
                                    '"a b; identity=helo"@fail.example', "%s%n@fail.example",
                                    "x" * 900 + "@fail.example"], ids=lambda sender: sender[:24])
def test_no_sender_shape_evades_a_fail(postfix, log, sender):
    with postfix.client(OTHER_IP, "client.example") as smtp:
        code, reply = refusal(smtp, sender)
    assert code == 550 and reply.startswith("5.7.23 "), reply
    line = log.line()
    assert line.result == "fail" and line["identity"] == "mailfrom" and line["action"] == "reject"


@pytest.mark.parametrize("sender", ['"a; identity=helo (b\\" c"@pass.example', "a=b+c@pass.example",
                                    '"x@y"@pass.example'])
def test_odd_sender_makes_one_clean_header(postfix, log, sender):
    field = received_spf(deliver(postfix, sender))
    assert field.result == "pass" and field["identity"] == "mailfrom"
    assert log.line()["identity"] == "mailfrom"


@pytest.mark.parametrize("local,code", [("a+b", 250), ("a=b", 250), ("o'n", 250), ("o!n", 550)])
def test_sender_becomes_a_name_of_dns(postfix, local, code):
    """No letter that a local part may hold is too odd for a query, which libraries of DNS say of some."""
    with postfix.client(OTHER_IP, "client.example") as smtp:
        assert refusal(smtp, f"{local}@local.example")[0] == code


def test_utf8_sender(postfix):
    options = {"mail_options": ["SMTPUTF8"]}
    sender = "jos\u00e9@b\u00fccher.example"
    field = received_spf(deliver(postfix, sender, **options))
    assert field.result == "pass"
    with postfix.client(OTHER_IP, "client.example") as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(smtp, sender, **options)
    assert refused.value.recipients[TO][0] == 550
    # A local part that is not ASCII never matches a term that is made of it (RFC 8616).
    with postfix.client(PASS_IP, "client.example") as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(smtp, "jos\u00e9@local.example", **options)


def test_test_mode_refuses_nothing_and_says_what_would_be(postfix, log):
    message = deliver(postfix, "a@fail.example", OTHER_IP, service="test")
    assert message["Subject"]
    line = log.line()
    assert line.result == "fail" and line["action"] == "would-reject"


def test_authentication_results(postfix):
    message = deliver(postfix, "a@pass.example", helo="mail.pass.example", service="authres")
    assert "Received-SPF" not in message
    fields = message.get_all("Authentication-Results")
    assert len(fields) == 1 and fields[0].startswith("mx.here.example; spf=pass")
    assert "smtp.mailfrom=pass.example" in fields[0] and fields[0].count("spf=") == 1


def test_both_headers(postfix):
    recipients = [f"bob{i}@{DOMAIN}" for i in range(3)]
    for to in (recipients[:1], recipients):
        with postfix.client(PASS_IP, "client.example", "both") as smtp:
            title = send(smtp, "a@pass.example", to)
        for message in postfix.delivered(title, len(to)):
            assert received_spf(message).result == "pass"
            assert len(message.get_all("Authentication-Results")) == 1


def test_asked_in_three_places_one_header(postfix, log):
    assert received_spf(deliver(postfix, "a@pass.example", service="twice")).result == "pass"
    assert log.line().result == "pass"


def test_empty_instance_carries_no_verdict_to_the_next_message(postfix):
    """With smtpd_delay_reject=no the program is asked at MAIL FROM, where instance= is empty."""
    with postfix.client(PASS_IP, "client.example", "early") as smtp:
        for _ in range(3):
            code, reply = smtp.mail("a@fail.example")
            assert code == 550 and b"5.7.23" in reply
            title = send(smtp, "a@pass.example")
            assert received_spf(postfix.delivered(title)[0]).result == "pass"


def test_asked_at_the_end_of_the_message(postfix):
    """Postfix refuses a PREPEND there with a warning, which would fail this test."""
    with postfix.client(PASS_IP, "client.example", "end") as smtp:
        postfix.delivered(send(smtp, "a@pass.example"))
    with postfix.client(OTHER_IP, "client.example", "end") as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(smtp, "a@fail.example")
    assert refused.value.smtp_code == 550


def test_recipient_elsewhere_is_refused_whatever_spf_says(postfix, log):
    with postfix.client(PASS_IP, "client.example") as smtp:
        code, reply = refusal(smtp, "a@pass.example", "bob@elsewhere.example")
    assert code == 554 and "Relay access denied" in reply
    assert log.lines(0) == []


@pytest.mark.expects_warnings(r"spawn.*killed by signal 9|private/spf-default.*"
                              r"(Connection reset|Broken pipe|premature end|lost connection)")
def test_killed_process_costs_one_retry(postfix):
    with postfix.client(PASS_IP, "client.example") as smtp:
        send(smtp, "a@pass.example")
        for pid in processes(postfix, "default"):
            os.kill(pid, signal.SIGKILL)
        assert refusal(smtp, "a@fail.example")[0] == 550
        title = send(smtp, "a@pass.example")
    assert received_spf(postfix.delivered(title)[0]).result == "pass"


@pytest.mark.expects_warnings(r"spf-wrong|spawn.*exit status 78|problem talking to server")
def test_wrong_setting_defers_all_mail_and_is_logged(postfix):
    start = len(postfix.tap.lines)
    with postfix.client(PASS_IP, "client.example", "wrong") as smtp:
        code, reply = refusal(smtp, "a@pass.example")
    assert code == 451 and reply.startswith("4.3.5 "), reply
    logged = "\n".join(postfix.tap.lines[start:])
    assert "fial" in logged and "Fail" in logged


def test_process_ends_with_its_smtpd(postfix):
    """smtpd with max_use=1 closes the policy connection at the end of the session."""
    with postfix.client(PASS_IP, "client.example", "soon") as smtp:
        send(smtp, "a@pass.example")
        first = set(postfix.children())
    gone = wait_until(lambda: first - set(postfix.children()), PATIENCE, "the process ended")
    assert gone


def test_reload_of_postfix_in_mid_session(postfix):
    with postfix.client(PASS_IP, "client.example") as smtp:
        send(smtp, "a@pass.example")
        assert postfix.command("postfix", "reload").returncode == 0
        title = send(smtp, "a@pass.example")
        assert refusal(smtp, "a@fail.example")[0] == 550
    assert received_spf(postfix.delivered(title)[0]).result == "pass"
    with postfix.client(OTHER_IP, "client.example") as smtp:
        assert refusal(smtp, "a@fail.example")[0] == 550


@pytest.mark.skipif(policy.is_sanitized(policy.binary()),
                    reason="a sanitizer needs what the sandbox forbids: it has none")
def test_process_is_confined(postfix):
    """As spawn(8) starts it: not root, no new rights, system calls filtered, no core."""
    with postfix.client(PASS_IP, "client.example") as smtp:
        send(smtp, "a@pass.example")
        for pid in processes(postfix, "default"):
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                status = dict(re.findall(r"^(\w+):\s+(.*)$", file.read(), re.M))
            assert "0" not in status["Uid"].split()
            assert status["NoNewPrivs"] == "1"
            assert status["Seccomp"] == "2"
            assert os.readlink(f"/proc/{pid}/fd/2") == "/dev/null" or not postfix.namespace
