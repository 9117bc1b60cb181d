# SPDX-License-Identifier: MIT
"""A private mail system: Postfix with its spawn(8) and Unbound as the resolver, on loopback ports.

    with Unbound(directory, zone_text) as unbound:
        with Postfix(directory, services, unbound.address) as postfix:
            with postfix.client("192.0.2.1", "mail.example.com") as smtp: ...

Nothing of the machine's own mail system is read or touched: configuration, queue, data, log and
mailboxes are in `directory`, which must be a path that other users can enter. Needs root, because
Postfix does; a reason not to run is returned by why_not().
"""

import contextlib
import email
import email.policy
import glob
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import threading
import time

from lib.dnsserver import Behaviour, DnsServer
from lib.process import PATIENCE

DOMAIN = "here.example"
DAEMONS = "/usr/lib/postfix/sbin"
PREFIX = re.compile(r"^(?:<(?:22|20|19)>(?:\w{3} [ \d]\d [\d:]{8} )?)?policyd-spf\[(\d+)\]: ")

# The devices a mail system needs, with the log socket in a folder of ours.
PRIVATE_DEV = r"""
set -e
dev=$1 log=$2
shift 2
mount -t tmpfs -o mode=755 none "$dev"
for node in null zero full random urandom tty; do
	: >"$dev/$node"
	mount --bind "/dev/$node" "$dev/$node"
done
ln -s /proc/self/fd "$dev/fd"
ln -s "$log" "$dev/log"
mount --rbind "$dev" /dev
exec "$@"
"""


def why_not():
    """Why there can be no private mail system here; None when there can."""
    if os.geteuid() != 0:
        return "needs root to start a private Postfix"
    if not os.path.exists(os.path.join(DAEMONS, "master")):
        return "Postfix is not installed"
    if not shutil.which("unbound", path="/usr/sbin:/usr/bin"):
        return "Unbound is not installed"
    return None


_held = []


def free_port():
    """A port of 127.0.0.1, free for TCP and UDP, that is this process's until it ends.

    It is below those that the kernel gives to whoever asks for any; of other tests the name of a socket
    keeps it.
    """
    for port in range(20000, 32000):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0spfpolicyd-test-port-{port}")
            with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _held.append(claim)
        return port
    raise AssertionError("no free port")


def wait_until(condition, seconds, what):
    """Polls; the value of condition() once it is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def _has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as peer:
        peer.bind(("::1", 0))
        return True
    return False


HAS_IPV6 = _has_ipv6()
# smtpd does not start with SASL when it finds no mechanism.
HAS_SASL = bool(glob.glob("/usr/lib/*/sasl2/libplain.so*"))


class Unbound:
    """A resolver that knows the names below "example." from a zone file and nobody else's.

    Names below dead.example. get SERVFAIL, as when their servers do not answer. What is below a name of
    `stubs` is asked of the port on loopback given there.
    """

    def __init__(self, directory, zone, include=None, modules="iterator", stubs=None):
        self.directory = os.path.join(directory, "unbound")
        os.mkdir(self.directory)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.dead = DnsServer(behaviour=Behaviour(rcode="REFUSED"))
        write(os.path.join(self.directory, "example.zone"), zone)
        self.config = os.path.join(self.directory, "unbound.conf")
        stubs = {"dead.example.": self.dead.port, **(stubs or {})}
        write(self.config, self._config(include, modules, stubs))
        self.process = None

    def _config(self, include, modules, stubs):
        lines = [
            f'include: "{include}"' if include else "",
            "server:",
            f'    directory: "{self.directory}"',
            '    chroot: ""',
            '    username: ""',
            f'    pidfile: "{self.directory}/pid"',
            f"    interface: 127.0.0.1@{self.port}",
            "    use-syslog: no",
            f'    logfile: "{self.directory}/log"',
            "    do-daemonize: no",
            f'    module-config: "{modules}"',
            "    num-threads: 1",
            "    do-not-query-localhost: no",
            "    access-control: 127.0.0.0/8 allow",
        ]
        lines += ["auth-zone:", '    name: "example."', f'    zonefile: "{self.directory}/example.zone"',
                  "    for-downstream: no", "    for-upstream: yes", "    fallback-enabled: no"]
        for name, port in stubs.items():
            lines += ["stub-zone:", f'    name: "{name}"', f"    stub-addr: 127.0.0.1@{port}"]
        return "\n".join(lines) + "\n"

    def __enter__(self):
        self.dead.__enter__()
        with open(os.path.join(self.directory, "output"), "wb") as output:
            self.process = subprocess.Popen(["unbound", "-d", "-c", self.config],
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_until(self._answers, PATIENCE, f"unbound answers; {self._log()}")
        except BaseException:
            self.stop()
            raise
        return self

    def _log(self):
        text = ""
        for name in ("output", "log"):
            with contextlib.suppress(OSError):
                with open(os.path.join(self.directory, name), encoding="utf-8") as file:
                    text += file.read()
        return text[-2000:]

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"unbound ended: {self._log()}")
        import dns.exception
        import dns.message
        import dns.query
        try:
            dns.query.udp(dns.message.make_query("example.", "SOA"), "127.0.0.1", port=self.port,
                          timeout=0.5)
        except (dns.exception.Timeout, OSError):
            return False
        return True

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.dead.stop()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Tap:
    """What the program logs: .entries as (process id, line), .odd for what has another form."""

    def __init__(self):
        self.entries = []
        self.odd = []

    @property
    def lines(self):
        return [line for _, line in self.entries]

    def take(self, text):
        match = PREFIX.match(text)
        if match:
            self.entries.append((int(match.group(1)), text[match.end():].rstrip("\n\0")))
        elif "postfix" not in text:
            self.odd.append(text)


class SyslogTap(Tap):
    """A log socket of our own: what the program sends to /dev/log, read as syslogd would."""

    def __init__(self, path):
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        self._socket.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            try:
                self.take(self._socket.recv(65536).decode("ascii", "replace"))
            except socket.timeout:
                continue

    def close(self):
        self._stop.set()
        self._thread.join(5)
        self._socket.close()


class FileTap(Tap):
    """The program's stderr in a file, where mount(2) is not allowed (containers)."""

    def __init__(self, path):
        super().__init__()
        write(path, "", 0o666)
        self._file = open(path, encoding="ascii", errors="replace")
        self._rest = ""

    @property
    def lines(self):
        *complete, self._rest = (self._rest + self._file.read()).split("\n")
        for line in complete:
            self.take(line)
        return super().lines

    def close(self):
        self._file.close()


