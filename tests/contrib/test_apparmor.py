# SPDX-License-Identifier: MIT
"""contrib/apparmor: apparmor_parser compiles the profile, which allows what the program does and no more.

What it does is seen with strace; its rules are those that apparmor_parser prints, with the system's
abstractions in them. No kernel with AppArmor is needed.
"""

import glob
import gzip
import itertools
import os
import re
import shutil
import subprocess

import pytest

from lib.policy import ROOT, Daemon, is_sanitized
from lib.process import PATIENCE

PROFILE = os.path.join(ROOT, "contrib", "apparmor", "usr.sbin.spfpolicyd")
RULE = re.compile(r"^\s*(owner )?([/@]\S*)\s+([a-zA-Z]+),$")
CALL = re.compile(r'^\d+ +(\w+)\((?:AT_FDCWD, )?"([^"]+)"(?:, ([A-Z_|]+))?.*\) = (-?\d+)')
NETWORK = re.compile(r"socket\(AF_(INET6?|UNIX), SOCK_(DGRAM|STREAM)")
ZONE = {
    "big.example": [("TXT", "v=spf1 " + "ip4:198.51.100.1 " * 120 + "a ptr exists:%{i}.none.example -all")],
    "fail.example": [("TXT", "v=spf1 -all")],
}


