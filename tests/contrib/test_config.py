# SPDX-License-Identifier: MIT
"""The configuration as an operator meets it: the verb config, mistakes in service, settings by recipient."""

import os
import re
import subprocess

import pytest

from lib.dnsserver import DnsServer
from lib.process import PATIENCE
from options import config

ZONE = {"fail.example": [("TXT", "v=spf1 -all")], "soft.example": [("TXT", "v=spf1 ~all")]}


def test_every_mistake_is_named_with_file_and_line(program, tmp_path):
    file = tmp_path / "a.conf"
    file.write_text("# comment\nHELO_reject = fial\nHELO_rejct = Fail\n\nWhitelist = 10.0.0.0/33\n")
    status, out, said = config(program, "-c", str(file), "-o", "Lookup_Time = soon")
    assert (status, out) == (2, "")
    assert said.splitlines() == [
        f"{file}:2: HELO_reject = fial: did you mean Fail?",
        f"{file}:3: Unknown option HELO_rejct: did you mean HELO_reject?",
        f"{file}:5: Whitelist: \"10.0.0.0/33\" is not an address or network",
        "-o: Lookup_Time = soon: is not a number; use 1 to 90",
    ]


def test_output_is_a_configuration(program, tmp_path):
    file = tmp_path / "a.conf"
    settings = ["-o", "Reason_Message = no # way", "-o", "Domain_Policy = b.test:False a.b.test:Fail"]
    file.write_text("HELO_reject = null\nskip_addresses =\n")
    status, out, _ = config(program, "-c", str(file), *settings)
    assert status == 0
    assert out.startswith(f"# The defaults, and {file}\nHELO_reject = Null\nDomain_Policy = a.b.test:Fail,b.test:False\nskip_addresses =\n"
                          "Reason_Message = \"no # way\"\n#\n")
    file.write_text(out)
    assert config(program, "-c", str(file)) == (0, out, "")


def test_options_stand_before_and_after_the_verb(program, tmp_path):
    file = tmp_path / "a.conf"
    file.write_text("Void_Limit = 3\nLookup_Time = 3\n")
    for arguments in (["-c", str(file), "-o", "Void_Limit = 4", "config"],
                      ["config", "-c", str(file), "-o", "Void_Limit = 4"],
                      ["-o", "Void_Limit = 5", "config", "-o", "Void_Limit=4", "-c", str(file)]):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0
        assert done.stdout.startswith(f"# The defaults, and {file}\nLookup_Time = 3\nVoid_Limit = 4\n#\n")


def test_file_alone_is_the_configuration(program, tmp_path):
    """policyd-spf's own way to be called."""
    file = tmp_path / "policyd-spf.conf"
    file.write_text("HELO_reject = fial\n")
    done = subprocess.run([program, str(file)], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    assert done.returncode == 78
    assert f"{file}:1: HELO_reject" in done.stderr
    file.write_text("HELO_reject = Fail\n")
    done = subprocess.run([program, str(file), "-o", "skip_addresses ="], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for words in ([str(file), "more"], ["-c", str(file), str(file)]):
        assert subprocess.run([program, *words], capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL).returncode == 2


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "binary", "unreadable"])
def test_what_is_no_file_is_an_error_at_once(program, tmp_path, kind):
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "binary":
        path.write_bytes(b"\x7fELF\0\0")
    elif kind == "unreadable":      # a regular file, for root too, which cannot be read where it begins
        path = "/proc/self/mem"
    status, out, said = config(program, "-c", str(path))
    assert (status, out) == (2, "")
    assert said.startswith(f"{path}:") and said.count("\n") == 1


def test_service_ends_without_a_word_on_a_mistake(spawn, tmp_path):
    file = tmp_path / "a.conf"
    file.write_text("HELO_reject = Fail\nMail_From_reject = fial\n")
    daemon = spawn(options=[], config=file.read_text(), status=78)
    daemon.end_input()
    assert daemon.wait() == 78
    assert [line for line in daemon.log_lines if "Mail_From_reject = fial: did you mean Fail?" in line]


