# SPDX-License-Identifier: MIT
"""contrib/rpm/spfpolicyd.spec: rpmlint has nothing to say of it, and rpmbuild makes a package with it.

The names in BuildRequires are Fedora's, which Debian's rpm cannot look up; what is built with is installed.
"""

import os
import re
import shutil
import subprocess

import pytest

from lib.debian import run
from lib.policy import ROOT
from lib.process import PATIENCE

SPEC = os.path.join(ROOT, "contrib", "rpm", "spfpolicyd.spec")


def need(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def test_rpmlint_accepts_the_spec_file():
    need("rpmlint")
    out = run("rpmlint", "-r", SPEC.replace(".spec", ".rpmlintrc"), SPEC, cwd="/")
    assert " 0 errors, 0 warnings" in out, out


def test_rpmbuild_makes_a_package(tmp_path):
    need("rpmbuild")
    with open(SPEC, encoding="utf-8") as stream:
        version = re.search(r"^Version: +(\S+)$", stream.read(), re.MULTILINE)[1]
    subprocess.run([os.path.join(ROOT, "contrib", "dist"), tmp_path, version], check=True, timeout=PATIENCE,
                   stdout=subprocess.DEVNULL)
    out = run("rpmbuild", "-ba", "--nodeps", "--define", f"_topdir {tmp_path}/top", "--define", f"_sourcedir {tmp_path}",
              SPEC, cwd="/", timeout=10 * PATIENCE)
    assert re.search(r"^\[  PASSED  \]", out, re.MULTILINE) and not re.search("[Ii]nstalled .but unpackaged", out)
    (package,) = [path for path in tmp_path.glob("top/RPMS/*/spfpolicyd-*.rpm") if "debug" not in path.name]
    listed = run("rpm", "--dbpath", str(tmp_path / "db"), "-qplv", str(package))
    for words in (r"-rwxr-xr-x .* /usr/sbin/spfpolicyd", r"-rwxr-xr-x .* /usr/share/spfpolicyd/postfix-enable",
                  r"-rw-r--r-- .* /etc/spfpolicyd/spfpolicyd.conf", r".* /usr/share/man/man8/spfpolicyd.8"):
        assert re.search(f"^{words}", listed, re.MULTILINE), listed
    marked = run("rpm", "--dbpath", str(tmp_path / "db"), "-qpc", str(package))
    assert marked.split() == ["/etc/spfpolicyd/spfpolicyd.conf"]
