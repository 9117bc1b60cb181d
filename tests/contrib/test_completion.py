# SPDX-License-Identifier: MIT
"""contrib/completion.bash offers what the program takes: asked as readline asks it, through bash's functions."""

import os
import re
import shlex
import subprocess

import pytest

from options import ROOT, table

from lib.process import PATIENCE

SCRIPT = os.path.join(ROOT, "contrib", "completion.bash")
VERBS = {"check", "config", "report", "replay"}
# Calls the function that "complete" registered, with the words of a line and the cursor at its end.
DRIVER = """
source "$1" || exit 1
shift
read -r _ _ function _ < <(complete -p spfpolicyd)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
"$function" spfpolicyd "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def offers(program, tmp_path):
    """offers(line): the words offered at its end; those before are split as a shell splits them."""
    def ask(line):
        words = [program, *shlex.split(line[:line.rindex(" ") + 1] if " " in line else ""), line.rpartition(" ")[2]]
        done = subprocess.run(["bash", "--norc", "-c", DRIVER, "bash", SCRIPT, *words], cwd=tmp_path, check=True,
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.stderr == ""
        return set(done.stdout.split())
    return ask


def usage(program):
    """{verb: its options in the help}, the service's under ""."""
    text = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    found = {}
    for part in re.split(r"^(?:usage:)? +spfpolicyd ", text.partition("\n\n")[0], flags=re.MULTILINE)[1:]:
        verb = re.match(r"[a-z]*", part)[0]
        found.setdefault(verb, set()).update(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", part))
    return found


def test_offers_the_verbs_and_the_options_of_each(offers, program):
    known = usage(program)
    assert set(known) == VERBS | {""}
    assert offers("") >= VERBS | {"-c", "-o", "-V", "-h"}
    assert offers("re") == {"report", "replay"}
    for verb, options in known.items():
        assert offers(f"{verb} -".strip()) == options | {"-c", "-o", "-h"}, verb
    assert offers("check --j") == {"--json"}
    assert offers("-o TestOnly=0 check --di") == {"--diff"}
    assert offers("config --z") == set()


def test_offers_the_settings(offers):
    assert offers("-o ") == {name + "=" for name in table("OPTION")}
    assert offers("check -o Lookup") == {"Lookup_Time="}
    assert offers("-o 'Log_") == {"Log_Ident="}


def test_offers_files_where_files_are_meant(offers, tmp_path):
    (tmp_path / "mail.log").write_text("")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a b").write_text("")
    for line in ("-c ma", "check --zone ma", "report ma", "replay --since 7d ma"):
        assert offers(line) == {"mail.log"}, line
    assert offers("./ma") == {"./mail.log"}
    assert offers("report ") >= {"mail.log", "logs"}


def test_offers_nothing_for_what_only_a_person_knows(offers, tmp_path):
    (tmp_path / "file").write_text("")
    for line in ("check --ip ", "check --from ", "check --record ", "report --since ", "replay --jobs "):
        assert offers(line) == set(), line