def test_settings_by_recipient_hold_for_that_recipient(spawn, tmp_path):
    users = tmp_path / "users"
    users.write_text("strict@dest.example,Mail_From_reject=Softfail\n"
                     "*-trap@dest.example,Mail_From_reject=No_Check|HELO_reject=No_Check\n"
                     "sub.dest.example,TestOnly=0\n")
    users.chmod(0o644)
    tmp_path.chmod(0o755)
    with DnsServer(ZONE) as dns:
        daemon = spawn(dns=dns, options={"Per_User": f"text,{users}"})

        def verb(sender, recipient):
            return daemon.ask(log=False, sender=sender, recipient=recipient, instance="1.2").verb

        assert verb("a@soft.example", "someone@dest.example") == "PREPEND"
        assert verb("a@soft.example", "Strict@Dest.example") == "550"
        assert verb("a@fail.example", "someone@dest.example") == "550"
        assert verb("a@fail.example", "a-trap@dest.example") == "DUNNO"
        assert verb("a@fail.example", "x@sub.dest.example") in ("PREPEND", "DUNNO")
        assert verb("a@fail.example", "someone@dest.example") == "550"


# What `config` says of settings in words, as regular expressions; each must be on it, and "!" ones must not.
WORDS = [
    ([], ["NOT test mode", r"MAIL FROM fail: REJECTED \(550 5.7.23\)", "HELO fail: REJECTED", "clients that have logged in",
          "!No effect", "!TEST MODE"]),
    (["TestOnly = 0"], ["TEST MODE", "all mail is accepted", "!NOT test mode"]),
    (["Mail_From_reject = Softfail", "HELO_reject = No_Check"],
     ["MAIL FROM fail, softfail: REJECTED", "HELO is not checked"]),
    (["Mail_From_reject = SPF_Not_Pass", "SPF_Enhanced_Status_Codes = No"],
     [r"MAIL FROM fail, softfail, neutral: REJECTED \(550 5.7.1\)"]),
    (["PermError_reject = Yes", "TempError_Defer = Yes"],
     [r"MAIL FROM permerror: REJECTED \(550 5.7.24\)", r"temperror: deferred \(450\)", "!No effect"]),
    (["No_Mail = Yes", "PermError_reject = Yes"],
     ["MAIL FROM fail, softfail", "v=spf1 -all.: REJECTED", "No effect: PermError_reject, because No_Mail"]),
    (["Mail_From_reject = False", "HELO_reject = False", "PermError_reject = Yes", "TempError_Defer = Yes",
      "No_Mail = Yes"],
     ["No effect: PermError_reject", "No effect: TempError_Defer", "No effect: No_Mail", "!REJECTED"]),
    (["Mail_From_reject = False", "HELO_reject = False", "Domain_Policy = bank.test:Fail", "PermError_reject = Yes"],
     ["Some domains have rules of their own", "!No effect"]),
    (["HELO_reject = Null"], ["HELO fail of a null sender: REJECTED", "HELO fail, softfail"]),
    (["HELO_reject = No_Check", "HELO_fail_restriction = greylist", "Mail_From_softfail_restriction = greylist"],
     ["No effect: HELO_fail_restriction", 'MAIL FROM softfail: left to "greylist"', "!Mail_From_softfail"]),
    (["No_Mail = Yes", "Mail_From_reject = Softfail"], ["No effect: Softfail and SPF_Not_Pass in"]),
    (["Mail_From_reject = Softfail"], ["!No effect"]),
    (["No_Mail = Yes"], ["!No effect: Soft"]),
    (["Header_Type = AR"], ["with Authentication-Results"]),
    (["TestOnly = 0", "PermError_reject = Yes", "Domain_Policy = bank.test:False"],
     ["TEST MODE", r"No effect but in the log: PermError_reject, Domain_Policy, because TestOnly = 0", "!All mail is accepted"]),
    (["TestOnly = 0"], ["TEST MODE", "!No effect"]),
    (["HELO_reject = False", "Mail_From_reject = No_Check"], ["All mail is accepted: TestOnly = 1 lets rules reject"]),
    (["HELO_reject = False", "Mail_From_reject = False", "Domain_Policy = bank.test:Fail"], ["!All mail is accepted"]),
    (["HELO_reject = False", "Mail_From_reject = False", "Mail_From_fail_restriction = HOLD"], ["!All mail is accepted"]),
    (["Authserv_Id = mx.test"], ["No effect: Authserv_Id"]),
    (["TestOnly = 0"], [r"all mail is accepted\. With TestOnly = 1: MAIL FROM fail: REJECTED"]),
    (["Private_Clients = Defer"], [r"Clients with private addresses: deferred \(450\)", "!Not checked:.*private"]),
    (["Prospective = 192.0.2.1"], ["!Not checked:.*logged in"]),
    (["Leave_To_DMARC = Enforced"], ["what MAIL FROM would reject is accepted", "!No effect"]),
    (["Leave_To_DMARC = Enforced", "Mail_From_reject = False"], ["!would reject", "No effect: Leave_To_DMARC"]),
    (["Leave_To_DMARC = Enforced", "Mail_From_reject = False", "Reject_Not_Pass_Domains = bank.test"],
     ["would reject", r"of their own \(Reject_Not_Pass_Domains\)", "!No effect"]),
    (["No_Mail = Yes", "PermError_reject = Yes", "Mail_From_reject = False", "HELO_reject = False"],
     ["PermError_reject, because the rules"]),
    (["debugLevel = 0"], [r"Decisions are not logged \(debugLevel = 0\)"]),
    (["debugLevel = 1"], ["!not logged"]),
    (["skip_addresses =", "Skip_Authenticated = No", "Private_Clients = Judge"], ["!Not checked"]),
]


