# SPDX-License-Identifier: MIT
"""Six shapes of SPF records as mail meets them, each with the depth of its tree of questions.

The depth is the longest chain of questions of which each needs the answer of the one before; HELO and
MAIL FROM are asked side by side and count once.
"""

import collections

Shape = collections.namedtuple("Shape", "name zone client depth result")

HELO = {"mail.example.com": [("TXT", "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all"),
                             ("A", "192.0.2.5")]}


def shape(name, depth, result, zone, client="192.0.2.5"):
    """A shape for sender@example.com from `client`, HELO mail.example.com."""
    return Shape(name, {**HELO, **zone}, client, depth, result)


def flat():
    return shape("flat record", 1, "pass",
                 {"example.com": [("TXT", "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/24 -all")]})


def nested():
    zone = {"example.com": [("TXT", "v=spf1 include:spf.example.net -all")],
            "spf.example.net": [("TXT", "v=spf1 include:n1.example.net include:n2.example.net "
                                        "include:n3.example.net ~all")]}
    for i in (1, 2, 3):
        network = "192.0.2.0/24" if i == 3 else f"203.0.113.{i}/32"
        zone[f"n{i}.example.net"] = [("TXT", f"v=spf1 ip4:{network} ~all")]
    return shape("include of three includes", 3, "pass", zone)


def services():
    zone = {"example.com": [("TXT", "v=spf1 mx include:s1.example.net include:s2.example.net "
                                    "include:s3.example.net include:s4.example.net "
                                    "include:s5.example.net -all"),
                            ("MX", [10, "mx1.example.com"]), ("MX", [20, "mx2.example.com"])],
            "mx1.example.com": [("A", "203.0.113.11")], "mx2.example.com": [("A", "203.0.113.12")]}
    for i in range(1, 5):
        zone[f"s{i}.example.net"] = [("TXT", f"v=spf1 ip4:203.0.113.{i} ~all")]
    zone["s5.example.net"] = [("TXT", "v=spf1 a:out.example.net ~all")]
    zone["out.example.net"] = [("A", "192.0.2.5")]
    return shape("mx and five services", 3, "pass", zone)


def addresses():
    terms = " ".join(f"a:h{i}.example.com" for i in range(10))
    zone = {"example.com": [("TXT", f"v=spf1 {terms} -all")]}
    for i in range(10):
        zone[f"h{i}.example.com"] = [("A", "192.0.2.5" if i == 9 else f"203.0.113.{i}")]
    return shape("ten a terms", 2, "pass", zone)


def exchangers():
    zone = {"example.com": [("TXT", "v=spf1 mx -all")] +
            [("MX", [10 * i, f"mx{i}.example.com"]) for i in range(8)]}
    for i in range(8):
        zone[f"mx{i}.example.com"] = [("A", "192.0.2.5" if i == 7 else f"203.0.113.{i}")]
    return shape("eight mx hosts", 3, "pass", zone)


def refused():
    zone = {"example.com": [("TXT", "v=spf1 a mx include:p1.example.net include:p2.example.net -all"),
                            ("A", "203.0.113.1"), ("MX", [10, "mx.example.com"])],
            "mx.example.com": [("A", "203.0.113.2")],
            "p1.example.net": [("TXT", "v=spf1 a:out.example.net ip4:203.0.113.64/26 ~all")],
            "out.example.net": [("A", "203.0.113.3")],
            "p2.example.net": [("TXT", "v=spf1 ip4:203.0.113.128/25 ~all")]}
    return shape("a fail through it all", 3, "fail", zone)


def all_shapes():
    """The six, in the order of the report."""
    return [flat(), nested(), services(), addresses(), exchangers(), refused()]
