# SPDX-License-Identifier: MIT
"""`check --domain --record --diff`: what is gained and lost, whatever changes: networks, lookups, the result of those who
are not listed, errors that come and go."""

import pytest

from lib.zonefile import rows

BEFORE = {"shop.test": "v=spf1 ip4:198.51.100.0/24 include:a.test -all", "a.test": "v=spf1 ip4:203.0.113.0/25 include:b.test ~all",
          "b.test": "v=spf1 ip4:203.0.113.128/25 -all", "open.test": "v=spf1 -ip4:192.0.2.66 +all", "broken.test": "v=spf1 foo",
          "deep.test": "v=spf1 " + " ".join(f"exists:%{{i}}.{i}.test" for i in range(9)) + " -all"}
OPEN = "v=spf1 -ip4:192.0.2.1 ip4:198.51.100.0/24 +all"


@pytest.mark.parametrize("before,after,gained,lost,everybody,others,lookups", [
    # Nothing but the result.
    (None, "v=spf1 ip4:198.51.100.0/24 include:a.test ~all", [], [], "", ("fail", "softfail"), ([], [])),
    (None, "v=spf1 ip4:198.51.100.0/24 include:a.test", [], [], "", ("fail", "neutral"), ([], [])),
    # A record that lets everybody pass has no networks to lose, but those that it refuses.
    (OPEN, "v=spf1 ip4:198.51.100.0/24 -all", [], [], "lost", ("pass", "fail"), ([], [])),
    ("v=spf1 ip4:198.51.100.0/24 -all", OPEN, [], [], "gained", ("fail", "pass"), ([], [])),
    ("v=spf1 ip4:192.0.2.0/30 -all", OPEN, ["198.51.100.0/24"], ["192.0.2.1/32"], "gained", ("fail", "pass"), ([], [])),
    (OPEN, "v=spf1 ip4:192.0.2.0/30 -all", ["192.0.2.1/32"], ["198.51.100.0/24"], "lost", ("pass", "fail"), ([], [])),
    (OPEN, "v=spf1 -ip4:192.0.2.2/31 ip6:2001:db8::1 +all", ["192.0.2.1/32"], ["192.0.2.2/31"], "", ("pass", "pass"), ([], [])),
    ("v=spf1 include:open.test -all", "v=spf1 +all", ["192.0.2.66/32"], [], "", ("pass", "pass"), ([], [("include:open.test", 1)])),
    # Errors come and go, and take with them what stands behind.
    (None, "v=spf1 ip4:198.51.100.0/24 include:a.test -al", [], ["198.51.100.0/24", "203.0.113.0/24"], "", ("fail", "permerror"),
     ([], [("include:a.test", 2)])),
    ("v=spf1 ip4:198.51.100.0/24 -al", None, ["198.51.100.0/24", "203.0.113.0/24"], [], "", ("permerror", "fail"),
     ([("include:a.test", 2)], [])),
    ("v=spf1 ip4:192.0.2.7 include:broken.test ip4:192.0.2.9 -all", "v=spf1 ip4:192.0.2.7 ip4:192.0.2.9 -all", ["192.0.2.9/32"], [], "",
     ("permerror", "fail"), ([], [("include:broken.test", 1)])),
    ("v=spf1 ip4:192.0.2.7 -all", "v=spf1 ip4:192.0.2.7 include:none.test -all", [], [], "", ("fail", "permerror"),
     ([("include:none.test", 1)], [])),
    # Past the limit nobody passes.
    ("v=spf1 include:a.test include:deep.test -all", "v=spf1 include:deep.test include:a.test -all", [], ["203.0.113.0/24"], "",
     ("permerror", "permerror"), ([], [])),
    ("v=spf1 include:deep.test include:a.test -all", "v=spf1 include:a.test -all", ["203.0.113.0/24"], [], "", ("permerror", "fail"),
     ([], [("include:deep.test", 10)])),
])
def test_what_a_change_changes(audit, before, after, gained, lost, everybody, others, lookups):
    zone = rows({**BEFORE, **({"shop.test": before} if before else {})})
    words = ("--record", after or BEFORE["shop.test"], "--diff")
    path_status = {"permerror": 2, "pass": 1, "neutral": 1}.get(others[1], 0)
    result = audit("--json", *words, zone=zone, status=path_status)
    change = result["change"]
    assert [item["network"] for item in change["gained"]] == gained
    assert [item["network"] for item in change["lost"]] == lost
    assert (change["gains_everybody"], change["loses_everybody"]) == (everybody == "gained", everybody == "lost")
    for family in ("ipv4", "ipv6"):
        assert (change[f"not_listed_{family}_before"], result[f"not_listed_{family}"]) == others
    for key, wanted in zip(("lookups_gained", "lookups_lost"), lookups):
        assert [(item["term"], item["lookups"]) for item in change[key]] == wanted
    page = audit(*words, zone=zone, status=path_status)
    page = " ".join(page[page.index("Change"):page.index("Result")].split())
    assert ("the same networks may send" in page) == (not (gained or lost or everybody))
    assert (f"others: {others[0]} before, {others[1]} after" in page) == (others[0] != others[1])
    for label, wanted in zip(("new", "gone"), lookups):
        assert (f"lookups {label}:" in page) == bool(wanted)
    assert ("everybody else" in page) == bool(everybody)


@pytest.mark.parametrize("published,status,says", [
    ('shop.test. TXT "v=spf1 ipv4:192.0.2.7 -all"\n', "permerror", "the published record has an error: Unknown mechanism"),
    ("shop.test. A 192.0.2.1\n", "none", "no record is published"),
    ("shop.test. FAIL\n", "temperror", "not known: the lookup of the published record failed"),
    ('shop.test. TXT "v=spf1 -all"\n', "found", "0 lookups before"),
])
def test_what_is_compared_with(audit, published, status, says):
    words = ("--record", "v=spf1 ip4:203.0.113.7 -all", "--diff")
    assert audit("--json", *words, zone=published)["change"]["status_before"] == status
    page = audit(*words, zone=published)
    page = " ".join(page[page.index("Change"):page.index("Result")].split())
    assert page.startswith("Change " + says)
    assert ("gained:" in page) == (status != "temperror")
