# SPDX-License-Identifier: MIT
"""What there is to document: the option table of the sources, and what the program prints of it."""

import os
import re
import subprocess

from lib.process import PATIENCE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def table(kind):
    """The names of the rows OPTION, IGNORED or ALIAS of src/config/options.def, in order."""
    return re.findall(rf"^{kind}\((\w+),", read("src", "config", "options.def"), re.MULTILINE)


def for_one_recipient(scope):
    """The names of the options of scope USER or GLOBAL."""
    rows = re.findall(r"^OPTION\((\w+),.*?, (USER|GLOBAL),$", read("src", "config", "options.def"),
                      re.MULTILINE | re.DOTALL)
    return [name for name, of in rows if of == scope]


def config(program, *arguments, folder=None):
    """Runs the verb config. Returns exit status, output, and what it had to say."""
    done = subprocess.run([program, "config", *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def settings(text):
    """The "Name = value" lines of a text, as a list of pairs. Comments are passed over."""
    pairs = [re.match(r"(\w+) =(?: (.*))?$", line) for line in text.splitlines() if not line.startswith("#")]
    assert all(pairs), text
    return [(pair[1], pair[2] or "") for pair in pairs]
