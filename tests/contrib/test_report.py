# SPDX-License-Identifier: MIT
"""spfpolicyd report: sums of a day that the program logged itself, of other services' lines among it, of packed
and broken files.
"""

import bz2
import collections
import gzip
import json
import lzma
import re
import resource
import shutil
import subprocess

import pytest

from lib.process import PATIENCE

OTHERS = """\
Nov 23 09:14:07 mx postfix/smtpd[7]: connect from unknown[192.0.2.5]
Nov 23 09:14:07 mx dovecot: Fail; identity=helo; client-ip=192.0.2.5; helo=x; envelope-from=<>; action=reject; ms=1
Nov 23 09:14:07 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from h[192.0.2.5]: 550 5.7.23 <a@b>: Recipient address \
rejected: Message rejected due to: SPF fail - not authorized; from=<x@fail.example> to=<a@b> proto=ESMTP helo=<h>
Nov 23 09:14:07 mx policyd-spf[9]: Starting
\0\xff\x80 not a line of a log
Nov 23 09:14:07 mx policyd-spf[9]: Fail; identity=mailfrom; client-ip=192.0.2.5
"""


def line(message, *, at="10:00:00", ident="policyd-spf"):
    return f"Nov 23 {at} mx {ident}[100]: {message}\n"


def decision(result="Fail", *, identity="mailfrom", client="198.51.100.7", helo="h.example", sender="a@shop.example",
             action="reject", more="", **options):
    start = f"prepend Received-SPF: {result} ({identity}) identity={identity}; " if action == "prepend" else \
        f"{result}; identity={identity}; "
    return line(f"{start}client-ip={client}; helo={helo}; envelope-from={sender}; receiver=here.example; "
                f"action={action}{more}; lookups=0; voids=0; ms=3", **options)


@pytest.fixture
def report(program, tmp_path):
    """report(text, *words): the JSON of these lines; page=True: the page."""

    def run(text, *words, page=False, status=0):
        path = tmp_path / "mail.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
        command = [program, "report", *words, str(path)] + ([] if page else ["--json"])
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == status, done.stderr
        assert done.stdout.isascii()
        return done.stdout.decode() if page else json.loads(done.stdout)

    return run


def counted(rows, key):
    return {row[key]: row["count"] for row in rows}


def test_day_adds_up(day, report):
    found = report("".join(line(text) for text in day.lines) + OTHERS)
    wanted = collections.Counter()
    for text in day.lines:
        if match := re.match(r"(?:prepend Received-SPF: )?([A-Z]\w+)[; ].*?identity=(\w+);", text):
            wanted[match[2], match[1].lower()] += 1
    assert {(identity, result): count for identity, results in found["results"].items()
            for result, count in results.items() if count} == wanted
    actions = collections.Counter(re.findall(r"; action=([\w-]+)", "\n".join(day.lines)))
    assert {**{verb: n for verb, n in found["actions"].items() if n},
            **{f"would-{verb}": n for verb, n in found["actions_in_test_mode"].items() if n}} == actions
    assert found["decisions"] == sum(actions.values())


def test_lines_of_the_predecessors_count(report):
    why = "http://www.openspf.net/Why?s=mfrom;id=a@b.example;ip=192.0.2.5;r=d"
    found = report(line(f": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see {why}")
                   + line("Policy action=550 Please see " + why, ident="postfix/policy-spf")
                   + line("Policy action=DUNNO", ident="postfix/policy-spf"))
    assert found["results"]["mailfrom"]["fail"] == found["actions"]["reject"] == found["decisions"] == 2
    assert counted(found["refused_by_client"], "client") == {"192.0.2.5": 2}


BARE = "client-ip=192.0.2.{}; helo=h.example; envelope-from=a@{}; receiver=b@here.example "
WHY = "SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=a@fail.example;ip=192.0.2.3;r=b@here.example"


def smtpd(client, sender, words):
    return line(f"NOQUEUE: reject: RCPT from unknown[{client}]: 550 5.7.1 <b@here.example>: Recipient address rejected: "
                f"Message rejected due to: {words}; from=<{sender}> to=<b@here.example> proto=ESMTP helo=<h.example>",
                ident="postfix/smtpd")


