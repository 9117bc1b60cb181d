# SPDX-License-Identifier: MIT
"""The parts of spfpolicyd-neighbours(7) that stand around Postfix, with the programs that Debian has.

The manual's own lines are added to the private Postfix and to the neighbour's configuration, with other ports,
folders and names where the test has others. OpenDMARC has test_dmarc.py; SpamAssassin and fail2ban are in contrib/.
"""

import contextlib
import grp
import os
import re
import shutil
import smtplib
import socket
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.mailsystem import DOMAIN, HAS_SASL, Postfix, Service, free_port, wait_until, write
from lib.neighbours import lines
from lib.process import PATIENCE

OUT = "203.0.113.9"
PATH = os.environ["PATH"] + ":/usr/sbin:/usr/lib/postsrsd"
MESSAGE = "From: alice@{domain}\r\nTo: bob@here.example\r\nMessage-ID: <{title}@x>\r\nSubject: {title}\r\n\r\nHello.\r\n"
ZONE = {
    "pass.example": [("TXT", "v=spf1 ip4:203.0.113.9 -all")],
    "fail.example": [("TXT", "v=spf1 -all")],
    "soft.example": [("TXT", "v=spf1 ~all")],
    "corp.example": [("TXT", "v=spf1 -all")],
    "_dmarc.corp.example": [("TXT", "v=DMARC1; p=reject")],
    # Who connects himself, and not by XCLIENT.
    "direct.example": [("TXT", "v=spf1 ip4:127.0.0.5 -all")],
    # Who may send from 203.0.113.25.
    "ours.example": [("TXT", "v=spf1 ip4:203.0.113.25 -all")],
}
JUDGE_LOOPBACK = ("Private_Clients = Judge", "skip_addresses =")


def program_of(name):
    found = shutil.which(name, path=PATH)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


class Host(Postfix):
    """A mail system with lines added to its main.cf (or what makes them of the services, whose ports are known
    then) and master.cf."""

    def __init__(self, directory, services, dns_server, program, main="", master=""):
        os.mkdir(directory, 0o755)
        super().__init__(directory, services, dns_server, program)
        self.added = {"main.cf": main, "master.cf": master}

    def configure(self):
        for name, text in self.added.items():
            text = text(self.services) if callable(text) else text
            with open(os.path.join(self.etc, name), "a", encoding="ascii") as file:
                file.write(text)


@pytest.fixture(name="dns", scope="module")
def dns_fixture():
    with DnsServer(dict(ZONE)) as server:
        yield server


@pytest.fixture(name="folder")
def folder_fixture(directory, request):
    path = os.path.join(directory, re.sub(r"\W+", "-", request.node.name))
    os.mkdir(path, 0o755)
    return path


@contextlib.contextmanager
def running(folder, port, *command, user=None):
    """The command, once it takes connections on the port."""
    with open(os.path.join(folder, os.path.basename(command[0]) + ".said"), "ab") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, user=user,
                                   group=user and grp.getgrnam(user).gr_gid, extra_groups=[] if user else None,
                                   env={**os.environ, "PATH": PATH, "HOME": folder}, cwd=folder)

    def listens():
        if process.poll() is not None:
            with open(said.name, encoding="utf-8", errors="replace") as file:
                raise AssertionError(file.read()[-3000:])
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
            return True
        return False

    try:
        wait_until(listens, PATIENCE, f"{command[0]} listens")
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def send(smtp, sender, title, recipient=f"bob@{DOMAIN}", message=None):
    """Sends one message. The command at which it was refused, or "", with code and text."""
    text = message or MESSAGE.format(domain=sender.rpartition("@")[2], title=title)
    try:
        smtp.sendmail(sender, recipient, text)
    except smtplib.SMTPRecipientsRefused as refused:
        return "RCPT", *refused.recipients[recipient]
    except smtplib.SMTPDataError as refused:
        return "DATA", refused.smtp_code, refused.smtp_error
    return "", 250, b""


