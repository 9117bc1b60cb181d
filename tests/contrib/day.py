# SPDX-License-Identifier: MIT
"""A day of mixed mail, sent through the program: what it answered and what it logged.

Every result and every verb is among it, and senders who try to put fields of their own into the log
and the header.
"""

from lib import policy
from lib.dnsserver import DnsServer

# Sender domains by the result they have for every client.
RESULTS = {
    "pass": "pass", "fail": "fail", "explained": "fail", "soft": "softfail", "neutral": "neutral",
    "perm": "permerror", "temp": "temperror", "none": "none",
}
ZONE = {
    "pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")],
    "fail.example": [("TXT", "v=spf1 -all")],
    "explained.example": [("TXT", "v=spf1 exp=text.example -all")],
    "text.example": [("TXT", "Mail from %{i}; identity=helo; client-ip=9.9.9.9 is forged")],
    "soft.example": [("TXT", "v=spf1 ~all")],
    "neutral.example": [("TXT", "v=spf1 ?all")],
    "perm.example": [("TXT", "v=spf1 ip4:192.0.2.0/25-all")],
    "temp.example": ["SERVFAIL"],
    "none.example": [("A", "192.0.2.1")],
    "helo.pass.example": [("TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")],
    "helo.none.example": [("A", "192.0.2.1")],
    "_dmarc.fail.example": [("TXT", "v=DMARC1; p=reject")],
}
HOSTILE = (
    "x;identity=helo;client-ip=9.9.9.9@fail.example",
    "x; receiver=forged.example@pass.example",
    "x (comment) spf=fail smtp.mailfrom=forged.example@pass.example",
    'x"y=z@pass.example',
    "x\\y@pass.example",
    "a@b@fail.example",
    "abcdefg+123456-1234-h.i.j=k@pass.example",
    "SRS0=HHH=TT=sub.example=local@pass.example",
    "m\xfcller@pass.example",
    "",
)
SETTINGS = (
    {},
    {"PermError_reject": "Yes", "TempError_Defer": "Yes", "Mail_From_reject": "SPF_Not_Pass"},
    {"TestOnly": "0", "PermError_reject": "Yes", "TempError_Defer": "Yes"},
    {"Header_Type": "AR", "Authserv_Id": "mx.dest.example", "HELO_reject": "False",
     "Mail_From_reject": "False"},
    {"Header_Type": "None", "Leave_To_DMARC": "Enforced"},
    {"Mail_From_softfail_restriction": "greylist", "Hide_Receiver": "Yes"},
)


def result_of(sender):
    """What the sender's domain says of every client; None for the null sender."""
    return RESULTS[sender.rpartition("@")[2].partition(".")[0]] if sender else None


def requests():
    """The attributes of each request."""
    number = 0
    for client in ("192.0.2.5", "2001:db8::5"):
        for helo in ("helo.pass.example", "helo.none.example", "fail.example", "[192.0.2.5]",
                     "h;receiver=forged.example"):
            for sender in [f"a@{name}.example" for name in RESULTS] + list(HOSTILE):
                number += 1
                yield {"client_address": client, "helo_name": helo, "sender": sender,
                       "instance": f"a.{number}.0", "queue_id": "4F2A1B" if number % 2 else ""}
    common = {"client_address": "192.0.2.5", "helo_name": "helo.pass.example", "sender": "a@pass.example"}
    yield {**common, "client_address": "127.0.0.1", "instance": "b.1"}
    yield {**common, "sasl_username": "u", "sasl_method": "PLAIN", "instance": "b.2"}
    yield {**common, "client_address": "unknown", "instance": "b.3"}
    for _ in range(2):
        yield {**common, "sender": "a@fail.example", "instance": "b.4"}
        yield {**common, "instance": "b.5"}


class Day:
    """.mail: triples of settings, attributes, reply; .lines: what was logged."""

    def __init__(self, program):
        self.mail = []
        self.lines = []
        with DnsServer(ZONE) as dns:
            for settings in SETTINGS:
                options = {"skip_addresses": "127.0.0.0/8", **settings}
                with policy.Daemon(program=program, dns=dns, options=options, verbs="greylist") as daemon:
                    for attributes in requests():
                        self.mail.append((settings, attributes, daemon.ask(log=False, **attributes)))
                self.lines += daemon.log_lines

    def headers(self, name):
        """Triples of settings, attributes and text of the prepended fields of this name."""
        return [(settings, attributes, reply.rest) for settings, attributes, reply in self.mail
                if reply.verb == "PREPEND" and reply.rest.startswith(name + ":")]
