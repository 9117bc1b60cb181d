# SPDX-License-Identifier: MIT
"""Makes this folder's helpers importable, and plays the day of mail once for all readers."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from day import Day  # noqa: E402


@pytest.fixture(scope="session")
def day(program):
    """See day.py."""
    return Day(program)