# ---- rspamd

RSPAMD = {
    "options.inc": 'url_tld = "{folder}/tld";\ndns {{ nameserver = ["{dns}"]; timeout = 5s; }}\nlocal_addrs = [];\npidfile = "{folder}/pid";\n',
    "logging.inc": 'type = "file"; filename = "{folder}/rspamd.log"; level = "info";\n',
    "worker-normal.inc": "enabled = false;\n",
    "worker-controller.inc": "enabled = false;\n",
    "worker-fuzzy.inc": "enabled = false;\n",
    "worker-proxy.inc": 'bind_socket = "127.0.0.1:{port}"; milter = yes; count = 1;\n'
                        'upstream "local" {{ default = yes; self_scan = yes; }}\n',
    "fuzzy_check.conf": "enabled = false;\n",
    "rbl.conf": "enabled = false;\n",
    "milter_headers.conf": 'use = ["authentication-results", "x-spamd-result"];\nextended_spam_headers = true;\n',
}


@contextlib.contextmanager
def rspamd(folder, dns, port):
    program = program_of("rspamd")
    for name in ("local.d", "override.d", "run", "db"):
        os.mkdir(os.path.join(folder, name))
    write(os.path.join(folder, "tld"), "example\n")     # its own list takes half a minute on a busy machine
    write(os.path.join(folder, "local.d", "dmarc.conf"), lines("rspamd", "/etc/rspamd/local.d/dmarc.conf"))
    for name, text in RSPAMD.items():
        write(os.path.join(folder, "local.d", name), text.format(folder=folder, dns=dns.address, port=port))
    variables = [f"--var={name}={folder}{rest}" for name, rest in (
        ("LOCAL_CONFDIR", ""), ("RUNDIR", "/run"), ("DBDIR", "/db"), ("LOGDIR", ""))]
    with running(folder, port, program, "-f", "-i", "-c", "/etc/rspamd/rspamd.conf", *variables):
        yield


@pytest.fixture(name="with_rspamd", scope="module")
def with_rspamd_fixture(directory, program, dns):
    program_of("rspamd")
    folder = os.path.join(directory, "rspamd")
    os.mkdir(folder, 0o755)
    port = free_port()
    main = lines("rspamd", "main.cf", {"localhost:11332": f"127.0.0.1:{port}"})
    leaving = lines("rspamd", "/etc/spfpolicyd/spfpolicyd.conf").splitlines()
    services = {"left": Service(*leaving), "marked": Service("Mail_From_reject = False", "HELO_reject = False")}
    with rspamd(folder, dns, port), \
            Host(os.path.join(folder, "postfix"), services, dns.address, program, main) as host:
        yield host


def test_rspamd_decides_about_what_is_left_to_it(with_rspamd):
    with with_rspamd.client(OUT, "mail.corp.example", "left") as smtp:
        where, code, text = send(smtp, "alice@corp.example", "unsigned")
        assert (where, code) == ("DATA", 554) and b"Spam message rejected" in text
        assert send(smtp, "alice@fail.example", "plain")[:2] == ("RCPT", 550)
        assert send(smtp, "alice@pass.example", "passed")[1] == 250
    with open(os.path.join(with_rspamd.directory, "..", "rspamd.log"), encoding="utf-8", errors="replace") as file:
        line = next(line for line in file if "<unsigned@x>" in line and "(default: " in line)
    assert "DMARC_POLICY_REJECT" in line and "R_SPF_FAIL" in line, line


@pytest.mark.parametrize("name, symbol", [("pass", "R_SPF_ALLOW"), ("fail", "R_SPF_FAIL"), ("soft", "R_SPF_SOFTFAIL")])
def test_rspamd_scores_spf_as_we_do(with_rspamd, name, symbol):
    with with_rspamd.client(OUT, f"mail.{name}.example", "marked") as smtp:
        assert send(smtp, f"alice@{name}.example", f"scored {name}")[1] == 250
    message = with_rspamd.delivered(f"scored {name}")[0]
    assert symbol in message["X-Spamd-Result"]
    assert message["Received-SPF"].startswith({"soft": "softfail"}.get(name, name) + " (mailfrom)")


