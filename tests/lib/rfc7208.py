# SPDX-License-Identifier: MIT
"""check_host() of RFC 7208 once more, as the standard reads, slow and plain: an oracle for random
zones.

It shares no code and no shape with the program. Sections are cited where they decide. `traits`
collects which disputed corners an evaluation touched; deviations.yml names the rule that settles
each.
"""

import ipaddress
import re
import socket
from urllib.parse import quote

from lib.wire import NameError_, decode_name, encode_name

ALNUM = "[A-Za-z0-9]"
EXPAND = r"%(?:\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[-.+,/_=]*\}|[%_-])"
LITERAL = r"[!-$&-~]"
MACRO_STRING = f"(?:{EXPAND}|{LITERAL})*"
TOPLABEL = f"(?:{ALNUM}*[A-Za-z]{ALNUM}*|{ALNUM}+-(?:{ALNUM}|-)*{ALNUM})"
DOMAIN_SPEC = rf"{MACRO_STRING}(?:\.{TOPLABEL}\.?|{EXPAND})"
CIDR4 = r"/(0|[1-9][0-9]?)"
CIDR6 = r"/(0|[1-9][0-9]{0,2})"
QNUM = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
TERMS = {name: re.compile(pattern, re.I) for name, pattern in {
    "all": r"all",
    "include": f"include:({DOMAIN_SPEC})",
    "a": f"a(?::({DOMAIN_SPEC}))?(?:{CIDR4})?(?:/{CIDR6})?",
    "mx": f"mx(?::({DOMAIN_SPEC}))?(?:{CIDR4})?(?:/{CIDR6})?",
    "ptr": f"ptr(?::({DOMAIN_SPEC}))?",
    "ip4": rf"ip4:({QNUM}(?:\.{QNUM}){{3}})(?:{CIDR4})?",
    "ip6": rf"ip6:([0-9a-f:.]+)(?:{CIDR6})?",
    "exists": f"exists:({DOMAIN_SPEC})",
}.items()}
MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.S)
QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
MAX_TERMS, MAX_NAMES = 10, 10


class Stop(Exception):
    """The evaluation ends here with an error result."""


class Answers:
    """What a zone says about a name and a type: (status, data), status "ok", "void" or "fail"."""

    def __init__(self, zone):
        self.zone = zone

    def __call__(self, name, rtype):
        number = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}[rtype]
        wire, seen = encode_name(name).lower(), set()
        while True:
            if wire in seen:
                return "fail", []
            seen.add(wire)
            behaviour = self.zone.behaviour(wire, number)
            if behaviour is not None and (behaviour.drop is True or behaviour.rcode):
                return ("void", []) if behaviour.rcode == 3 else ("fail", [])
            entry = self.zone.entries.get(wire)
            if entry is None:
                return "void", []
            if number in entry.rows:
                return "ok", [self._data(rtype, rdata) for rdata in entry.rows[number]]
            if 5 not in entry.rows:
                return "void", []
            wire = entry.rows[5][0].lower()

    @staticmethod
    def _data(rtype, rdata):
        if rtype == "A":
            return str(ipaddress.IPv4Address(rdata))
        if rtype == "AAAA":
            return str(ipaddress.IPv6Address(rdata))
        if rtype == "PTR":
            return decode_name(rdata)
        if rtype == "MX":
            return int.from_bytes(rdata[:2], "big"), decode_name(rdata[2:])
        strings, i = [], 0
        while i < len(rdata):
            strings.append(rdata[i + 1:i + 1 + rdata[i]])
            i += 1 + rdata[i]
        return strings


def askable(name):
    try:
        encode_name(name)
        return bool(name)
    except NameError_:
        return False


def is_ip6(text):
    """Section 12: ip6-network is conventional notation; no scope, dotted tail allowed."""
    try:
        socket.inet_pton(socket.AF_INET6, text)
        return True
    except OSError:
        return False


def malformed(domain, identity):
    """Section 4.3: what is "none" without a query.

    A single label is refused as the identity's domain. An include or redirect may lead to one,
    through a macro: 4.3 read to the letter forbids it, the other verifiers all ask, and so does
    ours.
    """
    labels = domain.split(".")
    return (len(domain) > 253 or any(not label or len(label.encode()) > 63 for label in labels)
            or identity and (len(labels) < 2 or domain.startswith("[") or labels[-1].isdigit()))