def test_results_of_policyd_spf_without_a_decision_count_once(report):
    """Its version 1 logs nothing else of accepted mail; later ones log them at debugLevel 2, before the decision."""
    def bare(result, identity, client, domain):
        return line(f"{result}; identity={identity}; " + BARE.format(client, domain))

    accepted = bare("None", "helo", 1, "pass.example") + bare("Pass", "mailfrom", 1, "pass.example")
    decided = bare("Softfail", "mailfrom", 2, "soft.example") + \
        line("prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; " + BARE.format(2, "soft.example"))
    refused = bare("Fail", "mailfrom", 3, "fail.example")
    own_words = line(": 550 5.7.23 Go away")
    found = report(accepted + accepted + decided + refused + line(f"550 5.7.23 Message rejected due to: {WHY}")
                   + smtpd("192.0.2.3", "a@fail.example", WHY) + refused + own_words + refused
                   + smtpd("192.0.2.3", "a@fail.example", WHY) + bare("Fail", "mailfrom", 4, "marked.example"))
    assert found["decisions"] == 7
    assert {result: n for result, n in found["results"]["mailfrom"].items() if n} == {"pass": 2, "softfail": 1, "fail": 4}
    assert {verb: n for verb, n in found["actions"].items() if n} == {"dunno": 3, "prepend": 1, "reject": 3}
    assert counted(found["refused_by_client"], "client") == {"192.0.2.3": 3}
    assert counted(found["refused_by_domain"], "domain") == {"fail.example": 3}
    # One of our lines that was cut is none of these.
    assert report(decision().split("; receiver")[0] + "\n")["decisions"] == 0