# ---- amavis

AMAVIS = """\
use strict;
$MYHOME = '{folder}/home';
$TEMPBASE = $MYHOME;
$QUARANTINEDIR = undef;
$db_home = undef;
$enable_db = 0;
$pid_file = '{folder}/home/pid';
$lock_file = '{folder}/home/lock';
$mydomain = 'here.example';
$myhostname = 'mx.here.example';
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$max_servers = 1;
$inet_socket_bind = '127.0.0.1';
$inet_socket_port = {port};
$forward_method = 'smtp:[127.0.0.1]:{back}';
$notify_method = $forward_method;
$do_syslog = 0;
$log_level = 1;
$logfile = '{folder}/home/log';
$sa_tag_level_deflt = -999;
$sa_tag2_level_deflt = 99;
$sa_kill_level_deflt = 999;
$sa_siteconfigpath = '{folder}/spamassassin';
$helpers_home = $MYHOME;
$sa_local_tests_only = 0;
@bypass_virus_checks_maps = (1);
@local_domains_acl = ('here.example');
{page}
1;
"""
SA = "dns_available no\nuse_bayes 0\nuse_razor2 0\nuse_pyzor 0\nclear_trusted_networks\ntrusted_networks 127.0.0.1\n"


@pytest.fixture(name="with_amavis", scope="module")
def with_amavis_fixture(directory, program, dns):
    amavis = program_of("amavisd")
    folder = os.path.join(directory, "amavis")
    for name in ("spamassassin", "home"):
        os.makedirs(os.path.join(folder, name), 0o755)
    shutil.chown(os.path.join(folder, "home"), "amavis", "amavis")
    for name in ("init.pre", "v312.pre", "v320.pre"):
        if os.path.exists(f"/etc/spamassassin/{name}"):
            shutil.copy(f"/etc/spamassassin/{name}", os.path.join(folder, "spamassassin"))
    write(os.path.join(folder, "spamassassin", "local.cf"), SA)
    port, back = free_port(), free_port()
    write(os.path.join(folder, "amavis.conf"), AMAVIS.format(
        folder=folder, port=port, back=back, page=lines("amavis", "/etc/amavis/conf.d/50-user")))
    main = lines("amavis", "main.cf", {":10024": f":{port}"})
    master = lines("amavis", "master.cf", {"127.0.0.1:10025": f"127.0.0.1:{back}"})
    services = {"default": Service("Mail_From_reject = False")}
    with running(folder, port, amavis, "-c", os.path.join(folder, "amavis.conf"), "foreground"), \
            Host(os.path.join(directory, "amavis-postfix"), services, dns.address, program, main, master) as host:
        yield host


@pytest.mark.parametrize("name, rule", [("pass", "SPF_PASS"), ("fail", "SPF_FAIL"), ("soft", "SPF_SOFTFAIL")])
def test_amavis_scores_what_we_found(with_amavis, name, rule):
    """Its SpamAssassin has no DNS: it knows from our field. The mail that comes back is not checked again."""
    with with_amavis.client(OUT, "mail.none.example") as smtp:
        assert send(smtp, f"alice@{name}.example", f"amavis {name}")[1] == 250
    message = with_amavis.delivered(f"amavis {name}")[0]
    assert len(message.get_all("Received-SPF")) == 1 and rule in message["X-Spam-Status"], message.as_string()
    assert sum(f"alice@{name}.example" in line for line in with_amavis.tap.lines) == 1


# ---- postscreen and the PROXY protocol


def connect(port, source):
    """An SMTP session from this address of the loopback network."""
    return smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE, local_hostname="mail.direct.example",
                        source_address=(source, 0))