def check_macros(text, allow_crt, blanks=False):
    """Section 7.1 and 7.2 over a whole macro-string."""
    literal = "[ !-$&-~]" if blanks else LITERAL
    if not re.fullmatch(f"(?:{EXPAND}|{literal})*", text):
        return False
    for letter, digits in re.findall(r"%\{([A-Za-z])([0-9]*)", re.sub("%%", "", text)):
        if digits and int(digits) == 0:
            return False
        if letter.lower() in "crt" and not allow_crt:
            return False
    return True


def parse(record):
    """Section 4.6.1: the whole record, or ValueError. Returns directives and {modifier: value}."""
    directives, modifiers = [], {}
    for term in record[len("v=spf1"):].split(" "):
        if not term:
            continue
        modifier = MODIFIER.fullmatch(term)
        if modifier:
            name, value = modifier.group(1).lower(), modifier.group(2)
            if name in ("redirect", "exp"):
                if name in modifiers or not re.fullmatch(DOMAIN_SPEC, value):
                    raise ValueError(term)
                if not check_macros(value, False):
                    raise ValueError(term)
                modifiers[name] = value
            elif not check_macros(value, False):
                raise ValueError(term)
            continue
        directives.append(parse_directive(term))
    return directives, modifiers


def parse_directive(term):
    qualifier, rest = (term[0], term[1:]) if term[0] in QUALIFIERS else ("+", term)
    for name, pattern in TERMS.items():
        match = pattern.fullmatch(rest)
        if not match:
            continue
        groups = match.groups() + (None, None, None)
        if name == "ip4":
            if int(groups[1] or 32) > 32:
                raise ValueError(term)
        elif name == "ip6":
            if not is_ip6(groups[0]) or int(groups[1] or 128) > 128:
                raise ValueError(term)
        elif name in ("a", "mx"):
            if int(groups[1] or 32) > 32 or int(groups[2] or 128) > 128:
                raise ValueError(term)
        if name not in ("ip4", "ip6", "all") and groups[0] and not check_macros(groups[0], False):
            raise ValueError(term)
        return term, qualifier, name, groups[0], groups[1], groups[2]
    raise ValueError(term)


