# SPDX-License-Identifier: MIT
"""Random worlds for SPF: a seed gives a zone, a client, a HELO and a sender.

Small pools of names and addresses, so that things meet: terms match, macros expand to names that
exist, records include each other, limits are reached and just missed. About one record in twelve
is broken in one of many ways, and about one name in twenty fails in DNS.
"""

import collections
import ipaddress
import random

from lib import rfc7208
from lib.dnsserver import Zone

World = collections.namedtuple("World", "seed zone ip helo sender")

DOMAINS = ["example.com", "Example.NET", "sub.example.com", "a.b.c.example.org", "x-y.example.com",
           "_spf.example.com", "_spf.example.net", "spf1.example.org", "spf2.example.org",
           "1.example.com", "other.test", "d2.other.test", "xn--bcher-kva.example"]
HOSTS = ["mail.example.com", "mx1.example.com", "mx2.example.net", "h3.example.org",
         "relay.other.test",
         "out.sub.example.com", "4.example.com", "www.example.com"]
ABSENT = ["nx1.example.com", "nx2.test", "gone.example.org", "no.such.test"]
LOCALS = ["user", "strong-bad", "a.b.c", "first+tag", "O'Neil", "x_y=z", "postmaster", "UPPER.Case",
          "a..b", "-", "a/b", "1.2.3", "tilde~", "lp--x", "%{d}", "100%", "we ird", "quo\"te",
          "a@b",
          "semi;colon", "\u00fcml", "l" * 63, "l" * 64, ".dot", "dot."]
LETTERS = "sloddddiiphv"
PREFIXES4 = ["", "", "", "/32", "/31", "/30", "/28", "/24", "/16", "/8", "/1", "/0"]
PREFIXES6 = ["", "", "", "//128", "//127", "//124", "//64", "//48", "//1", "//0"]


