# SPDX-License-Identifier: MIT
"""Faults O1 to O34: what may befall a process: its configuration, logger, limits, signals,
clocks, privileges.

Proves that trouble of our own ends the process without a word to the peer, that trouble of the
machine's does not, and that neither ever makes a wrong answer. O10 is in test_memory.py; O24,
O25 and O32 are in test_sandbox.py.
"""

import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from lib import policy
from lib.dnsserver import Behaviour
from lib.process import PATIENCE
from lib.watch import CLIENT, descriptors, result_of, rss_kb, settled

ZONE = {
    "pass.test": [("TXT", f"v=spf1 ip4:{CLIENT} -all")],
    "fail.test": [("TXT", "v=spf1 -all")],
    "slow.test": [("TXT", "v=spf1 -all"), Behaviour(delay_ms=700)],
    "dead.test": ["DROP"],
    "tcp.test": [("TXT", "v=spf1 include:fail.test -all"), Behaviour(truncate=True)],
    "long.test": [
        ("TXT", "v=spf1 " + "include:fail.test " * 7 + "a mx exists:%{l}.x -all"),
        ("MX", [1, "fail.test"]),
        ("A", "198.51.100.1"),
    ],
}


@pytest.fixture
def zone(dns):
    dns.set_zone(ZONE)
    return dns


def ends_silently(daemon, statuses=None):
    """Nothing was written, and the process has gone."""
    assert daemon.read_reply(60) is None
    status = daemon.process.wait(PATIENCE)
    assert status != 0 and (statuses is None or status in statuses)


# -- configuration


