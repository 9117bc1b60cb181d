# SPDX-License-Identifier: MIT
"""Mail through a private Postfix, over hundreds of connections at once, while things go wrong around it.

    soak.py SECONDS CONNECTIONS

Each sender's domain names its right verdict (pass-17.soak.example), and every reply is held against it. What
had to be let in must be in the mailbox at the end, exactly once, with a Received-SPF of that verdict and of
that sender; what was refused must not. Meanwhile DNS is slow, fails, is spoofed and restarted; so is the
logger; Postfix reloads; clients vanish in the middle. The one other verdict that a mail may get is temperror,
when DNS did not answer in time, and it is counted; a mail system in trouble may defer, which is counted too.
"""

import collections
import itertools
import os
import random
import re
import resource
import shutil
import signal
import smtplib
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import mailsystem, policy  # noqa: E402
from lib.dnsserver import Behaviour, Datagram, DnsServer  # noqa: E402
from lib.mailsystem import DOMAIN, Postfix, Service  # noqa: E402

CLIENT, VARIANTS = "192.0.2.1", 20
HERE = f"rcpt@{DOMAIN}"
GOOD = f"v=spf1 ip4:{CLIENT} -all"


def spoof(query):
    """Three forgeries before the truth: another ID, another port, another question. All say +all."""
    name = query[12:query.index(b"\0", 12) + 5]
    text = b"v=spf1 +all"
    record = b"\xc0\x0c" + struct.pack("!HHIHB", 16, 1, 0, len(text) + 1, len(text)) + text
    def answer(ident, question=name, body=record):
        return ident + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + question + body
    truth = b"v=spf1 -all"
    right = b"\xc0\x0c" + struct.pack("!HHIHB", 16, 1, 0, len(truth) + 1, len(truth)) + truth
    wrong = bytes([query[0] ^ 0x55, query[1] ^ 0xaa])
    return [(0, answer(wrong)), Datagram(0, answer(query[:2]), True),
            (1, answer(query[:2], b"\x05other\4test\0\0\x10\0\1")), (20, answer(query[:2], body=right))]


# kind -> (right verdict, rows of the domain)
KINDS = {
    "pass": ("pass", [("TXT", GOOD)]),
    "slowpass": ("pass", [("TXT", GOOD), Behaviour(delay_ms=600)]),
    "tcppass": ("pass", [("TXT", "v=spf1 include:deep.soak.example -all"), Behaviour(truncate=True)]),
    "fail": ("fail", [("TXT", "v=spf1 a:other.soak.example -all")]),
    "slowfail": ("fail", [("TXT", "v=spf1 ip4:198.51.100.1 -all"), Behaviour(delay_ms=900)]),
    "spoofedfail": ("fail", [Behaviour("TXT", raw=spoof)]),
    "softfail": ("softfail", [("TXT", "v=spf1 mx:other.soak.example ~all")]),
    "neutral": ("neutral", [("TXT", "v=spf1 ?all")]),
    "none": ("none", [("TXT", "nothing of that kind")]),
    "servfail": ("temperror", ["SERVFAIL"]),
    "silent": ("temperror", ["DROP"]),
    "broken": ("permerror", [("TXT", "v=spf1 ip4:1.2.3.4/99 \x01 -all")]),
    "twice": ("permerror", [("TXT", GOOD), ("TXT", "v=spf1 -all")]),
    "deep": ("permerror", [("TXT", "v=spf1 " + " ".join(f"include:deep{i}.soak.example" for i in range(11)) + " -all")]),
}
REFUSED = {"fail"}
KIND_NAMES = sorted(KINDS)


def zone():
    names = {f"{kind}-{i}.soak.example": rows for kind, (_, rows) in KINDS.items() for i in range(VARIANTS)}
    names["deep.soak.example"] = [("TXT", f"v=spf1 ip4:{CLIENT} ?all")]
    names.update({f"deep{i}.soak.example": [("TXT", "v=spf1 ip4:198.51.100.9 ?all")] for i in range(11)})
    names["other.soak.example"] = [("A", "198.51.100.2"), ("MX", [1, "other.soak.example"])]
    return names


def start_dns(port=0):
    """The server, on a port that no connection is given meanwhile: it comes back on the same one."""
    for port in [port] if port else random.sample(range(10000, 30000), 100):
        try:
            server = DnsServer(zone(), port=port)
        except OSError:
            continue
        return server.__enter__()
    raise SystemExit(f"soak: cannot serve DNS, last tried on port {port}")


class MailSystem(Postfix):
    """As many smtpd and spfpolicyd as there are connections."""

    connections = 0

    def configure(self):
        path = os.path.join(self.etc, "main.cf")
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("default_process_limit = 20",
                                       f"default_process_limit = {self.connections + 50}\nvirtual_destination_concurrency_limit = 20")
        # At a reload, master and the one postlogd that it has to start wait for each other under such a load.
        if self.namespace:
            text = re.sub(r"(?m)^maillog_file = .*\n", "", text)
        mailsystem.write(path, text + "smtpd_client_event_limit_exceptions = static:all\nin_flow_delay = 0\n")


