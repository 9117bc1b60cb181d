# SPDX-License-Identifier: MIT
"""OpenDMARC itself, as Debian has it, reads the headers of a day of mail and decides about DMARC by them.

Each message is From: its envelope sender's domain, which has a DMARC policy: it passes exactly when SPF says
pass of the MAIL FROM identity.
"""

import itertools

import pytest

from day import RESULTS as DOMAINS
from day import ZONE, result_of
from lib.dnsserver import DnsServer
from lib.opendmarc import Milter, opendmarc
from lib.policy import Daemon

POLICIES = [f"{name}.example" for name in DOMAINS]
# The numbers of its history file.
RESULTS = {"pass": 0, "softfail": 2, "neutral": 3, "temperror": 4, "permerror": 5, "none": 6, "fail": 7}


def history(folder):
    """What it made of SPF, by the message's queue id."""
    found, job = {}, None
    for line in (folder / "history").read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == "job":
            job = value
        elif key == "spf":
            found[job] = int(value)
    return found


def verdicts(day, name, folder):
    """For each header of this name in the day: attributes, field, OpenDMARC's DMARC result, SPF number."""
    fields = [(attributes, text) for _, attributes, text in day.headers(name)]
    dmarc = []
    with opendmarc(folder, POLICIES) as path:
        for number, (attributes, text) in enumerate(fields):
            with Milter(path) as milter:
                dmarc.append(milter.message(b"J%d" % number, attributes["sender"].encode(), text))
    found = history(folder)
    assert len(found) == len(fields) > 100
    return [(*pair, dmarc[number], found[f"J{number}"]) for number, pair in enumerate(fields)]


def test_opendmarc_takes_the_result_of_received_spf(day, tmp_path):
    """SRS and VERP senders included; a result of HELO counts for nothing.

    Of several "@" it takes the first for the envelope's, and then our domain for another one.
    """
    senders = set()
    for attributes, text, dmarc, spf in verdicts(day, "Received-SPF", tmp_path):
        if " identity=helo; " in text:
            assert (dmarc, spf) == ("fail", RESULTS["neutral"]), text
            continue
        result = result_of(attributes["sender"])
        if attributes["sender"].count("@") > 1:
            assert (dmarc, spf) == ("fail", RESULTS["neutral"]), text
            continue
        assert (dmarc, spf) == ("pass" if result == "pass" else "fail", RESULTS[result]), text
        senders.add(attributes["sender"])
    assert any(sender.startswith("SRS0=") for sender in senders)
    assert any("=k@" in sender for sender in senders)


def test_opendmarc_takes_the_result_of_authentication_results(day, tmp_path):
    """A HELO that passes must not make a forged MAIL FROM pass (CVE-2019-20790)."""
    forged = passed = 0
    for attributes, text, dmarc, _ in verdicts(day, "Authentication-Results", tmp_path):
        good = result_of(attributes["sender"]) == "pass" and " smtp.mailfrom=" in text
        assert dmarc == ("pass" if good else "fail"), text
        passed += good
        forged += not good and attributes["helo_name"] == "helo.pass.example"
    assert passed > 10 and forged > 10


def test_opendmarc_takes_the_sender_whatever_helo_says(program, tmp_path):
    """One passes where the other fails, and the other way round; both fields, in both orders."""
    settings = {"HELO_reject": "False", "Mail_From_reject": "False", "Header_Type": "SPF,AR",
                "Authserv_Id": "mx.dest.example"}
    with DnsServer(ZONE) as dns, Daemon(program=program, dns=dns, options=settings) as daemon, \
            opendmarc(tmp_path, POLICIES) as path:
        for number, (helo, name) in enumerate(itertools.product(
                ("helo.pass.example", "fail.example", "helo.none.example"), DOMAINS)):
            sender = f"a@{name}.example"
            attributes = {"client_address": "192.0.2.5", "helo_name": helo, "sender": sender,
                          "instance": f"1.{number}"}
            fields = [daemon.ask(log=False, **attributes).rest for _ in range(2)]
            wanted = "pass" if result_of(sender) == "pass" else "fail"
            for order in (fields[:1], fields[1:], fields, fields[::-1]):
                with Milter(path) as milter:
                    assert milter.message(b"K1", sender.encode(), *order) == wanted, order


@pytest.mark.parametrize("self_validate", ["false", "true"])
def test_opendmarc_asks_nothing_itself_where_we_have_checked(tmp_path, self_validate):
    """With SPFSelfValidate too, for which no DNS is here: a field of ours is enough, of a null sender as well."""
    def field(identity, result, sender):
        return (f"Received-SPF: {result} ({identity}) identity={identity}; client-ip=192.0.2.5; helo=helo.pass.example; "
                f"envelope-from={sender}; receiver=dest.example")

    with opendmarc(tmp_path, POLICIES, self_validate) as path:
        for number, (sender, text) in enumerate([
                (b"a@pass.example", field("mailfrom", "pass", '"a@pass.example"')),
                (b"a@fail.example", field("mailfrom", "fail", '"a@fail.example"')),
                (b"", field("helo", "pass", "<>"))]):
            with Milter(path) as milter:
                assert milter.message(b"J%d" % number, sender, text) == ("fail" if number else "pass")
    assert history(tmp_path) == {"J0": RESULTS["pass"], "J1": RESULTS["fail"], "J2": RESULTS["neutral"]}
