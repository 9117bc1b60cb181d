# SPDX-License-Identifier: MIT
"""The configuration as an operator meets it: the verb config, mistakes in service, settings by recipient."""

import os
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
    assert out == ("HELO_reject = Null\nDomain_Policy = a.b.test:Fail,b.test:False\nskip_addresses =\n"
                   "Reason_Message = \"no # way\"\n")
    file.write_text(out)
    assert config(program, "-c", str(file)) == (0, out, "")


def test_options_stand_before_and_after_the_verb(program, tmp_path):
    file = tmp_path / "a.conf"
    file.write_text("Void_Limit = 3\nLookup_Time = 3\n")
    for arguments in (["-c", str(file), "-o", "Void_Limit = 4", "config"],
                      ["config", "-c", str(file), "-o", "Void_Limit = 4"],
                      ["-o", "Void_Limit = 5", "config", "-o", "Void_Limit=4", "-c", str(file)]):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stdout) == (0, "Lookup_Time = 3\nVoid_Limit = 4\n")


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
