# SPDX-License-Identifier: MIT
"""make install and uninstall: PREFIX and DESTDIR are heeded, nothing else is written or left."""

import os
import shutil
import stat
import subprocess

import pytest

from lib.policy import ROOT
from lib.process import PATIENCE

SBIN, MAN, DOC = "sbin/", "share/man/", "share/doc/spfpolicyd/"
FILES = {
    SBIN + "spfpolicyd": 0o755,
    MAN + "man8/spfpolicyd.8": 0o644,
    MAN + "man5/spfpolicyd.conf.5": 0o644,
    MAN + "man7/spfpolicyd-neighbours.7": 0o644,
    DOC + "postfix-enable": 0o755,
    **{DOC + f"postfix-enable.d/{part}": 0o644 for part in ("files", "restrictions", "status", "switch")},
    DOC + "README.md": 0o644,
    DOC + "spfpolicyd.conf": 0o644,
    DOC + "examples/unbound.conf": 0o644,
    DOC + "examples/apparmor/usr.sbin.spfpolicyd": 0o644,
    DOC + "examples/fail2ban/filter.d/spfpolicyd.conf": 0o644,
    DOC + "examples/fail2ban/jail.d/spfpolicyd.conf": 0o644,
    DOC + "examples/logcheck/spfpolicyd": 0o644,
    DOC + "examples/mtail/spfpolicyd.mtail": 0o644,
    "share/bash-completion/completions/spfpolicyd": 0o644,
}


def make(program, target, **variables):
    """Installs the program under test, which is not built anew."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-s", "-C", ROOT, "-o", os.path.relpath(program, ROOT), target,
                           f"BUILD={os.path.relpath(os.path.dirname(program), ROOT)}",
                           *(f"{name}={value}" for name, value in variables.items())],
                          env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def tree(folder):
    """{path below folder: mode} of all files."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            found[os.path.relpath(full, folder)] = stat.S_IMODE(os.stat(full).st_mode)
    return found


@pytest.mark.parametrize("prefix", ["/usr", "/opt/mail filter/spf"])
def test_installs_below_destdir_and_prefix(program, tmp_path, prefix):
    make(program, "install", DESTDIR=tmp_path, PREFIX=prefix)
    assert tree(tmp_path) == {os.path.join(prefix[1:], path): mode for path, mode in FILES.items()}
    installed = str(tmp_path) + prefix + "/sbin/spfpolicyd"
    version = subprocess.run([installed, "-V"], stdout=subprocess.PIPE, text=True, timeout=PATIENCE,
                             check=True).stdout
    assert version.startswith("spfpolicyd ") and "libspf2" in version and "c-ares" in version
    manual = (tmp_path / prefix[1:] / "share/man/man8/spfpolicyd.8").read_text()
    assert f"{prefix}/sbin/spfpolicyd -o" in manual and f"{prefix}/share/doc/spfpolicyd/postfix-enable" in manual
    assert "/usr/local" not in manual
    make(program, "uninstall", DESTDIR=tmp_path, PREFIX=prefix)
    assert tree(tmp_path) == {}


def test_installs_below_usr_local_by_default(program, tmp_path):
    make(program, "install", DESTDIR=tmp_path)
    assert set(tree(tmp_path)) == {os.path.join("usr/local", path) for path in FILES}


def test_uninstall_leaves_other_files(program, tmp_path):
    make(program, "install", DESTDIR=tmp_path, PREFIX="/usr")
    other = tmp_path / "usr" / "sbin" / "other"
    other.write_text("stays")
    settings = tmp_path / "etc" / "spfpolicyd" / "spfpolicyd.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("HELO_reject = Fail\n")
    make(program, "uninstall", DESTDIR=tmp_path, PREFIX="/usr")
    assert set(tree(tmp_path)) == {"usr/sbin/other", "etc/spfpolicyd/spfpolicyd.conf"}


def test_installed_program_runs_from_anywhere(program, tmp_path):
    make(program, "install", DESTDIR=tmp_path, PREFIX="/usr")
    moved = shutil.copy(str(tmp_path / "usr" / "sbin" / "spfpolicyd"), str(tmp_path / "x"))
    done = subprocess.run([moved], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd="/",
                          timeout=PATIENCE, check=False)
    assert done.returncode == 0 and done.stdout == b""
