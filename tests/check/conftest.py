# SPDX-License-Identifier: MIT
"""Runs `spfpolicyd check` as a person would."""

import json
import subprocess

import pytest

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