def test_what_is_no_log_is_said(program, tmp_path):
    def said(verb, text):
        (tmp_path / "mail.log").write_text(text)
        return subprocess.run([program, verb, "mail.log"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
                              check=True).stderr

    for verb in ("report", "replay"):
        assert "no line of a mail log that is known" in said(verb, "__REALTIME_TIMESTAMP=1\nMESSAGE=x\n")
        for text in ("", "\n", line("x", ident="sshd"), "Received-SPF: pass\n", "Return-Path: <>\nSubject: x\n"):
            assert said(verb, text) == ""


def test_what_a_line_does_not_tell_is_no_null_sender(report):
    page = report(line("550 5.7.23 Message rejected due to: SPF f"), page=True)
    assert "(not told), from 1 client" in page and "<>" not in page


def test_repeated_lines_count_as_often(report):
    one = decision()
    rsyslog = line(f"message repeated 3 times: [ {one.split(': ', 1)[1].strip()}]")
    again = "Nov 23 10:00:01 mx last message repeated 5 times\n"
    assert report(one + rsyslog)["decisions"] == 4
    assert report(one + again)["decisions"] == 6
    assert report(again + one + line("x", ident="dovecot") + again)["decisions"] == 1
    assert report(one + again, "--since", "2020-01-01")["decisions"] == 6


def test_a_line_repeated_a_million_times_takes_no_memory(program, tmp_path):
    text = decision().split(": ", 1)[1].strip()
    (tmp_path / "mail.log").write_text(line(f"message repeated 1000000 times: [ {text}]"))
    done = subprocess.run(["prlimit", f"--as={64 << 20}", program, "report", "mail.log"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.startswith("1000000 decisions"), done


def test_refusals_by_domain_and_client(report):
    text = "".join(decision(sender=f"a@Shop{i % 2}.example", client=f"192.0.2.{i}") for i in range(5))
    text += decision(sender="a@shop0.EXAMPLE", client="192.0.2.0", action="would-reject")
    found = report(text)
    assert found["refused_by_domain"] == [
        {"domain": "Shop0.example", "count": 4, "in_test_mode": 1, "clients": 3},
        {"domain": "Shop1.example", "count": 2, "in_test_mode": 0, "clients": 2}]
    assert found["refused_by_client"][0] == \
        {"client": "192.0.2.0", "count": 2, "in_test_mode": 1, "domains": 1, "helo": "h.example"}


def test_forwarder_is_found_with_its_setting(report):
    def text(clients):
        return "".join(decision(client=client, sender=f"a@{domain}") for client in clients
                       for domain in ("a.example", "b.co.uk", "mail.c.co.uk", "www.c.co.uk"))

    passes = decision("Pass", client="192.0.2.2", sender="a@d.example", action="prepend")
    found = report(text(["192.0.2.1", "192.0.2.2"]) + passes)
    assert [(row["client"], row["domains"]) for row in found["forwarders"]] == [("192.0.2.1", 3)]
    assert "If it forwards for your users, add to Whitelist: 192.0.2.1\n" in report(text(["192.0.2.1"]), page=True)
    one_family = "".join(decision(sender=f"a@{name}.shop.co.uk") for name in "abcde")
    assert report(one_family)["forwarders"] == []


def test_private_clients_broken_records_slow_domains(report):
    found = report(decision("Softfail", client="172.17.0.1", action="prepend")
                   + decision("Permerror", sender="a@perm.example", action="prepend",
                              more="; problem=SPF Permanent Error: Invalid IP4 address: ip4:x")
                   + decision("Pass", sender="a@slow.example", action="prepend").replace("ms=3", "ms=4100")
                   + line("warning: dns: no server answers"))
    assert counted(found["private_clients"], "client") == {"172.17.0.1": 1}
    assert found["broken_records"] == [
        {"domain": "perm.example", "count": 1, "problem": "Invalid IP4 address: ip4:x"}]
    assert found["slow_domains"] == [{"domain": "slow.example", "count": 1, "worst_ms": 4100}]
    assert counted(found["warnings"], "message") == {"warning: dns: no server answers": 1}


def test_temperrors_by_server(report):
    def text(fault, domain):
        return decision("Temperror", sender=f"a@{domain}", action="prepend",
                        more=f"; problem=SPF Temporary Error: DNS lookup of TXT {domain} failed: {fault}")

    found = report(text("SERVFAIL from 192.0.2.53", "a.example") + text("SERVFAIL from 192.0.2.53", "b.example")
                   + text("no answer from 192.0.2.53 in 20 s (8 sent), truncated, and TCP refused by 192.0.2.54",
                          "a.example")
                   + text("no answer from 192.0.2.53 in 19 s (7 sent)", "a.example")
                   + decision("Temperror", action="prepend"))
    assert {row["fault"]: (row["count"], row["domains"]) for row in found["dns_faults"]} == {
        "SERVFAIL from 192.0.2.53": (2, 2), "no answer from 192.0.2.53": (2, 1),
        "truncated, and TCP refused by 192.0.2.54": (1, 1), "server not told": (1, 1)}


def test_what_fail2ban_would_have_caught(report):
    """Five refusals in an hour, then a day of rest; what came in that day is spared."""
    quick = "".join(decision(at=f"10:{i:02d}:00", client="192.0.2.1") for i in range(9))
    slow = "".join(decision(at=f"{10 + i}:{i:02d}:01", client="192.0.2.2") for i in range(9))
    helo = "".join(decision(at=f"11:{i:02d}:00", client="192.0.2.3", identity="helo") for i in range(7))
    test = "".join(decision(at=f"11:{i:02d}:00", client="192.0.2.4", action="would-reject") for i in range(7))
    found = report(quick + slow + helo + test)
    assert counted(found["fail2ban_fail"], "client") == {"192.0.2.1": 4, "192.0.2.3": 2}
    assert counted(found["fail2ban_helo"], "client") == {"192.0.2.3": 2}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_packed_logs(report, pack):
    text = decision().encode() * 3
    if pack == "zstd":
        if shutil.which("zstd") is None:
            pytest.skip("zstd is not installed")
        packed = subprocess.run(["zstd", "-c"], input=text, capture_output=True, check=True).stdout
    else:
        packed = pack(text)
    assert report(packed)["decisions"] == 3
    report(packed[:-6], status=1)


def test_journal_and_standard_input(program):
    entry = json.dumps({"__REALTIME_TIMESTAMP": "1795425247123456", "SYSLOG_IDENTIFIER": "policyd-spf",
                        "MESSAGE": decision().partition("]: ")[2].strip()})
    done = subprocess.run([program, "report", "--json", "-"], input=entry.encode(), capture_output=True,
                          timeout=PATIENCE, check=True)
    found = json.loads(done.stdout)
    assert found["decisions"] == 1
    assert found["first"] == found["last"] == "2026-11-23T09:14:07Z"


def test_since(report):
    text = decision(at="10:00:00") + decision(at="11:00:00") + decision(at="12:00:00")
    text = text.replace("Nov 23 ", "2026-11-23T").replace(":00 mx", ":00Z mx")
    assert report(text, "--since", "2026-11-23 11:00Z")["decisions"] == 2
    report(text, "--since", "tomorrow", page=True, status=2)
    report(text, "--top", "0", page=True, status=2)


def test_name_in_the_log_is_the_configured_one(program, report):
    text = decision(ident="spf-mx1")
    assert report(text)["decisions"] == 0
    assert report(text, "-o", "Log_Ident = spf-mx1")["decisions"] == 1


def test_page_fits_and_says_what_it_leaves_out(report):
    text = "".join(decision(sender=f"a@d{i}.example", client=f"192.0.2.{i}") for i in range(20))
    page = report(text, "--top", "3", page=True)
    assert page.count("and 17 more") == 2
    assert len(page.splitlines()) < 24
    assert "No decision of an SPF service" in report("nothing\n", page=True)


def test_log_that_cannot_be_read(program, tmp_path):
    good = tmp_path / "good"
    good.write_text(decision(), encoding="ascii")
    done = subprocess.run([program, "report", "--json", "/nonexistent", tmp_path, good], capture_output=True,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 2
    assert json.loads(done.stdout)["decisions"] == 1


def test_memory_is_bounded(program, tmp_path):
    """Each line with names of its own, one line too long, in 256 MiB."""
    path = tmp_path / "mail.log"
    with open(path, "w", encoding="ascii") as file:
        for i in range(60_000):
            file.write(decision(sender=f"a@d{i}.example{i}", client=f"2001:db8::{i:x}"))
        file.write("x" * 3_000_000 + "\n" + decision())
    done = subprocess.run([program, "report", "--json", path], capture_output=True, timeout=PATIENCE, check=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20)))
    found = json.loads(done.stdout)
    assert found["decisions"] == 60_001
    assert len(found["refused_by_domain"]) == 50_000
    assert b"left out: 1" in done.stderr
    page = subprocess.run([program, "report", path], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    assert "that found no room in memory" in page and "There were too many clients and domains to remember" in page