class Soak:
    def __init__(self, seconds, connections):
        self.end = time.monotonic() + seconds
        self.connections = connections
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.serial = itertools.count(1)
        self.accepted = {}          # subject -> (sender, verdict)
        self.unsure = set()         # subjects whose end the client did not see
        self.wrong = []

    def note(self, what, complaint=None):
        with self.lock:
            self.count[what] += 1
            if complaint:
                self.wrong.append(complaint)

    # -- one client

    def client(self, seed, postfix):
        chance = random.Random(seed)
        while time.monotonic() < self.end:
            try:
                with postfix.client(CLIENT, f"client-{seed}.soak.example") as smtp:
                    for _ in range(chance.randint(1, 4)):
                        if not self.mail(smtp, chance):
                            break
            except (smtplib.SMTPServerDisconnected, AssertionError, OSError):
                self.note("connection lost or not served")     # a reload does that; 421
                time.sleep(chance.uniform(0.1, 0.5))

    def mail(self, smtp, chance):
        """One transaction; False when the client has gone."""
        if chance.random() < 0.05:
            return self.oversized(smtp, chance)
        kind = chance.choice(KIND_NAMES)
        verdict = KINDS[kind][0]
        serial = next(self.serial)
        sender = f"s{serial}@{kind}-{chance.randrange(VARIANTS)}.soak.example"
        subject = f"soak-{serial}"
        self.note("sent")
        smtp.docmd("RSET")
        smtp.docmd(f"MAIL FROM:<{sender}>")
        if chance.random() < 0.05:
            smtp.send(f"RCPT TO:<{HERE}>\r\n")
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, 0.3))
            smtp.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            smtp.close()
            self.note("vanished")
            return False
        try:
            code, text = smtp.docmd(f"RCPT TO:<{HERE}>")
        except (smtplib.SMTPServerDisconnected, OSError):
            self.note("broken off")
            raise
        text = text.decode("ascii", "replace")
        if 400 <= code < 500:
            # Only trouble of the mail system or of DNS defers, never a verdict.
            self.note("deferred")
            return code != 421
        if code == 550:
            right = verdict in REFUSED and "5.7.23" in text
            self.note("refused", None if right else f"{sender}: {code} {text}")
            return True
        if code != 250:
            self.note("odd", f"{sender}: {code} {text}")
            return True
        self.data(smtp, sender, verdict, subject)
        return True

    def data(self, smtp, sender, verdict, subject):
        with self.lock:
            self.accepted[subject] = (sender, verdict)
            self.unsure.add(subject)
        message = f"Subject: {subject}\r\nFrom: {sender}\r\n\r\nsoak\r\n.\r\n"
        try:
            code, _ = smtp.docmd("DATA")
            if code == 354:
                smtp.send(message)
                code, _ = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, OSError):
            self.note("broken off")
            raise
        with self.lock:
            self.unsure.discard(subject)
            if code == 250:
                self.count["accepted"] += 1
            else:
                del self.accepted[subject]
                self.count["deferred"] += 1

    def oversized(self, smtp, chance):
        """A sender longer than any domain or path may be: any answer, no harm."""
        smtp.docmd("RSET")
        sender = "x" * chance.choice([64, 300, 900]) + "@" + ".".join(["y" * 63] * chance.randint(3, 12)) + ".example"
        self.note("oversized")
        smtp.docmd(f"MAIL FROM:<{sender}>")
        code, text = smtp.docmd(f"RCPT TO:<{HERE}>")
        if code == 550 and b"SPF fail" in text:
            self.note("oversized misjudged", f"oversized: {text!r}")
        return code != 421

    # -- what goes wrong

    def disturb(self, postfix, servers):
        chance = random.Random(1)
        turns = itertools.cycle([lambda: self.reload(postfix), lambda: self.restart_dns(servers),
                                 lambda: self.restart_logger(postfix)])
        while time.monotonic() < self.end - 3:
            time.sleep(chance.uniform(2, 4))
            next(turns)()

    def reload(self, postfix):
        os.kill(postfix.master, signal.SIGHUP)      # "postfix reload", without a line in the machine's own log
        self.note("reloads of postfix")

    def restart_dns(self, servers):
        port = servers[0].port
        servers[0].stop()
        time.sleep(1)
        servers[0] = start_dns(port)
        self.note("restarts of DNS")

    def restart_logger(self, postfix):
        if not postfix.namespace:
            return
        old = postfix.tap
        path = os.path.join(postfix.directory, "log.socket")
        old.close()
        os.unlink(path)
        time.sleep(0.5)
        new = mailsystem.SyslogTap(path)
        new.entries, new.odd = old.entries + new.entries, old.odd + new.odd
        postfix.tap = new
        self.note("restarts of the logger")

    # -- the account

    def read_mailbox(self, postfix):
        """Holds what was delivered against what was let in."""
        def arrived():
            found = collections.Counter(message["Subject"] for message in postfix._mailbox())
            return found if all(found[s] for s in self.accepted if s not in self.unsure) else None
        try:
            mailsystem.wait_until(arrived, 120, "all mail delivered")
        except AssertionError:
            pass        # told one by one below
        seen = collections.Counter()
        copies = set()
        for message in postfix._mailbox():
            subject = message["Subject"]
            # Postfix names the queue file in it. It promises to deliver one at least once, whatever happens.
            copy = (subject, message["Message-Id"])
            if copy in copies:
                self.note("second copies of one queue file, made by Postfix")
                continue
            copies.add(copy)
            seen[subject] += 1
            if subject not in self.accepted:
                self.note("delivered wrongly", f"{subject} was not let in")
                continue
            self.read_message(message, *self.accepted[subject])
        for subject, (sender, _) in self.accepted.items():
            if seen[subject] > 1 or (seen[subject] == 0 and subject not in self.unsure):
                self.note("lost or doubled", f"{subject} of {sender} was delivered {seen[subject]} times")

    def read_message(self, message, sender, verdict):
        self.note("delivered")
        fields = message.get_all("Received-SPF") or []
        if len(fields) != 1:
            self.note("odd", f"{sender}: {len(fields)} Received-SPF")
            return
        field = policy.ReceivedSpf("Received-SPF: " + re.sub(r"\r?\n[ \t]+", " ", fields[0]))
        if field["envelope-from"] != sender:
            self.note("wrong", f"{sender} was judged as {field['envelope-from']}")
        elif field.result == verdict:
            self.note(f"verdict {verdict}")
        elif field.result == "temperror":
            self.note(f"temperror in place of {verdict}")
        else:
            self.note("wrong", f"{sender}: {field.result}")

    def read_log(self, postfix):
        """Each decision that was logged is about a sender of ours, with the verdict of its name."""
        for line in postfix.tap.lines:
            if not policy.DECISION.match(line):
                continue
            decision = policy.LogLine(line)
            match = re.fullmatch(r"s\d+@(\w+)-\d+\.soak\.example", decision.get("envelope-from", ""))
            self.note("decisions logged")
            if match and decision["identity"] == "mailfrom" and decision.result not in (KINDS[match.group(1)][0], "temperror"):
                self.note("wrong", f"logged: {line}")
        for line in postfix.tap.odd:
            self.note("odd", f"logged: {line!r}")

    def run(self, postfix, servers):
        threads = [threading.Thread(target=self.client, args=(i, postfix), daemon=True)
                   for i in range(self.connections)]
        for thread in threads:
            thread.start()
        self.disturb(postfix, servers)
        for thread in threads:
            thread.join(max(1.0, self.end + 90 - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            self.note("odd", "a client still waits for an answer")
        self.read_mailbox(postfix)
        self.read_log(postfix)

    def report(self):
        """Prints the account; the number of complaints."""
        for what, count in sorted(self.count.items()):
            print(f"{count:8} {what}")
        total = sum(self.count[what] for what in ("accepted", "refused", "deferred", "vanished", "broken off", "odd"))
        print(f"{self.count['sent']:8} sent = {total} accepted, refused, deferred, vanished, broken off")
        if total != self.count["sent"]:
            self.wrong.append("a mail is not accounted for")
        for what in ("refused", *(f"verdict {verdict}" for verdict, _ in KINDS.values() if verdict not in REFUSED)):
            if not self.count[what]:
                self.wrong.append(f"never seen, which proves nothing: {what}")
        for complaint in self.wrong[:50]:
            print("WRONG:", complaint)
        print(f"soak: {len(self.wrong)} wrong")
        return len(self.wrong)


def main():
    seconds, connections = float(sys.argv[1]), int(sys.argv[2])
    reason = mailsystem.why_not()
    if reason:
        sys.exit(f"soak: {reason}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * connections + 1000
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"soak: {wanted} descriptors are needed, {hard} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    MailSystem.connections = connections
    soak = Soak(seconds, connections)
    folder = tempfile.mkdtemp(prefix="spfpolicyd-soak-")
    os.chmod(folder, 0o755)
    servers = [start_dns()]
    try:
        service = {"default": Service("Lookup_Time = 5")}
        with MailSystem(folder, service, servers[0].address, policy.binary()) as postfix:
            soak.end = time.monotonic() + seconds
            soak.run(postfix, servers)
    finally:
        servers[0].stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if soak.report() else 0)


if __name__ == "__main__":
    main()