def judged_by_address(host, port, title):
    """From 127.0.0.5 the sender passes, from 127.0.0.6 he fails."""
    with connect(port, "127.0.0.6") as smtp:
        assert send(smtp, "alice@direct.example", title)[:2] == ("RCPT", 550)
    with connect(port, "127.0.0.5") as smtp:
        assert send(smtp, "alice@direct.example", title)[1] == 250
    field = host.delivered(title)[0]["Received-SPF"]
    assert field.startswith("pass (mailfrom)") and " client-ip=127.0.0.5;" in field


def check_of(name):
    return f"smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service unix:private/spf-{name}\n"


def test_behind_postscreen(folder, program, dns):
    port = free_port()
    master = lines("postscreen", "master.cf", {"smtp inet": f"127.0.0.1:{port} inet"})
    main = check_of("default") + "postscreen_greet_wait = 1s\npostscreen_cache_map =\n"
    with Host(os.path.join(folder, "postfix"), {"default": Service(*JUDGE_LOOPBACK)}, dns.address, program, main,
              master) as host:
        judged_by_address(host, port, "postscreen")


@pytest.mark.parametrize("screened", [False, True])
def test_behind_a_proxy(folder, program, dns, screened):
    haproxy = program_of("haproxy")
    inner, outer = free_port(), free_port()
    master = lines("postscreen", "master.cf", {"smtp inet": f"127.0.0.1:{inner} inet"}) if screened else \
        f"127.0.0.1:{inner} inet n - n - - smtpd\n"
    first, second = lines("PROXY protocol", "main.cf").splitlines(keepends=True)
    main = check_of("default") + (second if screened else "") + "postscreen_greet_wait = 1s\npostscreen_cache_map =\n"
    if not screened:
        # Of this port only; the other one is the test's own.
        master += "  -o {" + first.strip() + "}\n"
    config = lines("PROXY protocol", "haproxy.cfg", {
        "198.51.100.25:25": f"127.0.0.1:{outer}", "203.0.113.25:25": f"127.0.0.1:{inner}"})
    write(os.path.join(folder, "haproxy.cfg"),
          "defaults\n    timeout connect 60s\n    timeout client 600s\n    timeout server 600s\n" + config)
    with Host(os.path.join(folder, "postfix"), {"default": Service(*JUDGE_LOOPBACK)}, dns.address, program, main,
              master) as host, running(folder, outer, haproxy, "-db", "-f", os.path.join(folder, "haproxy.cfg")):
        judged_by_address(host, outer, f"proxy {screened}")


# ---- submission


@pytest.mark.skipif(not HAS_SASL, reason="libsasl2-modules is not installed")
def test_outgoing_mail(folder, program, dns):
    """Users may send with the domains whose records list the address that we send from."""
    port = free_port()
    master = lines("Submission and outgoing mail", "master.cf", {
        "submission inet": f"127.0.0.1:{port} inet", "user=spfpolicyd": "user=nobody",
        "/usr/local/sbin/spfpolicyd": f"{folder}/postfix/spfpolicyd -o DNS_Servers={dns.address}"})
    main = lines("Submission and outgoing mail", "main.cf")
    with Host(os.path.join(folder, "postfix"), {"default": Service()}, dns.address, program, main, master) as host:
        host.services["submission"] = Service()
        host.services["submission"].port = port
        with host.client(OUT, "pc.example", "submission", LOGIN="alice") as smtp:
            assert send(smtp, "alice@ours.example", "outgoing")[1] == 250
            where, code, text = send(smtp, "alice@fail.example", "refused")
            assert (where, code) == ("RCPT", 550) and b"SPF fail" in text
        with host.client(OUT, "pc.example", "submission") as smtp:
            assert send(smtp, "alice@ours.example", "stranger")[:2] == ("RCPT", 554)
        assert "Received-SPF" not in host.delivered("outgoing")[0]


# ---- SRS


def srs_version(program):
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False, timeout=PATIENCE)
    return 1 if "TCP lookup tables" in said.stdout + said.stderr else 2


