# SPDX-License-Identifier: MIT
"""The set-up of the fault tests: processes under watch, helper programs, and what the machine
lets us do.

Every fault of the catalogue (README.md here) has a test named by its number: test_P7_..., or a
table row whose id begins with it. The invariants that hold in all of them are those of
lib.watch.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from lib.policy import is_sanitized
from lib.process import COMPILER
from lib.watch import Pair

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def instrumented(program):
    """Built with a sanitizer, or run in valgrind: then there is neither the filter nor a limit on
    memory.
    """
    return bool(os.environ.get("SPFPOLICYD_WRAPPER")) or is_sanitized(program)


@pytest.fixture(scope="module", autouse=True)
def no_leak_check(program):
    """A sanitizer looks for leaks by tracing the process at its end: not under strace, not inside
    the sandbox.

    The conformance tests have the check.
    """
    with pytest.MonkeyPatch.context() as patch:
        if is_sanitized(program):
            options = os.environ.get("ASAN_OPTIONS", "")
            patch.setenv("ASAN_OPTIONS", ":".join(filter(None, [options, "detect_leaks=0"])))
        yield


@pytest.fixture(scope="module")
def pair(program, instrumented):
    """For faults that are answered at once."""
    made = Pair(program, 5, instrumented)
    yield made
    made.close()


@pytest.fixture(scope="module")
def hasty(program, instrumented):
    """For faults that end at the deadline, which is near."""
    made = Pair(program, 1, instrumented)
    yield made
    made.close()


@pytest.fixture
def folder():
    """A folder that the program can reach after it has become nobody."""
    path = tempfile.mkdtemp(prefix="spfpolicyd-faults-")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """compiled("name.c", *flags): a helper program or library of this folder, built once."""
    done = {}
    where = tmp_path_factory.mktemp("helpers")

    def build(source, *flags):
        if source not in done:
            out = str(where / source.replace(".c", ""))
            command = [
                COMPILER,
                "-std=c11",
                "-D_GNU_SOURCE",
                "-O1",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                out,
                str(HERE / source),
                *flags,
            ]
            subprocess.run(command, check=True)
            done[source] = out
        return done[source]

    return build


def _namespace(*what):
    return (
        subprocess.run(
            ["unshare", "--propagation", "private", "--mount", *what, "true"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
    )


@pytest.fixture(scope="session")
def may_mount():
    if os.geteuid() != 0 or not _namespace():
        pytest.skip("needs root and mount namespaces")


@pytest.fixture(scope="session")
def bare():
    """For what a tool around the program has of its own: descriptors, environment, memory, time."""
    if os.environ.get("SPFPOLICYD_WRAPPER"):
        pytest.skip("the tool around the program is in the way")


# The names under which architectures have a call; strace passes over those that are not there.
NAMES = {
    "poll": "?poll,?ppoll,?ppoll_time64",
    "sendto": "sendto,?send",
    "recvfrom": "recvfrom,?recv",
    "setgroups": "setgroups,?setgroups32",
    "setresgid": "setresgid,?setresgid32",
    "setresuid": "setresuid,?setresuid32",
}


def injection(fault):
    """A fault for strace, in every name of its calls."""
    calls, _, effect = fault.partition(":")
    return f"{','.join(NAMES.get(call, call) for call in calls.split(','))}:{effect}"


@pytest.fixture(scope="session")
def strace():
    """Words that run the program under strace with faults injected:
    strace("read:error=EIO:when=2").
    """
    path = shutil.which("strace")
    if not path or subprocess.run([path, "-o", "/dev/null", "true"], check=False).returncode != 0:
        pytest.skip("needs strace, and ptrace allowed")

    def words(*injections):
        return [
            path,
            "-o",
            "/dev/null",
            *[word for i in injections for word in ("-e", f"inject={injection(i)}")],
        ]

    return words


@pytest.fixture
def as_root():
    if os.geteuid() != 0:
        pytest.skip("needs root")
