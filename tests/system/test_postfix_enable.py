# SPDX-License-Identifier: MIT
"""contrib/postfix-enable: what it changes in Postfix, that it can be undone, what it refuses.

Works on configuration folders of its own; one test starts a stock Postfix that it has set up.
"""

import fcntl
import itertools
import os
import pathlib
import re
import shlex
import shutil
import smtplib
import stat
import subprocess
import tempfile

import pytest

from lib.mailsystem import DOMAIN, Postfix, Service, free_port, write
from lib.policy import ROOT
from lib.process import PATIENCE

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
        self.link = None        # a name that all copies have
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
        done = subprocess.run([SCRIPT, "-c", self.place(), "--binary", self.program, *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == status, done.stdout
        return done.stdout

    def place(self):
        """The folder by the name that the script is given, which may stand in what it writes."""
        if self.link:
            if os.path.lexists(self.link):
                os.remove(self.link)
            os.symlink(self.folder, self.link)
        return self.link or self.folder

    def enable(self, *words, status=0):
        return self.run("--user", "nobody", *words, status=status)

    def postconf(self, *words):
        self.age()
        return subprocess.run([POSTCONF, "-c", self.folder, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=PATIENCE,
                              check=True).stdout.strip()

    def restrictions(self):
        return self.postconf("-h", "smtpd_recipient_restrictions")

    def service(self, name="spfpolicy"):
        return re.sub(r"\s+", " ", self.postconf("-M", f"{name}/unix"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def tree(self):
        """All that is in the folder, with modes and owners: {path: (kind, mode, uid, gid, content)}."""
        return tree(self.folder)

    def changed(self):
        """The lines of main.cf that were not there at first."""
        return "".join(line for line in self.files()["main.cf"].splitlines(True)
                       if line not in self.before["main.cf"])

    def on_port_25(self, ending):
        """Appends to the smtpd of port 25 in master.cf."""
        text, count = re.subn(r"(?m)^(smtp +inet .*smtpd)$", lambda found: found[1] + ending,
                              self.before["master.cf"])
        assert count == 1
        self.write("master.cf", text)

    def shape(self, form):
        """Gives both files a form that an editor, or a person, may give them."""
        for name, line in (("main.cf", "smtpd_recipient_restrictions = permit_mynetworks"),
                           ("master.cf", "last unix - n n - 0 spawn\n  user=nobody argv=/bin/true")):
            text = self.before[name] + line + "\n"
            if form == "no newline":
                text = text.rstrip("\n")
            elif form == "CRLF":
                text = text.replace("\n", "\r\n")
            elif form == "continued" and name == "main.cf":
                text += "\t,\n# between\n\n\treject_unauth_destination\n   # too\n ,\n"
            elif form == "twice" and name == "main.cf":
                text = f"{line}, permit\n{text}spfpolicy_time_limit = 3600\n"
            elif form == "comment at the end":
                text += "# the end"
            with open(self.path(name), "w", encoding="utf-8", newline="") as file:
                file.write(text)

    def add(self, name, text):
        with open(os.path.join(self.folder, name), "a", encoding="utf-8") as file:
            file.write(text)


def tree(folder):
    found = {}
    for path, folders, names in os.walk(folder):
        for name in folders + names:
            full = os.path.join(path, name)
            about = os.lstat(full)
            content = None
            if stat.S_ISLNK(about.st_mode):
                content = os.readlink(full)
            elif stat.S_ISREG(about.st_mode):
                with open(full, "rb") as file:
                    content = file.read()
            found[os.path.relpath(full, folder)] = (stat.S_IFMT(about.st_mode), stat.S_IMODE(about.st_mode),
                                                    about.st_uid, about.st_gid, content)
    return found


@pytest.fixture(scope="module")
def reachable(program):
    """The program where every user can execute it, wherever the tree was cloned to."""
    folder = tempfile.mkdtemp(prefix="spfpolicyd-enable-")
    os.chmod(folder, 0o755)
    yield shutil.copy(program, folder)
    shutil.rmtree(folder)


@pytest.fixture
def tmp_path():
    """Where every user can look: pytest closes its own folders again, whenever a session of it starts. Tests look for
    our name in what Postfix says of its settings, so it is not in the path."""
    folder = tempfile.mkdtemp(prefix="enable-")
    os.chmod(folder, 0o755)
    yield pathlib.Path(folder)
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


def test_logs_where_postfix_logs(config, reachable):
    """With maillog_file there may be no syslog; what the settings say of the log stays."""
    config = config(maillog_file="/var/log/mail.log")
    settings = os.path.join(os.path.dirname(reachable), "syslog.conf")
    write(settings, "Log = syslog\n")
    config.enable("--config", settings)
    assert config.service().endswith(f"user=nobody argv={config.program} -c {settings}")
    config.run("--remove")
    config.enable()
    assert config.service().endswith(f"user=nobody:postdrop argv={config.program} -o Log=postlog")


@pytest.mark.parametrize("account", ["nobody", "nobody:nogroup"])
def test_switched_it_logs_where_postfix_logs(config, account):
    """With the group of Postfix's log, whatever group policyd-spf had; and back as it was."""
    config = config(maillog_file="/var/log/mail.log")
    settings = config.path("old.conf")
    write(settings, "TestOnly = 0\n")
    old = f"policyd-spf unix - n n - 0 spawn user={account} argv=/usr/bin/policyd-spf {settings}\n"
    config.add("master.cf", old)
    config.run("--switch")
    assert config.service("policyd-spf").endswith(
        f" user=nobody:postdrop argv={config.program} -c {settings} -o Log=postlog")
    config.run("--switch-back")
    assert config.service("policyd-spf").endswith(f" user={account} argv=/usr/bin/policyd-spf {settings}")
    write(settings, "Log = syslog\n")
    config.run("--switch")
    assert config.service("policyd-spf").endswith(f" user={account} argv={config.program} -c {settings}")


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
    assert "nobody cannot read the settings" in stock.enable("--config", settings, status=1)
    assert stock.files() == stock.before
    os.chmod(settings, 0o644)
    stock.enable("--config", settings)
    assert stock.service().endswith(f"-c {settings}")


def test_no_configuration_is_explained(tmp_path, program):
    done = subprocess.run([SCRIPT, "-c", str(tmp_path), "--binary", program], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
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
    stock.run("--switch")
    new = f"argv={stock.program}"
    if settings in argv:
        new += f" -c {argv.split()[-1]}"
    elif "perl" in argv:
        new += f" -c {stock.path('spfpolicyd.conf')}"
    elif os.path.exists(OLD_SETTINGS):
        new += f" -c {OLD_SETTINGS}"
    assert stock.service("policyd-spf") == f"policyd-spf unix - n n - 0 spawn user=nobody {new}"
    assert stock.files()["main.cf"] == before["main.cf"]
    stock.run("--switch-back")
    assert stock.files() == before
    assert sorted(os.listdir(stock.folder)) == ["main.cf", "master.cf"]


def test_switch_can_let_go_of_the_file_of_policyd_spf(config):
    """Whose package may take it away."""
    stock = config()
    old, copy = stock.path("old.conf"), stock.path("copy.conf")
    for name in (old, copy):
        write(name, "TestOnly = 0\n")
    stock.add("master.cf", f"policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {old}\n")
    before = stock.files()
    said = stock.run("--switch")
    assert f"The settings stay in {old}." in said and "--switch --config COPY" in said
    assert "The settings stay" not in stock.run("--switch", "--config", copy)
    os.remove(old)
    assert stock.service("policyd-spf").endswith(f"argv={stock.program} -c {copy}")
    assert re.search(r"^ +starts", stock.run("--status", status=1), re.MULTILINE)
    stock.run("--switch-back")
    assert stock.files() == before


def test_switch_back_to_a_program_that_is_gone_is_not_done(config, tmp_path):
    """With its package, say: Postfix would defer all mail."""
    program = str(tmp_path / "policyd-spf")
    write(program, "")
    stock = config()
    stock.add("master.cf", f"policyd-spf unix - n n - 0 spawn user=nobody argv=/bin/sh {program}\n")
    before = stock.files()
    stock.run("--switch")
    assert "not there" not in stock.run("--switch-back", "--dry-run")
    os.remove(program)
    said = stock.run("--switch-back")
    assert f"{program} is not there any more" in said and "Done" not in said and "at work" not in said
    assert stock.files() == before


def test_switch_shows_what_goes_and_who_asks(config):
    stock = config(smtpd_recipient_restrictions=f"reject_unauth_destination, {CHECK}".replace("spfpolicy", "policyd-spf"))
    line = "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf"
    stock.add("master.cf", line + "\n")
    said = stock.run("--switch", "--dry-run")
    assert f"master.cf, now: {line}\n" in said
    assert "main.cf: stays as it is; unix:private/policyd-spf is asked by smtpd_recipient_restrictions\n" in said
    assert said.count("asked by") == 1 and "Not at work" not in said


def test_switch_stops_where_the_service_has_no_user(config):
    stock = config()
    stock.add("master.cf", "policyd-spf unix - n n - 0 spawn user=nosuchuser:nogroup argv=/usr/bin/policyd-spf\n")
    before = stock.files()
    assert "no such user" in stock.run("--switch", status=1)
    assert stock.files() == before
    stock.run("--switch", "--user", "nobody")
    assert " user=nobody " in stock.service("policyd-spf")


@pytest.mark.parametrize("name", ["client", "helo", "sender", "data", "end_of_data"])
def test_a_service_may_be_asked_in_any_list(config, name):
    stock = config(**{f"smtpd_{name}_restrictions": "reject_non_fqdn_sender, " + CHECK.replace("spfpolicy", "policyd-spf")})
    stock.add("master.cf", "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n")
    said = stock.run("--switch", "--dry-run")
    assert "Not at work" not in said and f"asked by smtpd_{name}_restrictions\n" in said


def test_does_not_call_unasked_what_a_class_asks(config):
    """A table may name the class: whose mail comes there is not to be known here."""
    stock = config(smtpd_restriction_classes="grey, spf", grey="reject", spf=CHECK.replace("spfpolicy", "policyd-spf"),
                   smtpd_recipient_restrictions="reject_unauth_destination, check_recipient_access hash:/etc/postfix/spf")
    stock.add("master.cf", "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n")
    said = stock.run("--switch")
    assert "whose mail comes to the class spf, which has it, cannot be told" in said
    assert re.search("^reached: +cannot tell$", stock.run("--status", status=1), re.MULTILINE)


def test_switch_is_kept_apart_from_the_rest(config, tmp_path):
    settings = str(tmp_path / "policyd-spf.conf")
    write(settings, "HELO_reject = False\n")
    argv = f"/usr/bin/policyd-spf {settings}"
    stock = config()
    stock.add("master.cf", f"policyd-spf unix - n n - 0 spawn user=nobody argv={argv}\n")
    assert "--switch" in stock.enable(status=1)
    stock.run("--switch")
    assert "Nothing to change" in stock.run("--switch")
    assert "--switch-back" in stock.run("--remove", status=1)
    assert "--switch-back" in stock.enable(status=1)
    # An edit in between is kept, and what was there before the first switch is not forgotten.
    stock.add("master.cf", "# edited\n")
    stock.run("--switch-back")
    assert stock.service("policyd-spf") == f"policyd-spf unix - n n - 0 spawn user=nobody argv={argv}"
    assert stock.files()["master.cf"].endswith("# edited\n")


@pytest.mark.parametrize("lines, complaint", [
    ("127.0.0.1:10031 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf", "not a service of type unix"),
    ("policyd-spf unix - n y - 0 spawn user=nobody argv=/usr/bin/policyd-spf /dev/null", "runs in a chroot"),
    ("policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf -x /dev/null", "is not known: -x /dev/null"),
    ("policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf settings.conf", "is not known: settings"),
    ("policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf /no/such.conf", "/no/such.conf"),
])
def test_switch_stops_rather_than_lose_settings(config, lines, complaint):
    stock = config()
    stock.add("master.cf", lines + "\n")
    before = stock.tree()
    said = stock.run("--switch", status=1)
    assert complaint.format(program=stock.program) in said and "Done" not in said
    assert stock.tree() == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run the program as another user")
def test_switch_stops_at_settings_that_the_service_cannot_read(config):
    """A service that starts without its settings would judge mail by others."""
    stock = config()
    write(stock.path("secret.conf"), "HELO_reject = False\n")
    os.chmod(stock.path("secret.conf"), 0o600)
    stock.add("master.cf", "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf "
                           f"{stock.path('secret.conf')}\n")
    before = stock.tree()
    said = stock.run("--switch", status=1)
    assert "nobody, as whom policyd-spf runs, cannot read" in said and "Done" not in said
    assert stock.tree() == before
    os.chmod(stock.path("secret.conf"), 0o644)
    assert "cannot read" not in stock.run("--switch")


def test_switch_tells_a_foreign_service_from_its_argument(config):
    stock = config()
    stock.add("master.cf", "grey unix - n n - 0 spawn user=nobody argv=/usr/bin/grey --db /var/policyd-spf/db\n")
    assert "no service in" in stock.run("--switch", status=1)


DEBIAN = "/etc/postfix-policyd-spf-python/policyd-spf.conf"
RHEL = "/etc/python-policyd-spf/policyd-spf.conf"
FREEBSD = "/usr/local" + RHEL
PERL = "/etc/postfix/exempt_spf_addresses"
PERL_DOMAINS = "/etc/postfix/exempt_spf_domains"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can imitate other systems' folders")
@pytest.mark.parametrize("argv, files, result", [
    ("/usr/bin/policyd-spf", {DEBIAN: "TestOnly = 0\n"}, DEBIAN),
    ("/usr/libexec/postfix/policyd-spf", {RHEL: "TestOnly = 0\n"}, RHEL),
    ("/usr/bin/python3 /usr/bin/policyd-spf", {RHEL: "TestOnly = 0\n"}, RHEL),
    ("/usr/local/bin/policyd-spf", {FREEBSD: "TestOnly = 0\n"}, FREEBSD),
    ("/usr/bin/policyd-spf", {RHEL: "TestOnly = 0\n", DEBIAN: "TestOnly = 1\n"}, None),
    ("/usr/bin/policyd-spf", {}, ""),
    ("/usr/lib/postfix/policyd-spf-perl", {PERL: "# none\n\n", DEBIAN: "TestOnly = 0\n"}, "{folder}/spfpolicyd.conf"),
    ("/usr/bin/perl /usr/lib/postfix/policyd-spf-perl", {PERL: "192.0.2.0/24 mail.example\n"}, None),
])
def test_switch_finds_the_settings_of_other_systems(config, argv, files, result):
    """In a mount namespace of its own, with an /etc and a /usr/local without policyd-spf."""
    stock = config()
    stock.add("master.cf", f"policyd-spf unix - n n - 0 spawn user=nobody argv={argv}\n")
    before = stock.files()
    done = on_another_system(stock, files, "--switch")
    if result is None:
        assert done.returncode == 1 and "othing was changed" in done.stdout, done.stdout
        assert all(name in done.stdout for name in files) or "mail.example" in done.stdout
        assert stock.files() == before
    else:
        result = result.format(folder=stock.folder)
        assert done.returncode == 0, done.stdout
        assert ("no settings file here" in done.stdout) == (not files)
        assert stock.service("policyd-spf").endswith(f"argv={stock.program}" + (result and f" -c {result}"))


def on_another_system(stock, files, *words):
    made = "\n".join(f"mkdir -p {os.path.dirname(name)}; printf %s {shlex.quote(text)} >{name}"
                     for name, text in files.items())
    return subprocess.run(["unshare", "--mount", "sh", "-ec", f"""
        mkdir {stock.folder}/kept
        cp -a /etc/. {stock.folder}/kept
        mount -t tmpfs -o mode=755 none /etc
        mount -t tmpfs -o mode=755 none /usr/local
        cp -a {stock.folder}/kept/. /etc
        rm -rf {stock.folder}/kept /etc/*policyd-spf* /etc/postfix/exempt_spf_*
        {made}
        exec {shlex.quote(SCRIPT)} -c {stock.folder} --binary {stock.program} {shlex.join(words)}"""],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=PATIENCE, check=False)


PERL_LINE = "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/sbin/postfix-policyd-spf-perl\n"
PERL_LISTS = {PERL: "# relays\n192.0.2.0/24, 2001:db8::/32\n\t198.51.100.7",
              PERL_DOMAINS: "partner.example # since 2019\nother.example\r\n"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can imitate other systems' folders")
def test_switch_makes_settings_of_what_policyd_spf_perl_does(config):
    stock = config(smtpd_recipient_restrictions=CHECK.replace("spfpolicy", "policyd-spf"))
    stock.add("master.cf", PERL_LINE)
    before = stock.tree()
    done = on_another_system(stock, PERL_LISTS, "--switch", "--dry-run")
    lists = ("Whitelist = 192.0.2.0/24, 2001:db8::/32, 198.51.100.7", "Skip_Senders = partner.example, other.example")
    assert done.returncode == 0 and stock.tree() == before, done.stdout
    for line in (*lists, "TempError_Defer = Yes", "Header_Type = SPF", "HELO_reject = Fail"):
        assert f"\n    {line}\n" in done.stdout
    # The settings are not in a file yet.
    last = done.stdout.rstrip().splitlines()[-1]
    assert f"{stock.program} replay -o 'HELO_reject = Fail'" in last and all(f"-o '{line}'" in last for line in lists)
    done = on_another_system(stock, PERL_LISTS, "--switch")
    file = stock.path("spfpolicyd.conf")
    assert done.returncode == 0 and f"{file}, new: " in done.stdout and "Done" in done.stdout, done.stdout
    assert stock.service("policyd-spf").endswith(f"argv={stock.program} -c {file}")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o644
    shown = subprocess.run([stock.program, "config", "-c", file], capture_output=True, text=True, timeout=PATIENCE)
    assert shown.returncode == 0 and "temperror: deferred" in shown.stdout
    assert f"\n{lists[0].replace(', ', ',')}\n" in shown.stdout
    whole = stock.tree()
    assert "Nothing to change" in on_another_system(stock, PERL_LISTS, "--switch").stdout
    assert stock.tree() == whole
    said = stock.run("--switch-back")
    program = PERL_LINE.partition("argv=")[2].strip()
    assert ("Done" if os.path.exists(program) else f"{program} is not there any more") in said
    assert stock.tree() == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can imitate other systems' folders")
def test_what_policyd_spf_perl_lists_and_we_cannot_is_told_of_its_list(config):
    """Its library takes host names for addresses."""
    stock = config()
    stock.add("master.cf", PERL_LINE)
    before = stock.files()
    done = on_another_system(stock, {PERL: "192.0.2.1 relay.example\n"}, "--switch")
    assert done.returncode == 1 and stock.files() == before
    assert '\nWhitelist: "relay.example" is not an address' in "\n" + done.stdout
    assert f"in the lists of policyd-spf-perl, {PERL} or {PERL_DOMAINS}: correct it there" in done.stdout
    assert "spfpolicyd.tmp" not in done.stdout


@pytest.mark.skipif(os.getuid() != 0, reason="only root can imitate other systems' folders")
def test_settings_from_policyd_spf_perl_belong_to_who_edits_them(config):
    stock = config()
    stock.add("master.cf", PERL_LINE)
    before = stock.files()
    write(stock.path("spfpolicyd.conf"), "TestOnly = 0\n")
    done = on_another_system(stock, PERL_LISTS, "--switch")
    assert done.returncode == 1 and "is there already" in done.stdout and stock.files() == before
    os.remove(stock.path("spfpolicyd.conf"))
    assert on_another_system(stock, PERL_LISTS, "--switch").returncode == 0
    stock.add("spfpolicyd.conf", "TestOnly = 0\n")
    with open(stock.path("spfpolicyd.conf"), encoding="utf-8") as file:
        edited = file.read()
    assert on_another_system(stock, PERL_LISTS, "--switch").returncode == 0
    assert "was edited since, and stays" in stock.run("--switch-back")
    assert stock.files() == before
    with open(stock.path("spfpolicyd.conf"), encoding="utf-8") as file:
        assert file.read() == edited


def test_switch_says_of_several_services_what_to_do(config):
    """As per-user set-ups have them. What it says is done here, and brings all of them over."""
    stock = config(smtpd_restriction_classes="for_alice for_bob", for_alice="check_policy_service unix:private/spf-alice",
                   for_bob="check_policy_service { unix:private/spf-bob, timeout=9s }")
    for name in ("alice", "bob"):
        write(stock.path(name + ".conf"), "TestOnly = 0\n")
    write(stock.path("master.cf"), stock.before["master.cf"] + f"""\
spf-alice unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {stock.path('alice.conf')}
spf-bob   unix - n y - 0 spawn user=nobody
    argv=/usr/bin/python3 /usr/bin/policyd-spf {stock.path('bob.conf')}
spf-x     unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf --odd thing
127.0.0.1:10031 inet n n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {stock.path('bob.conf')}
""")
    before = stock.tree()
    said = stock.run("--switch", status=1)
    assert stock.tree() == before
    assert "spf-alice/unix, asked by for_alice:" in said and "spf-bob/unix, asked by for_bob:" in said
    assert "of its arguments in the service spf-x is not known: --odd thing" in said
    assert "spf-x/unix, asked by nobody" in said and "postconf -c" in said and "Per_User" in said
    commands = re.findall(r"^    ((?:cp|postconf) .*)$", said, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        stock.age()
        subprocess.run(["sh", "-ec", f"PATH=$PATH:/usr/sbin; {command}"], check=True, timeout=PATIENCE)
    for name in ("alice", "bob"):
        assert stock.service(f"spf-{name}") == (f"spf-{name} unix - n n - 0 spawn user=nobody argv={stock.program} "
                                                f"-c {stock.path(name + '.conf')}")
    assert stock.postconf("-M", "127.0.0.1:10031/inet").endswith(f"{stock.program} -c {stock.path('bob.conf')}")


@pytest.mark.parametrize("parameters, command", [
    ({"maillog_file": "/var/log/some.log"}, "replay -c {settings} /var/log/some.log*"),
    ({}, r"replay -c {settings} (/var/log/mail\S*\*|-)")])
def test_switch_says_how_to_ask_the_log_first(config, parameters, command):
    stock = config(**parameters)
    settings = stock.path("old.conf")
    write(settings, "TestOnly = 0\n")
    stock.add("master.cf", f"policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {settings}\n")
    said = stock.run("--switch", "--dry-run").rstrip()
    command = command.format(settings=re.escape(settings))
    assert re.search(command if "(" in command else re.escape(command.replace("\\", "")), said.splitlines()[-1]), said
    assert "replay" not in stock.run("--switch")


@pytest.mark.parametrize("parameters, ending, word", [
    ({"smtpd_recipient_restrictions": "permit_mynetworks, permit_auth_destination, reject"}, "",
     "permit_auth_destination stands before"),
    ({"smtpd_recipient_restrictions": f"Reject, reject_unauth_destination, {CHECK}"}, "", "Reject stands before"),
    ({"smtpd_recipient_restrictions": "$mine, reject_unauth_destination", "mine": "defer"}, "", "defer stands"),
    ({}, " -o smtpd_recipient_restrictions=", "smtp/inet: -o smtpd_recipient_restrictions has no"),
    ({}, "\n\t-o { smtpd_recipient_restrictions = permit_mynetworks, reject }", "smtp/inet: -o"),
    ({"mine": "reject_unauth_destination"}, "\n# between\n -o\n# and\n smtpd_recipient_restrictions=$mine",
     "smtp/inet: -o"),
    ({}, " -o smtpd_recipient_restrictions=reject,check_policy_service,unix:private/spfpolicy", "reject stands"),
])
def test_refuses_a_check_that_is_never_reached(config, parameters, ending, word):
    stock = config(**parameters)
    stock.on_port_25(ending)
    before = stock.tree()
    said = stock.enable(status=1)
    assert word in said and "Nothing was changed" in said and "Done" not in said
    assert stock.tree() == before


@pytest.mark.parametrize("parameters, ending, word", [
    ({"smtpd_recipient_restrictions": f"check_client_access static:OK, reject_unauth_destination, {CHECK}"}, "",
     "static:OK stands before"),
    ({"smtpd_recipient_restrictions": "check_sender_access static:{554 go away}, reject_unauth_destination"}, "",
     "static:{554 go away} stands before"),
    ({"smtpd_client_restrictions": "permit_mynetworks, Reject"}, "", "Reject stands before"),
    ({"smtpd_sender_restrictions": "check_sender_access static:REJECT"}, "", "static:REJECT stands before"),
    ({}, " -o smtpd_helo_restrictions=defer", "defer stands before"),
])
def test_sees_what_ends_the_check_by_other_ways(config, parameters, ending, word):
    stock = config(**parameters)
    stock.on_port_25(ending)
    before = stock.tree()
    said = stock.enable(status=1)
    assert word in said and "Nothing was changed" in said
    assert stock.tree() == before


@pytest.mark.parametrize("parameters", [
    {"smtpd_restriction_classes": "one, Strange", "strange": "permit",
     "smtpd_recipient_restrictions": f"strange, reject_unauth_destination, {CHECK}"},
    {"smtpd_recipient_restrictions": f"check_client_access static:some_class, reject_unauth_destination, {CHECK}"},
])
def test_says_where_it_cannot_tell_whether_the_check_is_reached(config, parameters):
    stock = config(**parameters)
    assert "cannot tell" in stock.enable()
    assert re.search(r"(?m)^reached: +cannot tell\n +master.cf: smtp/inet: cannot tell", stock.run("--status", status=1))


@pytest.mark.parametrize("parameters", [
    {"smtpd_client_restrictions": "warn_if_reject reject", "smtpd_helo_restrictions": "permit, reject"},
    {"smtpd_sender_restrictions": "check_sender_access static:OK, reject"},
    {"smtpd_recipient_restrictions": f"check_client_access static:DUNNO, warn_if_reject check_sender_access "
                                     f"static:REJECT, reject_unauth_destination, {CHECK}"},
])
def test_takes_no_restriction_for_more_than_it_does(config, parameters):
    stock = config(**parameters)
    assert "Done" in stock.enable()
    assert re.search("(?m)^reached: +yes$", stock.run("--status"))


def test_says_at_which_entrance_the_check_is_not_reached(config):
    stock = config()
    stock.add("master.cf", "[::1]:25 inet n - y - - smtpd\n  -o smtpd_recipient_restrictions=\n"
                           "submission inet n - y - - smtpd -o smtpd_recipient_restrictions=reject\n"
                           "smtpd pass - - y - - smtpd -o smtpd_recipient_restrictions="
                           f"permit_mynetworks,{CHECK.replace(' ', ',')}\n")
    said = stock.enable()
    assert "[::1]:25/inet" in said and "Done" not in said and "submission" not in said and "pass" not in said
    said = stock.run("--status", status=1)
    assert re.search(r"(?m)^reached: +not everywhere\n +master.cf: \[::1\]:25/inet", said)


@pytest.mark.parametrize("before, has", [
    ("reject_unauth_destination, check_policy_service unix:private/spfpolicy-old", False),
    ("reject_unauth_destination, check_policy_service { unix:private/spfpolicyd2, timeout = 9s }", False),
    ("reject_unauth_destination check_policy_service inet:127.0.0.1:10031", False),
    ("reject_unauth_destination, Check_Policy_Service {unix:private/spfpolicy timeout=9s}", True),
    ("reject_unauth_destination,check_policy_service,{ unix:private/spfpolicy }", True),
    ("reject_unauth_destination, check_policy_service unix:$queue_directory/private/spfpolicy", True),
    ("reject_unauth_destination\n  check_policy_service\n# {\n  unix:private/spfpolicy", True),
    ("reject_unauth_destination,\r\n\tcheck_policy_service\r\n unix:private/spfpolicy\r", True),
    ("reject_unauth_destination, $mine", True),
])
def test_compares_names_whole(config, before, has):
    stock = config(smtpd_recipient_restrictions=before, mine=CHECK)
    stock.enable()
    assert bool(re.search(CHECK + r"(?![-\w])", stock.changed())) != has
    if "$" in before:
        return
    stock.add("main.cf", "# edited\n")
    stock.add("master.cf", "# edited\n")
    stock.run("--remove")
    left = "reject_unauth_destination" if has else re.sub(r"\s+", " ", before)
    assert stock.restrictions() == left


def test_leaves_no_check_without_its_service(config):
    stock = config(smtpd_recipient_restrictions="reject_unauth_destination, $mine", mine=CHECK)
    stock.enable()
    stock.add("main.cf", "# edited\n")
    stock.add("master.cf", "# edited\n")
    said = stock.run("--remove", status=1)
    assert "is asked by mine" in said and "Done" not in said and stock.service()


@pytest.mark.parametrize("line", [
    "spfpolicy unix - n n - 0 spawn user=nobody argv=/usr/bin/other",
    "spfpolicy  unix  -  n  n  -  0  pipe\n  user=nobody argv=/usr/sbin/spfpolicyd",
    "spfpolicy fifo n - n - 0 other"])
def test_leaves_another_s_service_of_that_name(config, line):
    stock = config()
    stock.add("master.cf", line + "\n")
    before = stock.tree()
    for words in ((), ("--remove",)):
        said = stock.enable(*words, status=1)
        assert "does not run spfpolicyd" in said and "Done" not in said
        assert stock.tree() == before


@pytest.mark.parametrize("form", ["whole", "no newline", "CRLF", "continued", "twice", "comment at the end"])
def test_reads_back_what_it_wrote_to_files_of_any_form(config, form):
    stock = config(mynetworks="10.0.0.0/8")
    stock.before["master.cf"] += "2525 inet n - y - - smtpd -o smtpd_tls_cert_file=$config_directory/cert.pem\n"
    stock.shape(form)
    if os.getuid() == 0:
        os.chown(stock.path("main.cf"), 0, 8)
    os.chmod(stock.path("main.cf"), 0o640)
    os.chmod(stock.path("master.cf"), 0o600)
    for name in ("main.cf", "master.cf"):
        os.mkdir(stock.path("real " + name))
        os.rename(stock.path(name), stock.path(f"real {name}/file"))
        os.symlink(f"real {name}/file", stock.path(name))
    before = stock.tree()
    services = stock.postconf("-M")
    assert "Done" in stock.enable()
    assert stock.postconf("-h", "mynetworks") == "10.0.0.0/8"
    assert stock.postconf("-h", "spfpolicy_time_limit") == "3600" and CHECK in stock.restrictions()
    assert [line for line in stock.postconf("-M").split("\n") if "spfpolicy" not in line] == services.split("\n")
    assert {name: entry[:-1] for name, entry in stock.tree().items() if name in before} == {
        name: entry[:-1] for name, entry in before.items()}
    stock.run("--remove")
    assert stock.tree() == before


def test_keeps_a_limit_of_the_administrator(config):
    stock = config(spfpolicy_time_limit="1800")
    stock.enable()
    assert stock.postconf("-h", "spfpolicy_time_limit") == "1800"
    stock.add("main.cf", "# edited\n")
    stock.run("--remove")
    assert "spfpolicy_time_limit = 1800\n" in stock.files()["main.cf"]


def test_what_was_there_before_an_edit_stays_beside(config):
    stock = config()
    stock.enable()
    stock.add("main.cf", "# edited\n")
    said = stock.run("--remove")
    kept = stock.path("main.cf.before-spfpolicyd")
    assert kept in said
    with open(kept, encoding="utf-8") as file:
        assert file.read() == stock.before["main.cf"]
    assert stock.files()["master.cf"] == stock.before["master.cf"]
    assert sorted(os.listdir(stock.folder)) == ["main.cf", "main.cf.before-spfpolicyd", "master.cf"]


def test_another_user_or_settings_later_can_still_be_undone(config):
    stock = config()
    stock.enable()
    said = stock.run("--user", "daemon")
    assert "main.cf" not in said and " user=daemon " in stock.service()
    stock.run("--remove")
    assert stock.files() == stock.before


@pytest.mark.skipif(not shutil.which("flock"), reason="flock is not installed")
def test_one_run_at_a_time(config):
    stock = config()
    lock = os.open(stock.folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    running = subprocess.Popen([SCRIPT, "-c", stock.folder, "--binary", stock.program, "--user", "nobody"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(2)
    assert stock.files() == stock.before
    os.close(lock)
    assert "Done" in running.communicate(timeout=PATIENCE)[0]


def test_status_says_whether_it_is_at_work(config, tmp_path):
    stock = config()
    assert "enabled:    no" in stock.run("--status", status=1)
    stock.enable()
    before = stock.tree()
    said = stock.run("--status")
    for line in (f"enabled:    yes, as spfpolicy in {stock.folder}/master.cf", "reached:    yes", "time limit: 3600",
                 "user:       nobody", f"command:    {stock.program}", "            starts"):
        assert line in said
    assert stock.tree() == before
    settings = str(tmp_path / "wrong.conf")
    write(settings, "HELO_reject = fial\n")
    stock.postconf("-F", f"spfpolicy/unix/command = spawn user=nobody argv={stock.program} -c {settings}")
    assert "does not start: " in stock.run("--status", status=1)
    stock.postconf("-F", f"spfpolicy/unix/command = spawn user=no-such-user argv={stock.program}")
    assert "does not start: " in stock.run("--status", status=1)
    stock.postconf("-F", f"spfpolicy/unix/command = spawn user=nobody argv={stock.program} -o {{Header_Type = SPF,AR}}")
    stock.postconf("-X", "spfpolicy_time_limit")
    assert "time limit: 1000s, for want of spfpolicy_time_limit" in stock.run("--status")
    stock.postconf("-F", "spfpolicy/unix/chroot = y")
    assert "chroot" in stock.run("--status", status=1)
    stock.postconf("-MX", "spfpolicy/unix")
    assert "mail is deferred" in stock.run("--status", status=1)


# --- killed anywhere ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killat(tmp_path_factory):
    """A program that kills another one at a step of one's choosing."""
    built = str(tmp_path_factory.mktemp("killat") / "killat")
    source = os.path.join(os.path.dirname(__file__), "killat.c")
    subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-o", built, source], check=True, timeout=PATIENCE)
    return built


def odd(config):
    """A configuration of which much can be lost: links, modes, an owner, last lines that do not end."""
    other = {"switch": f"/usr/bin/policyd-spf {config.path('old.conf')}", "perl": "/usr/bin/policyd-spf-perl"}
    config.add("master.cf", "policyd-spf unix - n n - 0 spawn\n  user=nobody\n# between\n argv="
                            f"{other[config.switches]}\n" if config.switches else "last unix - n n - 0 spawn argv=/bin/true")
    config.add("main.cf", "mynetworks = 10.0.0.0/8")
    config.write("old.conf", "TestOnly = 0\n")
    os.mkdir(config.path("real"))
    for name, mode in (("main.cf", 0o640), ("master.cf", 0o600)):
        os.rename(config.path(name), config.path("real/" + name))
        os.symlink("real/" + name, config.path(name))
        os.chmod(config.path("real/" + name), mode)
        if os.getuid() == 0:
            os.chown(config.path("real/" + name), 0, 8)


def copied(config, folder, source=None):
    """The configuration, or what is in `source`, in a folder of its own."""
    copy = object.__new__(Config)
    copy.folder, copy.link, copy.program = str(folder), config.link, config.program
    subprocess.run(["cp", "-a", source or config.folder, copy.folder], check=True, timeout=60)
    return copy


ENABLE = ("--user", "nobody")


@pytest.mark.slowest
@pytest.mark.parametrize("switches, before, command, undo, changes", [
    (None, (), ENABLE, "--remove", 2),
    (None, (ENABLE,), ("--user", "daemon"), "--remove", 1),
    (None, (ENABLE,), ("--remove",), None, 2),
    ("switch", (), ("--switch",), "--switch-back", 1),
    ("switch", (("--switch",),), ("--switch-back",), None, 1),
    ("perl", (), ("--switch",), "--switch-back", 1),
    ("perl", (("--switch",),), ("--switch-back",), None, 1),
], ids=["enable", "enable anew", "remove", "switch", "switch back", "switch from perl", "switch back to perl"])
def test_killed_at_any_step_it_can_be_done_again(config, killat, some, tmp_path, switches, before, command, undo,
                                                     changes):
    """What a kill leaves is known of every step, from copies; some steps are really killed."""
    stock = config()
    stock.switches = switches
    stock.link = str(tmp_path / "at")
    odd(stock)
    unchanged = stock.tree()
    for words in before:
        stock.run(*words)

    def kill(copy, step):
        return subprocess.run([killat, str(step), copy.folder, SCRIPT, "-c", copy.place(), "--binary", stock.program,
                               *command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE, check=False)

    whole = copied(stock, tmp_path / "whole")
    done = kill(whole, 0)
    assert done.returncode == 0, done.stdout
    assert (whole.tree() == unchanged) == (undo is None)
    steps = [Left(f"{whole.folder}.{number}", number) for number in itertools.takewhile(
        lambda number: os.path.exists(f"{whole.folder}.{number}"), itertools.count(1))]
    first, last = steps[0].postfix, Left(whole.folder).postfix
    for step in steps:
        assert all(now in allowed for now, allowed in zip(step.postfix, zip(first, last))), step
        if b"private/spfpolicy" in step.postfix[0]:
            assert b"\nspfpolicy" in step.postfix[1], step
    # One step of each that leave the next run the same, and those around a change that Postfix sees.
    distinct = list({step.found: step for step in reversed(steps)}.values())[::-1]
    phases = [list(same) for _, same in itertools.groupby(distinct, lambda step: step.postfix)]
    edges = [phase[at] for phase in phases for at in (0, -1)]
    assert len(steps) > 50 and len(phases) == changes + 1

    def again(step):
        killed = copied(stock, tmp_path / str(step), step.folder)
        if undo:
            undone = copied(killed, tmp_path / f"{step}-undone")
            undone.run(undo)
            assert undone.tree() == unchanged, step
        killed.run(*command)
        assert killed.tree() == whole.tree(), step

    def really(step):
        killed = copied(stock, tmp_path / f"{step}-killed")
        assert kill(killed, step.number).returncode == 99
        assert Left(killed.folder).tree == step.tree, step

    for step in {*edges, *some(distinct, 2)}:
        again(step)
    for step in some(steps, 1):
        really(step)


class Left:
    """What a kill before a step leaves."""

    def __init__(self, folder, number=0):
        self.folder, self.number = folder, number
        # What is in the files of the work folder depends on when a write was caught.
        self.tree = {name: entry if "spfpolicyd.tmp/" not in name else None for name, entry in tree(folder).items()}
        # The next run begins by removing the work folder, whatever is in it.
        self.found = str(sorted((name, entry) for name, entry in self.tree.items() if "spfpolicyd.tmp/" not in name))
        self.postfix = [self.tree["real/" + name][-1] for name in ("main.cf", "master.cf")]

    def __str__(self):
        return f"step {self.number}"


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
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
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
