# SPDX-License-Identifier: MIT
"""Senders and HELO names of every shape that Postfix takes, made to look like another domain's.

Each is sent through the private Postfix, and what was delivered is given to the readers of its headers:
OpenDMARC, SpamAssassin, python3-authres and rspamd's parser themselves, and patterns as careless as people write
them. The sender's domain, pass.example, has a pass; none may see bank.example, which is only quoted.

FORGED_SENDERS=all sends all forms, more than three thousand, instead of some hundreds.
"""

import itertools
import os
import random
import re
import shutil
import smtplib
import subprocess
import threading

import pytest

from lib.mailsystem import DOMAIN, wait_until
from lib.opendmarc import Milter, opendmarc

CLIENT, HELO, REAL, DECOY = "192.0.2.7", "client.example", "pass.example", "bank.example"
SPECIAL = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t"
WORKERS = 4
SAMPLE = {"paths": 300, "helos": 12}
LIB = os.path.join(os.path.dirname(__file__), "..", "lib")


def quoted(local):
    return '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'


def injections():
    """Local parts that hold what readers look for."""
    mailbox = f"u@{DECOY}"
    keys = ("envelope-from", "identity", "helo", "smtp.mailfrom", "spf", "receiver", "client-ip", "problem")
    values = (mailbox, DECOY, "mailfrom", "pass", f"<{mailbox}>", quoted(mailbox))
    for key, value in itertools.product(keys, values):
        for before, after in (("", ""), ("x; ", ""), ("x;", ";"), ('x"; ', '; y="'), ("x) ", " ("), ("\\", "\\")):
            yield f"{before}{key}={value}{after}"
    yield f"=?utf-8?q?u=40{DECOY}?="
    yield f"=?utf-8?b?dUBiYW5rLmV4YW1wbGU=?= {mailbox}"
    yield f"=?us-ascii?q?{mailbox}?="


def separators():
    """What a reader may take for the end of a local part or of a domain."""
    yield from SPECIAL
    yield from ("".join(pair) for pair in itertools.product(SPECIAL, repeat=2))


def paths():
    """What stands between the angle brackets of MAIL FROM."""
    mailbox = f"u@{DECOY}"
    for separator in separators():
        yield f"{mailbox}{separator}@{REAL}"
        yield f"{quoted(mailbox + separator)}@{REAL}"
    for separator in SPECIAL:
        yield f"{mailbox}{separator}{REAL}"
        yield f"{mailbox}{separator}.{REAL}"
        yield f"{mailbox}{separator}x@{REAL}"
        yield f"{separator}{mailbox}@{REAL}"
        yield f"{quoted(separator + mailbox)}@{REAL}"
        yield f"{quoted(mailbox)}{separator}@{REAL}"
        yield f"u@{REAL}{separator}@{DECOY}"
        yield f"u@{REAL}{separator}{mailbox}"
        yield f"u@{DECOY}.{separator}.{REAL}"
    for local in injections():
        yield f"{quoted(local)}@{REAL}"
        yield f"{local}@{REAL}"
    yield from (
        f"@{DECOY}:u@{REAL}", f"@{DECOY},@x.example:u@{REAL}", f"u%{DECOY}@{REAL}", f"{DECOY}!u@{REAL}",
        f"u(@{DECOY})@{REAL}", f"(u@{DECOY})u@{REAL}", f"u@(@{DECOY}){REAL}", f"u@{REAL}(@{DECOY})",
        f"<{mailbox}>@{REAL}", f"u@{REAL}> <{mailbox}", f"u@{REAL}.", f"u@{REAL}..", f"u@.{REAL}", f"u@{DECOY}.{REAL}.",
        f"{DECOY}@{REAL}", f"u@@{REAL}", f"@{REAL}", f"u@{REAL}@", f"u@[192.0.2.7]@{REAL}", f"u@{REAL}\\@{DECOY}",
        f"\\@{DECOY}@{REAL}", f"u@{DECOY}\x7f@{REAL}", f"u@{DECOY}\x01.{REAL}",
    )
    for odd in "\u00fc\uff20\u3002\uff0e\u00ad\u200b\u202e\u0130":
        yield from (f"u@{DECOY}{odd}.{REAL}", f"u@{DECOY}{odd}@{REAL}", f"u{odd}@{DECOY}@{REAL}",
                    f"{quoted(mailbox + odd)}@{REAL}", f"u@{DECOY}.{odd}.{REAL}", f"u{odd}{DECOY}@{REAL}")


