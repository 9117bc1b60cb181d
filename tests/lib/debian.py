# SPDX-License-Identifier: MIT
"""Debian packages of this tree, and copies of this machine to install them in."""

import hashlib
import os
import shutil
import subprocess

import pytest

from lib.policy import ROOT
from lib.process import PATIENCE

ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
       "DEBFULLNAME": "A Packager", "DEBEMAIL": "packager@debian.org"}
PEER = "postfix-policyd-spf-python"
# Settings of a Postfix whose SPF service it is.
POSTFIX = """\
mkdir -p /etc/postfix
printf 'compatibility_level = 3.6\\n' >/etc/postfix/main.cf
printf 'policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\\n' >/etc/postfix/master.cf
"""
# In namespaces of its own: this machine, to which nothing is written and which has only a loopback interface.
OVERLAY = """\
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" none "$1/root"
mount --bind /dev "$1/root/dev"
mount -t proc none "$1/root/proc"
mount -t tmpfs none "$1/root/tmp"
"""
ENTER = OVERLAY + """\
root=$1/root script=$2
shift 2
mkdir "$root/packages"
for file; do cp "$file" "$root/packages"; done
python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x49))'
exec chroot "$root" /bin/sh -eu -c "cd /packages; $script"
"""


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **{"env": ENV, "timeout": PATIENCE, **options})
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def digest(path):
    """Of a file: where two differ, pytest would look for the shortest way from one to the other, for ever."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def need_build_packages(tree=ROOT):
    """Skips the test where a package of this machine's own architecture cannot be built."""
    if not shutil.which("dpkg-buildpackage") or not shutil.which("dh"):
        pytest.skip("dpkg-dev and debhelper are not installed")
    missing = subprocess.run(["dpkg-checkbuilddeps", "-P", "nocheck", os.path.join(tree, "contrib/debian/control")],
                             cwd="/", capture_output=True, text=True, timeout=PATIENCE, check=False)
    if missing.returncode:
        pytest.skip(missing.stderr.strip())


def build(folder, *arguments, tree=ROOT, options="nocheck noautodbgsym"):
    """Has contrib/build-deb write packages into a folder; its output. Skips the test where it cannot."""
    if "--arch" not in arguments:
        need_build_packages(tree)
    return run(os.path.join(tree, "contrib", "build-deb"), *arguments, str(folder), cwd="/",
               env={**ENV, "DEB_BUILD_OPTIONS": options}, timeout=10 * PATIENCE)


def copy_of_this_machine(folder):
    """copy(script, *files): the output of a script in a copy of this machine, with the files in its folder."""
    if os.geteuid() != 0:
        pytest.skip("installing needs root")
    if os.path.exists("/usr/sbin/spfpolicyd"):
        pytest.skip("this machine has spfpolicyd")
    os.makedirs(folder, exist_ok=True)
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c"]
    tried = subprocess.run([*command, OVERLAY, "sh", folder], capture_output=True, text=True, timeout=PATIENCE,
                           check=False)
    if tried.returncode:
        pytest.skip(f"no overlay over this system: {tried.stderr.strip()}")
    return lambda script, *files, **options: run(*command, ENTER, "sh", str(folder), script, *map(str, files), **options)
