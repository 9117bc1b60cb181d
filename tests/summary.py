# SPDX-License-Identifier: MIT
"""Sums up the JUnit files that the test runners left in a folder, as the last words of `make check`.

    summary.py RESULTS_DIR

Prints a row per runner, what failed, what was skipped and why, and closes with "N passed, N failed"
alone on a line. Exit status 0 only when something passed and nothing failed. A result file that can
not be read, and a runner that died without one (the file "broken"), count as a failure.
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
    """What one result file holds."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []
        self.skipped = collections.Counter()

    def read(self, path):
        try:
            cases = list(parse(path).iter("testcase"))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            self.failed.append(f"{os.path.basename(path)}: no result of this runner: {error}")
            return
        program = os.path.basename(path)[:-len(".xml")]
        for case in cases:
            self.add(case, program)
        if not cases:
            self.failed.append(f"{os.path.basename(path)}: this runner ran no test")

    def add(self, case, program):
        name = f"{case.get('classname') or program}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(name)
        elif skipped is not None:
            self.skipped[skipped.get("message") or (skipped.text or "no reason given").strip()] += 1
        else:
            self.passed += 1


def suites_in(folder):
    """One Suite per runner: the unit tests, one program each, share a row."""
    suites = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".xml"):
            name = "unit" if file.startswith("unit-") else file[:-len(".xml")]
            suites.setdefault(name, Suite(name)).read(os.path.join(folder, file))
    result = list(suites.values())
    if os.path.exists(os.path.join(folder, "broken")) and not any(s.failed for s in result):
        died = Suite("runners")
        died.failed.append("a test runner ended with an error but reported no failed test")
        result.append(died)
    return result


def main(folder):
    suites = suites_in(folder) if os.path.isdir(folder) else []
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
