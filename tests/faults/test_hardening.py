# SPDX-License-Identifier: MIT
"""What the compiler and the linker were told is in the built binary: PIE, full RELRO, no
executable stack, stack protector, FORTIFY, CET, clash protection; and no library that the
product does not stand on.
"""

import pathlib
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def elf(program, instrumented):
    if instrumented:
        pytest.skip("a sanitizer build is not the product")

    def read(*options):
        return subprocess.run(
            ["readelf", "--wide", *options, program], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    return read


def is_static(elf):
    return "(NEEDED)" not in elf("--dynamic")


def test_position_independent(elf):
    assert re.search(r"Type:\s+DYN", elf("--file-header"))
    assert re.search(r"\(FLAGS_1\).*\bPIE\b", elf("--dynamic"))


def test_full_relro(elf):
    assert "GNU_RELRO" in elf("--program-headers")
    assert re.search(r"\((?:FLAGS|FLAGS_1)\).*\b(?:BIND_NOW|NOW)\b", elf("--dynamic"))


def test_stack_is_not_executable(elf):
    stack = re.search(r"GNU_STACK.*", elf("--program-headers")).group(0)
    assert "RWE" not in stack and "RW" in stack


def test_no_segment_is_writable_and_executable(elf):
    assert not re.search(r"LOAD.*RWE", elf("--program-headers"))


def test_no_search_path_and_no_text_relocations(elf):
    assert not re.search(r"\((?:RPATH|RUNPATH|TEXTREL)\)", elf("--dynamic"))


@pytest.mark.parametrize(
    "symbol, why",
    [("__stack_chk_fail", "-fstack-protector-strong"), (r"__\w+_chk\b", "-D_FORTIFY_SOURCE")],
    ids=["stack-protector", "fortify"],
)
def test_checks_are_compiled_in(elf, symbol, why):
    imported = "\n".join(line for line in elf("--dyn-syms").splitlines() if " UND " in line)
    if is_static(elf):
        imported = "\n".join(line for line in elf("--syms").splitlines() if " FUNC " in line)
    if "_chk" in symbol and "stack" not in symbol:
        imported = imported.replace("__stack_chk_fail", "")
    assert re.search(symbol, imported), why


def test_control_flow_enforcement(elf, program):
    """Of what we compile; the linker drops the mark of the whole, since Debian's start files lack it."""
    if "X86-64" not in elf("--file-header"):
        pytest.skip("-fcf-protection is for x86")
    main = subprocess.run(
        ["objdump", "--disassemble=main", program], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    assert re.search(r"<main>:\n.*\bendbr64\b", main)
    objects = [
        str(path) for path in pathlib.Path(program).parent.rglob("*.o") if "fuzz" not in path.parts
    ]
    for path in objects:
        notes = subprocess.run(
            ["readelf", "--wide", "--notes", path], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        assert re.search(r"x86 feature:.*\bIBT\b.*\bSHSTK\b", notes), path


def test_libraries(elf):
    """Each costs start-up time and is code that reads strangers' bytes. A static program has none."""
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\.so", elf("--dynamic")))
    if is_static(elf):
        assert needed == set() and "INTERP" not in elf("--program-headers")
        return
    assert {"libspf2", "libcares", "libc"} <= needed
    assert needed <= {
        "libspf2",
        "libcares",
        "libc",
        "libidn2",
        "ld-linux-x86-64",
        "ld-linux-aarch64",
    }
