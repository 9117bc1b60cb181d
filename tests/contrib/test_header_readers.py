# SPDX-License-Identifier: MIT
"""The headers of a day of mixed and hostile mail, as their readers see them.

Authentication-Results with python3-authres; Received-SPF with SpamAssassin's pattern and in the way
OpenDMARC reads it. Whatever a sender writes into his address, result, identity, address of the client
and domain come out as they are.
"""

import re

import pytest

from day import result_of

HELO_RESULTS = {"helo.pass.example": "pass", "fail.example": "fail"}
SPAMASSASSIN = re.compile(
    r"^received-spf:\s*(pass|neutral|(?:soft)?fail|none)\b(?:.*\bidentity=(\S+?);?\b)?", re.IGNORECASE)


def opendmarc(field):
    """OpenDMARC's reading of Received-SPF: the result, and a dict of what it takes for key=value.

    Quotes mean nothing to it; a backslash keeps the next character, parentheses skip, every bare "="
    starts a new value with what stands before it as the key, ";" ends a pair.
    """
    body = field.partition(":")[2].strip()
    word = re.match(r"\w+", body)[0].lower()
    pairs, key, value, depth = {}, "", "", 0
    characters = iter(body[len(word):])
    for char in characters:
        if char == "\\":
            value += next(characters, "")
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif depth or char in "\" \t":
            continue
        elif char == "=":
            key, value = value, ""
        elif char == ";":
            pairs[key] = value
            key, value = "", ""
        else:
            value += char
    pairs[key] = value
    return word, pairs


def judged_as(attributes, text):
    """The identity that a Received-SPF field is about, and the result it has."""
    identity = re.match(r"Received-SPF: \w+ \(\w+\) identity=(\w+);", text)[1]
    if identity == "mailfrom":
        return identity, result_of(attributes["sender"])
    return identity, HELO_RESULTS.get(attributes["helo_name"], "none")


def test_spamassassin_reads_result_and_identity(day):
    seen = set()
    for _, attributes, text in day.headers("Received-SPF"):
        match = SPAMASSASSIN.match(text)
        identity, result = judged_as(attributes, text)
        if result in ("permerror", "temperror"):
            assert not match, "SpamAssassin makes its own check then"
        else:
            assert match and (match[2], match[1]) == (identity, result), text
            seen.add((identity, result))
    assert seen >= {("mailfrom", result) for result in ("pass", "neutral", "softfail", "fail", "none")}
    assert seen >= {("helo", result) for result in ("pass", "fail", "none")}


def test_opendmarc_reads_the_domain_of_every_sender(day):
    judged = 0
    for _, attributes, text in day.headers("Received-SPF"):
        identity, result = judged_as(attributes, text)
        word, pairs = opendmarc(text)
        judged += identity == "mailfrom"
        assert (pairs["identity"], word) == (identity, result), text
        assert pairs["client-ip"] == attributes["client_address"]
        wanted = attributes["sender"].rpartition("@")[2] or "<>"
        assert pairs["envelope-from"].rpartition("@")[2] == wanted, text
        assert pairs["receiver"] in ("dest.example", "<UNKNOWN>")
    assert judged > 100


def test_authres_reads_the_result_that_decided_under_its_own_name(day):
    """One result, so that it is the right one for readers that take the first and those that take the last."""
    authres = pytest.importorskip("authres")
    fields = day.headers("Authentication-Results")
    assert len(fields) > 100
    for settings, attributes, text in fields:
        header = authres.AuthenticationResultsHeader.parse(text)
        assert header.authserv_id == settings["Authserv_Id"]
        assert text.endswith(f"client-ip={attributes['client_address']})"), text
        found = [(result.result, [(one.name, one.value) for one in result.properties])
                 for result in header.results if result.method == "spf"]
        sender, helo = attributes["sender"], attributes["helo_name"]
        domain = sender.rpartition("@")[2]
        if attributes["client_address"] == "127.0.0.1":
            wanted = []
        elif sender:
            wanted = [(result_of(sender), [("mailfrom", domain)])]
        elif helo.endswith(".example") and ";" not in helo:
            wanted = [(HELO_RESULTS.get(helo, "none"), [("helo", helo)])]
        else:
            wanted = []
        assert found == wanted, text
