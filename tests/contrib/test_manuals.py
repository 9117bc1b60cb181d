# SPDX-License-Identifier: MIT
"""The manuals, the sample file, the help and the option table say the same.

Every option stands in spfpolicyd.conf(5) and in the sample file, in the order of the table, with the
default that the program has; every example is one that the program takes; every command-line option
stands in spfpolicyd(8). The manuals are clean for mandoc, and README has the lines of spfpolicyd-neighbours(7).
"""

import re
import shutil
import subprocess

import pytest

from options import ROOT, config, for_one_recipient, read, settings, table

from lib import neighbours
from lib.process import PATIENCE

CONF_MANUAL = ("man", "spfpolicyd.conf.5")
MANUAL = ("man", "spfpolicyd.8")
NEIGHBOURS = ("man", "spfpolicyd-neighbours.7")
SAMPLE = ("examples", "spfpolicyd.conf")


@pytest.fixture
def empty(tmp_path):
    """A configuration file without settings, so that no file of this machine counts."""
    path = tmp_path / "empty.conf"
    path.write_text("")
    return str(path)


@pytest.fixture
def defaults(program, empty):
    status, out, said = config(program, "--all", "-c", empty)
    assert (status, said) == (0, "")
    return settings(out)


def plain(mdoc):
    """mdoc escapes taken back."""
    return mdoc.replace("\\&", "").replace("\\e", "\\").replace("\\(dq", '"').replace("\\-", "-")


def documented():
    """Of each option in spfpolicyd.conf(5): its name, its default as written, its examples."""
    parts = re.split(r"^\.It Ic (\w+) No = ", read(*CONF_MANUAL), flags=re.MULTILINE)
    found = []
    for name, body in zip(parts[1::2], parts[2::2]):
        default = re.search(r"^Default:(?: (empty)|\n\.Ql (.*))$", body, re.MULTILINE)
        assert default, f"{name}: no default"
        examples = re.findall(rf"^\.Dl ({name} = .*)$", body, re.MULTILINE)
        found.append((name, plain(default[2] or ""), [plain(example) for example in examples]))
    return found


def test_program_prints_the_whole_table(defaults):
    assert [name for name, _ in defaults] == table("OPTION")


def test_manual_has_every_option_with_its_default(defaults):
    assert [(name, default) for name, default, _ in documented()] == defaults


def test_manual_has_an_example_for_every_option_and_each_is_taken(program, empty, tmp_path, defaults):
    users = tmp_path / "users"
    users.write_text("user@example.com,TestOnly=0\n")
    for name, _, examples in documented():
        assert examples, f"{name}: no example"
        for example in examples:
            example = example.replace("/etc/spfpolicyd/users", str(users))
            file = tmp_path / "example.conf"
            file.write_text(example + "\n")
            status, out, said = config(program, "-c", str(file))
            assert (status, said) == (0, ""), example
            assert [pair[0] for pair in settings(out)] == [name], f"{example} is the default"


def test_manual_names_what_has_no_effect():
    text = plain(read(*CONF_MANUAL))
    section = text[text.index(".Ss Without effect"):text.index(".Sh SETTINGS BY RECIPIENT")]
    names = re.findall(r"\b\w+\b", " ".join(re.findall(r"^\.Ic (.*)$", section, re.MULTILINE)))
    assert sorted(names) == sorted(table("IGNORED") + table("ALIAS") + ["TestOnly"])


def test_manual_names_what_holds_for_all_recipients():
    text = read(*CONF_MANUAL)
    section = text[text.index("are errors there:"):]
    names = re.search(r"^\.Ic (.*) \.$", section, re.MULTILINE)[1].split(" , ")
    assert sorted(names) == sorted(for_one_recipient("GLOBAL"))


