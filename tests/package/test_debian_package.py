# SPDX-License-Identifier: MIT
"""What a distribution asks of the Debian packages: source and binary, as contrib/build-deb makes them here.

`make check-package` after contrib/install-deps build check package; for other releases
`TESTS=check-package contrib/platforms bookworm trixie sid`, and trixie-cross-i386 for the cross build. Not part of
make check: this takes minutes.
"""

import os
import re
import shutil
import subprocess

import pytest

from lib.debian import PEER, POSTFIX, build, copy_of_this_machine, digest, run
from lib.policy import ROOT
from lib.process import PATIENCE

# The last commit of version 0.9.0, of which packages were made on Debian 12 only.
OLD = "38e834e2"


def need(program):
    if not shutil.which(program, path="/usr/sbin:/usr/bin"):
        pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The folder with all that contrib/build-deb writes; the unit tests ran."""
    folder = tmp_path_factory.mktemp("packages")
    build(folder, options="")
    return folder


def the(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def test_source_is_quilt_from_the_tarball_of_make_dist(packages, tmp_path):
    dsc = the(packages, "*.dsc").read_text(encoding="utf-8")
    assert "\nFormat: 3.0 (quilt)\n" in "\n" + dsc
    version = re.search(r"^Version: ([\d.]+)-", dsc, re.MULTILINE)[1]
    subprocess.run([os.path.join(ROOT, "contrib", "dist"), tmp_path, version], check=True, timeout=PATIENCE)
    assert digest(the(packages, "*.orig.tar.xz")) == digest(the(tmp_path, "*.tar.xz"))


def test_lintian_has_no_error_and_no_warning(packages):
    need("lintian")
    out = run("lintian", "--allow-root", "--pedantic", "--profile", "debian", "--tag-display-limit", "0",
              "--fail-on", "error,warning", str(the(packages, "*.changes")))
    assert re.findall("^[EW]: .*$", out, re.MULTILINE) == []


def test_every_compilation_is_hardened_and_shown(packages):
    need("blhc")
    run("blhc", "--all", "--debian", str(the(packages, "*.build")))


def test_debug_symbols_are_apart(packages):
    names = run("dpkg-deb", "--contents", str(the(packages, "spfpolicyd-dbgsym_*.deb")))
    assert "/usr/lib/debug/.build-id/" in names


def test_source_package_builds_the_same_again_elsewhere(packages, tmp_path):
    """From the source package alone, in another folder (dpkg maps no path with a space), umask and time zone."""
    tree = tmp_path / "a-longer-path" / "than-before"
    tree.parent.mkdir()
    run("dpkg-source", "--extract", str(the(packages, "*.dsc")), str(tree))
    run("sh", "-c", "umask 002; TZ=Asia/Tokyo DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -b -us -uc", cwd=tree,
        timeout=10 * PATIENCE)
    for deb in packages.glob("*.deb"):
        assert digest(tree.parent / deb.name) == digest(deb), deb.name


def test_autopkgtest(packages, tmp_path):
    """contrib/debian/tests, as Debian runs them; this copy of the machine is their testbed."""
    need("autopkgtest")
    need("postfix")
    out = copy_of_this_machine(tmp_path)(
        "autopkgtest --ignore-restrictions=isolation-container,breaks-testbed *.dsc spfpolicyd_*.deb -- null",
        *packages.iterdir(), timeout=4 * PATIENCE)
    assert re.search(r"^mail +PASS$", out, re.MULTILINE), out


@pytest.fixture(scope="module")
def old_package(tmp_path_factory):
    """A package of 0.9.0, built here from its commit."""
    if subprocess.run(["git", "-C", ROOT, "cat-file", "-e", OLD], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("0.9.0 is in the repository only")
    folder = tmp_path_factory.mktemp("old")
    (folder / "tree").mkdir()
    run("sh", "-c", f"git -C '{ROOT}' archive {OLD} | tar -x", cwd=folder / "tree")
    build(folder, tree=str(folder / "tree"))
    return the(folder, "spfpolicyd_0.9.0_*.deb")


def test_upgrade_from_the_last_release(packages, old_package, tmp_path):
    """Settings and user stay; what 0.9.0 left behind goes with --purge."""
    out = copy_of_this_machine(tmp_path)("""
        dpkg --install spfpolicyd_0.9.0_*.deb
        id=$(id -u spfpolicyd)
        echo 'TestOnly = 0' >>/etc/spfpolicyd/spfpolicyd.conf
        dpkg --force-confold --install spfpolicyd_1.*.deb
        [ "$id" = "$(id -u spfpolicyd)" ] && echo same user
        spfpolicyd config | grep ^TestOnly
        test -x /usr/share/doc/spfpolicyd/postfix-enable && echo same place
        dpkg --purge spfpolicyd
        find /etc /usr /var -name '*spfpolicyd*' | sed 's/^/left: /'
        """, old_package, the(packages, "spfpolicyd_*.deb"))
    assert "same user\nTestOnly = 0\nsame place\n" in out
    assert re.findall("^left: .*$", out, re.MULTILINE) == []


def test_upgrade_beside_policyd_spf(packages, old_package, tmp_path):
    """0.9.0 took its service, the new one goes on with it and gives it back; its package is as it was."""
    need("postconf")
    if not os.path.exists("/usr/bin/policyd-spf"):
        pytest.skip(f"{PEER} is not installed")
    out = copy_of_this_machine(tmp_path)(POSTFIX + """
        postconf policyd-spf_time_limit=3600 \\
            'smtpd_recipient_restrictions = reject_unauth_destination check_policy_service unix:private/policyd-spf'
        cp /etc/postfix/main.cf /etc/postfix/master.cf /
        dpkg --verify PEER >/peer-before || true
        dpkg --install spfpolicyd_0.9.0_*.deb
        /usr/share/spfpolicyd/postfix-enable --switch
        dpkg --install spfpolicyd_1.*.deb
        /usr/share/spfpolicyd/postfix-enable --status 2>&1 | sed 's/^/status: /'
        /usr/share/spfpolicyd/postfix-enable --switch-back
        cmp /main.cf /etc/postfix/main.cf && cmp /master.cf /etc/postfix/master.cf && echo as before
        dpkg --purge spfpolicyd
        dpkg --verify PEER >/peer-after || true
        cmp /peer-before /peer-after && echo untouched
        """.replace("PEER", PEER), old_package, the(packages, "spfpolicyd_*.deb"))
    assert re.search("^status: .*enabled: +yes", out, re.MULTILINE), out
    assert "\nas before\n" in out and out.endswith("untouched\n"), out


def test_cross_builds(tmp_path):
    """For i386, where this machine has the compiler and the libraries for that."""
    need("i686-linux-gnu-gcc")
    if not os.path.exists("/usr/lib/i386-linux-gnu/libcares.so"):
        pytest.skip("the libraries of i386 are not installed")
    out = build(tmp_path, "--arch", "i386", options="noautodbgsym")
    deb = str(the(tmp_path, "spfpolicyd_*_i386.deb"))
    assert run("dpkg-deb", "--field", deb, "Architecture") == "i386\n"
    run("dpkg-deb", "--extract", deb, str(tmp_path / "tree"))
    header = run("readelf", "--file-header", str(tmp_path / "tree/usr/sbin/spfpolicyd"))
    assert "Intel 80386" in header
    assert not re.search("check-unit", out)
