# SPDX-License-Identifier: MIT
"""The SPF test suites as Debian packages install them (python3-spf, golang-blitiri-go-spf-dev).

Nothing of them is copied here. A Case is one check with its zone and the results that are right
for it.
"""

import collections
import functools
import gzip
import os

import yaml

PYSPF = "/usr/share/doc/python3-spf"
BLITIRI = "/usr/share/gocode/src/blitiri.com.ar/go/spf/testdata"
FILES = {
    "rfc7208": [f"{PYSPF}/rfc7208-tests.yml.gz", f"{PYSPF}/rfc7208-tests.yml",
                f"{BLITIRI}/rfc7208-tests.yml"],
    "rfc4408": [f"{PYSPF}/rfc4408-tests.yml.gz", f"{PYSPF}/rfc4408-tests.yml",
                f"{BLITIRI}/rfc4408-tests.yml"],
    "pyspf": [f"{PYSPF}/test.yml.gz", f"{PYSPF}/test.yml", f"{BLITIRI}/pyspf-tests.yml"],
    "blitiri": [f"{BLITIRI}/blitirispf-tests.yml"],
}

Case = collections.namedtuple("Case", "suite id host helo mailfrom results explanation zonedata")
Case.__doc__ = """results: list, the preferred one first. explanation: None when the suite gives none."""


class SuiteMissing(Exception):
    """No package that has this suite is installed."""


def find(suite):
    for path in FILES[suite]:
        if os.path.exists(path):
            return path
    raise SuiteMissing(f"the {suite} test suite is not installed: apt-get install python3-spf "
                       f"golang-blitiri-go-spf-dev (looked for {', '.join(FILES[suite])})")


@functools.lru_cache(None)
def load(suite):
    """All cases of a suite in the order of its file. Ids are unique: scenario number and name."""
    path = find(suite)
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as stream:
        scenarios = list(yaml.safe_load_all(stream))
    cases = []
    for number, scenario in enumerate(scenarios, 1):
        for name, test in scenario["tests"].items():
            results = test["result"]
            cases.append(Case(
                suite=suite, id=f"{number:02d}-{name}", host=str(test["host"]),
                helo=test.get("helo") or "", mailfrom=test.get("mailfrom") or "",
                results=results if isinstance(results, list) else [results],
                explanation=test.get("explanation"), zonedata=scenario["zonedata"]))
    return cases
