# SPDX-License-Identifier: MIT
"""contrib/build-deb: a Debian package that installs beside policyd-spf, takes its place and gives it back.

It is installed for real, by dpkg with its scripts, into an overlay over this machine's own system:
everything written stays in a memory of the test's own, and is gone with it.
"""

import gzip
import os
import re
import shutil
import subprocess

import pytest

from lib.debian import PEER, POSTFIX, build, copy_of_this_machine, run
from lib.policy import ROOT
from lib.process import PATIENCE


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Path of the package, built as contrib/build-deb builds it, but without the unit tests."""
    folder = tmp_path_factory.mktemp("deb")
    out = build(folder)
    assert not re.search(r"warning:", out, re.IGNORECASE), out
    (path,) = folder.glob("*.deb")
    assert re.fullmatch(r"spfpolicyd_[\d.]+-\d+(~deb\d+u1)?_\w+\.deb", path.name)
    return path


def field(package, name):
    return run("dpkg-deb", "--field", str(package), name).strip()


@pytest.fixture(scope="module")
def tree(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    run("dpkg-deb", "--extract", str(package), str(folder))
    return folder


def test_version_is_the_program_s(package, tree):
    version = run(str(tree / "usr/sbin/spfpolicyd"), "-V").split()[1]
    assert re.fullmatch(re.escape(version) + r"-\d+(~deb\d+u1)?", field(package, "Version"))
    with open("/etc/os-release", encoding="utf-8") as stream:
        release = re.search(r'^VERSION_ID="(\d+)"$', stream.read(), re.MULTILINE)
    assert field(package, "Version").endswith(f"~deb{release[1]}u1" if release else "-1")
    assert field(package, "Maintainer") == "A Packager <packager@debian.org>"


def test_depends_on_what_it_links(package, tree):
    """By the names that the libraries' packages have in this release."""
    depends = set(re.findall(r"[\w.+-]+", field(package, "Depends")))
    dynamic = run("readelf", "--wide", "--dynamic", str(tree / "usr/sbin/spfpolicyd"))
    libraries = re.findall(r"\(NEEDED\).*\[(lib.*)\]", dynamic)
    assert {name.partition(".so")[0] for name in libraries} >= {"libspf2", "libcares", "libidn2", "libc"}
    for name in libraries:      # libspf2 of Debian 12 is not in a folder of the architecture
        owners = {line.partition(":")[0] for line in run("dpkg-query", "--search", f"*/{name}").splitlines()}
        assert owners & depends, name
    assert "systemd-sysusers" in depends
    assert "postfix" not in depends
    for name in ("Conflicts", "Replaces", "Breaks"):
        assert field(package, name) == ""


def test_holds_program_manuals_settings_and_tools(tree):
    for path in ("usr/sbin/spfpolicyd", "usr/share/spfpolicyd/postfix-enable"):
        assert os.access(tree / path, os.X_OK), path
    doc = tree / "usr/share/doc/spfpolicyd"
    assert os.path.samefile(doc / "postfix-enable", tree / "usr/share/spfpolicyd/postfix-enable")
    for path in ("usr/share/man/man8/spfpolicyd.8.gz", "usr/share/man/man5/spfpolicyd.conf.5.gz",
                 "usr/share/man/man7/spfpolicyd-neighbours.7.gz",
                 "usr/lib/sysusers.d/spfpolicyd.conf", "usr/share/bash-completion/completions/spfpolicyd",
                 "usr/share/doc/spfpolicyd/README.md", "usr/share/doc/spfpolicyd/README.Debian",
                 "usr/share/doc/spfpolicyd/copyright", "usr/share/doc/spfpolicyd/changelog.gz",
                 "usr/share/doc/spfpolicyd/examples/unbound.conf",
                 "usr/share/doc/spfpolicyd/examples/mtail/spfpolicyd.mtail",
                 "usr/share/doc/spfpolicyd/examples/fail2ban/filter.d/spfpolicyd.conf"):
        assert (tree / path).is_file(), path


