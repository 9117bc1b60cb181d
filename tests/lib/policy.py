# SPDX-License-Identifier: MIT
"""Plays Postfix to the built binary: starts it, asks, reads exactly one reply, watches the rules.

    with DnsServer(zone) as dns, Daemon(dns=dns) as spf:
        reply = spf.ask(client_address="192.0.2.1", helo_name="mail.example.com",
                        sender="a@example.com", recipient="b@dest.example")
        assert reply.verb == "PREPEND"
        assert reply.received_spf.result == "pass"
        assert reply.log.result == "pass"

Every reply is held against the rules of the protocol, whatever the test is about: one block, one
line, printable ASCII, a verb from the list, in time. close() (or the end of the with block) demands
that nothing else was ever written, that the log is printable, and that the exit status is 0.
"""

import functools
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import time

from lib.process import PATIENCE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REPLY = re.compile(
    rb"action=(?:DUNNO|dunno"
    rb"|(?:PREPEND|prepend) [!-9;-~]+: ?[ -~]+"
    rb"|(?:REJECT|DEFER_IF_PERMIT|defer_if_permit)(?: [ -~]+)?"
    rb"|[45]\d\d [ -~]+)\n\n")
IDENT = re.compile(r"^[\w./-]+\[\d+\]: ")      # what syslog(3) puts before the words
RESULTS = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
DECISION = re.compile(
    r"^(?:prepend Received-SPF: (?P<header>[A-Z][a-z]+) \((?P<comment>.*?)\) (?=identity=)"
    r"|(?P<bare>[A-Z][a-z]+); (?=identity=)"
    r"|prepend X-Comment: (?P<exempt>.*))")
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"


def binary():
    """The program under test: $SPFPOLICYD, else build/spfpolicyd."""
    return os.environ.get("SPFPOLICYD") or os.path.join(ROOT, "build", "spfpolicyd")


@functools.lru_cache(None)
def is_sanitized(program):
    """Built with AddressSanitizer, whose leak check stops the threads at exit, or with gcov, which
    writes its counters then: no sandbox lets them do it.
    """
    with open(program, "rb") as stream:
        data = stream.read()
    return b"__asan_init" in data or b"__gcov_exit" in data or b"gcda" in data


@functools.lru_cache(None)
def is_static(program):
    """Made by make static: there is no library that one preloaded could take the place of."""
    return b", static" in subprocess.run([program, "-V"], stdout=subprocess.PIPE, check=True).stdout


class ProtocolError(AssertionError):
    """The program broke a rule of the protocol."""


class ReceivedSpf:
    """A Received-SPF field, read strictly by the grammar of RFC 7208 section 9.1.

    .result (lower case), .comment (without the outer parentheses, None when absent), .fields (dict;
    names lower case, quoted-strings without quotes), .quoted (names whose value was quoted).
    """

    NAME = "Received-SPF: "

    def __init__(self, line):
        self.line = line
        if not line.startswith(self.NAME):
            raise ProtocolError(f"not a Received-SPF field: {line!r}")
        if not re.fullmatch(r"[ -~]+", line):
            raise ProtocolError(f"not printable ASCII: {line!r}")
        rest = line[len(self.NAME):]
        match = re.match(r"(%s)(?: |$)" % "|".join(RESULTS), rest)
        if not match:
            raise ProtocolError(f"result is not one of RFC 7208: {line!r}")
        self.result = match.group(1)
        rest = rest[match.end():]
        self.comment, rest = self._read_comment(rest)
        self.fields, self.quoted = self._read_fields(rest)

    def _read_comment(self, rest):
        if not rest.startswith("("):
            return None, rest
        depth, i, text = 0, 0, ""
        while i < len(rest):
            char = rest[i]
            if char == "\\" and i + 1 < len(rest):
                text += rest[i + 1]
                i += 2
                continue
            depth += {"(": 1, ")": -1}.get(char, 0)
            i += 1
            if depth == 0:
                break
            text += char
        if depth:
            raise ProtocolError(f"comment without end: {self.line!r}")
        if not rest[i:].startswith(" ") and rest[i:]:
            raise ProtocolError(f"no blank after the comment: {self.line!r}")
        return text[1:], rest[i:].lstrip(" ")

    def _read_fields(self, rest):
        fields, quoted = {}, set()
        pair = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(?:(%s+(?:\.%s+)*)|\"((?:[^\"\\]|\\.)*)\")"
                          % (ATEXT, ATEXT))
        while rest:
            match = pair.match(rest)
            if not match:
                raise ProtocolError(f"no key=value at {rest!r} in {self.line!r}")
            key = match.group(1).lower()
            if key in fields:
                raise ProtocolError(f"{key} twice in {self.line!r}")
            if match.group(2) is None:
                quoted.add(key)
                fields[key] = re.sub(r"\\(.)", r"\1", match.group(3))
            else:
                fields[key] = match.group(2)
            rest = rest[match.end():]
            if rest and not re.match(r"; ?", rest):
                raise ProtocolError(f"no ; at {rest!r} in {self.line!r}")
            rest = re.sub(r"^; ?", "", rest)
        return fields, quoted

    def __getitem__(self, key):
        return self.fields[key]


