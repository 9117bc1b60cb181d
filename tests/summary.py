# SPDX-License-Identifier: MIT
"""Sums up the JUnit files that the test runners left in a folder, as the last words of `make check`.

    summary.py RESULTS_DIR

Prints a row per test folder, what failed, what was skipped and why, and closes with "N passed, N failed"
alone on a line. Exit status 0 only when something passed and nothing failed. A result file that cannot
be read, and a runner that died without one (the file "broken"), count as a failure. So does a process of
pytest-xdist that crashed: the test that it ran is reported as failed.
"""

import collections
import os
import re
import sys
import xml.etree.ElementTree


def parse(path):
    """The XML below one root: cmocka writes a document per test group into one file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = re.sub(r"<\?xml[^>]*\?>|[\0-\x08\x0b\x0c\x0e-\x1f]", "", file.read())
    return xml.etree.ElementTree.fromstring(f"<all>{text}</all>")


class Suite:
    """What the tests of one folder came to."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []
        self.skipped = collections.Counter()

    def add(self, case, name):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(name)
        elif skipped is not None:
            self.skipped[skipped.get("message") or (skipped.text or "no reason given").strip()] += 1
        else:
            self.passed += 1


class Results:
    """.suites: a Suite per folder of tests, by name."""

    def __init__(self, folder):
        self.suites = {}
        for file in sorted(os.listdir(folder)):
            if file.endswith(".xml"):
                self._read(os.path.join(folder, file), file[:-len(".xml")])
        if os.path.exists(os.path.join(folder, "broken")) and not any(s.failed for s in self.suites.values()):
            self._suite("runners").failed.append("a test runner ended with an error but reported no failed test")

    def _suite(self, name):
        return self.suites.setdefault(name, Suite(name))

    def _read(self, path, runner):
        """The unit tests, one program each, share a suite; pytest's tests tell their folder."""
        own = "unit" if runner.startswith("unit-") else runner
        try:
            cases = list(parse(path).iter("testcase"))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            self._suite(own).failed.append(f"{runner}: no result of this runner: {error}")
            return
        for case in cases:
            # A file that cannot be collected has no class.
            place = case.get("classname") or case.get("name")
            name = f"{case.get('classname') or runner}::{case.get('name')}"
            self._suite(place.partition(".")[0] if "." in place else own).add(case, name)
        if not cases:
            self._suite(own).failed.append(f"{runner}: this runner ran no test")


def main(folder):
    suites = list(Results(folder).suites.values()) if os.path.isdir(folder) else []
    passed = sum(s.passed for s in suites)
    failed = sum(len(s.failed) for s in suites)
    print()
    for suite in suites:
        skipped = sum(suite.skipped.values())
        print(f"{suite.name:<14}{suite.passed:>6} passed  {len(suite.failed):>4} failed"
              + (f"  {skipped:>4} skipped" if skipped else ""))
    for suite in suites:
        for name in suite.failed:
            print(f"FAILED {suite.name}: {name}")
    for suite in suites:
        for reason, count in sorted(suite.skipped.items()):
            print(f"skipped {suite.name}: {count} x {reason}")
    if not passed:
        print("no test passed: this is no result")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