class Generator:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.names = {}
        self.specs = []         # (domain of the record, macro text, types it is asked for)
        self.use = 0.08 if self.chance(0.7) else 0.35   # how often domain-specs have macros
        self.trouble = self.random.choice([0, 0, 0.02, 0.08])
        self.broken = self.random.choice([0, 0, 0, 0.1, 0.5])
        self.long = self.chance(0.25)

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return self.random.choice(items)

    # -- the world

    def world(self):
        self.v6 = self.chance(0.35)
        self.client4 = ipaddress.IPv4Address("192.0.2.0") + self.random.randrange(1, 20)
        self.client6 = ipaddress.IPv6Address("2001:db8::") + self.random.randrange(1, 20)
        self.count = self.random.randrange(2, len(DOMAINS))
        self.domains = self.random.sample(DOMAINS, self.count)
        self.helo = self.make_helo()
        self.sender = self.make_sender()
        for domain in self.domains:
            self.add_domain(domain)
        for host in HOSTS:
            if self.chance(0.85):
                self.add_addresses(host)
        self.add_pointers()
        self.add_aliases()
        self.add_expansions()
        self.add_trouble()
        return World(self.seed, self.names, self.make_ip(), self.helo, self.sender)

    def make_ip(self):
        if not self.v6:
            return f"::ffff:{self.client4}" if self.chance(0.08) else str(self.client4)
        return str(self.client6).upper() if self.chance(0.2) else str(self.client6)

    def make_helo(self):
        return self.pick([self.pick(self.domains), self.pick(self.domains), self.pick(HOSTS),
                          "mail.example.com",
                          "localhost", f"[{self.client4}]", "nx1.example.com", "helo_x.example.com",
                          "MAIL.Example.Com", "mail.example.com."])

    def make_sender(self):
        domain = self.pick(self.domains)
        roll = self.random.random()
        if roll < 0.10:
            return ""
        roll -= 0.04
        if roll < 0.08:
            return domain
        if roll < 0.10:
            return "@" + domain
        if roll < 0.12:
            return "user@" + domain + "."
        if roll < 0.15:
            return "user@" + self.pick(["single", "a..b.example", "x" * 64 + ".example.com",
                                        "nx2.test",
                                        f"[{self.client4}]", ".example.com", "example.com.."])
        if roll < 0.17:
            domain = domain.upper()
        if roll > 0.93:
            return "\u00fcml@" + domain
        return self.pick(LOCALS if self.chance(0.4) else LOCALS[:8]) + "@" + domain

    def add(self, name, rtype, data):
        self.names.setdefault(name, []).append((rtype, data))

    def add_addresses(self, name, several=True):
        for _ in range(self.pick([1, 1, 1, 2, 3]) if several else 1):
            if self.chance(0.75):
                self.add(name, "A", str(self.client4 if self.chance(0.3) else ipaddress.IPv4Address(
                    "192.0.2.0") + self.random.randrange(256)))
            if self.chance(0.4):
                self.add(name, "AAAA",
                         str(self.client6 if self.chance(0.3) else ipaddress.IPv6Address(
                    "2001:db8::") + self.random.randrange(1 << self.pick([4, 8, 70]))))

    def add_domain(self, domain):
        roll = self.random.random()
        if self.chance(0.3):
            self.add(domain, "TXT", self.pick(["google-site-verification=x", "v=spf10 -all",
                                               "v=spf1\t-all",
                                               " v=spf1 +all", "v=spf2.0/mfrom +all", "", "spf1"]))
        if roll < 0.93:
            record = self.record(domain)
            self.add(domain, "TXT", self.cut(record))
            if roll < 0.02:
                self.add(domain, "TXT", self.pick([record, "v=spf1 -all", "V=SPF1"]))
        if self.chance(0.6):
            self.add_addresses(domain)
        if self.chance(0.6):
            self.add_mx(domain)

    def cut(self, record):
        """As one string or several, cut anywhere: they are put together without a blank."""
        if self.chance(0.85) or len(record) < 3:
            return record
        places = sorted(self.random.randrange(len(record)) for _ in range(self.pick([1, 1, 2, 5])))
        return [record[a:b] for a, b in zip([0] + places, places + [len(record)])]

    def add_mx(self, domain):
        roll = self.random.random()
        if roll < 0.04:
            self.add(domain, "MX", [0, "."])
            return
        number = self.pick([9, 10, 11, 12]) if roll < 0.12 else self.pick([1, 1, 2, 3])
        for i in range(number):
            if number > 4:
                host = f"m{i}.{domain}"
                self.add_addresses(host, several=False)
                if not self.names.get(host):
                    self.add(host, "A", "192.0.2.200")
            else:
                host = self.pick(HOSTS + self.domains + ABSENT[:1])
            if self.chance(0.03):
                host = "broken.example.org"
                self.names[host] = ["SERVFAIL"]
            self.add(domain, "MX", [self.random.randrange(0, 50), host])

    def add_pointers(self):
        client = self.client6 if self.v6 else self.client4
        if self.chance(0.25):
            return
        name = client.reverse_pointer
        if self.chance(0.04):
            self.names[name] = [self.pick(["SERVFAIL", ("PTR", "SERVFAIL")])]
            return
        number = self.pick([9, 10, 11, 14]) if self.chance(0.1) else self.pick([1, 1, 1, 2, 3])
        for i in range(number):
            pointer = self.pick(HOSTS + self.domains + ABSENT[:1])
            if number > 4:
                pointer = f"p{i}." + self.pick(self.domains)
            self.add(name, "PTR", pointer)
            if self.chance(0.6):
                self.add(pointer, "AAAA" if self.v6 else "A", str(client))

    def add_aliases(self):
        for alias in ("alias.example.com", "www2.example.org"):
            target = self.pick(HOSTS + self.domains + ["gone.example.org"])
            self.names[alias] = [("CNAME", target)]
        if self.chance(0.1):
            self.names["chain1.example.com"] = [("CNAME", "chain2.example.com")]
            self.names["chain2.example.com"] = [("CNAME", self.pick(HOSTS + ["alias.example.com"]))]
        if self.chance(0.03):
            self.names["alias.example.com"] = [("CNAME", "www2.example.org")]
            self.names["www2.example.org"] = [("CNAME", "Alias.example.com")]

    def add_expansions(self):
        """Half of the names that macros expand to shall exist."""
        zone = Zone(self.names, strict=False)
        null = not self.sender
        model = rfc7208.Evaluation(rfc7208.Answers(zone), self.make_ip(), self.helo, self.sender,
                                   "helo" if null else "mailfrom")
        for domain, spec, kinds in self.specs:
            name = model.domain(domain, spec)
            if not name or not rfc7208.askable(name) or name in self.names or not self.chance(0.6):
                continue
            if "TXT" in kinds:
                self.add(name, "TXT", self.pick(["v=spf1 -all", "v=spf1 +all", "v=spf1 ?all",
                                                 "v=spf1"]))
            else:
                self.add_addresses(name)

    def add_trouble(self):
        for name in list(self.names):
            if self.chance(self.trouble):
                rows = self.names[name]
                if any(isinstance(row, tuple) and row[0] == "CNAME" for row in rows):
                    continue
                if self.chance(0.5):
                    self.names[name] = [self.pick(["SERVFAIL", "REFUSED", "SERVFAIL", "NXDOMAIN"])]
                else:
                    rtype = self.pick(["A", "MX", "TXT", "PTR", "AAAA"])
                    self.names[name] = [row for row in rows if not (isinstance(row, tuple)
                                                                    and row[0] == rtype)]
                    self.names[name].append((rtype, "SERVFAIL"))

    # -- records

    def record(self, domain):
        number = self.random.randrange(6, 14) if self.long else self.pick([0, 1, 1, 2, 2, 3, 3, 4,
                                                                           5])
        terms = [self.term(domain) for _ in range(number)]
        if self.chance(0.65):
            terms.append(self.qualifier() + self.case("all"))
            if self.chance(0.05):
                terms.append(self.term(domain))
        if self.chance(0.15):
            place = len(terms) if self.chance(0.7) else self.random.randrange(len(terms) + 1)
            terms.insert(place, self.case("redirect") + "=" + self.spec(domain, ["TXT"],
                                                                        self.domains))
        if self.chance(0.15):
            exp = "exp." + domain
            terms.insert(self.random.randrange(len(terms) + 1), "exp=" + exp)
            self.add(exp, "TXT", self.pick(["No mail from %{i}", "%{s} may not",
                                            "See http://%{d}/%{L}?%{I}",
                                            "%{c} %{h} %{o2r}", "bad % macro", "plain words"]))
        if self.chance(0.06):
            terms.insert(self.random.randrange(len(terms) + 1), self.pick(
                ["unknown=value", "x-y.z_1=%{d}", "empty=", "op=a=b", "u=%{i}%%", "default=-"]))
        if self.chance(self.broken):
            self.spoil(terms, domain)
        separator = "  " if self.chance(0.03) else " "
        record = separator.join([self.case("v=spf1") if self.chance(0.05) else "v=spf1"] + terms)
        return record + (" " * self.pick([1, 2]) if self.chance(0.04) else "")

    def case(self, word):
        return "".join(self.pick([c.upper(), c]) for c in word) if self.chance(0.06) else word

    def qualifier(self):
        return self.pick(["", "", "-", "-", "~", "~", "?", "+"])

    def term(self, domain):
        name = self.pick(["a", "a", "mx", "mx", "ip4", "ip4", "ip6", "include", "include",
                          "include", "exists",
                          "ptr"] if not self.long else
                         ["a", "mx", "include", "exists", "a", "a", "ip4"])
        qualifier = self.qualifier() if self.chance(0.35) else ""
        return qualifier + self.case(name) + self.parameters(name, domain)

    def parameters(self, name, domain):
        if name == "ip4":
            address = self.client4 if self.chance(0.15) else \
                ipaddress.IPv4Address("192.0.2.0") + self.random.randrange(256)
            return f":{address}" + self.pick(PREFIXES4[:8] if self.chance(0.9) else PREFIXES4)
        if name == "ip6":
            address = self.client6 if self.chance(0.15) else \
                ipaddress.IPv6Address("2001:db8::") + self.random.randrange(1 << self.pick([4, 60]))
            text = self.pick([str(address), address.exploded, str(address).upper(),
                              "::ffff:192.0.2.1", "2001:db8::192.0.2.1"])
            return f":{text}" + self.pick(PREFIXES6)[1:]
        if name == "include":
            return ":" + self.spec(domain, ["TXT"], self.domains)
        if name == "exists":
            return ":" + self.spec(domain, ["A"], HOSTS, macros=0.7)
        if name == "ptr":
            return "" if self.chance(0.4) else ":" + self.spec(domain, [], self.domains)
        text = "" if self.chance(0.4) else ":" + self.spec(domain, ["A"], HOSTS + self.domains)
        text += self.pick(PREFIXES4) if self.chance(0.3) else ""
        return text + (self.pick(PREFIXES6) if self.chance(0.2) else "")

    def spec(self, domain, kinds, names, macros=None):
        if self.chance(macros if macros is not None else self.use):
            text = self.macros()
            self.specs.append((domain, text, kinds))
            return text
        roll = self.random.random()
        if roll < (0.25 if self.long else 0.08):
            return self.pick(ABSENT)
        if roll < 0.12:
            return self.pick(["alias.example.com", "www2.example.org", "chain1.example.com"])
        if roll < 0.14:
            return self.pick(names) + "."
        if roll < 0.15:
            return self.pick(["a..example.com", "x" * 64 + ".example.com", "a/b.example.com",
                              "*.example.com",
                              "_.example.com", "under_score.example.com", "semi;colon.example.com"])
        return self.pick(names)

    def macro(self):
        letter = self.pick(LETTERS)
        letter = letter.upper() if self.chance(0.08) else letter
        digits = self.pick(["", "", "", "1", "2", "2", "3", "9", "128", "00002"])
        reverse = self.pick(["", "", "", "r", "r"])
        reverse = "R" if self.chance(0.01) else reverse
        delimiters = self.pick(["", "", "", "", "-", ".-", "+", "/", "_=,", "."])
        return "%{" + letter + digits + reverse + delimiters + "}"

    def macros(self):
        pieces = [self.macro() for _ in range(self.pick([1, 1, 2, 2, 3]))]
        if self.chance(0.05):
            pieces.append(self.pick(["%%", "%_", "%-"]))
        if self.chance(0.03):
            pieces += [self.macro() for _ in range(25)]
        text = self.pick([".", "._spf.", ".x-", "."]).join(pieces)
        tail = "" if self.chance(0.3) else "." + self.pick(["example.com", "spf.example.org",
                                                            "other.test",
                                                            "%{d}", "%{d2}", "%{o}", "com."])
        return self.pick(["", "", "", "exists.", "_x."]) + text + tail

    # -- mistakes

    def spoil(self, terms, domain):
        mistake = self.pick([
            "moo", "all:", "all:foo", "all/8", "-all.", "include", "include:", "include:single",
            "exists",
            "exists:", "exists:example.com/24", "include:example.com/24", "ptr/24", "ptr:", "a:",
            "mx:",
            "a:/24", "a/33", "a/032", "a//129", "mx/24/64", "mx//64/24", "a:example.com:8080",
            "a:1.2.3.4",
            "a:example.com/", "mx:example.com//", "a:single", "mx:a.b-", "mx:a.-b", "a:a.1",
            "a:a.b1",
            "ip4", "ip4:", "ip4:1.2.3", "ip4:1.2.3.4.5", "ip4:1.2.3.256", "ip4:01.2.3.4",
            "ip4:1.2.3.4/33",
            "ip4:1.2.3.4/00", "ip4:1.2.3.4/-1", "ip4:1.2.3.4/", "ip4:1.2.3.4//32",
            "ip4:192.0.2.0/25-all",
            "ip4:1.2.3.4:25", "ip4=1.2.3.4", "ip6", "ip6:", "ip6:::", "ip6:::1/129", "ip6:1:2",
            "ip6:g::",
            "ip6::::", "ip6:1::2::3", "ip6:2001:db8::/", "ip6:::1%eth0", "ip6:1.2.3.4",
            "ip6:::1/064",
            "redirect=", "redirect", "redirect:example.com", "exp=", "exp=single",
            "redirect=a.%{t}.com",
            "redirect=example.com/24", "a:%{x}.com", "exists:%{d", "exists:%d}.com",
            "exists:%{}.com",
            "exists:%{d0}.com", "exists:%{d1rr}.com", "exists:%{dx}.com", "exists:%{d2r3}.com",
            "exists:%.com",
            "exists:a%", "exists:%%.", "exists:%{c}.com", "exists:%{r}.com", "a:%(d).com",
            "exists:%{d}.%{t}",
            "u=%", "u=%{q}", "u=%{c}", "-u=x", "1u=x", "u_=\u00e4", "++all", "=all", "?", "-", "a,",
            "mx,a",
            "a;", "v=spf1", "\u00fc", "a:\u00fc.example.com", "\tall", "a\tmx", "a:exa mple.com",
            "ip4:1.2.3.4,",
            "a:example.com.", "a:example.com..", "exists:.com", "exists:.", "include:%{d}..com",
            "a:%{i}/24", "exists:%{l}%", "a:example.co-m", "a:example.--", "a:foo.e-", "a:x.9-9",
            "mx/0/0",
            "redirect=example.com redirect=example.net", "exp=a.b exp=a.b",
            "REDIRECT=example.com redirect=a.b",
        ])
        terms.insert(self.random.randrange(len(terms) + 1), mistake)