def can_mount():
    """May we give the mail system a /dev of its own?"""
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "true"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


class Service:
    """One smtpd on a port of its own with a policy service of its own.

    options   settings of the program, "Name = value"
    smtpd     main.cf settings of this smtpd only
    """

    user = "nobody"         # of the program; may be changed before the start

    def __init__(self, *options, **smtpd):
        self.options = options
        self.smtpd = smtpd
        self.port = None


class Postfix:
    """The mail system. Mail to anybody @here.example is delivered into one maildir."""

    def __init__(self, directory, services, dns_server, program):
        self.services = services
        self.dns_server = dns_server
        self.etc = os.path.join(directory, "etc")
        self.spool = os.path.join(directory, "spool")
        self.maildir = os.path.join(directory, "mail", "box")
        self.maillog = os.path.join(directory, "mail.log")
        self.directory = directory
        self.program = os.path.join(directory, "spfpolicyd")
        shutil.copy(program, self.program)
        os.chmod(self.program, 0o755)
        self.namespace = can_mount()
        self.tap = None
        self.master = None

    # -- configuration

    def _main_cf(self):
        return "\n".join([
            "compatibility_level = 3.6",
            f"queue_directory = {self.spool}",
            f"data_directory = {self.directory}/data",
            f"maillog_file = {self.maillog}",
            f"maillog_file_prefixes = {self.directory}",
            f"myhostname = mx.{DOMAIN}",
            "mydestination =",
            "mynetworks = 127.0.0.2/32",
            "alias_maps =",
            "alias_database =",
            f"virtual_mailbox_domains = {DOMAIN}",
            f"virtual_mailbox_base = {self.directory}/mail",
            "virtual_mailbox_maps = static:box/",
            "virtual_uid_maps = static:%d" % pwd.getpwnam("nobody").pw_uid,
            "virtual_gid_maps = static:%d" % pwd.getpwnam("nobody").pw_gid,
            "inet_interfaces = 127.0.0.1",
            f"inet_protocols = {'all' if HAS_IPV6 else 'ipv4'}",
            "smtpd_authorized_xclient_hosts = 127.0.0.1",
            "smtpd_peername_lookup = no",
            "smtpd_sasl_auth_enable = no",
            "smtputf8_enable = yes",
            "disable_dns_lookups = yes",
            "default_process_limit = 20",
            "smtpd_client_connection_rate_limit = 0",
            "smtpd_client_connection_count_limit = 0",
            "smtpd_error_sleep_time = 0",
            "smtpd_hard_error_limit = 1000",
            "smtpd_soft_error_limit = 1000",
            "max_idle = 3s",
            "smtpd_relay_restrictions = reject_unauth_destination",
        ]) + "\n"

    def _master_cf(self):
        lines = [
            "postlog unix-dgram n - n - 1 postlogd",
            "pickup unix n - n 60 1 pickup",
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 300 1 qmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce",
            "error unix - - n - - error",
            "retry unix - - n - - error",
            "anvil unix - - n - 1 anvil",
            "virtual unix - n n - - virtual",
            "smtp unix - - n - - smtp",
            "proxymap unix - - n - - proxymap",
        ]
        for name, service in self.services.items():
            lines += self._service(name, service)
        return "\n".join(lines) + "\n"

    def _service(self, name, service):
        service.port = free_port()
        check = f"check_policy_service unix:private/spf-{name}"
        settings = {"smtpd_recipient_restrictions": f"reject_unauth_destination, {check}",
                    f"spf-{name}_time_limit": "3600"}
        settings.update({key: value.replace("POLICY", check) for key, value in service.smtpd.items()})
        yield f"127.0.0.1:{service.port} inet n - n - - smtpd"
        for key, value in settings.items():
            yield f"  -o {{ {key} = {value} }}"
        options = [f"DNS_Servers = {self.dns_server}", "skip_addresses = 127.0.0.9", *service.options]
        command = [self.program]
        if not self.namespace:
            options.append("Log = stderr")
            command = ["/bin/sh", "-c", f'exec "$0" "$@" 2>>{self.directory}/program.log', self.program]
        for option in options:
            command += ["-o", option]
        yield f"spf-{name} unix - n n - 0 spawn user={service.user} argv=" + " ".join(
            f"{{{word}}}" if re.search(r"[\s]", word) else word for word in command)

    has_syslog = True       # False: there is no /dev/log, as in a container

    def configure(self):
        """For subclasses: the last hand on the configuration before the start."""

    # -- life

    def __enter__(self):
        for path in (self.etc, self.spool, os.path.join(self.directory, "dev")):
            os.mkdir(path, 0o755)
        os.mkdir(os.path.join(self.directory, "data"), 0o700)
        shutil.chown(os.path.join(self.directory, "data"), "postfix")
        os.mkdir(os.path.dirname(self.maildir))
        shutil.chown(os.path.dirname(self.maildir), "nobody")
        write(os.path.join(self.etc, "main.cf"), self._main_cf())
        write(os.path.join(self.etc, "master.cf"), self._master_cf())
        write(os.path.join(self.etc, "dynamicmaps.cf"), "")
        self.configure()
        if self.namespace and not self.has_syslog:
            self.tap = None
        elif self.namespace:
            self.tap = SyslogTap(os.path.join(self.directory, "log.socket"))
        else:
            self.tap = FileTap(os.path.join(self.directory, "program.log"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def command(self, *words):
        """Runs a Postfix command with our configuration."""
        return subprocess.run([words[0], "-c", self.etc, *words[1:]], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=PATIENCE, text=True)

    def _start(self):
        command = ["postfix", "-c", self.etc, "start"]
        if self.namespace:
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", PRIVATE_DEV, "sh",
                       os.path.join(self.directory, "dev"), os.path.join(self.directory, "log.socket"),
                       *command]
        with open(os.path.join(self.directory, "output"), "wb") as output:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                  check=False, timeout=PATIENCE)
        if done.returncode != 0:
            with open(os.path.join(self.directory, "output"), encoding="utf-8") as file:
                raise AssertionError(f"postfix did not start: {file.read()} {self.log()}")
        with open(os.path.join(self.spool, "pid", "master.pid"), encoding="ascii") as file:
            self.master = int(file.read())
        for name, service in self.services.items():
            try:
                wait_until(lambda port=service.port: self._listens(port), PATIENCE, f"smtpd {name} greets")
            except AssertionError as error:
                raise AssertionError(f"{error}; log: {self.log()[-3000:]}") from None

    @staticmethod
    def _listens(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as peer:
            return peer.recv(3) == b"220"
        return False

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the master, which ends its own; with force when it does not."""
        if self.master:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    # The master leads a process group of its own, which holds all its daemons.
                    os.killpg(self.master, number)
                with contextlib.suppress(AssertionError):
                    wait_until(lambda: not os.path.exists(f"/proc/{self.master}"), 10, "postfix ends")
                    break
            self.master = None
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.tap:
            self.tap.close()
            self.tap = None

    # -- what is seen from outside

    def children(self):
        """Process ids of our copy of the program."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{name}/exe").split(" ")[0] == self.program:
                    found.append(int(name))
        return found

    def log(self):
        """Postfix's own log."""
        with contextlib.suppress(OSError):
            with open(self.maillog, encoding="utf-8", errors="replace") as file:
                return file.read()
        return ""

    @contextlib.contextmanager
    def client(self, address, helo, service="default", **xclient):
        """An SMTP session that looks as if it came from `address`."""
        with smtplib.SMTP("127.0.0.1", self.services[service].port, timeout=PATIENCE,
                          local_hostname=helo) as smtp:
            smtp.ehlo()
            attributes = {"NAME": "[UNAVAILABLE]", "ADDR": address, **xclient}
            code, text = smtp.docmd("XCLIENT", " ".join(f"{k}={v}" for k, v in attributes.items()))
            assert code == 220, (code, text)
            smtp.ehlo_resp = smtp.helo_resp = None
            smtp.ehlo()
            yield smtp

    def delivered(self, subject, count=1):
        """The messages with this subject, once `count` of them are in the maildir."""
        def found():
            result = [m for m in self._mailbox() if m["Subject"] == subject]
            return result if len(result) >= count else None
        return wait_until(found, PATIENCE, f"{count} x {subject!r} delivered; log: {self.log()[-1500:]}")

    def _mailbox(self):
        folder = os.path.join(self.maildir, "new")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), "rb") as file:
                yield email.message_from_binary_file(file, policy=email.policy.compat32)
