# SPDX-License-Identifier: MIT
"""contrib/rpm/spfpolicyd.spec: rpmbuild makes packages with it, and rpmlint has nothing to say of either.

The names in BuildRequires are Fedora's, which Debian's rpm cannot look up; what is built with is installed.
"""

import os
import re
import shutil

import pytest

from lib.debian import need_build_packages, run
from lib.policy import ROOT
from lib.process import PATIENCE

SPEC = os.path.join(ROOT, "contrib", "rpm", "spfpolicyd.spec")


def need(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """What rpmbuild made of the spec file and the file of make dist: (binary, source, folder of the build)."""
    need("rpmbuild")
    need_build_packages()
    folder = tmp_path_factory.mktemp("rpm")
    with open(SPEC, encoding="utf-8") as stream:
        version = re.search(r"^Version: +(\S+)$", stream.read(), re.MULTILINE)[1]
    run(os.path.join(ROOT, "contrib", "dist"), str(folder), version)
    # Debian 12's has its script for manuals run by a shell that cannot.
    out = run("rpmbuild", "-ba", "--nodeps", "--noclean", "--define", f"_topdir {folder}/top", "--define",
              f"_sourcedir {folder}", "--define", "__brp_compress /bin/bash /usr/lib/rpm/brp-compress", SPEC, cwd="/",
              timeout=10 * PATIENCE)
    assert not re.search("[Ii]nstalled .but unpackaged|File listed twice", out), out
    (binary,) = [path for path in folder.glob("top/RPMS/*/spfpolicyd-*.rpm") if "debug" not in path.name]
    (source,) = folder.glob("top/SRPMS/*.rpm")
    return binary, source, folder / "top/BUILD"


def test_rpmlint_accepts_spec_file_and_packages(packages):
    need("rpmlint")
    # Each release of rpmlint needs some of the filters.
    out = run("rpmlint", "--ignore-unused-rpmlintrc", "-r", SPEC.replace(".spec", ".rpmlintrc"), SPEC,
              *map(str, packages[:2]), cwd="/")
    assert re.search("2 packages and 1 specfiles checked; 0 errors, 0 warnings", out), out


def test_build_ran_every_unit_test(packages):
    ran = {path.name for path in packages[2].rglob("results/unit-*.xml")}
    names = os.listdir(os.path.join(ROOT, "tests", "unit"))
    assert ran == {f"unit-{name[:-len('.c')]}.xml" for name in names if re.fullmatch(r"test_\w+\.c", name)}


def test_package_holds_program_settings_and_manuals(packages, tmp_path):
    query = ("rpm", "--dbpath", str(tmp_path), "-qp")
    listed = run(*query, "-lv", str(packages[0]))
    for words in (r"-rwxr-xr-x .* /usr/sbin/spfpolicyd", r"-rwxr-xr-x .* /usr/share/spfpolicyd/postfix-enable",
                  r"-rw-r--r-- .* /etc/spfpolicyd/spfpolicyd.conf", r".* /usr/share/man/man8/spfpolicyd.8"):
        assert re.search(f"^{words}", listed, re.MULTILINE), listed
    assert run(*query, "-c", str(packages[0])).split() == ["/etc/spfpolicyd/spfpolicyd.conf"]
