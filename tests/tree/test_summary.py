# SPDX-License-Identifier: MIT
"""The last line of `make check` is right: whatever did not pass, for whatever reason, has failed."""

import os
import subprocess
import sys

import pytest

from lib.policy import ROOT
from lib.process import PATIENCE

SUMMARY = os.path.join(ROOT, "tests", "summary.py")
GOOD = '<testsuite><testcase classname="faults.test_dns" name="test_D1"/></testsuite>'


def closing(folder):
    """(exit status, the last line, all lines)"""
    done = subprocess.run([sys.executable, SUMMARY, folder], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    lines = done.stdout.splitlines()
    return done.returncode, lines[-1], lines


@pytest.mark.parametrize("files, status, last, said", [
    ({"suites.xml": GOOD}, 0, "1 passed, 0 failed", "faults             1 passed     0 failed"),
    ({"suites.xml": GOOD, "unit-test_text.xml": '<a><testcase name="b"/></a><a><testcase name="c"/></a>'}, 0,
     "3 passed, 0 failed", "unit               2 passed     0 failed"),
    ({"suites.xml": GOOD.replace("/>", "><failure/></testcase>")}, 1, "0 passed, 1 failed",
     "FAILED faults: faults.test_dns::test_D1"),
    ({"suites.xml": GOOD.replace("/>", '><skipped message="why"/></testcase>')}, 1, "0 passed, 0 failed",
     "skipped faults: 1 x why"),
    ({"suites.xml": GOOD + "<"}, 1, "0 passed, 1 failed", "no test passed: this is no result"),
    ({"suites.xml": GOOD, "unit-test_text.xml": ""}, 1, "1 passed, 1 failed",
     "FAILED unit: unit-test_text: this runner ran no test"),
    ({"suites.xml": GOOD, "broken": ""}, 1, "1 passed, 1 failed",
     "FAILED runners: a test runner ended with an error but reported no failed test"),
    ({}, 1, "0 passed, 0 failed", "no test passed: this is no result"),
], ids=["good", "unit", "failed", "skipped", "damaged", "empty", "broken", "nothing"])
def test_closing_line(tmp_path, files, status, last, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    got_status, got_last, lines = closing(tmp_path)
    assert (got_status, got_last) == (status, last)
    assert said in lines


def test_a_process_that_crashes_fails_its_test_and_no_other(tmp_path):
    pytest.importorskip("xdist")
    (tmp_path / "suite").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "suite" / "test_it.py").write_text(
        "import os, pytest\n@pytest.mark.parametrize('i', range(9))\ndef test_good(i): pass\n"
        "def test_crash(): os._exit(0)\n", encoding="ascii")
    subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup",
                    "--max-worker-restart=0", "--junitxml=results/suites.xml", "--rootdir=.", "suite"],
                   cwd=tmp_path, stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False,
                   env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"})
    status, last, lines = closing(tmp_path / "results")
    assert (status, last) == (1, "9 passed, 1 failed")
    assert "FAILED suite: suite.test_it::test_crash" in lines
