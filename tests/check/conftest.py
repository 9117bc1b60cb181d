# SPDX-License-Identifier: MIT
"""Runs `spfpolicyd check` as a person would."""

import json
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.process import PATIENCE


class Output:
    """What came out: .status, .out and .err as text, .object the JSON that --json printed."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("ascii")
        self.err = done.stderr.decode("ascii")

    @property
    def object(self):
        return json.loads(self.out)

    def identity(self, name):
        return next(i for i in self.object["identities"] if i["identity"] == name)

    def lines(self):
        """The page's lines with runs of blanks made one, to be found whatever the columns are."""
        return [" ".join(line.split()) for line in self.out.splitlines()]


@pytest.fixture
def check(program, tmp_path):
    """check(*words, zone=text or None, options=[...], status=0): runs it, demands the status."""

    def run(*words, zone=None, options=(), status=0, env=None):
        command = [program, "check", *words]
        for option in ("skip_addresses =", *options):
            command += ["-o", option]
        if zone is not None:
            path = tmp_path / "zone"
            path.write_text(zone, encoding="ascii")
            command += ["--zone", str(path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, env=env,
                              check=False)
        output = Output(done)
        assert output.status == status, output.err
        return output

    return run


@pytest.fixture
def audit(program, tmp_path):
    """audit(*words, zone=text or None, status=0 or None for any): `check --domain shop.test`; the page, or the object of --json."""

    def run(*words, zone="", status=0, domain="shop.test", options=()):
        path = tmp_path / "zone"
        if zone is not None:
            path.write_text(zone, encoding="utf-8")
            words += ("--zone", str(path))
        # Names that are not in the zone file are asked for: never this machine's resolver.
        with DnsServer({}) as nothing:
            done = subprocess.run([program, "check", "-o", f"DNS_Servers = {nothing.address}", "--domain", domain, *words,
                                   *options], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        assert status is None or done.returncode == status, (done.stdout.decode("ascii"), done.stderr)
        text = done.stdout.decode("ascii")
        return json.loads(text) if "--json" in words else text

    return run
