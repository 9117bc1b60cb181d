# SPDX-License-Identifier: MIT
"""Tries to pass each layer of the sandbox from inside, and what must still work inside it.

tests/faults/sandbox_probe.c is linked with the product's own objects of src/sandbox/. Each thing that is refused is also tried outside the sandbox, where it must not
fail in the same way: else the test would prove nothing about the layer.
"""

import contextlib
import ctypes
import os
import pathlib
import platform
import signal
import socket
import subprocess
import threading

import pytest

from lib import policy
from lib.process import PATIENCE

ROOT = pathlib.Path(policy.ROOT)
PR_GET_SECCOMP = 21
SYS_LANDLOCK_CREATE_RULESET = 444


@pytest.fixture(scope="module")
def probe(program, compiled, instrumented):
    if instrumented:
        pytest.skip("a sanitizer needs what the sandbox forbids: it has none")
    build = pathlib.Path(program).parent
    # Those of sources that are there: an older build may have left others.
    objects = [str(path) for path in build.glob("sandbox/*.o")
               if path.stem != "none" and (ROOT / f"src/sandbox/{path.stem}.c").exists()]
    if not objects:
        pytest.skip("needs the object files beside the program")
    if b"no sandbox" in subprocess.run([program, "-V"], capture_output=True, check=True).stdout:
        pytest.skip("built with SANDBOX=none")
    more = str(ROOT / "tests/faults/sandbox_probe_sockets.c")
    path = compiled("sandbox_probe.c", more, f"-I{ROOT}/include", *objects)
    folder = pathlib.Path(path).parent
    for parent in (folder, *folder.parents):  # the probe becomes nobody
        if parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o11)

    def run(*words, confined=True):
        env = dict(os.environ)
        env.pop("SANDBOX_PROBE_UNCONFINED", None)
        if not confined:
            env["SANDBOX_PROBE_UNCONFINED"] = "1"
        done = subprocess.run(
            [path, *words],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode != 2, "the probe knows no such thing"
        return done.returncode, done.stdout.split("\n")[-2] if done.stdout else ""

    return run


def kernel(number, *arguments):
    """What a system call says, by its number."""
    return ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)


@pytest.fixture(scope="module")
def filtered():
    """The kernel takes seccomp filters. Emulators of a machine say that it does not."""
    if ctypes.CDLL(None).prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        pytest.skip("no seccomp filters here")


@pytest.fixture(scope="module")
def landlock():
    """landlock(ABI): skips where the kernel has an older one, or none."""
    has = kernel(SYS_LANDLOCK_CREATE_RULESET, None, 0, 1)

    def needs(abi):
        if has < abi:
            pytest.skip(f"Landlock ABI {max(has, 0)} here, and this needs {abi}")

    return needs


KILLED = [
    "exec",
    "execveat",
    "fork",
    "raw-fork",
    "ptrace",
    "vm-read",
    "vm-write",
    "bpf",
    "unshare",
    "setns",
    "memfd",
    "mmap-exec",
    "mmap-write-exec",
    "mprotect-exec",
    "pkey-mprotect",
]


@pytest.mark.parametrize("thing", KILLED, ids="O32-{}".format)
def test_O32_fatal(probe, filtered, thing):
    assert probe(thing)[0] == -signal.SIGSYS
    assert probe(thing, confined=False)[0] != -signal.SIGSYS


def test_O32_the_32_bit_interface_is_closed(probe, filtered):
    if platform.machine() != "x86_64" or probe("foreign", confined=False) != (0, "ok"):
        pytest.skip("no second interface here")
    assert probe("foreign")[0] == -signal.SIGSYS


def test_O32_a_shell_can_not_be_started(probe, filtered):
    assert probe("system")[0] == -signal.SIGSYS


REFUSED = {
    "open": "EACCES",
    "create": "EACCES",
    "openat2": "ENOSYS",
    "unlink": "ENOSYS",
    "kill": "ENOSYS",
    "setuid": "ENOSYS",
    "netlink": "ENOSYS",
    "packet": "ENOSYS",
    "io-uring": "ENOSYS",
    "clone3": "ENOSYS",
    # What can be told of files without opening one.
    "stat": "ENOSYS",
    "stat-flag": "ENOSYS",
    "statx": "ENOSYS",
    "access": "ENOSYS",
    # Other processes.
    "stop": "ENOSYS",
    "owner": "ENOSYS",
    "signal-number": "ENOSYS",
    "async": "ENOSYS",
    # Sockets that neither DNS nor the log has.
    "vsock": "ENOSYS",
    "mptcp": "ENOSYS",
    "udplite": "ENOSYS",
    "ping": "ENOSYS",
    "raw": "ENOSYS",
    "unix-stream": "ENOSYS",
    "unix-packets": "ENOSYS",
    "pair": "ENOSYS",
    "pass-descriptor": "ENOSYS",
    "bind-udp": "ENOSYS",
    "bind-tcp": "ENOSYS",
    "listen": "ENOSYS",
    # What can be done to those that it has.
    "pipe-size": "ENOSYS",
    "lock": "ENOSYS",
    "buffer": "ENOSYS",
    "device": "ENOSYS",
    "multicast": "ENOSYS",
    "get-type": "ENOSYS",
}


