# SPDX-License-Identifier: MIT
"""make dist: the same bytes from the same sources, complete, and one version everywhere."""

import os
import re
import shutil
import subprocess
import tarfile
import time

import pytest

from lib.debian import digest
from lib.policy import ROOT
from lib.process import PATIENCE

VERSION = re.search(r"^VERSION := (\d+\.\d+\.\d+)$", open(os.path.join(ROOT, "Makefile"), encoding="utf-8").read(),
                    re.MULTILINE)[1]


def dist(tree, folder, **env):
    """Path of the file that contrib/dist makes of a tree."""
    folder.mkdir()
    subprocess.run([os.path.join(tree, "contrib", "dist"), str(folder), VERSION], check=True, timeout=PATIENCE,
                   cwd="/", env={"PATH": os.environ["PATH"], **env}, stdout=subprocess.PIPE)
    return folder / f"spfpolicyd-{VERSION}.tar.xz"


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    if not shutil.which("xz"):
        pytest.skip("xz is not installed")
    return dist(ROOT, tmp_path_factory.mktemp("dist") / "first")


@pytest.fixture(scope="module")
def unpacked(tarball, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-C", str(folder), "-xf", str(tarball)], check=True, timeout=PATIENCE)
    return folder / f"spfpolicyd-{VERSION}"


def test_same_bytes_without_git_and_under_another_environment(tarball, unpacked, tmp_path):
    for name, env in (("again", {}), ("other", {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "XZ_DEFAULTS": "-9 -T2"})):
        assert digest(dist(unpacked, tmp_path / name, **env)) == digest(tarball), name


def test_leaves_out_what_was_built(tarball, unpacked, tmp_path):
    for path in ("build/x", "build-clang/x.o", "debian/control", "tests/lib/__pycache__/x.pyc", ".git/config"):
        (unpacked / path).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / path).write_text("x")
    assert digest(dist(unpacked, tmp_path / "built")) == digest(tarball)


def test_holds_every_tracked_file_and_nobody_s_name(tarball):
    with tarfile.open(tarball) as archive:
        members = {member.name.partition("/")[2]: member for member in archive}
    assert {"Makefile", "README.md", "LICENSE", "CHANGELOG.md", "contrib/debian/control", ".ci/run"} <= set(members)
    assert members["contrib/dist"].mode == 0o755 and members["Makefile"].mode == 0o644
    assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "")}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE) \
        if shutil.which("git") and os.path.exists(os.path.join(ROOT, ".git")) else None
    if listed and listed.returncode == 0:
        assert set(members) == set(listed.stdout.splitlines())


@pytest.mark.parametrize("path, pattern", [
    ("contrib/debian/changelog", r"\Aspfpolicyd \(([\d.]+)-\d+\) unstable;"),
    ("contrib/rpm/spfpolicyd.spec", r"^Version: +([\d.]+)$"),
    ("CHANGELOG.md", r"^## ([\d.]+)"),
])
def test_version_is_named_as_in_the_makefile(path, pattern):
    with open(os.path.join(ROOT, path), encoding="utf-8") as stream:
        assert re.search(pattern, stream.read(), re.MULTILINE)[1] == VERSION


def day(path, pattern, form):
    """The day that a file names, as 2026-11-28."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as stream:
        return time.strftime("%Y-%m-%d", time.strptime(re.search(pattern, stream.read(), re.MULTILINE)[1], form))


def test_a_release_has_one_day():
    """Packages and manuals have that of CHANGELOG.md, which says "Unreleased" until there is one: not under a tag."""
    with open(os.path.join(ROOT, "CHANGELOG.md"), encoding="utf-8") as stream:
        released = re.search(r"^## [\d.]+ \((Unreleased|\d{4}-\d\d-\d\d)\)$", stream.read(), re.MULTILINE)[1]
    named = {"debian": day("contrib/debian/changelog", r"^ -- .*  \w+, (\d+ \w+ \d+) ", "%d %b %Y"),
             "rpm": day("contrib/rpm/spfpolicyd.spec", r"^%changelog\n\* \w+ (\w+ \d+ \d+) ", "%b %d %Y")}
    if released != "Unreleased":
        named["CHANGELOG.md"] = released
        for manual in os.listdir(os.path.join(ROOT, "man")):
            named[manual] = day(os.path.join("man", manual), r"^\.Dd (.*)$", "%B %d, %Y")
    elif shutil.which("git"):
        tags = subprocess.run(["git", "tag", "--points-at", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                              timeout=PATIENCE, check=False).stdout.split()
        assert f"v{VERSION}" not in tags
    assert len(set(named.values())) == 1, named
