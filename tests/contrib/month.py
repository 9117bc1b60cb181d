# SPDX-License-Identifier: MIT
"""A month of a mail server's log as logrotate leaves it: plain and packed files, the lines of all services of a mail
server, lines that are broken, several identities and recipients, three SPF services one after the other.

What stands in it is known, so what report and replay make of it can be compared.
"""

import collections
import gzip
import lzma
import random
import time

DAYS = 28
# Of each sender domain: what the record says today, and what the log says that it said then.
DOMAINS = {
    "pass.example": ("v=spf1 ip4:192.0.2.0/24 -all", "Pass"),
    "fail.example": ("v=spf1 -all", "Fail"),
    "soft.example": ("v=spf1 ~all", "Softfail"),
    "moved.example": ("v=spf1 ip4:203.0.113.0/24 -all", "Pass"),     # accepted then, rejected now
    "mended.example": ("v=spf1 ip4:192.0.2.0/24 -all", "Fail"),      # the other way round
    "broken.example": ("v=spf1 ip4:192.0.2.0/24-all", "Permerror"),
    "none.example": (None, "None"),
}
ZONE = {name: [("TXT", record)] for name, (record, _) in DOMAINS.items() if record}
ZONE["helofail.example"] = [("TXT", "v=spf1 -all")]

NOISE = (
    "postfix/smtpd[{pid}]: connect from unknown[192.0.2.{n}]",
    "postfix/smtpd[{pid}]: disconnect from unknown[192.0.2.{n}] ehlo=1 mail=1 rcpt=1/2 data=1 quit=1 commands=5/6",
    "postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from x.example[192.0.2.{n}]: 554 5.7.1 Service unavailable; Client host "
    "[192.0.2.{n}] blocked using zen.example; from=<a@fail.example> to=<b@here.example> proto=ESMTP helo=<x.example>",
    "postfix/cleanup[{pid}]: 4F2A1B{n}: message-id=<20261101.{n}@pass.example>",
    "postfix/qmgr[{pid}]: 4F2A1B{n}: from=<a@fail.example>, size=1234, nrcpt=2 (queue active)",
    "postfix/lmtp[{pid}]: 4F2A1B{n}: to=<b@here.example>, relay=mx[private/lmtp], delay=0.2, dsn=2.0.0, status=sent",
    "opendkim[{pid}]: 4F2A1B{n}: mail.fail.example [192.0.2.{n}] not internal",
    "opendmarc[{pid}]: 4F2A1B{n}: SPF(mailfrom): fail.example fail",
    "dovecot: imap-login: Login: user=<b>, method=PLAIN, rip=192.0.2.{n}, lip=192.0.2.1, TLS",
    "policyd-spf[{pid}]: Starting",
    "policyd-spf[{pid}]: Read line: \"client_address=192.0.2.{n}\"",
    "policyd-spf[{pid}]: spfcheck: pyspf result: \"['Fail', 'SPF fail - not authorized', 'mailfrom']\"",
    "sshd[{pid}]: Failed password for invalid user policyd-spf from 192.0.2.{n} port 4711 ssh2",
)
BROKEN = (
    b"\0\0\0\0\0\0\0\0\n", b"Nov\n", b"\xff\xfe\x80 policyd-spf[1]: Fail; identity=mailfrom\n", b"\n",
    b"Nov 31 25:61:61 mx policyd-spf[1]: Fail; identity=mailfrom; client-ip=192.0.2.1; helo=x; "
    b"envelope-from=a@fail.example; receiver=h; action=reject; ms=1\n",
    b"x" * 70_000 + b"\n",
    b"{ \"SYSLOG_IDENTIFIER\": \"policyd-spf\", \"MESSAGE\": \"Fail; identity\n",
)
WHY = "Please see http://www.openspf.net/Why?s={scope};id={id};ip={client};r=here.example"


