# SPDX-License-Identifier: MIT
"""Session transcripts: NAME.in says what is asked, NAME.ref what came back.

NAME.in, one thing a line, blocks apart by an empty line:

    # comment
    option Mail_From_reject = Fail
    zone d.test TXT "v=spf1 mx -all"
    zone d.test MX 10 mx.d.test
    zone slow.test SERVFAIL

    client_address=192.0.2.1
    sender=user@d.test

    check --ip 192.0.2.1 --from user@d.test

`option` and `zone` lines hold for what follows; new ones start another process. A zone line is a row of
lib.dnsserver.Zone: a name, a type and data, or a name and one of its words. A block of attributes is one
policy request; what it does not name is as in lib.policy.request(). "\\xNN" in a value or a text is that byte. A
check line is `spfpolicyd check`, with the zone as a zone file and the same options. A line "queries" has
the different DNS queries of each later request told.

NAME.ref repeats each request after ">", then has the reply and the log lines as they came; what varies
(milliseconds) is replaced by N.
"""

import re
import shlex
import subprocess

from lib import policy
from lib.process import PATIENCE, settled

VARIES = [
    (re.compile(r"\bms=\d+"), "ms=N"),
    (re.compile(r"\bpolicyd-spf\[\d+\]"), "policyd-spf[N]"),
    (re.compile(r"\b127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r'("ms": )\d+'), r"\1N"),
]


def stable(text):
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text


def unescape(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8"))


def row(words):
    """A row of lib.dnsserver.Zone."""
    if len(words) == 1:
        return words[0]
    rtype, *data = words
    if rtype == "TXT":
        data = [unescape(text) for text in data]
    return rtype, data if len(data) > 1 else data[0]


def master_file(zone):
    """The zone as `check --zone` reads it."""
    lines = []
    for name, rows in zone.items():
        for words in rows:
            rtype, *data = ["FAIL"] if words == ["SERVFAIL"] else words
            if rtype in ("MX", "PTR", "CNAME"):
                data[-1] += "."
            if rtype == "TXT":
                data = ['"%s"' % text.replace("\\", "\\\\").replace('"', '\\"') for text in data]
            lines.append(" ".join([name + ".", rtype, *data]))
    return "\n".join(lines) + "\n"


class Session:
    """Plays NAME.in; .output is what NAME.ref should be."""

    def __init__(self, program, dns, folder):
        self.program = program
        self.dns = dns
        self.folder = folder
        self.options = []
        self.zone = {}
        self.daemon = None
        self.tells_queries = False
        self.output = []

    def play(self, text):
        try:
            for block in re.split(r"\n(?:[ \t]*\n)+", text):
                self._block([line for line in block.splitlines() if line and not line.startswith("#")])
            self._end()
        finally:
            if self.daemon:
                self.daemon.kill()
        return stable("\n\n".join(self.output) + "\n")

    def _block(self, lines):
        request = {}
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "option":
                self._end()
                self.options.append(rest)
                self.output.append(f"> option {rest}")
            elif word == "zone":
                self._end()
                name, *words = shlex.split(rest)
                self.zone.setdefault(name, []).append(words)
            elif word == "check":
                self._check(rest)
            elif line == "queries":
                self.tells_queries = True
            else:
                name, equals, value = line.partition("=")
                if not equals:
                    raise ValueError(f"not a line of a session: {line!r}")
                request[name] = unescape(value)
        if request:
            self._request(request)

    def _request(self, attributes):
        if not self.daemon:
            self.dns.set_zone({name: [row(words) for words in rows] for name, rows in self.zone.items()})
            restrictions = [re.escape(value) for option in self.options
                            for value in re.findall(r"_restriction = (.+)", option)]
            self.daemon = policy.Daemon(program=self.program, dns=self.dns, options=self.options,
                                        verbs="|".join(restrictions))
        self.dns.clear()
        before = len(self.daemon.log_lines)
        self.daemon.send(policy.request(**attributes))
        reply = self.daemon.read_reply()
        # The log line is written before the process waits for the next request.
        settled(self.daemon.pid)
        self.daemon._read_log()
        said = " ".join(f"{name}={value.decode('utf-8', 'backslashreplace')}"
                        for name, value in attributes.items())
        came = [f"> {said}", f"action={reply.action}", *self.daemon.log_lines[before:]]
        if self.tells_queries:
            asked = sorted({f"{q.type} {q.name}" for q in self.dns.questions()})
            came.append("queries: " + (", ".join(asked) or "none"))
        self.output.append("\n".join(came))

    def _check(self, words):
        zone = self.folder / "zone"
        zone.write_text(master_file(self.zone), encoding="utf-8")
        command = [self.program, "check", *shlex.split(words), "--zone", zone, "-o", "skip_addresses ="]
        for option in self.options:
            command += ["-o", option]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        self.output.append(f"> check {words}\n{done.stdout.decode()}{done.stderr.decode()}"
                           f"exit status {done.returncode}")

    def _end(self):
        if self.daemon:
            daemon, self.daemon = self.daemon, None
            daemon.close()