class Evaluation:
    """One identity: .result, .explanation (None = default text), .matched (the term that decided,
    in the record or where it was redirected; "default" when none did), .traits, .lookups,
    .voids."""

    def __init__(self, answers, ip, helo, sender, identity="mailfrom", void_limit=2):
        self.answers = answers
        self.traits = set()
        client = ipaddress.ip_address(ip)
        mapped = getattr(client, "ipv4_mapped", None)
        self.client = mapped or client
        self.rtype = "A" if self.client.version == 4 else "AAAA"
        self.helo = helo
        if identity == "helo":
            self.local, domain = "postmaster", helo
        else:
            self.local, at, domain = sender.rpartition("@")
            if not self.local:
                self.traits.add("sender-without-local-part")
            self.local = self.local or "postmaster"
            if "@" in self.local or '"' in self.local:
                self.traits.add("local-part-odd")
        self.sender_domain = domain[:-1] if domain.endswith(".") else domain
        self.void_limit = void_limit
        self.lookups = self.voids = 0
        self.void_questions = 0     # what those count who count questions, not terms
        self.names = None
        self.explanation = None
        self.matched = None
        try:
            if malformed(self.sender_domain, True):
                self.traits.add("identity-not-qualified")
                self.result = "none"
            else:
                self.result = self.check_host(self.sender_domain, top=True)
        except Stop as stop:
            self.result = stop.args[0]

    def ask(self, name, rtype):
        """RFC 2181 section 5: an answer is a set, in which equal records are one."""
        status, data = self.answers(name, rtype)
        distinct = {}
        for value in data:
            distinct.setdefault(repr(value).lower() if rtype in ("MX", "PTR") else repr(value), value)
        if len(distinct) < len(data):
            self.traits.add("equal-records")
        return status, list(distinct.values())

    # -- section 4

    def check_host(self, domain, top=False):
        if malformed(domain, False):
            self.traits.add("malformed-domain")
            return "none"
        status, txts = self.ask(domain, "TXT")
        if status == "fail":
            raise Stop("temperror")
        records = [t for t in (b"".join(strings) for strings in txts)
                   if re.match(rb"v=spf1(?: |$)", t, re.I) and (len(t) == 6 or t[6:7] == b" ")]
        if not records:
            return "none"
        if len(records) > 1:
            raise Stop("permerror")
        if re.search(rb"%\{[A-Za-z][0-9]*R", records[0]):
            self.traits.add("upper-r")
        try:
            directives, modifiers = parse(records[0].decode("ascii"))
        except (ValueError, UnicodeDecodeError):
            if re.search(rb"%\{[a-z]0+[^0-9]", records[0], re.I):
                self.traits.add("macro-zero-digits")
            raise Stop("permerror") from None
        if "exp" in modifiers:
            self.traits.add("exp")
        if any(name == "include" and spec.lower().rstrip(".") == domain.lower()
               for _, _, name, spec, *_ in directives):
            self.traits.add("include-of-itself")
        for term, qualifier, name, spec, cidr4, cidr6 in directives:
            if self.matches(domain, name, spec, cidr4, cidr6):
                if "redirect" in modifiers:
                    self.traits.add("redirect-unused")
                result = QUALIFIERS[qualifier]
                self.matched = term if top else self.matched
                if result == "fail" and top and "exp" in modifiers:
                    self.explain(domain, modifiers["exp"])
                return result
        if "redirect" not in modifiers:
            self.matched = "default" if top else self.matched
            return "neutral"
        self.count()
        target = self.domain(domain, modifiers["redirect"])
        if self.names_are_void(modifiers["redirect"]):
            self.count_void()
        result = self.check_host(target, top) if target is not None else "none"
        if result == "none":
            raise Stop("permerror")
        return result

    def count(self):
        self.lookups += 1
        if self.lookups > MAX_TERMS:
            raise Stop("permerror")

    def names_are_void(self, spec):
        """%{p} made the term ask for PTR, and there is none."""
        if not re.search(r"%\{p", re.sub("%%", "", spec or ""), re.I):
            return False
        self.note_known_voids()
        return self.validated()[1]

    def note_known_voids(self):
        """Those who do not remember the client's names ask for them again."""
        if self.names is not None:
            self.void_questions += self.name_voids
            if self.void_questions > self.void_limit:
                self.traits.add("void-questions")

    def note_void(self):
        self.void_questions += 1
        if self.void_questions > self.void_limit:
            self.traits.add("void-questions")

    def count_void(self):
        """Section 4.6.4: what is limited is the number of terms with a void lookup."""
        self.voids += 1
        if self.voids > self.void_limit:
            raise Stop("permerror")

    # -- section 5

    def matches(self, domain, name, spec, cidr4, cidr6):
        if name == "all":
            return True
        if name == "ip4":
            return self.client.version == 4 and self.within(spec, cidr4)
        if name == "ip6":
            if self.client.version == 4 and int(cidr6 or cidr4 or 128) < 96:
                self.traits.add("ip6-wide")
            return self.client.version == 6 and self.within(spec, cidr6 or cidr4)
        self.count()
        target = self.domain(domain, spec) if spec is not None else domain
        void = self.names_are_void(spec)
        if name == "include":
            if void:
                self.count_void()
            if target is None:
                return False
            result = self.check_host(target)
            if result == "none":
                raise Stop("permerror")
            return result == "pass"
        matched = False
        if target is not None and askable(target):
            matched, own_void = self.match_name(name, target,
                                                cidr4 if self.client.version == 4 else cidr6)
            void = void or own_void
        else:
            self.traits.add("unaskable")
        if void:
            self.count_void()
        if matched is None:
            raise Stop("temperror")
        return matched

    def match_name(self, name, target, cidr):
        """(matched, one of its lookups was void); matched is None for a DNS failure."""
        if name == "ptr":
            return self.match_ptr(target)
        status, data = self.ask(target, {"a": self.rtype, "mx": "MX", "exists": "A"}[name])
        if status == "fail":
            return None, False
        if status == "void":
            self.note_void()
            return False, True
        if name == "exists":
            return True, False
        if name == "a":
            return any(self.within(address, cidr) for address in data), False
        return self.match_mx(data, cidr)

    def within(self, address, cidr):
        bits = self.client.max_prefixlen if cidr is None else int(cidr)
        return self.client in ipaddress.ip_network(f"{address}/{bits}", strict=False)

    def match_mx(self, data, cidr):
        if len(data) > MAX_NAMES:
            raise Stop("permerror")
        void = False
        for i, (_, host) in enumerate(sorted(data, key=lambda mx: mx[0])):
            if not askable(host):
                self.traits.add("mx-without-name")
                continue
            status, addresses = self.ask(host, self.rtype)
            if status == "fail":
                return None, void
            if status == "void":
                self.note_void()
                void = True
            if any(self.within(address, cidr) for address in addresses):
                self.note_mx_rest(data, i)
                return True, void
        return False, void

    def note_mx_rest(self, data, matched):
        """Hosts behind the one that matched are not looked up, but some do."""
        for _, host in sorted(data, key=lambda mx: mx[0])[matched + 1:]:
            status = self.ask(host, self.rtype)[0] if askable(host) else "ok"
            if status == "void":
                self.note_void()
            elif status == "fail":
                self.traits.add("mx-host-fail-after-match")

    def reverse_name(self):
        return self.client.reverse_pointer

    def validated(self):
        """Section 5.5: the client's validated names and whether the lookup of PTR was void."""
        if self.names is not None:
            return self.names
        before = self.void_questions
        status, pointers = self.ask(self.reverse_name(), "PTR")
        if status == "fail":
            self.traits.add("ptr-fail")
        if status == "void":
            self.note_void()
        names = []
        void = status == "void"
        for name in pointers[:MAX_NAMES]:
            if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
                self.traits.add("ptr-odd-name")
                continue
            status, addresses = self.ask(name, self.rtype)
            if status == "void":
                self.note_void()
            if str(self.client) in [str(ipaddress.ip_address(a)) for a in addresses]:
                names.append(name)
        self.names = names, void
        self.name_voids = self.void_questions - before
        return self.names

    def match_ptr(self, target):
        self.note_known_voids()
        names, void = self.validated()
        target = target.rstrip(".").lower()
        return any(name.lower() == target or name.lower().endswith("." + target)
                   for name in names), void

    # -- section 6.2

    def explain(self, domain, spec):
        target = self.domain(domain, spec)
        if target is None or not askable(target):
            return
        status, txts = self.ask(target, "TXT")
        if status != "ok" or len(txts) != 1:
            return
        try:
            text = b"".join(txts[0]).decode("ascii")
        except UnicodeDecodeError:
            return
        if check_macros(text, True, blanks=True):
            try:
                self.explanation = self.expand(domain, text)
            except ValueError:
                return

    # -- section 7

    def domain(self, domain, spec):
        """The expanded target name; None when the term cannot match (RFC 8616 section 4)."""
        try:
            name = self.expand(domain, spec)
        except ValueError:
            return None
        if name.endswith("."):
            name = name[:-1]
        while len(name) > 253 and "." in name:
            self.traits.add("truncated")
            name = name[name.index(".") + 1:]
        if askable(name) and name.endswith("."):
            name = name[:-1]    # a macro that ends in a dot left a second one
        if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
            self.traits.add("name-like-address")
        return name

    def expand(self, domain, text):
        def replace(match):
            macro = match.group(0)
            if macro in ("%%", "%_", "%-"):
                return {"%%": "%", "%_": " ", "%-": "%20"}[macro]
            letter, digits, reverse, delimiters = re.fullmatch(
                r"%\{(.)([0-9]*)([rR]?)([-.+,/_=]*)\}", macro).groups()
            value = self.value(domain, letter.lower())
            if digits or reverse or delimiters:
                parts = re.split("[%s]" % re.escape(delimiters or "."), value)
                if "" in parts:
                    self.traits.add("macro-empty-part")
                if delimiters and not digits and not reverse:
                    self.traits.add("macro-only-delimiters")
                if reverse:
                    parts.reverse()
                if digits:
                    parts = parts[-int(digits):]
                value = ".".join(parts)
            if letter.islower():
                return value
            if quote(value, safe="-._~") != value:
                self.traits.add("macro-escaped")
            return quote(value, safe="-._~")
        self.traits.update(f"macro-{c.lower()}" for c in re.findall(r"%\{(.)", text))
        return re.sub(EXPAND, replace, text)

    def value(self, domain, letter):
        if letter in "sl" and not self.local.isascii():
            self.traits.add("local-part-not-ascii")
            raise ValueError("RFC 8616")
        if letter == "p":
            return self.best_name(domain)
        if letter == "i":
            if self.client.version == 4:
                return str(self.client)
            return ".".join(self.client.exploded.replace(":", "").upper())
        return {
            "s": f"{self.local}@{self.sender_domain}", "l": self.local, "o": self.sender_domain,
            "d": domain, "h": self.helo or "unknown", "c": str(self.client), "r": "unknown",
            "t": "0",
            "v": "in-addr" if self.client.version == 4 else "ip6"}[letter]

    def best_name(self, domain):
        """Section 7.3: the domain itself, else a name below it, else the first one."""
        names, _ = self.validated()
        domain = domain.lower()
        for name in names:
            if name.lower() == domain:
                return name
        for name in names:
            if name.lower().endswith("." + domain):
                return name
        return names[0] if names else "unknown"