@contextlib.contextmanager
def postsrsd(folder, ports):
    """PostSRSd, release 1; what main.cf needs for it."""
    program = program_of("postsrsd")
    if srs_version(program) != 1:
        pytest.skip("PostSRSd is another release than 1")
    write(os.path.join(folder, "secret"), "not a secret\n")
    with running(folder, ports[0], program, "-4", "-s", os.path.join(folder, "secret"), "-d", DOMAIN,
                 "-f", str(ports[0]), "-r", str(ports[1])):
        yield lines("SRS", "main.cf, PostSRSd 1", {
            "localhost:10001": f"127.0.0.1:{ports[0]}", "localhost:10002": f"127.0.0.1:{ports[1]}"})


def test_forwarding_with_srs(folder, program):
    """The forwarder's own next host is a second port of it that sees it as 127.0.0.3."""
    ports = free_port(), free_port()
    record = lines("SRS", "the zone", {"example.com.": f"{DOMAIN}.", "203.0.113.25": "127.0.0.3"})
    name, text = re.fullmatch(r'(\S+)\. TXT "(.*)"\n', record).groups()
    with DnsServer({**ZONE, name: [("TXT", text)]}) as dns, postsrsd(folder, ports) as main:
        services = {"default": Service(), "next": Service(*JUDGE_LOOPBACK)}

        def main_cf(services):
            return main + "\n".join([
                f"virtual_alias_maps = inline:{{fwd@{DOMAIN}=carol@away.example}}", "virtual_alias_domains =",
                "relay_domains = away.example", "smtp_bind_address = 127.0.0.3",
                f"transport_maps = inline:{{away.example=smtp:[127.0.0.1]:{services['next'].port}}}"]) + "\n"

        with Host(os.path.join(folder, "postfix"), services, dns.address, program, main_cf) as host:
            with host.client(OUT, "mail.pass.example") as smtp:
                assert send(smtp, "alice@pass.example", "forwarded", f"fwd@{DOMAIN}")[1] == 250
            line = wait_until(lambda: next((line for line in host.tap.lines if "receiver=away.example" in line), None),
                              PATIENCE, "the next host has decided")
    assert line.startswith("prepend Received-SPF: Pass (mailfrom)") and "client-ip=127.0.0.3;" in line
    assert re.search(rf"envelope-from=SRS0=[^;]*=pass\.example=alice@{DOMAIN};", line)


# ---- lists


def test_mailing_list(folder, program):
    """mlmmj sends for the list's domain: its record, not the author's, is asked for."""
    maker, process = program_of("mlmmj-make-ml"), program_of("mlmmj-receive")
    record = lines("Mailing lists", "the zone", {"203.0.113.25": "127.0.0.1"})
    name, text = re.fullmatch(r'(\S+)\. TXT "(.*)"\n', record).groups()
    with DnsServer({**ZONE, name: [("TXT", text)]}) as dns, \
            Host(os.path.join(folder, "postfix"), {"default": Service(*JUDGE_LOOPBACK)}, dns.address, program) as host:
        subprocess.run([maker, "-L", "team", "-s", folder], input=f"{name}\nroot@{name}\nen\nn\n", text=True, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        home = os.path.join(folder, "team")
        write(os.path.join(home, "subscribers.d", "b"), f"bob@{DOMAIN}\n")
        write(os.path.join(home, "control", "smtpport"), f"{host.services['default'].port}\n")
        write(os.path.join(home, "control", "relayhost"), "127.0.0.1\n")
        post = f"Return-Path: <alice@fail.example>\nFrom: alice@fail.example\nTo: team@{name}\nSubject: posted\nMessage-ID: <1@fail.example>\n\nHello.\n"
        subprocess.run([process, "-F", "-L", home], input=post, text=True, check=True, timeout=PATIENCE)
        message = host.delivered("posted")[0]
    assert message["Received-SPF"].startswith("pass (mailfrom)")
    assert f"@{name}" in message["Return-Path"] and message["From"] == "alice@fail.example"