def helos():
    mailbox = f"u@{DECOY}"
    yield from (mailbox, f"@{DECOY}", f"{DECOY}@{REAL}", f"<{mailbox}>", f"[{mailbox}]", f"{mailbox};x", "=?utf-8?q?=40?=",
                f'x";envelope-from={mailbox}', f"x);envelope-from={mailbox}", f"x;identity=mailfrom;envelope-from={mailbox}")
    yield from (f"{mailbox}{separator}x" for separator in SPECIAL if separator > " ")


def sample(forms, size):
    """Some of them, the same in every run, or all."""
    forms = list(dict.fromkeys(forms))
    return forms if os.environ.get("FORGED_SENDERS") == "all" else random.Random(1).sample(forms, size)


class Delivery:
    """What Postfix accepted: .paths by number, then our two .fields as delivered, Received-SPF before
    Authentication-Results."""

    def __init__(self, system):
        self.system = system
        self.paths = {}
        self.fields = {}
        self.texts = {}
        work = [(path, HELO) for path in sample(paths(), SAMPLE["paths"])] + \
               [(f"u@{REAL}", helo) for helo in sample(helos(), SAMPLE["helos"])]
        self.offered = len(work)
        self._lock = threading.Lock()
        self._work = enumerate(work)
        self._failures = []

    def run(self):
        threads = [threading.Thread(target=self._send_all) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self._failures, self._failures
        wait_until(self._collect, 120, "all accepted mail is delivered")

    def _next(self):
        with self._lock:
            return next(self._work, (0, None))

    def _send_all(self):
        try:
            with self.system.client(CLIENT, HELO, "both") as smtp:
                number, form = self._next()
                while form:
                    self._send(smtp, number, *form)
                    number, form = self._next()
        except (OSError, AssertionError, smtplib.SMTPException) as error:
            self._failures.append(error)

    def _send(self, smtp, number, path, helo):
        if smtp.docmd("EHLO", helo)[0] != 250:
            smtp.docmd("EHLO", HELO)
            return
        smtp.command_encoding = "utf-8"
        codes = [smtp.docmd("MAIL", f"FROM:<{path}>" + ("" if path.isascii() else " SMTPUTF8"))[0]]
        if codes[0] == 250:
            codes.append(smtp.docmd("RCPT", f"TO:<bob@{DOMAIN}>")[0])
        if codes == [250, 250] and smtp.data(f"Subject: forged {number}\r\n\r\nHello.\r\n")[0] == 250:
            with self._lock:
                self.paths[number] = path
        smtp.rset()

    def _collect(self):
        folder = os.path.join(self.system.maildir, "new")
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), encoding="ascii", errors="surrogateescape") as file:
                text = file.read()
            number = re.search(r"^Subject: forged (\d+)$", text, re.M)
            if number:
                head = re.sub(r"\n[ \t]+", " ", text.partition("\n\n")[0])
                self.texts[int(number[1])] = text
                found = re.findall(r"^((?:Received-SPF|Authentication-Results): .*)$", head, re.M)
                self.fields[int(number[1])] = sorted(found, reverse=True)
        return set(self.fields) >= set(self.paths)


@pytest.fixture(scope="module", name="delivery")
def delivery_fixture(mail_system):
    result = Delivery(mail_system)
    result.run()
    return result


def is_decoy(domain):
    return re.search(r"(^|\.)bank\.example\.?$", domain.lower()) is not None


def test_postfix_takes_most(delivery):
    assert delivery.offered >= sum(SAMPLE.values())
    assert len(delivery.paths) > delivery.offered / 2
    for number, fields in delivery.fields.items():
        assert [field.partition(":")[0] for field in fields] == ["Received-SPF", "Authentication-Results"], number


