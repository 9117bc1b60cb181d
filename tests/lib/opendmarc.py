# SPDX-License-Identifier: MIT
"""OpenDMARC as Debian has it: a milter on a socket of its own, without DNS.

    with opendmarc(folder, ["pass.example"]) as path:
        with Milter(path) as milter: ...
"""

import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import time

import pytest

from lib.process import PATIENCE

CONFIG = """
Socket local:{folder}/socket
HistoryFile {folder}/history
PidFile {folder}/pid
TestDNSData {folder}/dns
AuthservID mx.dest.example
RecordAllMessages true
SPFIgnoreResults false
SPFSelfValidate {self_validate}
Syslog false
Background false
"""
FINAL_ANSWERS = (b"a", b"c", b"r", b"t", b"d", b"y")


class Milter:
    """One connection of the mail system to a milter (protocol version 6)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, command, *strings):
        data = command + b"".join(string + b"\0" for string in strings)
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def receive(self, size):
        data = b""
        while len(data) < size:
            data += self.socket.recv(size - len(data)) or pytest.fail("opendmarc hung up")
        return data

    def answer(self):
        """The next answer: a command byte and what belongs to it."""
        return self.receive(struct.unpack(">I", self.receive(4))[0])

    def ask(self, command, *strings):
        self.send(command, *strings)
        return self.answer()

    def message(self, job, sender, *fields, author=None):
        """Sends one message with these header fields of ours, From: a mailbox of the author's domain, or else of the
        sender's; what comes back is its DMARC result."""
        domain = author or sender.rpartition(b"@")[2] or b"pass.example"
        options = b"O" + struct.pack(">III", 6, 0x1FF, 0)
        self.socket.sendall(struct.pack(">I", len(options)) + options)
        self.answer()
        self.ask(b"Cclient.example\0" + b"4" + struct.pack(">H", 25) + b"192.0.2.5", b"")
        self.ask(b"H", b"helo.pass.example")
        self.send(b"DMi\0", job)
        self.ask(b"M", b"<" + sender + b">")
        self.ask(b"R", b"<r@dest.example>")
        for field in fields:
            self.ask(b"L", *field.encode().split(b": ", 1))
        self.ask(b"L", b"From", b"<a@" + domain + b">")
        self.ask(b"N")
        self.send(b"E")
        answers = [self.answer()]
        while answers[-1][:1] not in FINAL_ANSWERS:
            answers.append(self.answer())
        return re.search(rb" dmarc=(\w+)", b"".join(answers))[1].decode()


def listens(path):
    """A socket is there before one can connect to it."""
    try:
        Milter(path).socket.close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


@contextlib.contextmanager
def opendmarc(folder, domains, self_validate="false"):
    """The program, ready to be connected to at the path that this gives. The domains have a DMARC policy."""
    program = shutil.which("opendmarc", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        pytest.skip("opendmarc is not installed")
    (folder / "dns").write_text("".join(f"_dmarc.{domain} v=DMARC1; p=none\n" for domain in domains))
    (folder / "conf").write_text(CONFIG.format(folder=folder, self_validate=self_validate))
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen([program, "-f", "-c", folder / "conf"], stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + PATIENCE
        while not listens(str(folder / "socket")):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "said").read_text()
            time.sleep(0.02)
        yield str(folder / "socket")
    finally:
        process.terminate()
        process.wait(20)
