# SPDX-License-Identifier: MIT
"""Exit status 2 and one line for a message that is not described well enough, 0 whatever the verdict."""

import re
import subprocess

import pytest

from lib.process import PATIENCE

ZONE = 'a.example. TXT "v=spf1 -all"\ndead.example. FAIL\nbad.example. TXT "v=spf1 foo"\n'


@pytest.mark.parametrize("words,said", [
    (["--from", "a@a.example"], "--ip ADDRESS is missing"),
    (["--ip", "192.0.2.1"], "--helo NAME or --from SENDER is missing"),
    (["--ip", "", "--from", "a@a.example"], "--ip is not an IP address"),
    (["--ip", "192.0.2.256", "--from", "a@a.example"], "--ip is not an IP address"),
    (["--ip", "192.0.2.0/24", "--from", "a@a.example"], "--ip is not an IP address"),
    (["--ip", "mail.example", "--from", "a@a.example"], "--ip is not an IP address"),
    (["--ip", "192.0.2.1", "--from", "a\n@a.example"], "newline"),
    (["--ip", "192.0.2.1", "--from", "a" * 3000 + "@a.example"], ""),
    (["--ip", "192.0.2.1", "--from", "a@a.example", "--record", "a -all"], "no SPF record"),
    (["--ip", "192.0.2.1", "--from", "a@a.example", "--record", "v=spf10"], "no SPF record"),
    (["nothing that was ever logged"], "no client address"),
    (["client-ip=1.2.3; helo=a.example"], "not an IP address"),
    (["client-ip=192.0.2.1; helo=a.example", "--record", "v=spf1 -all"], "--record needs"),
    (["a", "b"], "unexpected argument"),
    (["--ip", "192.0.2.1", "--all"], "different verbs"),
    (["--ip", "192.0.2.1", *["-o", "Void_Limit = 3"] * 256], "too many -o options (256 at most)"),
    (["--colour"], "unknown option --colour"),
])
def test_bad_usage(check, words, said):
    output = check(*words, zone=ZONE, status=2)
    assert output.out == ""
    assert said in output.err
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("words,said", [
    (["nonsense"], 'unknown verb "nonsense": check, config, report or replay'),
    (["--all"], 'that option belongs to "spfpolicyd config"'),
    (["config", "--no-color"], 'that option belongs to "spfpolicyd check"'),
    (["config", "more"], 'unexpected argument "more"'),
    (["check", "--record"], "--record needs a value"),
    (["report"], "no log is named"),
    (["report", "--ip", "192.0.2.1", "x"], 'that option belongs to "spfpolicyd check"'),
    (["report", "--ip", "192.0.2.1", "--since", "7d", "x"], "these options belong to different verbs"),
])
def test_bad_usage_of_any_verb(program, words, said):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["-V"], ["--version"], ["check", "-V"], ["-V", "config"]])
def test_version(program, words):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"spfpolicyd [0-9.]+ \(libspf2 [0-9.]+, c-ares [0-9.]+, libidn2 [0-9.]+, "
                        r"(static|dynamic), (no )?sandbox\)\n", done.stdout)


def test_as_many_settings_as_allowed(check):
    options = ["Void_Limit = 1"] * 254 + ["Void_Limit = 7"]     # and one that is always given
    output = check("--ip", "192.0.2.1", "--from", "a@a.example", zone=ZONE, options=options)
    assert "0 of 7 void lookups" in output.out


@pytest.mark.parametrize("sender", ["a@a.example", "a@dead.example", "a@bad.example", "a@none.example", "", "<>",
                                    "nonsense", "@", "a@[192.0.2.1]", "<a@a.example>"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_any_verdict_is_success(check, sender, form):
    assert check("--ip", "2001:db8::1", "--from", sender, *form, zone=ZONE).err == ""


def test_brackets_are_no_part_of_an_address(check):
    output = check("--ip", "192.0.2.1", "--from", "<a@a.example>", "--to", "<b@b.example>", "--json", zone=ZONE)
    assert (output.object["sender"], output.object["recipient"]) == ("a@a.example", "b@b.example")


def test_a_record_for_no_domain_of_dns_changes_nothing(check):
    """Neither the longest name nor one that no key of the zone can hold."""
    for length in (250, 251, 254, 300):
        domain = ("x." * 150)[:length - 3] + "yyy"
        output = check("--ip", "192.0.2.1", "--from", f"a@{domain}", "--record", "v=spf1 +all", "--json", zone=ZONE)
        result = output.identity("mailfrom")
        assert result["result"] == ("pass" if len(domain) <= 253 else "none"), len(domain)


def test_bad_settings_and_zones(check):
    words = ("--ip", "192.0.2.1", "--from", "a@a.example")
    assert "HELO_reject" in check(*words, zone=ZONE, options=["HELO_reject = fial"], status=2).err
    assert check(*words, zone="a.example. NONSENSE x\n", status=2).out == ""
    assert check(*words, "--zone", "/nonexistent", status=2).out == ""
