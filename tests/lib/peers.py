# SPDX-License-Identifier: MIT
"""Two verifiers from Debian packages that judge the same zones: pyspf and Mail::SPF."""

import os
import select
import subprocess
import warnings

from lib.rfc7208 import Answers
from lib.wire import NameError_

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    try:
        import spf
    except ImportError:
        spf = None


class Missing(Exception):
    """The package is not installed."""


class Pyspf:
    """pyspf in strict mode, its DNS replaced by a look into the zone (as its dnspython driver
    answers).
    """

    def __init__(self):
        if spf is None:
            raise Missing("python3-spf")
        self.answers = None
        spf.DNSLookup = self.lookup

    def lookup(self, name, rtype, strict=True, timeout=20):
        try:
            status, data = self.answers(name, rtype)
        except NameError_ as error:
            raise spf.TempError(f"DNS {error}") from None
        if status == "fail":
            raise spf.TempError("DNS failure")
        return [((name, rtype),
                 (item[0], item[1] + ".") if rtype == "MX" else item) for item in data]

    def check(self, zone, ip, helo, sender, identity="mailfrom"):
        """(result, explanation); "crash" when it raised what is no SPF result."""
        self.answers = Answers(zone)
        try:
            query = spf.query(i=ip, s="" if identity == "helo" else sender, h=helo,
                              receiver="unknown", strict=True)
            query.set_default_explanation("DEFAULT")
            result, _, explanation = query.check()
            return result, explanation
        except Exception as error:      # whatever a peer raises is its own defect
            return "crash", repr(error)


class MailSpf:
    """Mail::SPF in a child process that asks the DNS server at `port`."""

    def __init__(self, port):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mailspf.pl")
        if subprocess.run(["/usr/bin/perl", "-MMail::SPF", "-e", "1"], stderr=subprocess.DEVNULL,
                          check=False).returncode:
            raise Missing("libmail-spf-perl")
        self.process = subprocess.Popen(["/usr/bin/perl", script, str(port)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        bufsize=0)

    def check(self, ip, helo, sender, identity="mailfrom"):
        """(result, text); "crash" when it died of something or cannot be asked that."""
        scope = "helo" if identity == "helo" else "mfrom"
        name = helo if identity == "helo" else sender
        if "\t" in helo + name or not name:
            return "crash", "not asked"
        self.process.stdin.write(f"{scope}\t{ip}\t{helo}\t{name}\n".encode())
        if not select.select([self.process.stdout], [], [], 60)[0]:
            raise TimeoutError("Mail::SPF does not answer")
        result, _, text = self.process.stdout.readline().decode().rstrip("\n").partition("\t")
        return result, text

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
