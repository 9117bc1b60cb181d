# SPDX-License-Identifier: MIT
"""The SPF test suites as Debian packages install them (python3-spf, golang-blitiri-go-spf-dev).

Nothing of them is copied here. A Case is one check with its zone and the results that are right
for it. The blitiri suite calls its domains "d1" or "mx10", of which RFC 7208 section 4.3 says "none" and
no query is asked: there, names of one label are put below a domain.
"""

import collections
import functools
import gzip
import os
import re

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

BELOW = "one-label.example"
TARGET = re.compile(r"\b((?:a|mx|ptr|include|exists):|(?:redirect|exp)=)([\w-]+)(?![\w.%{-])", re.IGNORECASE)

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


def below(name):
    """The name, or mailbox, with a domain of two labels at least."""
    domain = str(name).rpartition("@")[2]
    return f"{name}.{BELOW}" if domain and "." not in domain else name


def qualify_row(row):
    """A zone's row with each one-label name that it points to below BELOW."""
    if not isinstance(row, dict):
        return row
    done = {}
    for rtype, value in row.items():
        if rtype in ("SPF", "TXT") and isinstance(value, str):
            value = TARGET.sub(rf"\1\2.{BELOW}", value)
        elif rtype == "MX":
            value = [value[0], below(value[1])]
        elif rtype in ("PTR", "CNAME"):
            value = below(value)
        done[rtype] = value
    return done


def qualify(case):
    """HELO is judged, and not only a word of macros, when there is no sender."""
    zone = {below(name): [qualify_row(row) for row in rows] for name, rows in case.zonedata.items()}
    helo = case.helo if case.mailfrom else below(case.helo)
    return case._replace(zonedata=zone, helo=helo, mailfrom=below(case.mailfrom))


@functools.lru_cache(None)
def load(suite):
    """All cases of a suite in the order of its file. Ids are unique: scenario number and name."""
    path = find(suite)
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as stream:
        scenarios = list(yaml.load_all(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    cases = []
    for number, scenario in enumerate(scenarios, 1):
        for name, test in scenario["tests"].items():
            results = test["result"]
            cases.append(Case(
                suite=suite, id=f"{number:02d}-{name}", host=str(test["host"]),
                helo=test.get("helo") or "", mailfrom=test.get("mailfrom") or "",
                results=results if isinstance(results, list) else [results],
                explanation=test.get("explanation"), zonedata=scenario["zonedata"]))
    return [qualify(case) for case in cases] if suite == "blitiri" else cases
