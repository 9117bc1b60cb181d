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

from lib import neighbours
from lib.dnsserver import DnsServer
from lib.mailsystem import DOMAIN, Postfix, Service, free_port, wait_until

FORWARDER = "203.0.113.9"
PROGRAMS = ("opendkim", "opendmarc", "opendkim-testmsg", "opendkim-genkey")
ZONE = {
    "corp.example": [("TXT", "v=spf1 ip4:198.51.100.10 -all")],
    "_dmarc.corp.example": [("TXT", "v=DMARC1; p=reject")],
    "plain.example": [("TXT", "v=spf1 -all")],
}
# Beside what the manual prints for them:
TEST_LINES = {"opendkim": """
Mode v
TestPublicKeys {folder}/keys
Syslog no
Background no
""", "opendmarc": """
HistoryFile {folder}/history
PidFile {folder}/pid
TestDNSData {folder}/dmarc
Syslog false
Background false
"""}
PORTS = {"opendkim": "8891", "opendmarc": "8893"}
PATH = os.environ["PATH"] + ":/usr/sbin"
MESSAGE = ("From: alice@{domain}\r\nTo: bob@here.example\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\n"
           "Subject: {title}\r\n\r\nHello.\r\n")


@contextlib.contextmanager
def milter(name, folder, port):
    """The program with the manual's configuration, once it takes connections."""
    config = neighbours.lines("OpenDMARC", f"/etc/{name}.conf", {
        f"inet:{PORTS[name]}@localhost": f"inet:{port}@127.0.0.1", "mx.example.com": f"mx.{DOMAIN}"})
    path = os.path.join(folder, name + ".conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(config + TEST_LINES[name].format(folder=folder))
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
    name, _, milters = neighbours.lines("OpenDMARC", "main.cf", {
        f"localhost:{standard}": f"127.0.0.1:{port}" for standard, port in zip(PORTS.values(), ports)}).partition(" = ")
    milters = {name: milters.strip()}
    left = neighbours.lines("OpenDMARC", "/etc/spfpolicyd/spfpolicyd.conf").splitlines()
    services = {"left": Service(*left, **milters), "not": Service(**milters),
                "both": Service(*left, "Header_Type = SPF,AR", "Authserv_Id = spf.here.example",
                                smtpd_data_restrictions="POLICY", **milters)}
    root = os.path.join(folder, "postfix")
    os.mkdir(root, 0o755)
    with milter("opendkim", folder, ports[0]), milter("opendmarc", folder, ports[1]), \
            DnsServer(ZONE) as dns, \
            Postfix(root, services, dns.address, program) as postfix:
        postfix.folder = folder
        yield postfix


def forward(system, service, title, domain="corp.example", signed=True, fields=""):
    """Sends a message from the forwarder. The reply's code and text, and at which command it came."""
    message = fields + MESSAGE.format(domain=domain, title=title)
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


FORGED = {
    "of SPF": "Authentication-Results: mx.here.example; spf=pass smtp.mailfrom=corp.example\r\n",
    "of DKIM": "Authentication-Results: mx.here.example; dkim=pass header.d=corp.example\r\n",
    "of the other id": "Authentication-Results: spf.here.example; spf=pass smtp.mailfrom=corp.example\r\n",
    "as Received-SPF": 'Received-SPF: pass (mailfrom) identity=mailfrom; envelope-from="alice@corp.example"\r\n',
}


@pytest.mark.parametrize("service", ["left", "both"])
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_result_is_not_taken_for_ours(system, name, service):
    """With the manual's lines. Without RemoveARFrom, OpenDMARC takes the forged one, since it stands below ours."""
    where, code, text = forward(system, service, f"forged {name}", signed=False, fields=FORGED[name])
    assert (where, code) == ("DATA", 550) and b"DMARC" in text


def test_both_fields_are_delivered_beside_the_milters(system):
    assert forward(system, "both", "both")[:2] == ("DATA", 250)
    message = system.delivered("both")[0]
    ids = [value.split(";")[0] for value in message.get_all("Authentication-Results")]
    assert sorted(ids) == ["mx.here.example", "mx.here.example", "spf.here.example"]
    assert message["Received-SPF"].startswith("fail (mailfrom)")
