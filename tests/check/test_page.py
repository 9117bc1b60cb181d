# SPDX-License-Identifier: MIT
"""The page for a person: each record and term with its verdict, questions, counts, the end, the words."""

import pytest

SHOP = """
shop.example. TXT "v=spf1 mx include:spf.mailer.example -all exp=why.shop.example"
shop.example. MX 10 mail.shop.example.
mail.shop.example. A 192.0.2.10
mail.shop.example. TXT "v=spf1 a -all"
why.shop.example. TXT "%{i} does not send for %{d}"
spf.mailer.example. TXT "v=spf1 ip4:198.51.100.0/24 ?all"
"""
MESSAGE = ("--helo", "mail.shop.example", "--from", "alice@shop.example", "--to", "bob@here.example")


def test_what_was_asked_ahead_for_nothing_is_told(check):
    lines = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP).lines()
    assert "TXT shop.example prefetched, not needed zone" in lines
    assert "not looked at: HELO has decided (-o 'HELO_reject = False' shows it)" in lines
    serial = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=["Prefetch = No"])
    assert "prefetched" not in serial.out


def test_time_and_cache_of_real_questions(check, dns):
    dns.set_zone({"a.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")]})
    server = [f"DNS_Servers = {dns.address}"]
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", options=server).lines()
    assert any(line.startswith("TXT a.example ") and line.endswith(" ms") for line in lines)
    assert any(line.startswith("A a.example 192.0.2.1 ") and line.endswith(" ms") for line in lines)
    assert "1 of 10 lookups, 0 of 2 void lookups, 2 queries sent" in lines


@pytest.mark.parametrize("record,caret", [
    ("v=spf1 ip4:192.0.2.0/25-all", ("ip4:192.0.2.0/25-all", "192.0.2.0/25-all")),
    ("v=spf1 a ip4:192.0.2.256 -all", ("ip4:192.0.2.256", "192.0.2.256")),
    ("v=spf1 foo -all", ("foo", "foo")),
    ("v=spf1 " + "ip4:192.0.2.1 " * 30 + "ip4:192.0.2 " + "ip4:192.0.2.1 " * 30 + "-all", None),
], ids=["glued", "address", "word", "long"])
def test_an_error_is_pointed_at(check, record, caret):
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", "--record", record,
                  options=["HELO_reject = No_Check"]).out.splitlines()
    pointing = [i for i, line in enumerate(lines) if "^" in line]
    assert len(pointing) == 1
    above, below = lines[pointing[0] - 1], lines[pointing[0]]
    column, length = below.index("^"), len(below.strip(" |"))
    assert set(below.strip(" |")) <= {"^", "~"}
    pointed = above[column:column + length]
    if caret:
        assert pointed in caret
    else:
        assert pointed == "192.0.2"
    assert sum("| error: " in line for line in lines[pointing[0]:]) == 1


def too_many_questions():
    """80 are the most with %{p}: the record, 11 for names of the client, 66 for hosts, 2 more before the include."""
    rows = ["a.example. TXT \"v=spf1 exists:%{p}.n.example "
            + " ".join(f"mx:m{i}.example" for i in range(6)) + " a:one.example include:late.example -all\"",
            "one.example. A 192.0.2.99", "late.example. TXT \"v=spf1 ?all\""]
    for i in range(10):
        rows += [f"1.2.0.192.in-addr.arpa. PTR p{i}.example.", f"p{i}.example. A 192.0.2.1"]
    for i in range(6):
        for host in range(10):
            rows += [f"m{i}.example. MX 1 h{host}.m{i}.example.", f"h{host}.m{i}.example. A 198.51.100.1"]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("option", ["Prefetch = No", "Prefetch_Max = 100"])
def test_a_query_that_is_one_too_many_is_not_waited_for(check, option):
    """Nor does the page say more when all was prefetched: it shows what decided."""
    words = ("--ip", "192.0.2.1", "--from", "x@a.example")
    output = check(*words, zone=too_many_questions(), options=[option])
    lines = output.lines()
    assert "=> include:late.example permerror lookup 9 of 10, no answer" in lines
    assert "-all not reached" in lines
    assert "permerror: Too many DNS queries" in lines
    assert "ended before its terms had decided" in " ".join(lines)
    mailfrom = check(*words, "--json", zone=too_many_questions(), options=[option]).identity("mailfrom")
    assert (mailfrom["result"], mailfrom["complete"]) == ("permerror", False)


@pytest.mark.parametrize("length,beside", [(67, True), (68, False)])
def test_a_long_name_leaves_the_next_line_to_the_time(check, length, beside):
    name = "n" * (length - 13) + ".of.x.example"
    lines = check("--ip", "192.0.2.1", "--from", f"x@{name}", zone=f'{name}. TXT "v=spf1 -all"\n').out.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith(f"   TXT  {name}"))
    if beside:
        assert lines[place] == f"   TXT  {name} zone"
    else:
        assert lines[place:place + 2] == [f"   TXT  {name}", "zone".rjust(80)]


def test_settings_of_the_recipient_hold(check, tmp_path):
    users = tmp_path / "users"
    users.write_text("bob@here.example,Mail_From_reject=False\n", encoding="ascii")
    options = ["HELO_reject = No_Check", f"Per_User = text,{users}"]
    assert "Mail goes on, with a header: MAIL FROM is fail" in check(
        "--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=options).lines()
    assert "Mail rejected: MAIL FROM is fail" in check(
        "--ip", "192.0.2.77", *MESSAGE[:4], zone=SHOP, options=options).lines()


def test_advice_ends_the_page(check):
    zone = 'a.example. TXT "v=spf1 ptr +all"\n'
    output = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone)
    advice = output.out.split("For the owner of a.example\n", 1)[1]
    assert '"+all"' in advice and '"ptr"' in advice
    assert "For the owner of" not in check("--ip", "192.0.2.10", *MESSAGE, zone=SHOP).out


def test_more_mx_than_are_kept_are_not_counted(check):
    zone = 'a.example. TXT "v=spf1 mx -all"\n' + "".join(f"a.example. MX {i} m{i}.a.example.\n" for i in range(12))
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone).lines()
    assert any(line.startswith("and at least 5 more") for line in lines)
    text = " ".join(lines)
    assert "leads to more than 10 MX hosts, which makes the check a permerror" in text


def test_record_takes_the_place_of_what_is_published(check, dns):
    dns.set_zone({"a.example": [("TXT", "v=spf1 -all"), ("A", "192.0.2.1")],
                  "i.example": [("TXT", "v=spf1 ip4:192.0.2.2 -all")]})
    server = [f"DNS_Servers = {dns.address}"]
    words = ("--from", "x@a.example", "--record", "v=spf1 a include:i.example -all")
    for ip, result in (("192.0.2.1", "pass"), ("192.0.2.2", "pass"), ("192.0.2.3", "fail")):
        assert check("--ip", ip, *words, "--json", options=server).identity("mailfrom")["result"] == result
