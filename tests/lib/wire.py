# SPDX-License-Identifier: MIT
"""DNS wire format, as little as a scripted server needs and fast enough for thousands of zones.

Names are text with dots; "\\." is a dot inside a label and "\\DDD" a byte by its decimal value.
What DNS cannot carry (a label over 63 bytes, an empty label, a name over 255) raises NameError_.
"""

import ipaddress
import struct

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "OPT": 41,
    "SPF": 99, "ANY": 255,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
    "NOTAUTH": 9,
}


class NameError_(ValueError):
    """A name that DNS cannot carry."""


def split_name(text):
    """The labels of a name as a list of bytes; [] is the root."""
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    labels, label, i = [], bytearray(), 0
    while i < len(data):
        byte = data[i]
        if byte == 0x5C and data[i + 1:i + 4].isdigit() and len(data) >= i + 4:
            label.append(int(data[i + 1:i + 4]))
            i += 4
        elif byte == 0x5C and i + 1 < len(data):
            label.append(data[i + 1])
            i += 2
        elif byte == 0x2E:
            labels.append(bytes(label))
            label = bytearray()
            i += 1
        else:
            label.append(byte)
            i += 1
    if label or not data.endswith(b"."):
        labels.append(bytes(label))
    return [] if labels in ([b""], [b"", b""]) else labels


def encode_name(text):
    """A name in wire form, not compressed."""
    out = bytearray()
    for label in split_name(text):
        if not label or len(label) > 63:
            raise NameError_(f"label of {len(label)} bytes in {text!r}")
        out.append(len(label))
        out += label
    out.append(0)
    if len(out) > 255:
        raise NameError_(f"name of {len(out)} bytes")
    return bytes(out)


def decode_name(wire):
    """Text of an uncompressed wire name; what is not printable or is special comes as an escape."""
    labels, i = [], 0
    while i < len(wire) and wire[i]:
        text = ""
        for byte in wire[i + 1:i + 1 + wire[i]]:
            if byte in b".\\":
                text += "\\" + chr(byte)
            elif 0x21 <= byte <= 0x7E:
                text += chr(byte)
            else:
                text += f"\\{byte:03d}"
        labels.append(text)
        i += 1 + wire[i]
    return ".".join(labels)


def txt_strings(value):
    """The character-strings of a TXT value: a text (cut every 255 bytes) or a list of such texts.
    """
    strings = []
    for part in value if isinstance(value, (list, tuple)) else [value]:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8")
        strings += [data[i:i + 255] for i in range(0, len(data), 255)] or [b""]
    return strings


def encode_rdata(rtype, value):
    """RDATA of one record. `value` is bytes for a type given by number, else what a person
    writes.
    """
    if rtype in ("TXT", "SPF"):
        return b"".join(bytes([len(s)]) + s for s in txt_strings(value))
    if isinstance(value, bytes):
        return value
    if rtype == "A":
        return ipaddress.IPv4Address(value).packed
    if rtype == "AAAA":
        return ipaddress.IPv6Address(value).packed
    if rtype == "MX":
        return struct.pack("!H", int(value[0])) + encode_name(value[1])
    if rtype in ("CNAME", "PTR", "NS"):
        return encode_name(value)
    raise ValueError(f"no way to encode {rtype} {value!r}")


def type_number(rtype):
    return rtype if isinstance(rtype, int) else TYPES[rtype.upper()]


def record(owner, rtype, rdata, ttl=0, rclass=1):
    """One resource record; `owner` is wire bytes."""
    return owner + struct.pack("!HHIH", type_number(rtype), rclass, ttl, len(rdata)) + rdata


class Query:
    """A question as it arrived: .id .flags .name (wire, case kept) .type .payload (EDNS size or
    0).
    """

    def __init__(self, data):
        self.data = data
        self.id, self.flags, qdcount, _, _, arcount = struct.unpack_from("!6H", data)
        if self.flags & 0x8000 or qdcount != 1:
            raise ValueError("not a question")
        i = 12
        while data[i]:
            if data[i] > 63:
                raise ValueError("compressed question")
            i += 1 + data[i]
        self.name = data[12:i + 1]
        self.type, self.rclass = struct.unpack_from("!HH", data, i + 1)
        self.end = i + 5
        self.payload = 0
        if arcount and data[self.end:self.end + 1] == b"\0":
            rtype, size = struct.unpack_from("!HH", data, self.end + 1)
            if rtype == TYPES["OPT"]:
                self.payload = max(size, 512)

    @property
    def text(self):
        return decode_name(self.name)

    def response(self, rcode=0, answers=(), authority=(), truncated=False, flags=0x8180,
                 counts=None):
        """A response with this question; `answers` and `authority` are lists of encoded records.

        `counts` replaces (qdcount, ancount, nscount, arcount) for answers that lie about
        themselves.
        """
        opt = b"\0" + struct.pack("!HHIH", TYPES["OPT"], 1232, 0, 0) if self.payload else b""
        counts = counts or (1, len(answers), len(authority), 1 if opt else 0)
        head = struct.pack("!6H", self.id, flags | (0x0200 if truncated else 0) | (rcode & 15),
                           *counts)
        return b"".join([head, self.data[12:self.end], *answers, *authority, opt])


OWNER = b"\xc0\x0c"  # a pointer to the question's name
