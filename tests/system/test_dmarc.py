# SPDX-License-Identifier: MIT
"""Leave_To_DMARC among its neighbours: Postfix, OpenDKIM and OpenDMARC, as Debian has them.

corp.example has -all and p=reject, and signs its mail with DKIM. A forwarder sends it on: SPF fails, the
signature holds.
"""

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.mailsystem import DOMAIN, Postfix, Service, free_port, wait_until

FORWARDER = "203.0.113.9"
PROGRAMS = ("opendkim", "opendmarc", "opendkim-testmsg", "opendkim-genkey")
ZONE = {
    "corp.example": [("TXT", "v=spf1 ip4:198.51.100.10 -all")],
    "_dmarc.corp.example": [("TXT", "v=DMARC1; p=reject")],
    "plain.example": [("TXT", "v=spf1 -all")],
}
OPENDKIM = """
Socket inet:{port}@127.0.0.1
Mode v
AuthservID mx.here.example
TestPublicKeys {folder}/keys
Syslog no
Background no
"""
OPENDMARC = """
Socket inet:{port}@127.0.0.1
HistoryFile {folder}/history
PidFile {folder}/pid
TestDNSData {folder}/dmarc
AuthservID mx.here.example
TrustedAuthservIDs mx.here.example
SPFIgnoreResults false
SPFSelfValidate false
RejectFailures true
Syslog false
Background false
"""
PATH = os.environ["PATH"] + ":/usr/sbin"
MESSAGE = ("From: alice@{domain}\r\nTo: bob@here.example\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\n"
           "Subject: {title}\r\n\r\nHello.\r\n")


@contextlib.contextmanager
def milter(name, config, folder, port):
    """The program with this configuration, once it takes connections."""
    path = os.path.join(folder, name + ".conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(config.format(folder=folder, port=port))
    arguments = ["-f", "-x" if name == "opendkim" else "-c", path]
    with open(os.path.join(folder, name + ".said"), "wb") as said:
        process = subprocess.Popen([shutil.which(name, path=PATH), *arguments], stdout=said, stderr=said)

    def listens():
        assert process.poll() is None, open(said.name, encoding="utf-8").read()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
            return True
        return False

    try:
        wait_until(listens, 20, f"{name} listens")
        yield
    finally:
        process.terminate()
        process.wait(20)


def sign(folder, message):
    """The message with corp.example's DKIM signature."""
    done = subprocess.run([shutil.which("opendkim-testmsg", path=PATH), "-d", "corp.example", "-s", "s1", "-k",
                           os.path.join(folder, "s1.private")], input=message.replace("\r\n", "\n").encode(), stdout=subprocess.PIPE,
                          check=True, timeout=60)
    assert b"DKIM-Signature:" in done.stdout
    return "\r\n".join(done.stdout.decode().splitlines()) + "\r\n"


@pytest.fixture(name="system", scope="module")
def system_fixture(directory, program):
    """Two ports: one leaves fails to DMARC, one does not; both have the milters behind them."""
    if any(not shutil.which(name, path=PATH) for name in PROGRAMS):
        pytest.skip("opendkim, opendkim-tools or opendmarc is not installed")
    folder = os.path.join(directory, "dmarc")
    os.mkdir(folder, 0o755)
    subprocess.run([shutil.which("opendkim-genkey", path=PATH), "-D", folder, "-s", "s1", "-d", "corp.example",
                    "-h", "sha1"],     # opendkim-testmsg has no other
                   check=True, timeout=60)
    with open(os.path.join(folder, "s1.txt"), encoding="ascii") as file:
        record = "".join(file.read().split('"')[1::2])
    with open(os.path.join(folder, "keys"), "w", encoding="ascii") as file:
        file.write(f"s1._domainkey.corp.example {record}\n")
    with open(os.path.join(folder, "dmarc"), "w", encoding="ascii") as file:
        file.write("_dmarc.corp.example v=DMARC1; p=reject\n")
    ports = free_port(), free_port()
    milters = {"smtpd_milters": " ".join(f"inet:127.0.0.1:{port}" for port in ports)}
    services = {"left": Service("Leave_To_DMARC = Enforced", **milters), "not": Service(**milters)}
    root = os.path.join(folder, "postfix")
    os.mkdir(root, 0o755)
    with milter("opendkim", OPENDKIM, folder, ports[0]), milter("opendmarc", OPENDMARC, folder, ports[1]), \
            DnsServer(ZONE) as dns, \
            Postfix(root, services, dns.address, program) as postfix:
        postfix.folder = folder
        yield postfix


def forward(system, service, title, domain="corp.example", signed=True):
    """Sends a message from the forwarder. The reply's code and text, and at which command it came."""
    message = MESSAGE.format(domain=domain, title=title)
    if signed:
        message = sign(system.folder, message)
    with system.client(FORWARDER, "mx.forwarder.example", service) as smtp:
        try:
            smtp.sendmail(f"alice@{domain}", f"bob@{DOMAIN}", message)
        except smtplib.SMTPRecipientsRefused as refused:
            return "RCPT", *refused.recipients[f"bob@{DOMAIN}"]
        except smtplib.SMTPDataError as refused:
            return "DATA", refused.smtp_code, refused.smtp_error
    return "DATA", 250, b""


def test_forwarded_mail_with_a_signature_is_delivered(system):
    assert forward(system, "left", "signed")[:2] == ("DATA", 250)
    message = system.delivered("signed")[0]
    assert message["Received-SPF"].startswith("fail (mailfrom)")
    results = " ".join(message.get_all("Authentication-Results"))
    assert "dkim=pass" in results and "dmarc=pass" in results
    line = next(line for line in system.tap.lines if "envelope-from=alice@corp.example" in line)
    assert line.startswith("prepend Received-SPF: Fail (mailfrom)") and "; dmarc=reject" in line


def test_without_a_signature_dmarc_rejects_it(system):
    where, code, text = forward(system, "left", "unsigned", signed=False)
    assert (where, code) == ("DATA", 550) and b"DMARC" in text


def test_without_a_policy_spf_rejects_it(system):
    where, code, text = forward(system, "left", "plain", "plain.example", signed=False)
    assert (where, code) == ("RCPT", 550) and b"SPF fail" in text


def test_with_the_default_spf_loses_it(system):
    """What the option is for."""
    where, code, text = forward(system, "not", "lost")
    assert (where, code) == ("RCPT", 550) and b"SPF fail" in text
