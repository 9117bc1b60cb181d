# SPDX-License-Identifier: MIT
"""The option table is typed: a row whose field has another C type than its reader sets does not compile."""

import os
import re
import shutil
import subprocess

import pytest

from .options import ROOT, read

from lib.process import PATIENCE

TABLE = read("src", "config", "options.def")
# A field of each C type that options have.
FIELDS = ("prefetch", "void_limit", "log_ident", "mail_from_reject", "header_type", "log", "private_clients", "leave_to_dmarc", "prospective",
          "whitelist", "skip_senders", "domain_policy", "whitelist_for")
TYPES = sorted(set(re.findall(r"^OPTION\(\w+, (\w+),", TABLE, re.MULTILINE)))


def rows_in_error(compiler, folder, table):
    """Compiles src/config/option.c with this table in place of options.def. The line numbers of its errors."""
    shutil.copy(os.path.join(ROOT, "src", "config", "option.c"), folder)
    (folder / "options.def").write_text(table)
    done = subprocess.run(
        [compiler, "-std=c11", "-fsyntax-only", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "include"),
         "-I" + os.path.join(ROOT, "src", "config"), str(folder / "option.c"),
         "-fmax-errors=0" if compiler == "gcc" else "-ferror-limit=0"],
        capture_output=True, text=True, timeout=PATIENCE)
    lines = {int(line) for line in re.findall(r"options\.def:(\d+):\d+: (?:error|note: in expansion)", done.stderr)}
    assert (done.returncode == 0) == (not lines), done.stderr
    return lines


@pytest.mark.parametrize("compiler", [name for name in ("gcc", "clang") if shutil.which(name)])
def test_field_of_another_type_does_not_compile(compiler, tmp_path):
    assert not rows_in_error(compiler, tmp_path, TABLE)
    # Each type with each field, one a line.
    pairs = [(kind, field) for kind in TYPES for field in FIELDS]
    bad = rows_in_error(compiler, tmp_path, "".join(
        f'OPTION(x, {kind}, {field}, "", 0, 0, USER, "")\n' for kind, field in pairs))
    good = [kind for line, (kind, field) in enumerate(pairs, 1) if line not in bad]
    assert good == TYPES, "each type takes exactly one of these fields"