class LogLine:
    """One decision's log line.

    .text as written; .result lower case (None for exempt mail); .prepended: the header form;
    .exempt: what follows "X-Comment: "; .fields: the key=value pairs, later ones win as log
    readers do.
    """

    def __init__(self, text):
        self.text = text
        match = DECISION.match(text)
        if not match:
            raise ProtocolError(f"not a decision's log line: {text!r}")
        title = match.group("header") or match.group("bare")
        self.prepended = match.group("header") is not None
        self.exempt = match.group("exempt")
        self.result = title.lower() if title else None
        if title and (self.result not in RESULTS or title != self.result.capitalize()):
            raise ProtocolError(f"no such result in the log: {text!r}")
        self.fields = dict(re.findall(r"([-\w]+)=([^;]*)(?:;|$)", text[match.end():]
                                      if title else text))

    def __getitem__(self, key):
        return self.fields[key]

    def get(self, key, default=None):
        return self.fields.get(key, default)


class Reply:
    """What came back: .raw bytes, .action text after "action=", .verb, .rest, .log (LogLine or
    None).
    """

    def __init__(self, raw):
        self.raw = raw
        self.action = raw[7:-2].decode("ascii")
        self.verb, _, self.rest = self.action.partition(" ")
        self.verb = self.verb.upper()
        self.log = None

    @property
    def received_spf(self):
        """The prepended field, parsed; fails when something else came."""
        if self.verb != "PREPEND":
            raise ProtocolError(f"no header in {self.action!r}")
        return ReceivedSpf(self.rest)

    def __repr__(self):
        return f"<Reply {self.action!r}, log {self.log.text if self.log else None!r}>"


SENDER = "sender@example.com"


def logged_sender(sender):
    """The first part of what the log shows as envelope-from."""
    raw = sender if isinstance(sender, bytes) else (sender or "").encode("utf-8")
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7f and byte not in b";\\" else f"\\x{byte:02x}"
                    for byte in raw)
    return shown[:200] if raw else "<>"


def request(**attributes):
    """A request block as bytes. Values are text or bytes; None leaves an attribute out."""
    values = {
        "request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP",
        "client_address": "192.0.2.1", "client_name": "unknown", "helo_name": "mail.example.com",
        "sender": SENDER, "recipient": "rcpt@dest.example", "recipient_count": "0",
        "queue_id": "", "instance": "", "size": "0", "sasl_method": "", "sasl_username": "",
    }
    values.update(attributes)
    block = b""
    for name, value in values.items():
        if value is not None:
            value = value if isinstance(value, bytes) else str(value).encode("utf-8")
            block += name.encode() + b"=" + value + b"\n"
    return block + b"\n"


