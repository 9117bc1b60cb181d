# SPDX-License-Identifier: MIT
"""contrib/postfix-enable: what it changes in Postfix, that it can be undone, what it refuses.

Works on configuration folders of its own; one test starts a stock Postfix that it has set up.
"""

import os
import re
import shutil
import smtplib
import subprocess
import tempfile

import pytest

from lib.mailsystem import DOMAIN, Postfix, Service, free_port, write
from lib.policy import ROOT

SCRIPT = os.path.join(ROOT, "contrib", "postfix-enable")
CHECK = "check_policy_service unix:private/spfpolicy"
STOCK_RELAY = "permit_mynetworks permit_sasl_authenticated defer_unauth_destination"
OLD_SETTINGS = "/etc/postfix-policyd-spf-python/policyd-spf.conf"
PROTO = "/usr/share/postfix/master.cf.dist"

# /usr/sbin is not in everybody's PATH.
POSTCONF = shutil.which("postconf", path=os.environ["PATH"] + ":/usr/sbin")

pytestmark = pytest.mark.skipif(POSTCONF is None, reason="Postfix is not installed")


class Config:
    """A stock Debian configuration in a folder of its own."""

    def __init__(self, folder, program, **parameters):
        self.folder = str(folder)
        self.program = program
        self.parameters = {"compatibility_level": "3.6", "smtpd_relay_restrictions": STOCK_RELAY,
                           **parameters}
        self.write("main.cf", "# A comment that must survive.\n" + "".join(
            f"{name} = {value}\n" for name, value in self.parameters.items() if value is not None))
        with open(PROTO, encoding="utf-8") as file:
            self.write("master.cf", file.read())
        self.before = self.files()

    def write(self, name, text):
        write(os.path.join(self.folder, name), text)

    def files(self):
        found = {}
        for name in ("main.cf", "master.cf"):
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                found[name] = file.read()
        return found

    def age(self):
        """Postfix waits two seconds before it reads a file that was just written."""
        for name in ("main.cf", "master.cf"):
            os.utime(os.path.join(self.folder, name), (1, 1))

    def run(self, *words, status=0):
        """Runs the script; what it said."""
        self.age()
        done = subprocess.run([SCRIPT, "-c", self.folder, "--binary", self.program, *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stdout
        return done.stdout

    def enable(self, *words, status=0):
        return self.run("--user", "nobody", *words, status=status)

    def postconf(self, *words):
        self.age()
        return subprocess.run([POSTCONF, "-c", self.folder, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=60,
                              check=True).stdout.strip()

    def restrictions(self):
        return self.postconf("-h", "smtpd_recipient_restrictions")

    def service(self, name="spfpolicy"):
        return re.sub(r"\s+", " ", self.postconf("-M", f"{name}/unix"))

    def add(self, name, text):
        with open(os.path.join(self.folder, name), "a", encoding="utf-8") as file:
            file.write(text)


@pytest.fixture(scope="module")
def reachable(program):
    """The program where every user can execute it, wherever the tree was cloned to."""
    folder = tempfile.mkdtemp(prefix="spfpolicyd-enable-")
    os.chmod(folder, 0o755)
    yield shutil.copy(program, folder)
    shutil.rmtree(folder)


@pytest.fixture
def config(tmp_path, reachable):
    """config(**parameters): a stock configuration with these main.cf parameters."""
    def make(**parameters):
        folder = tmp_path / "etc"
        folder.mkdir()
        return Config(folder, reachable, **parameters)
    return make


def test_enables_a_stock_postfix_and_says_what_it_does(config):
    stock = config()
    said = stock.enable()
    assert stock.service() == ("spfpolicy unix - n n - 0 spawn user=nobody "
                               f"argv={stock.program}")
    assert stock.postconf("-h", "spfpolicy_time_limit") == "3600"
    assert stock.restrictions() == ("permit_mynetworks permit_sasl_authenticated, "
                                    f"reject_unauth_destination, {CHECK}")
    for change in ("master.cf: spfpolicy unix", "main.cf: spfpolicy_time_limit = 3600",
                   "main.cf: smtpd_recipient_restrictions = "):
        assert change in said
    assert "postfix reload" in said
    assert "# A comment that must survive." in stock.files()["main.cf"]


def test_default_relay_restrictions_are_written_out(config):
    stock = config(smtpd_relay_restrictions=None)
    stock.enable()
    assert stock.restrictions() == ("permit_mynetworks, permit_sasl_authenticated, "
                                    f"reject_unauth_destination, {CHECK}")


def test_twice_is_once(config):
    stock = config()
    stock.enable()
    first = stock.files()
    assert "Nothing to change" in stock.enable()
    assert stock.files() == first


def test_dry_run_changes_nothing(config):
    stock = config()
    said = stock.enable("--dry-run")
    assert "main.cf: smtpd_recipient_restrictions = " in said and "Nothing was changed" in said
    assert stock.files() == stock.before
    assert sorted(os.listdir(stock.folder)) == ["main.cf", "master.cf"]


def test_remove_gives_the_files_back_byte_for_byte(config):
    stock = config()
    stock.enable()
    stock.run("--remove")
    assert stock.files() == stock.before
    assert sorted(os.listdir(stock.folder)) == ["main.cf", "master.cf"]
    assert "Nothing to change" in stock.run("--remove")


def test_remove_keeps_what_others_changed_since(config):
    stock = config(smtpd_recipient_restrictions="reject_unauth_destination, reject_non_fqdn_sender")
    stock.enable()
    stock.add("main.cf", "message_size_limit = 12345678\n")
    stock.add("master.cf", "other unix - n n - 0 spawn user=nobody argv=/bin/true\n")
    stock.run("--remove")
    assert stock.restrictions() == "reject_unauth_destination, reject_non_fqdn_sender"
    assert stock.postconf("-h", "message_size_limit") == "12345678"
    assert stock.service() == "" and stock.service("other")
    assert "spfpolicy" not in stock.postconf("-n")


@pytest.mark.parametrize("before, after", [
    ("reject_unauth_destination", f"reject_unauth_destination, {CHECK}"),
    ("permit_mynetworks,reject_unauth_destination,reject_rbl_client zen.example",
     f"permit_mynetworks,reject_unauth_destination, {CHECK},reject_rbl_client zen.example"),
    ("permit_mynetworks defer_unauth_destination check_policy_service { unix:private/grey, timeout=9s }",
     f"permit_mynetworks defer_unauth_destination, {CHECK} "
     "check_policy_service { unix:private/grey, timeout=9s }"),
    ("permit_mynetworks, reject_non_fqdn_sender",
     f"permit_mynetworks, reject_non_fqdn_sender, reject_unauth_destination, {CHECK}"),
    ("permit_mynetworks, permit",
     f"permit_mynetworks, reject_unauth_destination, {CHECK}, permit"),
    ("warn_if_reject reject_unauth_destination, permit_mynetworks",
     "warn_if_reject reject_unauth_destination, permit_mynetworks, reject_unauth_destination, " + CHECK),
    ("$mine", f"$mine, reject_unauth_destination, {CHECK}"),
])
def test_stands_behind_the_guard(config, before, after):
    stock = config(smtpd_recipient_restrictions=before, mine="permit_mynetworks")
    stock.enable()
    assert stock.restrictions() == after
    stock.add("master.cf", "# edited\n")
    stock.add("main.cf", "# edited\n")
    stock.run("--remove")
    assert CHECK not in stock.restrictions() and "spfpolicy" not in stock.postconf("-n")


@pytest.mark.parametrize("parameters", [
    {"smtpd_relay_restrictions": ""},
    {"smtpd_relay_restrictions": "permit_mynetworks", "smtpd_recipient_restrictions": "permit_mynetworks"},
    {"smtpd_relay_restrictions": "warn_if_reject reject_unauth_destination"},
    {"smtpd_relay_restrictions": "$mine", "mine": "permit_sasl_authenticated"},
])
def test_refuses_to_make_an_open_relay(config, parameters):
    stock = config(**parameters)
    said = stock.enable(status=1)
    assert "open relay" in said and "reject_unauth_destination" in said
    assert stock.files() == stock.before


@pytest.mark.parametrize("words, complaint", [
    (("--user", "root"), "rights of root"),
    (("--user", "postfix"), "Postfix's own user"),
    (("--user", "no-such-user-here"), "no user no-such-user-here"),
    (("--user", "nobody", "--binary", "/no/such/file"), "not an executable"),
])
def test_refuses_what_spawn_would_refuse(config, words, complaint):
    stock = config()
    assert complaint in stock.run(*words, status=1)
    assert stock.files() == stock.before


def test_refuses_broken_settings(config, tmp_path):
    stock = config()
    write(str(tmp_path / "wrong.conf"), "HELO_reject = fial\n")
    said = stock.enable("--config", str(tmp_path / "wrong.conf"), status=1)
    assert "wrong.conf:1" in said
    assert stock.files() == stock.before


def test_refuses_broken_settings_of_the_default_file(config, tmp_path):
    stock = config()
    stock.program = str(tmp_path / "spfpolicyd")
    write(stock.program, '#!/bin/sh\n[ "$*" = config ] && echo "/etc/x.conf:1: wrong" >&2\nexit 2\n')
    os.chmod(stock.program, 0o755)
    said = stock.enable(status=1)
    assert "/etc/x.conf:1: wrong" in said and "the settings file has errors" in said
    assert stock.files() == stock.before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run the program as another user")
def test_refuses_settings_that_the_service_can_not_read(config, reachable):
    settings = os.path.join(os.path.dirname(reachable), "secret.conf")
    write(settings, "HELO_reject = False\n")
    stock = config()
    os.chmod(settings, 0o600)
    assert "nobody can not read the settings" in stock.enable("--config", settings, status=1)
    assert stock.files() == stock.before
    os.chmod(settings, 0o644)
    stock.enable("--config", settings)
    assert stock.service().endswith(f"-c {settings}")


def test_no_configuration_is_explained(tmp_path, program):
    done = subprocess.run([SCRIPT, "-c", str(tmp_path), "--binary", program], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    assert done.returncode == 1 and "dpkg-reconfigure postfix" in done.stdout


@pytest.mark.parametrize("argv", [
    "/usr/bin/policyd-spf", "/usr/bin/policyd-spf {settings}", "/usr/bin/policyd-spf {settings}.old",
    "/usr/bin/python3 /usr/bin/policyd-spf {settings}", "/usr/sbin/postfix-policyd-spf-perl"])
def test_switches_policyd_spf_over_and_back(config, tmp_path, argv):
    settings = str(tmp_path / "policyd-spf.conf")
    for name in (settings, settings + ".old"):
        write(name, "HELO_reject = False\nTestOnly = 0\n")
    argv = argv.format(settings=settings)
    stock = config()
    stock.add("master.cf", f"policyd-spf  unix  -  n  n  -  0  spawn\n    user=nobody argv={argv}\n")
    before = stock.files()
    assert "--switch" in stock.enable(status=1)
    stock.run("--switch")
    new = f"argv={stock.program}"
    if settings in argv:
        new += f" -c {argv.split()[-1]}"
    elif "perl" not in argv and os.path.exists(OLD_SETTINGS):
        new += f" -c {OLD_SETTINGS}"
    assert stock.service("policyd-spf") == f"policyd-spf unix - n n - 0 spawn user=nobody {new}"
    assert stock.files()["main.cf"] == before["main.cf"]
    assert "Nothing to change" in stock.run("--switch")
    assert "--switch-back" in stock.run("--remove", status=1)
    assert "--switch-back" in stock.enable(status=1)
    stock.run("--switch-back")
    assert stock.files() == before
    # An edit in between is kept, and what was there before the first switch is not forgotten.
    stock.run("--switch")
    stock.run("--switch")
    stock.add("master.cf", "# edited\n")
    stock.run("--switch-back")
    assert stock.service("policyd-spf") == f"policyd-spf unix - n n - 0 spawn user=nobody argv={argv}"
    assert stock.files()["master.cf"].endswith("# edited\n")


class StockPostfix(Postfix):
    """Debian's own files, with nothing but the paths and the port changed, then postfix-enable."""

    def _main_cf(self):
        ours = ("queue_directory", "data_directory", "maillog_file", "myhostname", "mydestination",
                "mynetworks", "alias_", "virtual_", "inet_interfaces", "inet_protocols",
                "smtpd_authorized_xclient_hosts", "compatibility_level", "smtpd_peername_lookup")
        lines = [line for line in super()._main_cf().splitlines() if line.startswith(ours)]
        return "\n".join([*lines, f"smtpd_relay_restrictions = {STOCK_RELAY}"]) + "\n"

    def _master_cf(self):
        with open(PROTO, encoding="utf-8") as file:
            text = file.read()
        service = self.services["default"]
        service.port = free_port()
        text, count = re.subn(r"(?m)^smtp +inet\b", f"127.0.0.1:{service.port} inet", text)
        assert count == 1
        return text

    def configure(self):
        settings = os.path.join(self.etc, "spfpolicyd.conf")
        write(settings, f"DNS_Servers = {self.dns_server}\n")
        done = subprocess.run([SCRIPT, "-c", self.etc, "--binary", self.program, "--user", "nobody",
                               "--config", settings], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout


def test_stock_postfix_checks_spf_and_relays_for_nobody(directory, unbound, program):
    folder = os.path.join(directory, "stock")
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    with StockPostfix(folder, {"default": Service()}, unbound.address, program) as postfix:
        with postfix.client("192.0.2.7", "client.example") as smtp:
            smtp.sendmail("a@pass.example", f"bob@{DOMAIN}", "Subject: stock\r\n\r\nHello.\r\n")
            for recipient, code in ((f"bob@{DOMAIN}", 550), ("bob@elsewhere.example", 454)):
                with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                    smtp.sendmail("a@fail.example", recipient, "Subject: no\r\n\r\n")
                assert refused.value.recipients[recipient][0] == code
        message = postfix.delivered("stock")[0]
        assert message["Received-SPF"].startswith("pass ")
        assert [line for line in postfix.log().splitlines() if " warning: " in line] == []