@pytest.mark.parametrize("thing, error", REFUSED.items(), ids=REFUSED.keys())
def test_refused(probe, filtered, thing, error):
    assert probe(thing) == (0, error)
    assert probe(thing, confined=False)[1] != error


def test_O24_a_call_from_the_future_is_not_there(probe, filtered):
    assert probe("unknown") == (0, "ENOSYS")


def test_O25_abort_is_an_abort(probe):
    assert probe("abort")[0] == -signal.SIGABRT


@pytest.mark.parametrize(
    "thing, error", [("memory", "ENOMEM"), ("descriptors", "EMFILE")], ids=["memory", "descriptors"]
)
def test_limits(probe, thing, error):
    assert probe(thing) == (0, error)
    assert probe(thing, confined=False) == (0, "ok")


@pytest.mark.parametrize("thing", ["mmap", "mprotect", "timeout", "time", "flags", "no-delay", "get-error", "nothing"])
def test_allowed(probe, thing):
    assert probe(thing) == (0, "ok")


def echo(sock):
    if sock.type == socket.SOCK_STREAM:
        peer, _ = sock.accept()
        peer.sendall(peer.recv(100))
        peer.close()
    else:
        data, peer = sock.recvfrom(100)
        sock.sendto(data, peer)


@contextlib.contextmanager
def echo_server(kind):
    """Its port. It answers once."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(10)
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        thread = threading.Thread(target=echo, args=(sock,))
        thread.start()
        yield sock.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    "thing, kind", [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)], ids=["udp", "tcp"]
)
def test_dns_transports_work(probe, thing, kind):
    with echo_server(kind) as port:
        assert probe(thing, str(port)) == (0, "ok")


def test_tcp_goes_to_the_ports_of_dns_only(probe, landlock):
    landlock(4)
    with echo_server(socket.SOCK_STREAM) as port:
        assert probe("tcp", str(port), str(port ^ 1)) == (0, "EACCES")
        assert probe("tcp", str(port), confined=False) == (0, "ok")


@pytest.mark.parametrize("thing, kind", [
    ("fast-open", socket.SOCK_STREAM), ("send-anywhere", socket.SOCK_DGRAM)])  # fmt: skip
def test_nothing_is_sent_to_others_than_the_connected_peer(probe, filtered, thing, kind):
    with echo_server(kind) as port:
        assert probe(thing, str(port)) == (0, "ENOSYS")
        assert probe(thing, str(port), confined=False) == (0, "ok")


def test_no_signal_reaches_a_process_of_the_same_user(probe, landlock):
    landlock(6)
    assert probe("end") == (0, "EPERM")
    assert probe("end", confined=False) == (0, "ok")


def test_abstract_sockets_are_out_of_reach(probe, landlock):
    landlock(6)
    name = f"spfpolicyd-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        assert probe("abstract", name) == (0, "EPERM")
        assert probe("abstract", name, confined=False) == (0, "ok")


def test_a_new_log_socket_can_be_reached(probe, folder):
    path = folder + "/log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        os.chmod(path, 0o666)
        assert probe("unix", path) == (0, "ok")
        assert sock.recv(100) == b"hello"


def test_the_process_shows_its_confinement(spawn, instrumented):
    """What /proc tells of the real program after it has answered once."""
    if instrumented:
        pytest.skip("a sanitizer needs what the sandbox forbids: it has none")
    daemon = spawn(dns="127.0.0.1:9")
    daemon.ask(client_address="192.0.2.1", sender="a@[1.2.3.4]", helo_name="x")
    status = dict(
        line.split(":\t", 1)
        for line in pathlib.Path(f"/proc/{daemon.pid}/status")
        .read_text(encoding="ascii")
        .splitlines()
        if ":\t" in line
    )
    limits = (
        pathlib.Path(f"/proc/{daemon.pid}/limits").read_text(encoding="ascii")
        if os.geteuid() == 0
        else None
    )
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Groups"].split() == [] or os.geteuid() != 0
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    if limits:
        for name in ("Max core file size", "Max processes"):
            row = next(line for line in limits.splitlines() if line.startswith(name))
            assert row[len(name) :].split()[:2] == ["0", "0"]
    assert status["Seccomp"].strip() == "2"


def test_sandbox_can_be_switched_off(spawn):
    daemon = spawn(dns="127.0.0.1:9", options=["Sandbox = No"])
    daemon.ask(client_address="192.0.2.1", sender="a@[1.2.3.4]", helo_name="x")
    status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
    own = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    for name in ("Seccomp:", "NoNewPrivs:"):
        assert [line for line in status.splitlines() if line.startswith(name)] == [
            line for line in own.splitlines() if line.startswith(name)
        ]