@pytest.mark.parametrize("options,said", WORDS)
def test_words_say_what_the_settings_do(program, options, said):
    status, out, _ = config(program, *[word for option in options for word in ("-o", option)])
    text = " ".join(line[2:].strip() for line in out.splitlines() if line.startswith("#"))
    assert status == 0
    assert all(len(line) <= 80 for line in out.splitlines() if line.startswith("#"))
    for words in said:
        assert bool(re.search(words.lstrip("!"), text)) != words.startswith("!"), text


@pytest.mark.parametrize("text, meant", [
    ("# test mode: only mark\nTestOnly = 1\n", 0),
    ("TestOnly = 1   # dry-run, do not reject", 0),
    ("# Let us see\n#  what a TEST says.\n\ndebugLevel = 1\n# testing\ndefaultseedonly = 1\n", 0),
    ("TestOnly = 0 # enforce!", 1),
    ("# in production since May\nTestOnly = 0\n", 1),
    # What explains both values, or says what is so.
    ("#  If set to 0, no messages are rejected by SPF.  This allows you to see the\n"
     "#  potential impact of SPF checking in your mail logs without rejecting mail.\nTestOnly = 1\n", None),
    ("TestOnly = 1 # tests are over", None),
    ("TestOnly = 1 # the latest setting", None),
    ("TestOnly = 0 # test mode, does not reject", None),
    ("# test mode\n\nTestOnly = 1\n", None),
    ("# test mode\nHELO_reject = Fail\nTestOnly = 1\n", None),
    ("# reject fail\nHELO_reject = Fail\nTestOnly = 0\n", None),
    ("#TestOnly = 0 test\n", None),
])
def test_comment_tells_what_test_only_was_meant_to_be(program, tmp_path, text, meant):
    file = tmp_path / "a.conf"
    file.write_text(text)
    status, _, said = config(program, "-c", str(file))
    said = [line for line in said.splitlines() if "The comment speaks" in line]
    assert status == 0 and len(said) == (meant is not None)
    assert meant is None or said[0].endswith(f"that is TestOnly = {meant}")
