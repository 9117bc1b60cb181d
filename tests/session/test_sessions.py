# SPDX-License-Identifier: MIT
"""Each NAME.in is played and must give NAME.ref; lib/transcript.py says what stands in them.

UPDATE=1 writes NAME.ref anew: read the difference before you commit it.
"""

import difflib
import os
import pathlib

import pytest

from lib.transcript import Session

HERE = pathlib.Path(__file__).parent


@pytest.mark.parametrize("name", sorted(path.stem for path in HERE.glob("*.in")))
def test_session(program, dns, tmp_path, name):
    ref = HERE / f"{name}.ref"
    came = Session(program, dns, tmp_path).play((HERE / f"{name}.in").read_text(encoding="utf-8"))
    if os.environ.get("UPDATE"):
        ref.write_text(came, encoding="utf-8")
    wanted = ref.read_text(encoding="utf-8") if ref.exists() else ""
    difference = "".join(difflib.unified_diff(wanted.splitlines(True), came.splitlines(True),
                                              f"tests/session/{name}.ref", "what came"))
    if difference:
        pytest.fail(f"{difference}\nUPDATE=1 rewrites {name}.ref", pytrace=False)


def test_no_reference_without_its_session():
    assert {path.stem for path in HERE.glob("*.ref")} == {path.stem for path in HERE.glob("*.in")}
