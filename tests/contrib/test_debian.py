# SPDX-License-Identifier: MIT
"""contrib/build-deb: a Debian package that installs beside policyd-spf, takes its place and gives it back.

It is installed for real, by dpkg with its scripts, into an overlay over this machine's own system:
everything written stays in a memory of the test's own, and is gone with it.
"""

import os
import re
import shutil
import subprocess

import pytest

from lib.policy import ROOT
from lib.process import PATIENCE

PEER = "postfix-policyd-spf-python"
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
# In a mount namespace of its own.
OVERLAY = """\
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" none "$1/root"
mount --bind /dev "$1/root/dev"
mount -t proc none "$1/root/proc"
"""
ENTER = OVERLAY + """\
cp "$2" "$1/root/package.deb"
exec chroot "$1/root" /bin/sh -eu -c "$3"
"""
POSTFIX = """\
mkdir -p /etc/postfix
printf 'compatibility_level = 3.6\\n' >/etc/postfix/main.cf
printf 'policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\\n' >/etc/postfix/master.cf
"""


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **{"env": ENV, "timeout": PATIENCE, **options})
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Path of the package, built as contrib/build-deb builds it, but without the unit tests."""
    if not shutil.which("dpkg-buildpackage") or not shutil.which("dh"):
        pytest.skip("dpkg-dev and debhelper are not installed")
    missing = subprocess.run(["dpkg-checkbuilddeps", os.path.join(ROOT, "contrib", "debian", "control")],
                             cwd="/", capture_output=True, text=True, timeout=PATIENCE, check=False)
    if missing.returncode:
        pytest.skip(missing.stderr.strip())
    folder = tmp_path_factory.mktemp("deb")
    out = run(os.path.join(ROOT, "contrib", "build-deb"), str(folder), cwd="/",
              env={**ENV, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"}, timeout=10 * PATIENCE)
    assert not re.search(r"warning:", out, re.IGNORECASE), out
    (name,) = os.listdir(folder)
    assert re.fullmatch(r"spfpolicyd_[\d.]+_\w+\.deb", name)
    return folder / name


def field(package, name):
    return run("dpkg-deb", "--field", str(package), name).strip()


@pytest.fixture(scope="module")
def tree(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    run("dpkg-deb", "--extract", str(package), str(folder))
    return folder


def test_version_is_the_program_s(package, tree):
    version = run(str(tree / "usr/sbin/spfpolicyd"), "-V").split()[1]
    assert field(package, "Version") == version


def test_depends_on_what_it_links(package, tree):
    """By the names that the libraries' packages have in this release."""
    depends = set(re.findall(r"[\w.+-]+", field(package, "Depends")))
    dynamic = run("readelf", "--wide", "--dynamic", str(tree / "usr/sbin/spfpolicyd"))
    libraries = re.findall(r"\(NEEDED\).*\[(lib.*)\]", dynamic)
    assert {name.partition(".so")[0] for name in libraries} >= {"libspf2", "libcares", "libidn2", "libc"}
    for name in libraries:      # libspf2 of Debian 12 is not in a folder of the architecture
        owners = {line.partition(":")[0] for line in run("dpkg-query", "--search", f"*/{name}").splitlines()}
        assert owners & depends, name
    assert "adduser" in depends
    assert "postfix" not in depends
    for name in ("Conflicts", "Replaces", "Breaks"):
        assert field(package, name) == ""


def test_holds_program_manuals_settings_and_tools(tree):
    for path in ("usr/sbin/spfpolicyd", "usr/share/spfpolicyd/postfix-enable"):
        assert os.access(tree / path, os.X_OK), path
    doc = tree / "usr/share/doc/spfpolicyd"
    assert os.path.samefile(doc / "postfix-enable", tree / "usr/share/spfpolicyd/postfix-enable")
    for path in ("usr/share/man/man8/spfpolicyd.8.gz", "usr/share/man/man5/spfpolicyd.conf.5.gz",
                 "usr/share/apparmor/extra-profiles/usr.sbin.spfpolicyd",
                 "usr/share/doc/spfpolicyd/README.md", "usr/share/doc/spfpolicyd/README.Debian",
                 "usr/share/doc/spfpolicyd/copyright",
                 "usr/share/doc/spfpolicyd/examples/mtail/spfpolicyd.mtail",
                 "usr/share/doc/spfpolicyd/examples/fail2ban/filter.d/spfpolicyd.conf"):
        assert (tree / path).is_file(), path


