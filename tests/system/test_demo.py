# SPDX-License-Identifier: MIT
"""contrib/demo, which is make demo: its six requests get the right answers, without a network."""

import os
import pty
import re
import shutil
import subprocess

import pytest

from lib.policy import ROOT

DEMO = os.path.join(ROOT, "contrib", "demo")
REQUESTS = os.path.join(ROOT, "examples", "requests")


def run(*wrapper, program):
    done = subprocess.run([*wrapper, DEMO, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def shown(program):
    """What one run prints."""
    return run(program=program)


def parts(text):
    """{number: the part's text on one line}"""
    found = dict(re.findall(r"(?ms)^(\d)\. (.*?)(?=^\d\. |\Z)", text))
    return {int(number): re.sub(r"\s+", " ", part) for number, part in found.items()}


ANSWERS = [
    (1, "prepend Received-SPF: pass (mailfrom)", "prepend Received-SPF: Pass (mailfrom)"),
    (2, "550 5.7.23 Message rejected due to: SPF fail - not authorized", "Fail; identity=mailfrom"),
    (3, "prepend Received-SPF: softfail (mailfrom)", "prepend Received-SPF: Softfail (mailfrom)"),
    (4, "prepend Received-SPF: permerror (mailfrom)", "prepend Received-SPF: Permerror (mailfrom)"),
    (5, "prepend Received-SPF: pass (helo)", "prepend Received-SPF: Pass (helo)"),
    (6, "prepend X-Comment: SPF check N/A for local connections", "X-Comment: SPF check N/A"),
]


def test_answers(shown):
    found = parts(shown)
    for number, answer, log in ANSWERS:
        said, logged = re.fullmatch(r".* answer action=(.*) log (.*)", found[number]).groups()
        assert said.lower().startswith(answer.lower())
        assert log in logged


def test_names_the_error_and_the_domains_words(shown):
    found = parts(shown)
    assert "Invalid IP4 address: ip4:192.0.2.0/25-all" in found[4]
    assert "203.0.113.7 does not send mail for shop.example" in found[2]
    assert len(found) == len(os.listdir(REQUESTS)) == 6


def test_fits_two_screens_without_colour(shown):
    assert "\033" not in shown
    assert len(shown.splitlines()) <= 80
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 100


def test_needs_no_network(program):
    if shutil.which("unshare") is None or subprocess.run(
            ["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("not allowed to take the network away from a process (unshare --net)")
    assert parts(run("unshare", "--net", program=program)).keys() == set(range(1, 7))


def test_colours_on_a_terminal(program):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([DEMO, program], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        text += data
    os.close(ours)
    assert process.wait(60) == 0
    assert b"\033[32m" in text and b"\033[31m" in text


def test_missing_program_is_explained():
    done = subprocess.run([DEMO, "/no/such/program"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    assert done.returncode == 1 and "run make" in done.stderr and done.stdout == ""