class Daemon:
    """The program in service.

    dns       a DnsServer (sets DNS_Servers)
    options   dict or list of "Name = value" for -o; win over what the harness sets
    config    text of a configuration file, written to a directory of its own and given with -c
    socket    True: descriptors 0, 1 and 2 are one AF_UNIX socket, as spawn(8) does it; then there is
              no log to read, unless log_to names a file descriptor
    wrapper   words put before the command (strace); before them those of $SPFPOLICYD_WRAPPER, e.g.
              "valgrind -q --error-exitcode=99". Under these, and with sanitizers, Sandbox = No
    deadline  seconds a reply may take
    .log_lines  everything logged so far, without the "ident[pid]: " in front
    status    exit status that close() demands; None = any
    verbs     pattern of further actions, for configured restrictions
    """

    # No client is exempt by itself.
    DEFAULTS = {"skip_addresses": "", "Private_Clients": "Judge", "Log": "stderr", "TestOnly": "1"}

    def __init__(self, dns=None, options=(), config=None, socket=False, wrapper=(), deadline=PATIENCE,
                 status=0, env=None, program=None, verbs=None, directory=None):
        self.deadline = deadline
        self.status = status
        self.verbs = re.compile(verbs) if verbs else None
        self.socket_mode = socket
        self.log_lines = []
        self._log_rest = b""
        self._out = b""
        self._file = None
        settings = dict(self.DEFAULTS)
        if socket:
            settings["Log"] = "none"
        if dns is not None:
            settings["DNS_Servers"] = dns if isinstance(dns, str) else dns.address
        if isinstance(options, dict):
            options = [f"{name} = {value}" for name, value in options.items()]
        program = program or binary()
        around = shlex.split(os.environ.get("SPFPOLICYD_WRAPPER", ""))
        if around or is_sanitized(program):
            settings["Sandbox"] = "No"
        command = [*around, *wrapper, program]
        if config is not None:
            command += ["-c", self._write_config(config, directory)]
        for name, value in settings.items():
            command += ["-o", f"{name} = {value}"]
        for option in options:
            command += ["-o", option]
        self.command = command
        self._start(env)

    def _write_config(self, text, directory):
        import tempfile
        handle, self._file = tempfile.mkstemp(prefix="spfpolicyd-", suffix=".conf", dir=directory)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(self._file, 0o644)
        return self._file

    def _start(self, env):
        if self.socket_mode:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            self.process = subprocess.Popen(self.command, stdin=theirs, stdout=theirs,
                                            stderr=theirs,
                                            env=env, close_fds=True)
            theirs.close()
            self._socket = ours
            self._in_fd = self._out_fd = ours.fileno()
            self._log_fd = None
        else:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=env,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            bufsize=0)
            self._socket = None
            self._in_fd = self.process.stdin.fileno()
            self._out_fd = self.process.stdout.fileno()
            self._log_fd = self.process.stderr.fileno()
            os.set_blocking(self._log_fd, False)
        os.set_blocking(self._out_fd, False)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self.kill()

    @property
    def pid(self):
        return self.process.pid

    # -- asking

    def send(self, data):
        """Raw bytes to the program."""
        view = memoryview(data)
        end = time.monotonic() + self.deadline
        while view:
            if not select.select([], [self._in_fd], [], max(0, end - time.monotonic()))[1]:
                raise ProtocolError("the program does not read")
            try:
                view = view[os.write(self._in_fd, view[:65536]):]
            except BlockingIOError:
                continue

    def read_reply(self, deadline=None):
        """Exactly one reply, or a ProtocolError. None when the program closed without a word."""
        end = time.monotonic() + (deadline or self.deadline)
        while b"\n\n" not in self._out:
            if not self._read(end):
                if self._out:
                    raise ProtocolError(f"half a reply: {self._out!r}")
                return None
        end = self._out.index(b"\n\n") + 2
        raw, self._out = self._out[:end], self._out[end:]
        self._check(raw)
        return Reply(raw)

    def _check(self, raw):
        if not re.fullmatch(rb"[\n -~]*", raw):
            raise ProtocolError(f"reply is not printable ASCII: {raw!r}")
        if REPLY.fullmatch(raw):
            return
        if self.verbs and raw.count(b"\n") == 2 and self.verbs.fullmatch(raw[7:-2].decode("ascii")):
            return
        raise ProtocolError(f"not an allowed reply: {raw!r}")

    def _read(self, end):
        """Reads what is there, waiting until `end`; False at the end of the program's output."""
        watched = [fd for fd in (self._out_fd, self._log_fd) if fd is not None]
        ready = select.select(watched, [], [], max(0, end - time.monotonic()))[0]
        if not ready:
            raise ProtocolError(f"no reply within {self.deadline} s; log: {self.log_lines[-3:]}")
        if self._log_fd in ready:
            self._read_log()
        if self._out_fd in ready:
            try:
                data = os.read(self._out_fd, 65536)
            except BlockingIOError:
                return True
            except ConnectionResetError:
                data = b""
            self._out += data
            return bool(data)
        return True

    def _read_log(self):
        try:
            data = os.read(self._log_fd, 65536)
        except BlockingIOError:
            return
        if not data:
            self._log_fd = None
            return
        *lines, self._log_rest = (self._log_rest + data).split(b"\n")
        for line in lines:
            if not re.fullmatch(rb"[ -~]*", line):
                raise ProtocolError(f"log line is not printable ASCII: {line!r}")
            self.log_lines.append(IDENT.sub("", line.decode("ascii")))

    def ask(self, log=True, **attributes):
        """One request and its reply. log=True: there must be a decision's log line, as reply.log.
        """
        before = len(self.log_lines)
        self.send(request(**attributes))
        reply = self.read_reply()
        if reply is None:
            raise ProtocolError(f"no reply, the program ended; status {self.wait()}, "
                                f"log: {self.log_lines[-5:]}")
        if log and not self.socket_mode:
            reply.log = self._decision(before, logged_sender(attributes.get("sender", SENDER)))
        if self._out:
            raise ProtocolError(f"more than one reply: {self._out!r}")
        return reply

    def _decision(self, before, sender=""):
        """The line about this sender (any when empty): one of an earlier request, read raw, may still come late."""
        end = time.monotonic() + PATIENCE
        while True:
            for line in self.log_lines[before:]:
                if DECISION.match(line) and f"; envelope-from={sender}" in line:
                    return LogLine(line)
            left = end - time.monotonic()
            if self._log_fd is None or left <= 0 or not select.select([self._log_fd], [], [],
                                                                      left)[0]:
                raise ProtocolError(f"no log line for the decision, only {self.log_lines[before:]}")
            self._read_log()

    # -- ending

    def wait(self, timeout=PATIENCE):
        """The exit status after the program ended by itself; its last log lines are read."""
        status = self.process.wait(timeout)
        self._drain()
        return status

    def _drain(self):
        end = time.monotonic() + PATIENCE
        while self._log_fd is not None and time.monotonic() < end:
            if select.select([self._log_fd], [], [], end - time.monotonic())[0]:
                self._read_log()
        try:
            while True:
                data = os.read(self._out_fd, 65536)
                if not data:
                    break
                self._out += data
        except OSError:
            pass

    def end_input(self):
        """End of the peer's input, as when smtpd goes away; what was written can still be read."""
        if self._socket:
            self._socket.shutdown(socket.SHUT_WR)
        elif not self.process.stdin.closed:
            self.process.stdin.close()

    def close(self):
        """EOF, then the program must end with the status demanded and no further byte."""
        self.end_input()
        try:
            status = self.wait(self.deadline)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProtocolError("the program does not end after EOF") from None
        rest = self._out
        self._release()
        if rest:
            raise ProtocolError(f"bytes after the last reply: {rest!r}")
        if self.status is not None and status != self.status:
            raise ProtocolError(f"exit status {status}, log: {self.log_lines[-5:]}")

    def kill(self):
        """Ends the program for sure; asks no questions."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._release()

    def _release(self):
        if self._socket:
            self._socket.close()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                stream.close()
        if self._file:
            os.unlink(self._file)
            self._file = None