@pytest.fixture(scope="module")
def parser():
    """parser(options...): what apparmor_parser prints about the profile; the kernel is left alone."""
    command = shutil.which("apparmor_parser", path="/usr/sbin:/sbin:/usr/bin")
    if not command or not os.path.isdir("/etc/apparmor.d/abstractions"):
        pytest.skip("apparmor is not installed")

    def run(*options, profile=PROFILE):
        done = subprocess.run([command, "--skip-kernel-load", "--skip-cache", *options, profile],
                              capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


def expand(pattern, variables):
    """All patterns that the variables in one make of it."""
    match = re.search(r"@\{(\w+)\}", pattern)
    if not match:
        return [re.sub("/+", "/", pattern)]
    return list(itertools.chain.from_iterable(
        expand(pattern[:match.start()] + value + pattern[match.end():], variables)
        for value in variables.get(match[1], ["/\0"])))


def to_regex(pattern):
    """An AppArmor pattern (apparmor.d(5), "Globbing") as a regular expression."""
    out, depth = "", 0
    for token in re.findall(r"\*\*|\\.|\[[^]]*\]|.", pattern):
        if token in ("**", "*"):
            out += ".*" if token == "**" else "[^/]*"
        elif token == "?":
            out += "[^/]"
        elif token in "{}":
            depth += 1 if token == "{" else -1
            out += "(?:" if token == "{" else ")"
        elif token == "," and depth:
            out += "|"
        else:
            out += token if token[0] in "[\\" else re.escape(token)
    return re.compile(out)


@pytest.fixture(scope="module")
def allows(parser):
    """allows(path, right): may the service, which owns no file, do that?"""
    text = parser("--preprocess").decode()
    variables = {name: values.split()
                 for name, values in re.findall(r"^@\{(\w+)\} ?= ?(.*)$", text, re.MULTILINE)}
    rules = []
    for line in text.splitlines():
        match = RULE.match(line)
        if match and not match[1]:
            rules += [(to_regex(pattern), match[3]) for pattern in expand(match[2], variables)]
    assert len(rules) > 40

    def ask(path, right):
        return any(right in rights and pattern.fullmatch(path) for pattern, rights in rules)

    return ask


def test_compiles(parser):
    assert len(parser("--stdout")) > 1000


def test_mistakes_would_be_seen(parser, tmp_path):
    """The parser is not one that nods at everything."""
    wrong = tmp_path / "wrong"
    with open(PROFILE, encoding="ascii") as stream:
        wrong.write_text(stream.read().replace("/etc/resolv.conf r,", "/etc/resolv.conf rq,"))
    with pytest.raises(AssertionError):
        parser("--stdout", profile=wrong)


def test_is_for_both_places(parser):
    """Those of make install and of the Debian package."""
    text = parser("--preprocess").decode()
    pattern = re.search(r"^profile spfpolicyd (\S+) \{$", text, re.MULTILINE)[1]
    for path in ("/usr/sbin/spfpolicyd", "/usr/local/sbin/spfpolicyd"):
        assert to_regex(pattern).fullmatch(path)
    assert not to_regex(pattern).fullmatch("/usr/bin/spfpolicyd")


def traced(folder, dns, program, **options):
    """The calls of a service that meets a bit of everything: lines of strace."""
    out = os.path.join(folder, "strace")
    command = ["strace", "-f", "-qq", "-s", "300", "-o", out, "-e", "trace=%file,socket,connect"]
    with Daemon(program=program, dns=dns, wrapper=command, **options) as daemon:
        for sender in ("big", "fail", "nothing"):
            daemon.ask(log=False, client_address="192.0.2.1", sender=f"a@{sender}.example", instance=sender)
    with open(out, encoding="ascii", errors="replace") as stream:
        return stream.read().splitlines()


def test_allows_what_the_service_does(allows, parser, dns, program, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if is_sanitized(program):
        pytest.skip("a sanitizer opens files of its own, and cannot look for leaks under strace")
    dns.set_zone(ZONE)
    lines = traced(tmp_path, dns, program, options={"Log": "syslog"})
    # Once more with the system's resolvers, whose names are asked for nothing.
    lines += traced(tmp_path, None, program, options={"Log": "syslog", "skip_addresses": "192.0.2.0/24"})
    opened = [(call[2], "w" if re.search("O_(WRONLY|RDWR|CREAT)", call[3] or "") else "r")
              for call in map(CALL.match, lines) if call and call[1] in ("open", "openat")]
    assert {"/etc/ld.so.cache", "/etc/resolv.conf", "/etc/spfpolicyd/spfpolicyd.conf"} <= {
        path for path, _ in opened}
    # AppArmor sees where links lead, and libraries are mapped to be executed.
    wanted = {(os.path.realpath(path), right) for path, right in opened}
    wanted |= {(path, "m") for path, _ in wanted if ".so." in path and path != "/etc/ld.so.cache"}
    wanted |= {(path, "w") for path in re.findall(r'connect\(.*sun_path="([^"]+)"', "\n".join(lines))}
    assert ("/dev/log", "w") in wanted
    assert [pair for pair in sorted(wanted) if not allows(*pair)] == []
    rules = parser("--preprocess").decode()
    families = {(family.lower(), kind.lower()) for family, kind in NETWORK.findall("\n".join(lines))}
    assert {("inet", "dgram"), ("inet", "stream"), ("unix", "dgram")} <= families
    for family, kind in families:
        rule = rf"^\s*unix \(create.*type={kind}," if family == "unix" else rf"^\s*network {family} {kind},"
        assert re.search(rule, rules, re.MULTILINE), (family, kind)


def test_allows_the_settings_of_all_documented_places(allows):
    for path in ("/etc/spfpolicyd/spfpolicyd.conf", "/etc/spfpolicyd/users",
                 "/etc/postfix-policyd-spf-python/policyd-spf.conf", "/run/systemd/resolve/stub-resolv.conf",
                 "/run/resolvconf/resolv.conf", "/run/systemd/journal/dev-log"):
        assert allows(path, "w" if "journal" in path else "r"), path


def test_allows_a_person_to_sum_up_logs(allows, program, tmp_path):
    """Packed ones too: what a report of one opens and executes."""
    if not shutil.which("strace") or is_sanitized(program):
        pytest.skip("strace is not installed, or finds a sanitizer")
    log = tmp_path / "mail.log.2.gz"
    log.write_bytes(gzip.compress(b"Nov 28 12:00:00 mx policyd-spf[7]: Fail; identity=helo; client-ip=192.0.2.1\n"))
    out = tmp_path / "strace"
    subprocess.run(["strace", "-f", "-qq", "-o", out, "-e", "trace=%file", program, "report", str(log)], check=True,
                   capture_output=True, timeout=PATIENCE)
    calls = [call for call in map(CALL.match, out.read_text(encoding="ascii").splitlines()) if call and call[4] >= "0"]
    ran = {os.path.realpath(call[2]) for call in calls if call[1] == "execve"} - {os.path.realpath(program)}
    assert {os.path.basename(path) for path in ran} == {"gzip"}
    assert all(allows(path, "x") for path in ran)
    opened = {os.path.realpath(call[2]) for call in calls if call[1] == "openat"}
    assert [path for path in sorted(opened) if not path.startswith(("/tmp/", "/var/tmp/")) and not allows(path, "r")] == []
    for path in ("/var/log/mail.log", "/var/log/mail.log.2.gz", "/etc/python-policyd-spf/policyd-spf.conf",
                 "/etc/bind/db.example.com"):
        assert allows(path, "r"), path


def test_allows_nothing_else(allows, parser):
    for path in ("/etc/shadow", "/etc/passwd", "/etc/postfix/main.cf", "/etc/ssl/private/mail.key",
                 "/var/mail/user", "/var/spool/postfix/active/4F2A1B", "/root/.ssh/id_rsa",
                 "/home/user/.bashrc", "/proc/1/environ", "/dev/mem", "/dev/sda"):
        assert not allows(path, "r"), path
    for path in ("/etc/spfpolicyd/spfpolicyd.conf", "/etc/resolv.conf", "/usr/sbin/spfpolicyd",
                 "/tmp/x", "/var/tmp/x", "/dev/shm/x", "/var/log/mail.log"):
        assert not allows(path, "w"), path
    for path in glob.glob("/usr/bin/*sh") + ["/bin/sh", "/usr/sbin/sendmail", "/usr/sbin/spfpolicyd"]:
        assert not allows(path, "x"), path
    capabilities = re.findall(r"^\s*capability (.*),$", parser("--preprocess").decode(), re.MULTILINE)
    assert sorted(capabilities) == ["dac_read_search", "setgid", "setuid"]