def test_manual_literal_examples_are_taken(program, empty, tmp_path):
    text = read(*CONF_MANUAL)
    section = text[text.index(".Sh EXAMPLES"):text.index(".Sh COMING FROM")]
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for number, block in enumerate(blocks):
        file = tmp_path / f"block{number}"
        file.write_text(block)
        per_user = "|" in block
        arguments = ["-c", empty, "-o", f"Per_User = text,{file}"] if per_user else ["-c", str(file)]
        assert config(program, *arguments)[::2] == (0, ""), block


def test_sample_has_every_option_with_its_default(program, tmp_path, defaults):
    text = read(*SAMPLE)
    lines = re.findall(r"^#(\w+ =.*)$", text, re.MULTILINE)
    assert settings("\n".join(lines)) == defaults
    assert re.findall(r"^[^#\n]", text, re.MULTILINE) == [], "the sample sets something"
    for content in (text, "\n".join(lines)):
        file = tmp_path / "sample.conf"
        file.write_text(content + "\n")
        status, out, said = config(program, "-c", str(file))
        assert (status, settings(out), said) == (0, [], "")


def test_sample_examples_are_taken(program, empty, tmp_path):
    users = tmp_path / "users"
    users.write_text("")
    examples = re.findall(r"^# Example: (.*)$", read(*SAMPLE), re.MULTILINE)
    assert len(examples) >= 8
    for example in examples:
        setting = example.replace("/etc/spfpolicyd/users", str(users))
        status, out, said = config(program, "-c", empty, "-o", setting)
        assert (status, said) == (0, ""), example
        assert len(settings(out)) == 1, example


def test_help_and_manual_have_the_same_options(program):
    text = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    wanted = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", text))
    manual = set()
    for line in plain(read(*MANUAL)).splitlines():
        if line.startswith(".It Fl "):
            words = [word for part in line[7:].split(" , ") for word in part.split(" Ar ")[0].split()]
            manual.update("-" + word for word in words)
    assert {"-c", "-o", "-V", "-h", "--zone", "--all", "--ip"} <= wanted
    assert wanted == manual


def test_readme_prints_for_other_programs_what_the_manual_does(program, empty, tmp_path):
    """Other tests use these lines. Ours are taken by the program."""
    pages = neighbours.of_manual()
    assert len(pages) == 10 and neighbours.of_readme() == pages
    ours = [files["/etc/spfpolicyd/spfpolicyd.conf"] for files in pages.values()
            if "/etc/spfpolicyd/spfpolicyd.conf" in files]
    file = tmp_path / "ours.conf"
    for text in ours:
        file.write_text(text)
        status, out, said = config(program, "-c", str(file))
        assert (status, said) == (0, "") and len(settings(out)) == len(text.splitlines())


def test_help_fits_a_screen(program):
    text = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    lines = text.splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("manual", ["/".join(name) for name in (CONF_MANUAL, MANUAL, NEIGHBOURS)])
def test_manual_is_clean_for_mandoc(manual):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "lint", manual], cwd=ROOT, capture_output=True, text=True,
                          timeout=PATIENCE)
    # Whether other manuals are installed here says nothing about this one.
    said = [line for line in (done.stdout + done.stderr).splitlines()
            if "referenced manual not found" not in line and "outdated mandoc.db" not in line]
    assert said == []


@pytest.mark.parametrize("width", [78, 100])
@pytest.mark.parametrize("manual", ["/".join(CONF_MANUAL), "/".join(MANUAL)])
def test_manual_fits_its_screen(manual, width):
    """No line is wider than a terminal (mandoc leaves two columns free), and the first page of spfpolicyd(8) says what it is and how it is called."""
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "ascii", "-O", f"width={width}", manual], cwd=ROOT, capture_output=True,
                          text=True, timeout=PATIENCE, check=True)
    lines = [re.sub(".\b", "", line).rstrip() for line in done.stdout.splitlines()]
    assert [line for line in lines if len(line) > width] == []
    if width == 78:
        assert "\nDESCRIPTION\n" in "\n".join(lines[:24])