class Month:
    """.paths, newest first, as a shell lists them; .decisions: Counter of (identity, result, action); .changes: Counter of
    (domain, then, now); .rejected: Counter by domain.
    """

    def __init__(self, folder, seed):
        self.random = random.Random(seed)
        self.decisions = collections.Counter()
        self.changes = collections.Counter()
        self.rejected = collections.Counter()
        self.now = int(time.time()) // 86400 * 86400
        weeks = [self._week(week) for week in range(4)]
        names = ("mail.log.3.xz", "mail.log.2.gz", "mail.log.1", "mail.log")
        packers = (lzma.compress, gzip.compress, bytes, bytes)
        self.paths = []
        for name, pack, text in zip(names, packers, weeks):
            (folder / name).write_bytes(pack(text))
            self.paths.insert(0, str(folder / name))

    def _stamp(self, at):
        """Old files in syslog's form, newer ones as rsyslog writes them today."""
        local = time.localtime(at)
        if at < self.now - 14 * 86400:
            return time.strftime("%b ", local) + f"{local.tm_mday:2d}" + time.strftime(" %H:%M:%S", local)
        return time.strftime("%Y-%m-%dT%H:%M:%S", local) + ".123456" + \
            time.strftime("%z", local)[:3] + ":" + time.strftime("%z", local)[3:]

    def _week(self, week):
        lines = []
        for i in range(700):
            at = self.now - (4 - week) * 7 * 86400 + i * 7 * 86400 // 700
            start = f"{self._stamp(at)} mx ".encode()
            number = self.random.randrange(1, 250)
            for noise in self.random.sample(NOISE, 3):
                lines.append(start + noise.format(pid=self.random.randrange(99999), n=number).encode() + b"\n")
            if self.random.random() < 0.05:
                lines.append(self.random.choice(BROKEN))
            form = (self._python, self._perl, self._ours, self._ours)[week]
            for text in self._message(form, number):
                lines.append(start + text.encode() + b"\n")
            # Somebody who tries again and again while the log is rotated.
            for _ in range(3 if i in (0, 699) else 0):
                self._count("mailfrom", "Fail", "fail.example", "fail")
                lines += [start + text.encode() + b"\n"
                          for text in form("mailfrom", "Fail", "192.0.2.254", "h.none.example", "a@fail.example")]
        return b"".join(lines)[:-1 if week == 3 else None]

    def _message(self, form, number):
        domain = self.random.choice(list(DOMAINS))
        record, result = DOMAINS[domain]
        client = f"192.0.2.{number}"
        if self.random.random() < 0.1:
            self._count("helo", "Fail", "helofail.example", "fail")
            return form("helo", "Fail", client, "helofail.example", f"a@{domain}")
        now = {"moved.example": "fail", "mended.example": "pass", "broken.example": "permerror"}.get(domain, result.lower())
        self._count("mailfrom", result, domain, now)
        return form("mailfrom", result, client, "h.none.example", f"a+{number}@{domain}")

    def _count(self, identity, result, domain, now):
        then = result.lower()
        self.decisions[identity, then, "reject" if then == "fail" else "prepend"] += 1
        self.rejected[domain] += then == "fail"
        if then != now:
            self.changes[domain, then, now] += 1

    def _smtpd(self, client, reply, helo, sender):
        return f"postfix/smtpd[7]: NOQUEUE: reject: RCPT from x.example[{client}]: {reply.split()[0]} 5.7.23 <b@here.example>: " \
            f"Recipient address rejected: {reply.partition(' ')[2]}; from=<{sender}> to=<b@here.example> proto=ESMTP helo=<{helo}>"

    def _python(self, identity, result, client, helo, sender):
        if result != "Fail":
            header = f"Received-SPF: {result} ({identity}) identity={identity}; client-ip={client}; helo={helo}; " \
                f"envelope-from={sender}; receiver=here.example "
            return [f"policyd-spf[100]: : prepend {header}"]
        scope, name = ("helo", helo) if identity == "helo" else ("mfrom", sender)
        reply = "550 5.7.23 Message rejected due to: SPF fail - not authorized. " + \
            WHY.format(scope=scope, id=name, client=client)
        return [f"policyd-spf[100]: : {reply}", self._smtpd(client, reply.replace("5.7.23 ", "", 1), helo, sender)]

    def _perl(self, identity, result, client, helo, sender):
        scope, name = ("helo", helo) if identity == "helo" else ("mfrom", sender)
        if result == "Fail":
            reply = "550 " + WHY.format(scope=scope, id=name.replace("@", "%40"), client=client)
            return [f"postfix/policy-spf[8]: Policy action={reply}", self._smtpd(client, reply, helo, sender)]
        field = f"Received-SPF: {result.lower()} (d: {client} is what it is) receiver=mx; identity={identity}; " \
            f"envelope-from=\"{sender}\"; helo={helo}; client-ip={client}"
        # The second recipient of the message.
        return [f"postfix/policy-spf[8]: Policy action=PREPEND {field}", "postfix/policy-spf[8]: Policy action=DUNNO"]

    def _ours(self, identity, result, client, helo, sender):
        pairs = f"identity={identity}; client-ip={client}; helo={helo}; envelope-from={sender}; receiver=here.example"
        if result == "Fail":
            return [f"policyd-spf[9]: Fail; {pairs}; action=reject; mech=-all; lookups=0; voids=0; ms=3",
                    self._smtpd(client, "550 Message rejected due to: SPF fail - not authorized", helo, sender)]
        return [f"policyd-spf[9]: prepend Received-SPF: {result} ({identity}) {pairs}; action=prepend; lookups=0; voids=0; "
                "ms=3; qid=4F2A1B"]