def test_settings_are_the_sample_and_kept_on_upgrade(package, tree):
    files = run("dpkg-deb", "--info", str(package), "conffiles").split()
    sources = {"/etc/apparmor.d/usr.sbin.spfpolicyd": "contrib/apparmor/usr.sbin.spfpolicyd",
               "/etc/logcheck/ignore.d.server/spfpolicyd": "contrib/logcheck/spfpolicyd",
               "/etc/spfpolicyd/spfpolicyd.conf": "examples/spfpolicyd.conf"}
    assert sorted(files) == list(sources)
    for conffile, source in sources.items():
        with open(os.path.join(ROOT, source), encoding="utf-8") as stream:
            assert (tree / conffile[1:]).read_text() == stream.read()


def test_manuals_name_the_places_of_the_package(tree):
    """Every absolute path in them is one of the package, of the system, or an example."""
    for manual in ("man8/spfpolicyd.8.gz", "man5/spfpolicyd.conf.5.gz", "man7/spfpolicyd-neighbours.7.gz"):
        text = gzip.decompress((tree / "usr/share/man" / manual).read_bytes()).decode()
        assert "/usr/local" not in text
        named = re.findall(r"/usr/[\w./-]*\w", text)
        assert [path for path in named if not os.path.exists(tree / path[1:])] == []
        assert named or "conf.5" in manual


def test_program_is_stripped_and_hardened(tree):
    sections = run("readelf", "--wide", "--sections", str(tree / "usr/sbin/spfpolicyd"))
    assert ".debug_info" not in sections and ".symtab" not in sections
    dynamic = run("readelf", "--wide", "--dynamic", "--file-header", str(tree / "usr/sbin/spfpolicyd"))
    assert "BIND_NOW" in dynamic and "PIE" in dynamic


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
    """machine(script): its output in a copy of this machine, in a folder with the package as package.deb."""
    copy = copy_of_this_machine(tmp_path)
    if not shutil.which("systemd-sysusers"):
        pytest.skip("systemd-sysusers is not installed")
    return lambda script: copy("mv spfpolicyd_*.deb /package.deb\n" + script, package)


def test_installs_runs_upgrades_and_goes(machine):
    out = machine("""
        snapshot() { find /etc /usr /var ! -type d -printf '%p %m %u %s %l\\n' | sort; }
        snapshot >/packages/before
        dpkg --install /package.deb
        echo "user: $(id -u spfpolicyd) $(getent passwd spfpolicyd | cut -d: -f6,7)"
        spfpolicyd config
        echo '# mine' >>/etc/spfpolicyd/spfpolicyd.conf
        dpkg --install /package.deb
        echo "kept: $(tail -n 1 /etc/spfpolicyd/spfpolicyd.conf)"
        setpriv --reuid=spfpolicyd --regid=spfpolicyd --clear-groups spfpolicyd </dev/null && echo served
        dpkg --purge spfpolicyd
        snapshot >/packages/after
        diff /packages/before /packages/after | sed -n 's/^[<>] \\([^ ]*\\).*/left: \\1/p'
        """)
    user = re.search(r"^user: (\d+) (.*)$", out, re.MULTILINE)
    assert 0 < int(user[1]) < 1000 and user[2] in ("/nonexistent:/usr/sbin/nologin", "/nonexistent:/bin/false")
    assert "kept: # mine" in out and "\nserved\n" in out
    # The user stays: files may belong to it. dpkg and ldconfig write down what they did.
    left = {path for path in re.findall("^left: (.*)$", out, re.MULTILINE)
            if not re.match("/var/(lib/dpkg|cache|log)/|/etc/ld.so.cache$", path)}
    assert left - {"/etc/" + name + end for name in ("passwd", "shadow", "group", "gshadow")
                   for end in ("", "-")} - {"/etc/.pwd.lock"} == set()
    assert "/etc/passwd" in left
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