def values(delivery):
    """The values of Authentication-Results, by number."""
    return {number: fields[1].partition(": ")[2] for number, fields in delivery.fields.items()}


@pytest.mark.parametrize("pattern", [
    r"@([\w.-]*)", r"@([^\s\";,>)]*)", r"envelope-from=[^@;]*@([\w.-]*)", r"smtp\.\w+=(?:[^\s;]*@)?([\w.-]*)",
])
def test_no_pattern_sees_the_decoy(delivery, pattern):
    seen = set()
    for number, fields in delivery.fields.items():
        for field in fields:
            found = re.findall(pattern, re.sub(r"\\\\(.)", r"\1", field))
            assert not any(map(is_decoy, found)), (delivery.paths[number], field)
            seen.update(found)
    assert REAL in seen


def test_opendmarc_passes_nothing_for_the_decoy(delivery, tmp_path):
    """With Received-SPF, Authentication-Results, and both in both orders."""
    passed = 0
    with opendmarc(tmp_path, [REAL, DECOY]) as path:
        for number, fields in delivery.fields.items():
            sender = delivery.paths[number].encode()
            for some in (fields[:1], fields[1:], fields, fields[::-1]):
                with Milter(path) as milter:
                    said = milter.message(b"F%d" % number, sender, *some, author=DECOY.encode())
                    assert said == "fail", (delivery.paths[number], some)
            with Milter(path) as milter:
                passed += milter.message(b"G%d" % number, sender, *fields, author=REAL.encode()) == "pass"
    assert passed > delivery.offered / 20, passed


def test_authres_reads_no_decoy(delivery):
    authres = pytest.importorskip("authres")
    judged = 0
    for number, value in values(delivery).items():
        header = authres.AuthenticationResultsHeader.parse_value(value)
        assert header.authserv_id == "mx.here.example"
        for result in header.results:
            for found in result.properties:
                assert not is_decoy(found.value), (delivery.paths[number], value)
                judged += found.name == "mailfrom" and result.result == "pass"
    assert judged > delivery.offered / 3


def test_rspamd_reads_no_decoy(delivery):
    program = shutil.which("rspamadm")
    if not program:
        pytest.skip("rspamd is not installed")
    read = values(delivery)
    done = subprocess.run([program, "lua", "-b", os.path.join(LIB, "rspamd.lua")], input="".join(
        f"{value}\n" for value in read.values()).encode(), stdout=subprocess.PIPE, timeout=60, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(read)
    for number, line in zip(read, lines):
        # Where the sender has no plain domain name there is no result to read.
        assert bool(re.search(r"\bspf=\w", line)) != ("; none (" in read[number]), (delivery.paths[number], line)
        for pair in line.split():
            assert not is_decoy(pair.rpartition("@")[2]), (delivery.paths[number], read[number], line)
    assert sum(f"smtp.mailfrom={REAL}" in line or f"@{REAL}" in line for line in lines) > 10


def test_spamassassin_takes_result_and_identity(delivery):
    """Whatever stands in the values: result and identity are those of our own words. HELO's is the one of senders
    that Postfix takes for empty, such as "(u@bank.example".
    """
    if subprocess.run(["perl", "-MMail::SpamAssassin", "-e1"], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("spamassassin is not installed")
    numbers = sorted(delivery.fields)
    texts = [re.sub(r"^Authentication-Results: .*\n(?:[ \t].*\n)*", "", delivery.texts[number], flags=re.M)
             .encode("ascii", "surrogateescape") for number in numbers]
    done = subprocess.run(["perl", os.path.join(LIB, "spamassassin.pl")], check=False, timeout=300,
                          input=b"".join(b"%d\n%s" % (len(text), text) for text in texts),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(numbers)
    for number, line in zip(numbers, lines):
        result, identity = re.match(r"Received-SPF: (\w+) \((\w+)\) ", delivery.fields[number][0]).groups()
        wanted = {"mailfrom": "SPF_", "helo": "SPF_HELO_"}[identity] + result.upper()
        assert line == wanted, (delivery.paths[number], delivery.fields[number][0], line)