def start_fails(program, *arguments):
    """Runs what must refuse to serve: exit 78, nothing for the peer. Returns what it says."""
    done = subprocess.run(
        [program, *arguments],
        input=policy.request(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 78, done
    assert done.stdout == b""
    return done.stderr.decode("ascii")


def test_O1_no_configuration(spawn, zone):
    """No file and none named: built-in defaults."""
    assert result_of(spawn(dns=zone).ask(sender="a@fail.test")) == "fail"


@pytest.mark.parametrize(
    "kind",
    ["missing", "directory", "fifo", "endless", "huge", "loop", "unreadable"],
    ids="O1-{}".format,
)
def test_O1_configuration_that_can_not_be_read(program, folder, kind):
    path = folder + "/conf"
    if kind == "directory":
        os.mkdir(path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "endless":
        path = "/dev/zero"
    elif kind == "huge":
        with open(path, "wb") as file:
            file.truncate(1 << 30)
    elif kind == "loop":
        os.symlink(path, path)
    elif kind == "unreadable":
        if os.geteuid() == 0:
            pytest.skip("root can read everything")
        pathlib.Path(path).write_text("debugLevel = 1\n", encoding="ascii")
        os.chmod(path, 0)
    message = start_fails(program, "-c", path)
    assert path in message


@pytest.mark.parametrize(
    "line, said",
    [
        ("nonsense", "2"),
        ("Lookup_Time = many", "2"),
        ("Lookup_Time = 99999999999999999999", "2"),
        ("No_Such_Option = 1", "2"),
        ("DNS_Servers = example.com", "2"),
        ("skip_addresses = 1.2.3.4/99", "2"),
        ("= x", "2"),
        ("\x1b[2J = \xff", "2"),
    ],
    ids=[
        "O2-syntax",
        "O2-word",
        "O2-big",
        "O2-unknown",
        "O2-name",
        "O2-network",
        "O2-empty",
        "O2-bytes",
    ],
)
def test_O2_configuration_with_a_mistake(program, folder, line, said):
    path = folder + "/conf"
    pathlib.Path(path).write_bytes(b"# first line\n" + line.encode("latin-1") + b"\n")
    message = start_fails(program, "-c", path)
    assert f"{path}:{said}: " in message
    assert message.replace("\n", "").isprintable() and message.isascii()
    checked = subprocess.run(
        [program, "config", "-c", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    assert checked.returncode == 2


# -- the logger


class Logger:
    """A /dev/log of the process's own, in a mount namespace: start, stop, hang."""

    def __init__(self, folder):
        self.path = folder + "/log"
        self.sock = None
        self.dev = folder + "/dev"
        os.mkdir(self.dev)
        script = (
            'for f in null zero urandom; do touch "$0/$f"; mount --bind "/dev/$f" "$0/$f"; done; '
            'ln -sf "$0/../log" "$0/log"; mount --rbind "$0" /dev && exec "$@"'
        )
        self.wrapper = ["unshare", "--mount", "sh", "-c", script, self.dev]

    def start(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)
        self.sock.settimeout(5)

    def stop(self, unlink=True):
        self.sock.close()
        self.sock = None
        if unlink:
            os.unlink(self.path)

    def line(self):
        """The next line, its frame checked and taken off."""
        data = self.sock.recv(65536)
        head, _, text = data.decode("ascii").partition(": ")
        assert text.isprintable() and len(data) < 4096
        assert head.startswith("<22>") or head.startswith("<20>") or head.startswith("<19>")
        assert " policyd-spf[" in head and head.endswith("]")
        return text


@pytest.fixture
def logger(may_mount, folder):
    made = Logger(folder)
    yield made
    if made.sock:
        made.stop()


def answers(daemon, sender="a@fail.test", result="fail"):
    """One answer, whatever the logger does."""
    assert result_of(daemon.ask(log=False, sender=sender)) == result
    settled(daemon.pid)


LOGGED = {"Log": "syslog"}


def test_O3_no_logger_at_start(spawn, zone, logger):
    daemon = spawn(dns=zone, options=LOGGED, wrapper=logger.wrapper)
    for _ in range(3):
        answers(daemon)
    logger.start()
    answers(daemon)
    assert logger.line() == "warning: log: 3 lines were lost"
    assert logger.line().startswith("Fail; identity=mailfrom; ")
    daemon.close()


def test_O2_usage_error_in_service_is_logged(program, logger):
    """Behind spawn(8) standard error is the policy socket: nobody would see it there."""
    logger.start()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        done = subprocess.run([*logger.wrapper, program, "nonsense"], stdin=theirs, stdout=theirs, stderr=theirs,
                              check=False, timeout=PATIENCE)
        theirs.close()
        assert ours.recv(4096) == b""
    assert done.returncode == 2
    assert logger.line().startswith('fatal: usage: unknown verb "nonsense"')


@pytest.mark.parametrize("unlink", [True, False], ids=["O4-unlinked", "O4-left-behind"])
def test_O4_logger_restarts(spawn, zone, logger, unlink):
    logger.start()
    daemon = spawn(dns=zone, options=LOGGED, wrapper=logger.wrapper)
    answers(daemon)
    assert logger.line().startswith("Fail; ")
    for round_ in range(3):
        logger.stop(unlink=unlink)
        for _ in range(2):
            answers(daemon)
        if not unlink:
            os.unlink(logger.path)
        logger.start()
        answers(daemon)
        assert logger.line() == "warning: log: 2 lines were lost", round_
        assert logger.line().startswith("Fail; ")
    daemon.close()


def test_O5_logger_hangs(spawn, zone, logger):
    """The kernel keeps some ten lines (max_dgram_qlen); what does not fit is counted, and only the
    first of them waits, 50 ms.
    """
    logger.start()
    daemon = spawn(dns=zone, options=LOGGED, wrapper=logger.wrapper)
    asked = 300
    for _ in range(asked):
        answers(daemon)
    logger.sock.settimeout(0.2)
    kept = []
    try:
        while True:
            kept.append(logger.line())
    except socket.timeout:
        pass
    assert 1 <= len(kept) < asked
    logger.sock.settimeout(5)
    answers(daemon)
    assert logger.line() == f"warning: log: {asked - len(kept)} lines were lost"
    assert logger.line().startswith("Fail; ")
    daemon.close()


def test_O6_long_lines_and_formats(spawn, zone):
    daemon = spawn(dns=zone)
    for sender in (
        "%s%n%99999d" * 150 + "@fail.test",
        "x" * 2030 + "@fail.test",
        "\x1b" * 2000 + "@fail.test",
    ):
        reply = daemon.ask(sender=sender, helo_name="%n" * 1000)
        assert len(reply.log.text) <= 2048
        assert reply.log.result == "fail"
    assert "%s%n%99999d" in daemon.log_lines[0]


@pytest.mark.parametrize(
    "error",
    ["ENOSPC", "EACCES", "EPERM", "ENOBUFS", "EMSGSIZE", "ECONNREFUSED", "ENOTCONN"],
    ids="O7-{}".format,
)
def test_O7_logger_without_room(spawn, zone, logger, strace, error):
    """The third datagram is the log's first, after two questions. It arrives, or is counted as lost."""
    logger.start()
    wrapper = [*strace(f"sendto:error={error}:when=3"), *logger.wrapper]
    daemon = spawn(dns=zone, options=LOGGED, wrapper=wrapper)
    answers(daemon)
    answers(daemon)
    first, second = logger.line(), logger.line()
    assert first == "warning: log: 1 line was lost" or first.startswith("Fail; ")
    assert second.startswith("Fail; ")
    daemon.close()


@pytest.mark.parametrize(
    "error", ["ENOSPC", "EIO", "EINTR", "EAGAIN", "EPIPE"], ids="O7-stderr-{}".format
)
def test_O7_stderr_without_room(spawn, zone, strace, error):
    """The reply is write 1, the log line write 2."""
    daemon = spawn(dns=zone, wrapper=strace(f"write:error={error}:when=2"))
    answers(daemon)
    answers(daemon, "a@pass.test", "pass")


# -- limits


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("count", [3, 4, 5, 6], ids="O8-{}".format)
def test_O8_no_descriptors(spawn, zone, strace, count):
    """With three, the loader itself could not start: there, opening a socket fails instead."""
    wrapper = strace("socket:error=EMFILE") if count == 3 else ["prlimit", f"--nofile={count}"]
    daemon = spawn(dns=zone, options={"Lookup_Time": "2"}, wrapper=wrapper)
    for _ in range(2):
        assert result_of(daemon.ask(sender="a@fail.test")) == (
            "temperror" if count == 3 else "fail"
        )
        assert result_of(daemon.ask(sender="a@tcp.test")) == ("temperror" if count < 5 else "fail")


@pytest.mark.parametrize("call", ["socket", "sendto", "connect"])
@pytest.mark.parametrize(
    "error",
    [
        "ENFILE",
        "EMFILE",
        "ENOBUFS",
        "ENOMEM",
        "EPERM",
        "EACCES",
        "ENETUNREACH",
        "EHOSTUNREACH",
        "EAFNOSUPPORT",
    ],
    ids="O9-{}".format,
)
def test_O9_network_calls_fail(spawn, zone, strace, call, error):
    daemon = spawn(dns=zone, options={"Lookup_Time": "1"}, wrapper=strace(f"{call}:error={error}"))
    for _ in range(2):
        reply = daemon.ask(sender="a@fail.test")
        assert reply.received_spf.result == "temperror"
    daemon.close()


@pytest.mark.parametrize("size", [8, 16, 32, 64], ids="O11-{}MiB".format)
def test_O11_little_memory(spawn, zone, instrumented, size):
    if instrumented:
        pytest.skip("a sanitizer reserves terabytes of addresses")
    daemon = spawn(dns=zone, wrapper=["prlimit", f"--as={size << 20}"])
    answers(daemon)
    answers(daemon, "a@long.test")


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGKILL,
        signal.SIGXCPU,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGALRM,
    ],
    ids=lambda n: {"SIGKILL": "O12-O33-", "SIGXCPU": "O22-", "SIGTERM": "O13-"}.get(n.name, "O14-")
    + n.name,
)
def test_O12_O13_O22_O33_signal_during_a_check(spawn, zone, number):
    """Killed by the kernel or by spawn(8) at its time limit: no half reply. TERM may finish its
    answer first.
    """
    daemon = spawn(dns=zone, socket=True, status=None)
    daemon.send(policy.request(sender="a@slow.test"))
    settled(daemon.pid)
    os.kill(daemon.pid, number)
    reply = daemon.read_reply(60)
    if number == signal.SIGTERM and reply:
        assert result_of(reply) == "fail"
        assert daemon.process.wait(PATIENCE) == 0
    else:
        assert reply is None
        assert daemon.process.wait(PATIENCE) == -number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: f"O13-{n.name}")
def test_O13_signal_while_idle(spawn, zone, number):
    daemon = spawn(dns=zone)
    answers(daemon)
    daemon.process.send_signal(number)
    assert daemon.wait(PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: f"O13-{n.name}")
def test_O13_signal_inside_a_request(spawn, zone, number):
    daemon = spawn(dns=zone, status=None)
    daemon.ask(sender="")
    daemon.send(b"request=smtpd_access_policy\nsend")
    settled(daemon.pid)
    daemon.process.send_signal(number)
    assert daemon.wait(PATIENCE) == 1


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize(
    "call", ["read", "poll", "sendto", "recvfrom", "write", "socket"], ids="O13-{}".format
)
def test_O13_signal_at_each_call(spawn, zone, strace, call, number):
    """A whole right reply or none."""
    for when in (1, 2):
        daemon = spawn(
            dns=zone,
            socket=True,
            status=None,
            wrapper=strace(f"{call}:signal={number}:when={when}"),
        )
        try:
            daemon.send(policy.request(sender="a@fail.test"))
        except (BrokenPipeError, ConnectionResetError):
            continue
        reply = daemon.read_reply(60)
        assert reply is None or result_of(reply) == "fail"
        daemon.end_input()
        daemon.process.wait(PATIENCE)


def test_O14_storm_of_hangups(spawn, zone):
    daemon = spawn(dns=zone)
    answers(daemon)
    stop = threading.Event()

    def storm():
        while not stop.is_set():
            for number in (
                signal.SIGHUP,
                signal.SIGCONT,
                signal.SIGWINCH,
                signal.SIGURG,
                signal.SIGPIPE,
                signal.SIGXFSZ,
            ):
                os.kill(daemon.pid, number)
            time.sleep(0.0002)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        for i in range(200):
            answers(daemon, *(("a@fail.test", "fail") if i % 2 else ("a@pass.test", "pass")))
        answers(daemon, "a@slow.test")
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "call, when",
    [
        ("read", "12+2"),
        ("poll", "1+2"),
        ("write", "1+2"),
        ("sendto", "1+2"),
        ("recvfrom", "1+2"),
        ("connect", "1+2"),
    ],
    ids=["O14-read", "O14-poll", "O14-write", "O14-sendto", "O14-recvfrom", "O14-connect"],
)
def test_O14_interrupted_calls(spawn, zone, strace, call, when):
    """Every second call of the kind is interrupted; the first reads are the loader's."""
    daemon = spawn(
        dns=zone, options={"Lookup_Time": "3"}, wrapper=strace(f"{call}:error=EINTR:when={when}")
    )
    for sender, result in (("a@fail.test", "fail"), ("a@pass.test", "pass")) * 5:
        got = result_of(daemon.ask(log=False, sender=sender))
        assert got == result or (got == "temperror" and call in ("sendto", "connect"))


@pytest.mark.parametrize(
    "disposition",
    [
        "--default-signal=PIPE",
        "--ignore-signal=PIPE",
        "--block-signal=PIPE",
        "--ignore-signal=ALRM",
        "--block-signal=ALRM",
        "--ignore-signal=TERM",
        "--block-signal",
        "--ignore-signal=CHLD",
    ],
    ids=lambda d: ("O15" if "PIPE" in d else "O16") + d,
)
def test_O15_O16_inherited_signals(spawn, zone, disposition):
    daemon = spawn(
        dns=zone, status=None, options={"Lookup_Time": "1"}, wrapper=["env", disposition]
    )
    answers(daemon)
    assert result_of(daemon.ask(sender="a@dead.test")) == "temperror"
    daemon.send(policy.request(sender="a@slow.test"))
    daemon.process.stdout.close()
    daemon._out_fd = daemon.process.stderr.fileno()
    assert daemon.process.wait(PATIENCE) == 1  # EPIPE, not SIGPIPE


@pytest.mark.parametrize("how", ["O17-full", "O17-limit"])
def test_O17_stdout_can_not_grow(program, zone, tmp_path, how):
    path = "/dev/full" if how == "O17-full" else str(tmp_path / "out")
    command = [] if how == "O17-full" else ["prlimit", "--fsize=0"]
    with open(path, "wb") as out:
        done = subprocess.run(
            [*command, program, "-o", f"DNS_Servers = {zone.address}", "-o", "Log = stderr"],
            input=policy.request(sender="a@fail.test"),
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert b"warning: reply: write: " in done.stderr
    assert how == "O17-full" or os.path.getsize(path) == 0


def test_input_that_can_not_be_read(program, zone, tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run(
        [program, "-o", f"DNS_Servers = {zone.address}", "-o", "Log = stderr"],
        stdin=folder,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    os.close(folder)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"warning: request: read: Is a directory" in done.stderr


@pytest.mark.usefixtures("bare")
def test_O18_stopped_past_the_deadline(spawn, zone):
    """The answer would be taken for the next mail's: there must be none."""
    daemon = spawn(dns=zone, status=None, options={"Lookup_Time": "1"})
    daemon.send(policy.request(sender="a@slow.test"))
    settled(daemon.pid)
    daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(3.3)
    daemon.process.send_signal(signal.SIGCONT)
    ends_silently(daemon, [1])
    daemon.wait()
    assert "too late for an answer" in daemon.log_lines[-1]


# -- clocks


def preload(library, **settings):
    return {**os.environ, "LD_PRELOAD": library, **settings}


@pytest.fixture
def clock(compiled, instrumented, preloadable):
    if instrumented:
        pytest.skip("a sanitizer wants to be the first library")
    return compiled("clock_jumps.c", "-shared", "-fPIC")


def test_O19_wall_clock_jumps(spawn, dns, clock):
    """Ahead, back, 1970, 2106, at every look: deadlines hold, %{t} is a number, log lines are
    lines.
    """
    now = int(time.time())
    dns.set_zone(
        {
            **ZONE,
            "time.test": [("TXT", "v=spf1 -all exp=e.test")],
            "e.test": [("TXT", "at %{t} exactly")],
        }
    )
    daemon = spawn(
        dns=dns,
        options={"Lookup_Time": "1"},
        env=preload(clock, CLOCK_JUMPS=f"{now},{now + 3600},{now - 3600},0,4294967295,{now}"),
    )
    for i in range(20):
        answers(daemon, *(("a@fail.test", "fail") if i % 2 else ("a@pass.test", "pass")))
        answers(daemon, "a@time.test")
    begun = time.monotonic()
    assert result_of(daemon.ask(sender="a@dead.test")) == "temperror"
    assert time.monotonic() - begun > 0.9
    answers(daemon, "a@slow.test")


@pytest.mark.parametrize("look", range(2, 12), ids="O20-look-{}".format)
def test_O20_machine_slept_during_a_check(spawn, zone, clock, look):
    """An hour passes between two looks at the clock: no late answer, or one in time."""
    daemon = spawn(
        dns=zone, status=None, env=preload(clock, SUSPEND_AFTER=str(look), SUSPEND_SECONDS="3600")
    )
    daemon.send(policy.request(sender="a@fail.test"))
    reply = daemon.read_reply(60)
    assert reply is None or result_of(reply) == "fail"
    daemon.end_input()
    assert daemon.wait() == (1 if reply is None else 0)


@pytest.mark.parametrize("look", range(2, 12), ids="O20-check-look-{}".format)
def test_O20_machine_slept_during_a_check_by_hand(program, tmp_path, clock, look):
    """It tells that there is no answer, and prints none, or has one."""
    zone = tmp_path / "zone"
    zone.write_text('fail.test. TXT "v=spf1 -all"\n', encoding="ascii")
    done = subprocess.run(
        [program, "check", "--zone", str(zone), "--ip", CLIENT, "--from", "a@fail.test"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=preload(clock, SUSPEND_AFTER=str(look), SUSPEND_SECONDS="3600"),
    )
    if done.returncode == 0:
        assert "Mail      rejected: MAIL FROM is fail\n" in done.stdout
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "too late for an answer" in done.stderr
        assert done.stderr.endswith("spfpolicyd check: there is no answer to give\n")


# -- the machine


@pytest.mark.parametrize("size", [64, 128], ids="O21-{}k".format)
def test_O21_small_stack(spawn, zone, size):
    daemon = spawn(dns=zone, wrapper=["prlimit", f"--stack={size << 10}"])
    answers(daemon, "a@long.test")
    answers(daemon, "x" * 2000 + "@fail.test")


KERNELS = {
    "O23-no-seccomp": "prctl:error=EINVAL",
    "O23-no-landlock": "landlock_create_ruleset:error=ENOSYS",
    "O23-landlock-off": "landlock_create_ruleset:error=EOPNOTSUPP",
    "O23-no-restriction": "landlock_restrict_self:error=EPERM",
    "O23-no-limits": "prlimit64:error=EINVAL",
    "O23-limits-denied": "setrlimit,prlimit64:error=EPERM",
    **{f"O23-abi-{n}": f"landlock_create_ruleset:retval={n}:when=1" for n in (*range(1, 13), 1000)},
}


@pytest.mark.parametrize("fault", KERNELS.values(), ids=KERNELS.keys())
def test_O23_what_the_kernel_does_not_have(spawn, zone, strace, instrumented, fault):
    """Works, and says at debugLevel 2 what is missing. A later Landlock must not take our sockets
    away.
    """
    if instrumented:
        pytest.skip("a sanitizer needs what the sandbox forbids: it has none")
    daemon = spawn(dns=zone, options={"debugLevel": "2"}, wrapper=strace(fault))
    answers(daemon)
    assert result_of(daemon.ask(sender="a@tcp.test")) == "fail"
    said = [line for line in daemon.log_lines if line.startswith("sandbox: ")]
    if "error=" in fault and "EPERM" not in fault:
        assert said


def chroot_of(program, folder):
    """The program and its libraries, and nothing else: no /dev, no /etc."""
    listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    for word in listed.split():
        if word.startswith("/"):
            target = folder + word
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.realpath(word), target)
    os.makedirs(folder + os.path.dirname(program), exist_ok=True)
    shutil.copy(program, folder + program)


def test_O26_chroot_with_nothing_in_it(program, zone, as_root, folder, instrumented):
    """Without /dev/null the policy socket cannot be kept clean: then it does not start. With one
    it works.
    """
    if instrumented:
        pytest.skip("a sanitizer needs /proc")
    chroot_of(program, folder)
    with policy.Daemon(
        dns=zone, socket=True, status=None, program=program, wrapper=["chroot", folder]
    ) as bare:
        ends_silently(bare, [1])
    os.mkdir(folder + "/dev")
    os.mknod(folder + "/dev/null", 0o666 | 0o020000, os.makedev(1, 3))
    os.chmod(folder + "/dev/null", 0o666)
    with policy.Daemon(
        dns=zone, socket=True, program=program, wrapper=["chroot", folder]
    ) as daemon:
        answers(daemon)


ENVIRONMENT = {
    "LOCALDOMAIN": "evil.test",
    "RES_OPTIONS": "ndots:15 timeout:1 attempts:9 rotate",
    "HOSTALIASES": "{}/aliases",
    "CARES_HOSTS": "{}/hosts",
    "MALLOC_CHECK_": "3",
    "MALLOC_PERTURB_": "255",
    "MALLOC_ARENA_MAX": "0",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=255",
    "TZ": "../../../etc/passwd",
    "HOME": "{}",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "MAIL_CONFIG": "/nonexistent",
    "PATH": "",
    "TMPDIR": "/nonexistent",
    "LD_BIND_NOW": "1",
    "SPF_DEBUG": "1",
    "LOCPATH": "{}",
    "NLSPATH": "{}",
}


@pytest.mark.usefixtures("bare")
def test_O27_environment(spawn, zone, folder):
    pathlib.Path(folder, "aliases").write_text(
        "fail pass.test\nfail.test pass.test\n", encoding="ascii"
    )
    pathlib.Path(folder, "hosts").write_text("192.0.2.1 fail.test\n", encoding="ascii")
    env = {name: value.format(folder) for name, value in ENVIRONMENT.items()}
    if "ASAN_OPTIONS" in os.environ:
        env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
    daemon = spawn(dns=zone, env=env)
    answers(daemon)
    answers(daemon, "a@PASS.TEST", "pass")
    answers(daemon, "a@fail", "none")
    assert {q.name for q in zone.questions()} <= {"fail.test", "pass.test", "mail.example.com"}
    answers(
        spawn(dns=zone, env={name: value for name, value in env.items() if name == "ASAN_OPTIONS"})
    )


@pytest.mark.parametrize("form", ["{0}/zone", ":{0}/zone", "../../..{0}/zone", ":../../..{0}/zone"])
def test_O27_time_zone_that_is_a_fifo(spawn, zone, folder, form):
    """Opening it would wait for a writer."""
    os.mkfifo(folder + "/zone")
    daemon = spawn(dns=zone, env={**os.environ, "TZ": form.format(folder)}, deadline=10)
    answers(daemon)


def test_O28_root_is_given_up(spawn, zone, as_root):
    daemon = spawn(dns=zone)
    answers(daemon)
    status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
    ids = {
        line.split(":")[0]: line.split()[1:]
        for line in status.splitlines()
        if line.startswith(("Uid", "Gid", "Groups"))
    }
    assert ids == {"Uid": ["65534"] * 4, "Gid": ["65534"] * 4, "Groups": []}


@pytest.mark.parametrize("call", ["setgroups", "setresgid", "setresuid"], ids="O28-{}".format)
def test_O28_root_that_can_not_be_given_up(spawn, zone, as_root, strace, call):
    daemon = spawn(dns=zone, status=None, wrapper=strace(f"{call}:error=EPERM"))
    ends_silently(daemon, [1])


def test_O29_binary_is_replaced(program, zone, folder):
    path = folder + "/spfpolicyd"
    shutil.copy(program, path)
    with policy.Daemon(dns=zone, program=path) as daemon:
        answers(daemon)
        pathlib.Path(folder, "new").write_bytes(b"\x7fELF and no more")
        os.replace(folder + "/new", path)
        answers(daemon, "a@long.test")
        os.unlink(path)
        answers(daemon)


def test_O30_many_at_once(program, zone, long_form, instrumented):
    """Own memory is small and the same in each; no lock is shared."""
    if instrumented:
        pytest.skip("a sanitizer takes memory of its own")
    count = 500 if long_form else 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    daemons = []
    try:
        for _ in range(count):
            daemons.append(policy.Daemon(program=program, dns=zone, socket=True))
        for daemon in daemons:
            daemon.send(policy.request(sender="a@fail.test"))
        for daemon in daemons:
            assert result_of(daemon.read_reply()) == "fail"
        for daemon in daemons:
            assert rss_kb(daemon.pid) < 6000
        for daemon in daemons:
            daemon.close()
    finally:
        for daemon in daemons:
            daemon.kill()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_O31_nothing_to_see_for_others(spawn, zone, as_root):
    """Another process of the same user may neither trace it nor read its memory."""
    daemon = spawn(dns=zone)
    answers(daemon)
    script = (
        "import ctypes, os, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
        "assert libc.ptrace(16, int(sys.argv[1]), 0, 0) == -1, 'attached'\n"
        "try:\n"
        "    open(f'/proc/{sys.argv[1]}/mem', 'rb')\n"
        "except PermissionError:\n"
        "    sys.exit(0)\n"
        "sys.exit('opened')\n"
    )
    subprocess.run(["/usr/bin/python3", "-c", script, str(daemon.pid)], check=True, timeout=PATIENCE)


def test_O34_postfix_goes_away_with_requests_in_flight(spawn, zone):
    """A reload closes every connection: all processes end by themselves, none by a signal."""
    daemons = [spawn(dns=zone, socket=True, status=None) for _ in range(10)]
    for daemon in daemons:
        daemon.send(policy.request(sender="a@slow.test"))
    for daemon in daemons:
        daemon._socket.close()
    for daemon in daemons:
        assert daemon.process.wait(PATIENCE) in (0, 1)


@pytest.mark.usefixtures("bare")
def test_watched_descriptors(spawn, zone):
    """After answers by UDP, TCP and none at all, only the three standard ones are open."""
    daemon = spawn(dns=zone, options={"Lookup_Time": "1"})
    for sender in ("a@fail.test", "a@tcp.test", "a@dead.test"):
        daemon.ask(sender=sender)
    settled(daemon.pid)
    assert descriptors(daemon.pid) in (3, None)
