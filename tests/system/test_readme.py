# SPDX-License-Identifier: MIT
"""README's commands, typed as they stand there on a copy of this machine, by tests/lib/readme.py."""

import os
import re
import shutil
import subprocess

import pytest

from lib.debian import copy_of_this_machine
from lib.policy import ROOT, is_sanitized
from lib.process import PATIENCE
from lib.readme import commands

README = os.path.join(ROOT, "README.md")
# Sections that are typed here, and who runs what stands in others.
TYPED = {"Ten minutes", "Coming from policyd-spf", "Troubleshooting"}
ELSEWHERE = {
    "contrib/install-deps build check": ".ci/run",
    "contrib/build-deb": "tests/lib/debian.py",
    "sudo apt-get install -y ./build/spfpolicyd_*.deb": "tests/package/test_debian_package.py",
    "contrib/install-deps build static": "contrib/Containerfile",
    "make static": "contrib/Containerfile",
}


@pytest.fixture
def tour(program, tmp_path):
    """tour(scenario): what was typed and said. The sources are those of make dist, with what is built of them."""
    if not os.path.exists("/usr/share/postfix/master.cf.dist") or not shutil.which("postconf", path="/usr/sbin"):
        pytest.skip("Postfix is not installed")
    if is_sanitized(program):
        pytest.skip("this would build another program")
    copy = copy_of_this_machine(tmp_path / "machine")
    subprocess.run([os.path.join(ROOT, "contrib", "dist"), tmp_path, "tour"], check=True, timeout=PATIENCE,
                   stdout=subprocess.DEVNULL)
    objects = tmp_path / "objects.tar"
    subprocess.run(["tar", "-cf", objects, "--transform", "s,^[.],build,", "--exclude=*.xz", "--exclude=./tests",
                    "--exclude=./results", "--exclude=./platforms", "--exclude=./fuzz", "."],
                   cwd=os.path.dirname(program), check=True, timeout=PATIENCE)
    return lambda scenario: copy(f"""
        tar -xf spfpolicyd-tour.tar.xz
        cd spfpolicyd-tour
        tar -xf ../objects.tar
        find build -type f -exec touch -d "$(date)" {{}} +
        exec python3 -B tests/lib/readme.py {scenario}
        """, tmp_path / "spfpolicyd-tour.tar.xz", objects)


@pytest.mark.slowest
def test_ten_minutes(tour):
    assert "\nthe tour is over\n" in tour("fresh")


@pytest.mark.slowest
def test_coming_from_policyd_spf(tour):
    if not os.path.exists("/usr/bin/policyd-spf"):
        pytest.skip("postfix-policyd-spf-python is not installed")
    assert "\nthe tour is over\n" in tour("switch")


def test_every_command_is_typed_by_a_test():
    found = commands(README)
    assert TYPED <= set(found)
    others = {line for heading, lines in found.items() if heading not in TYPED for line in lines}
    assert others == set(ELSEWHERE)
    for command, path in ELSEWHERE.items():
        with open(os.path.join(ROOT, path), encoding="utf-8") as stream:
            text = stream.read()
        assert re.search(re.escape(command.split()[-1].rpartition("/")[2].replace("spfpolicyd_*.deb", "spfpolicyd_")),
                         text), command


def test_no_command_hides_in_the_text():
    """An indented block shows what a program prints, or files: a line in it that a person would type has a "$"."""
    with open(README, encoding="utf-8") as stream:
        text = re.sub(r"^```.*?^```", "", stream.read(), flags=re.MULTILINE | re.DOTALL)
    hidden = re.findall(r"^    (?:sudo|make|contrib/|apt|spfpolicyd) .*$", text, re.MULTILINE)
    assert hidden == []
