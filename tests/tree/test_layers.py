# SPDX-License-Identifier: MIT
"""The layers of src/ and include/, read from their #include lines.

A layer is the folder of that name below src/ and include/; what stands directly in src/ is main. A file
may include its own layer and those before it. No module (a source file with its header) leads back to itself,
and a header stands in include/ only when another layer or a contract there needs it: the others stand beside
the files that do. What the files take from each other in the end, past their headers, is read from the objects.
"""

import pathlib
import re
import subprocess

import pytest

from lib.policy import ROOT

LAYERS = ["base", "dns", "spf", "dmarc", "config", "policy", "maillog", "postfix", "check", "report", "replay",
          "selftest", "main"]
MAY_INCLUDE = {layer: set(LAYERS[:i + 1]) for i, layer in enumerate(LAYERS)}
MAY_INCLUDE["dmarc"] = {"base", "dns", "dmarc"}
MAY_INCLUDE["sandbox"] = {"base", "sandbox"}
for user in ("check", "selftest", "main"):
    MAY_INCLUDE[user].add("sandbox")


class Tree:
    """.files: path from the top to the paths that it includes, ours only."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        found = [path for folder in ("src", "include") for path in (self.top / folder).rglob("*.[ch]")]
        self.files = {self.name(path): self._includes(path) for path in sorted(found)}

    def name(self, path):
        return path.relative_to(self.top).as_posix()

    def _includes(self, path):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', text, re.MULTILINE)
        places = [[folder / name for folder in (path.parent, self.top / "include") if (folder / name).is_file()]
                  for name in names]
        return [self.name(found[0].resolve()) for found in places if found]


def layer(path):
    folders = path.split("/")[1:-1]
    return folders[0] if folders else "main"


def upward(tree):
    return {f"{path} -> {other}" for path, others in tree.files.items() for other in others
            if layer(other) not in MAY_INCLUDE.get(layer(path), ())}


def module(path):
    """A source file and its header are one: src/dns/wire.c and include/dns/wire.h are dns/wire."""
    return path.split("/", 1)[1].rpartition(".")[0]


def circles(arrows):
    """Those that lead back to themselves; arrows: name to the names that it needs."""
    reached = {name: set(others) for name, others in arrows.items()}
    for middle in reached:
        for others in reached.values():
            if middle in others:
                others |= reached[middle]
    return {name for name, others in reached.items() if name in others}


def cycles(tree):
    """The modules that include each other in a circle."""
    arrows = {}
    for path, others in tree.files.items():
        arrows.setdefault(module(path), set()).update(set(map(module, others)) - {module(path)})
    return circles(arrows)


def needs(folder):
    """Object file to those whose functions and data it uses, below a build folder."""
    uses, where = {}, {}
    for path in sorted(pathlib.Path(folder).rglob("*.o")):
        name = path.relative_to(folder).as_posix()
        symbols = [line.split()[-2:] for line in subprocess.run(
            ["nm", "--extern-only", path], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()]
        uses[name] = {symbol for kind, symbol in symbols if kind == "U"}
        where.update({symbol: name for kind, symbol in symbols if kind != "U"})
    return {name: {where[symbol] for symbol in symbols if symbol in where} for name, symbols in uses.items()}


def private(tree):
    """Headers of include/ that neither another layer nor a contract there includes."""
    users = {path: {other for other, others in tree.files.items() if path in others}
             for path in tree.files if path.startswith("include/")}
    return {path for path, others in users.items()
            if not any(layer(other) != layer(path) or other.startswith("include/") for other in others)}


@pytest.fixture(scope="module", name="tree")
def tree_fixture():
    return Tree(pathlib.Path(ROOT).resolve())


def test_every_file_has_a_layer(tree):
    assert {layer(path) for path in tree.files} <= set(MAY_INCLUDE)


def test_includes_lead_down(tree):
    assert not upward(tree)


def test_no_module_leads_back_to_itself(tree):
    assert not cycles(tree)


def test_no_object_leads_back_to_itself(program, tmp_path):
    """A header that two files share can hide a circle: the objects cannot."""
    objects = needs(pathlib.Path(program).parent)
    assert "main.o" in objects and "spf/walk.o" in objects["spf/check.o"]
    assert not circles(objects)
    for name, text in {"a": "int b(void); int a(void) { return b(); }",
                       "b": "int a(void); int b(void) { return a(); }"}.items():
        (tmp_path / f"{name}.c").write_text(text, encoding="ascii")
        subprocess.run(["cc", "-c", f"{name}.c"], cwd=tmp_path, check=True)
    assert circles(needs(tmp_path)) == {"a.o", "b.o"}


def test_public_headers_have_users(tree):
    assert not private(tree)


def test_each_fault_is_seen(tmp_path):
    """What the tests above look for, planted."""
    for path, included in {
        "src/base/file.c": ["base/text.h", "dns/wire.h"], "include/base/text.h": ["base/span.h"],
        "include/base/span.h": ["base/text.h"], "src/dns/wire.c": ["dns/wire.h", "local.h", "stdio.h"],
        "src/dns/local.h": ["base/span.h"], "include/dns/wire.h": [], "include/dns/alone.h": [],
        "src/main.c": ["dns/wire.h", "sandbox/sandbox.h"], "include/sandbox/sandbox.h": ["dns/wire.h"],
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("".join(f'#include "{name}"\n' for name in included), encoding="ascii")
    tree = Tree(tmp_path.resolve())
    assert upward(tree) == {"src/base/file.c -> include/dns/wire.h",
                            "include/sandbox/sandbox.h -> include/dns/wire.h"}
    assert cycles(tree) == {"base/span", "base/text"}
    assert private(tree) == {"include/dns/alone.h"}