def test_settings_are_the_sample_and_kept_on_upgrade(package, tree):
    files = run("dpkg-deb", "--info", str(package), "conffiles").split()
    assert files == ["/etc/logcheck/ignore.d.server/spfpolicyd", "/etc/spfpolicyd/spfpolicyd.conf"]
    for conffile, source in zip(files, ("contrib/logcheck/spfpolicyd", "examples/spfpolicyd.conf")):
        with open(os.path.join(ROOT, source), encoding="utf-8") as stream:
            assert (tree / conffile[1:]).read_text() == stream.read()


def test_shares_no_file_with_policyd_spf(tree):
    listed = subprocess.run(["dpkg-query", "-L", PEER], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if listed.returncode:
        pytest.skip(f"{PEER} is not installed")
    theirs = {path for path in listed.stdout.split() if not os.path.isdir(path)}
    ours = {"/" + os.path.relpath(os.path.join(path, name), tree)
            for path, _, names in os.walk(tree) for name in names}
    assert len(theirs) > 5 and len(ours) > 10
    assert not theirs & ours


@pytest.fixture
def machine(package, tmp_path):
    """machine(script): its output in a copy of this machine, with the package at /package.deb."""
    if os.geteuid() != 0:
        pytest.skip("installing needs root")
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
    tried = subprocess.run([*command, OVERLAY, "sh", tmp_path], capture_output=True, text=True, timeout=PATIENCE,
                           check=False)
    if tried.returncode:
        pytest.skip(f"no overlay over this system: {tried.stderr.strip()}")
    return lambda script: run(*command, ENTER, "sh", str(tmp_path), str(package), script)


def test_installs_runs_upgrades_and_goes(machine):
    if os.path.exists("/usr/sbin/spfpolicyd"):
        pytest.skip("this machine has spfpolicyd")
    out = machine("""
        dpkg --install /package.deb
        echo "user: $(id -u spfpolicyd) $(getent passwd spfpolicyd | cut -d: -f6,7)"
        spfpolicyd config
        echo '# mine' >>/etc/spfpolicyd/spfpolicyd.conf
        dpkg --install /package.deb
        echo "kept: $(tail -n 1 /etc/spfpolicyd/spfpolicyd.conf)"
        setpriv --reuid=spfpolicyd --regid=spfpolicyd --clear-groups spfpolicyd </dev/null && echo served
        dpkg --purge spfpolicyd
        echo "left: $(find /usr/sbin/spfpolicyd /etc/spfpolicyd /usr/share/spfpolicyd /usr/share/doc/spfpolicyd \
            /etc/logcheck/ignore.d.server/spfpolicyd 2>/dev/null)"
        """)
    user = re.search(r"^user: (\d+) (.*)$", out, re.MULTILINE)
    assert 0 < int(user[1]) < 1000 and user[2] in ("/nonexistent:/usr/sbin/nologin", "/nonexistent:/bin/false")
    assert "kept: # mine" in out and "\nserved\n" in out
    assert re.search(r"^left: $", out, re.MULTILINE)
    assert not os.path.exists("/usr/sbin/spfpolicyd")


def test_takes_policyd_spf_s_place_and_gives_it_back(machine):
    if not os.path.exists("/usr/bin/policyd-spf") or not shutil.which("postconf", path="/usr/sbin"):
        pytest.skip(f"{PEER} or Postfix is not installed")
    out = machine(POSTFIX + """
        cp /etc/postfix/master.cf /before
        dpkg --verify PEER >/peer-before || true
        dpkg --install /package.deb
        /usr/share/spfpolicyd/postfix-enable --switch
        echo "now: $(postconf -M policyd-spf/unix)"
        dpkg --remove spfpolicyd
        dpkg --install /package.deb
        /usr/share/spfpolicyd/postfix-enable --switch-back
        cmp /before /etc/postfix/master.cf && echo as before
        dpkg --remove spfpolicyd 2>&1 | sed 's/^/again: /'
        dpkg --verify PEER >/peer-after || true
        cmp /peer-before /peer-after && test -x /usr/bin/policyd-spf && echo untouched
        """.replace("PEER", PEER))
    assert re.search(r"^now: .* argv=/usr/sbin/spfpolicyd -c /etc/postfix-policyd-spf-python/policyd-spf.conf$",
                     out, re.MULTILINE)
    assert out.count("master.cf still starts it") == 1
    assert not re.search("^again: .*still starts it", out, re.MULTILINE)
    assert "\nas before\n" in out and out.endswith("untouched\n")
