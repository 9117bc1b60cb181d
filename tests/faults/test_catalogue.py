# SPDX-License-Identifier: MIT
"""Every number of the fault catalogue has a test of its name here, or a test of limits that is it."""

import pathlib
import re

import pytest

HERE = pathlib.Path(__file__).parent
COUNTS = {"P": 38, "D": 43, "S": 27, "O": 34}
LIMITS = HERE.parent / "conformance" / "test_limits.py"
ELSEWHERE = {
    "S5": "test_bombs", "S6": "test_loops", "S7": "test_ten_terms", "S8": "test_two_voids",
    "S9": "test_the_arithmetic_maximum_is_reached", "S10": "test_bombs", "D31": "test_ten_ptr_names",
}
NUMBERS = [f"{letter}{n}" for letter, count in COUNTS.items() for n in range(1, count + 1)]


@pytest.fixture(scope="module")
def named():
    """Numbers in the names of tests and in the ids of their rows; P11_to_P16 stands for its ends
    only.
    """
    found = set()
    for path in HERE.glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(
            r"^def (test_\w+)|[\"']([PDSO]\d+[-_{][^\"']*|[PDSO]\d+-)[\"']", text, re.MULTILINE
        ):
            found.update(
                re.findall(
                    r"(?<![A-Za-z0-9])[PDSO]\d+(?!\d)", (name[0] or name[1]).replace("_", " ")
                )
            )
    return found


def test_the_catalogue_has_142_faults():
    assert len(NUMBERS) == 142


@pytest.mark.parametrize("number", NUMBERS)
def test_has_a_test(named, number):
    if number in ELSEWHERE:
        assert number not in named
        assert f"\ndef {ELSEWHERE[number]}(" in LIMITS.read_text(encoding="utf-8")
    else:
        assert number in named