class Mutator(Generator):
    """Records that differ by a few characters from right ones: for the grammar."""

    RECORDS = [
        "v=spf1 a:mail.example.com/24//64 -all", "v=spf1 mx/30 ~all",
        "v=spf1 ip4:192.0.2.0/24 ?all",
        "v=spf1 ip6:2001:db8::/32 -all", "v=spf1 ip6:2001:db8:0:0:0:0:192.0.2.1/64 -all",
        "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all",
        "v=spf1 include:_spf.example.com redirect=example.com",
        "v=spf1 ptr:example.com exp=exp.example.com -all",
        "v=spf1 exists:%{l1r-+}.%{d3}.x.example.com +all",
        "v=spf1 a mx ptr ip4:192.0.2.1 x-mod=%{d}%%%_%- -all", "v=spf1 redirect=_spf.example.com",
        "v=spf1 a:%{d}//0 mx:example.com/0 ?all", "v=spf1 ip4:192.0.2.10 ip6:::ffff:192.0.2.1 ~all",
    ]
    ALPHABET = "%{}{}./:=-+~?0123456789  aAdDrRzZ_;,\"[]\t\x7f"

    def world(self):
        self.v6 = self.chance(0.4)
        self.client4 = ipaddress.IPv4Address("192.0.2.0") + self.random.randrange(1, 20)
        self.client6 = ipaddress.IPv6Address("2001:db8::") + self.random.randrange(1, 20)
        self.domains = ["example.com", "_spf.example.com", "x-y.example.org"]
        self.helo, self.sender = self.make_helo(), "first-last@" + self.pick(self.domains)
        for domain in self.domains:
            self.add(domain, "TXT", self.cut(self.mutate(self.pick(self.RECORDS))))
            self.add_addresses(domain)
            self.add_mx(domain)
        self.add("mail.example.com", "A", str(self.client4))
        self.add("exp.example.com", "TXT",
                 self.mutate("%{i} is not one of %{d}'s %% %{c} %{h} %{S}"))
        self.add_pointers()
        return World(self.seed, self.names, self.make_ip(), self.helo, self.sender)

    def mutate(self, text):
        for _ in range(self.pick([0, 1, 1, 1, 2, 3])):
            at = self.random.randrange(min(6, len(text)), len(text) + 1)
            roll = self.random.random()
            if roll < 0.4:
                text = text[:at] + self.pick(self.ALPHABET) + text[at:]
            elif roll < 0.6:
                text = text[:at] + text[at + 1:]
            elif roll < 0.9:
                text = text[:at] + self.pick(self.ALPHABET) + text[at + 1:]
            else:
                other = self.pick(self.RECORDS)
                text = text[:at] + other[self.random.randrange(len(other)):]
        return text


def world(seed):
    """Every fifth is one of slightly wrong records."""
    return (Mutator if seed % 5 == 4 else Generator)(seed).world()
