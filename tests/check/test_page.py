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


def test_every_part_is_shown(check):
    lines = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=["HELO_reject = False"]).lines()
    wanted = [
        "Client 192.0.2.77", "HELO mail.shop.example", "From alice@shop.example", "To bob@here.example",
        "HELO mail.shop.example",
        "TXT mail.shop.example zone", "| v=spf1 a -all",
        "a no match lookup 1 of 10", "A mail.shop.example 192.0.2.10 zone",
        "=> -all match gives fail", "fail: -all matched",
        "1 of 10 lookups, 0 of 2 void lookups, 0 questions sent",
        "MAIL FROM alice@shop.example",
        "TXT shop.example zone", "| v=spf1 mx include:spf.mailer.example -all exp=why.shop.example",
        "mx no match lookup 1 of 10", "MX shop.example 10 mail.shop.example zone",
        "A mail.shop.example 192.0.2.10 as above",
        "include:spf.mailer.example no match lookup 2 of 10",
        "TXT spf.mailer.example zone", "| v=spf1 ip4:198.51.100.0/24 ?all",
        "ip4:198.51.100.0/24 no match costs no lookup", "?all match gives neutral",
        "=> -all match gives fail", "exp=why.shop.example used",
        "fail: -all matched", "Words of shop.example: 192.0.2.77 does not send for shop.example",
        "2 of 10 lookups, 0 of 2 void lookups, 0 questions sent",
        "Mail rejected: MAIL FROM is fail",
    ]
    position = 0
    for line in wanted:
        assert line in lines[position:], (line, lines[position:])
        position = lines.index(line, position) + 1
    text = " ".join(lines[position:])
    assert "Reply action=550 5.7.23 Message rejected due to: " in text
    assert "Log Fail; identity=mailfrom; client-ip=192.0.2.77; helo=mail.shop.example; " in text


def test_the_way_to_the_result_is_marked(check):
    lines = check("--ip", "198.51.100.7", *MESSAGE, zone=SHOP, options=["HELO_reject = No_Check"]).lines()
    assert [line for line in lines if line.startswith("=>")] == [
        "=> include:spf.mailer.example match lookup 2 of 10, gives pass",
        "=> ip4:198.51.100.0/24 match costs no lookup, gives pass"]
    assert "?all not reached" in lines and "-all not reached" in lines
    assert "exp=why.shop.example not used" in lines


def test_what_was_asked_ahead_for_nothing_is_told(check):
    lines = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP).lines()
    assert "TXT shop.example asked ahead, not needed zone" in lines
    assert "not looked at: HELO has decided (-o 'HELO_reject = False' shows it)" in lines
    serial = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=["Prefetch = No"])
    assert "asked ahead" not in serial.out


def test_time_and_cache_of_real_questions(check, dns):
    dns.set_zone({"a.example": [("TXT", "v=spf1 a -all"), ("A", "192.0.2.1")]})
    server = [f"DNS_Servers = {dns.address}"]
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", options=server).lines()
    assert any(line.startswith("TXT a.example ") and line.endswith(" ms") for line in lines)
    assert any(line.startswith("A a.example 192.0.2.1 ") and line.endswith(" ms") for line in lines)
    assert "1 of 10 lookups, 0 of 2 void lookups, 2 questions sent" in lines


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


def test_two_records_are_both_shown(check):
    zone = 'a.example. TXT "v=spf1 a -all"\na.example. TXT "other"\na.example. TXT "v=spf1 mx -all"\n'
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone).lines()
    assert "| v=spf1 a -all" in lines and "| v=spf1 mx -all" in lines and "| other" not in lines
    assert "permerror: Two or more type TXT spf records found." in lines


def test_where_a_limit_ends_it(check):
    zone = 'a.example. TXT "v=spf1 include:a.example -all"\nb.example. TXT "v=spf1 a:1.b.example a:2.b.example"\n'
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone).lines()
    assert "permerror lookup 11 of 10, too many" in lines
    assert "permerror: Too many DNS lookups" in lines
    lines = check("--ip", "192.0.2.1", "--from", "x@b.example", zone=zone, options=["Void_Limit = 1"]).lines()
    assert any("void 2 of 1" in line for line in lines)
    assert "permerror: Void lookup limit of 1 exceeded" in lines


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
    assert "permerror: Too many DNS questions" in lines
    assert "ended before its terms had decided" in " ".join(lines)
    mailfrom = check(*words, "--json", zone=too_many_questions(), options=[option]).identity("mailfrom")
    assert (mailfrom["result"], mailfrom["complete"]) == ("permerror", False)


def test_failures_are_told(check):
    zone = 'a.example. TXT "v=spf1 a:dead.example -all"\ndead.example. FAIL\n'
    lines = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone).lines()
    assert "=> a:dead.example temperror lookup 1 of 10" in lines
    assert "A dead.example lookup failed zone" in lines
    lines = check("--ip", "192.0.2.1", "--from", "x@dead.example", zone=zone).lines()
    assert "TXT dead.example lookup failed zone" in lines


@pytest.mark.parametrize("setting,why", [
    ("skip_addresses = 192.0.2.0/24", "SPF check N/A for local connections"),
    ("Whitelist = 192.0.2.77", "SPF skipped for whitelisted relay"),
    ("Skip_Senders = shop.example", "SPF not checked for this sender"),
    ("Skip_Recipients = bob@here.example", "SPF not checked for this recipient"),
])
def test_exemption_is_told_first_and_hides_nothing(check, setting, why):
    output = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=["HELO_reject = No_Check", setting])
    lines = output.lines()
    assert f"Exempt {why}" in lines
    assert lines.index(f"Exempt {why}") < lines.index("=> -all match gives fail")
    assert "fail: -all matched" in lines
    assert any(line.startswith("Mail goes on") and line.endswith(": exempt") for line in lines)
    assert "550" not in output.out


@pytest.mark.parametrize("sender,setting,mail,reply", [
    ("x@dead.example", "TempError_Defer = True", "deferred: MAIL FROM is temperror",
     "action=defer_if_permit 4.7.24 Message deferred due to: SPF Temporary"),
    ("x@fail.example", "Mail_From_fail_restriction = greylist",
     "handed to the configured restriction: MAIL FROM is fail", "action=greylist"),
    ("x@fail.example", "Mail_From_reject = No_Check", "goes on: nothing is checked under these settings",
     "action=dunno"),
])
def test_every_decision_has_its_words(check, sender, setting, mail, reply):
    zone = 'fail.example. TXT "v=spf1 -all"\ndead.example. FAIL\n'
    lines = check("--ip", "192.0.2.1", "--from", sender, zone=zone,
                  options=["HELO_reject = No_Check", setting]).lines()
    assert f"Mail {mail}" in lines
    assert f"Reply {reply}" in lines


def test_the_address_that_is_judged_is_told(check):
    words = ("--ip", "198.51.100.7", "--from", "x@a.example")
    zone = 'a.example. TXT "v=spf1 ip4:192.0.2.1 -all"\n'
    lines = check(*words, zone=zone, options=["Prospective = 192.0.2.1"]).lines()
    assert "Client 192.0.2.1" in lines
    assert "Note Prospective is set: its address is judged." in lines
    assert "pass: ip4:192.0.2.1 matched" in lines
    assert "Note" not in check(*words, zone=zone).out


MACROS = """
include.example. TXT "v=spf1 include:%{l}.x.example -all"
redirect.example. TXT "v=spf1 redirect=%{l}.x.example"
exists.example. TXT "v=spf1 exists:%{l}.x.example -all"
names.example. TXT "v=spf1 include:%{p}.i.example -all exp=%{p}.e.example"
unknown.i.example. TXT "v=spf1 ip4:192.0.2.9"
unknown.e.example. TXT "go away"
"""


@pytest.mark.parametrize("term,verdict,result", [
    ("include:", "no match", "fail: -all matched"),
    ("redirect=", "permerror", "permerror: redirect domain has no SPF record: (not a domain name)"),
    ("exists:", "no match", "fail: -all matched"),
])
def test_a_local_part_that_no_name_can_hold(check, term, verdict, result):
    output = check("--ip", "192.0.2.1", "--from", b"b\xc3\xa4r@" + term[:-1].encode() + b".example", zone=MACROS)
    way = "=> " if verdict == "permerror" else ""
    text = " ".join(output.lines())
    assert f"{way}{term}%{{l}}.x.example {verdict} lookup 1 of 10, needs an ASCII local part" in text
    assert result in output.lines()


@pytest.mark.parametrize("term,verdict,result", [
    ("include:", "permerror", "permerror: No valid SPF record for included domain: (not a domain name)"),
    ("redirect=", "permerror", "permerror: redirect domain has no SPF record: (not a domain name)"),
    ("exists:", "no match", "fail: -all matched"),
])
def test_a_macro_that_makes_no_name(check, term, verdict, result):
    output = check("--ip", "192.0.2.1", "--from", f"a..b@{term[:-1]}.example", zone=MACROS)
    way = "=> " if verdict == "permerror" else ""
    text = " ".join(output.lines())
    assert f"{way}{term}%{{l}}.x.example {verdict} lookup 1 of 10, not a domain name" in text
    assert result in output.lines()


def test_names_of_the_client_are_shown_where_they_are_used(check):
    words = ("--ip", "192.0.2.1", "--from", "x@names.example")
    lines = check(*words, zone=MACROS).lines()
    wanted = [
        "include:%{p}.i.example no match lookup 1 of 10, void 1 of 2",
        "PTR 1.2.0.192.in-addr.arpa no such name (NXDOMAIN) zone", "TXT unknown.i.example zone",
        "exp=%{p}.e.example used",
        "PTR 1.2.0.192.in-addr.arpa no such name (NXDOMAIN) as above", 'TXT unknown.e.example "go away" zone',
        "fail: -all matched", "Words of names.example: go away",
    ]
    assert [line for line in lines if line in wanted] == wanted
    lines = check(*words, zone=MACROS, options=["Void_Limit = 0"]).lines()
    assert "=> include:%{p}.i.example permerror lookup 1 of 10, void 1 of 0, too many" in " ".join(lines)
    assert "TXT unknown.i.example zone" not in lines
    assert "permerror: Void lookup limit of 0 exceeded" in lines


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


def test_both_headers_are_shown(check):
    text = " ".join(check("--ip", "192.0.2.10", *MESSAGE, zone=SHOP,
                          options=["Header_Type = SPF,AR", "Authserv_Id = mx.here.example"]).lines())
    assert "Header Received-SPF: pass (mailfrom) " in text
    assert "Authentication-Results: mx.here.example; spf=pass" in text


def test_test_mode_says_what_would_be(check):
    lines = check("--ip", "192.0.2.77", *MESSAGE, zone=SHOP, options=["TestOnly = 0"]).lines()
    assert "Mail test mode; would be rejected: HELO is fail" in lines
    assert "action=would-reject" in " ".join(lines)


def test_a_null_sender_is_judged_by_helo(check):
    lines = check("--ip", "192.0.2.10", "--helo", "mail.shop.example", "--from", "<>", zone=SHOP).lines()
    assert "From <> (null sender)" in lines
    assert "not checked: a null sender is judged by HELO alone" in lines
    assert "pass: a matched" in lines


def test_advice_ends_the_page(check):
    zone = 'a.example. TXT "v=spf1 ptr +all"\n'
    output = check("--ip", "192.0.2.1", "--from", "x@a.example", zone=zone)
    advice = output.out.split("For the owner of a.example\n", 1)[1]
    assert '"+all"' in advice and '"ptr"' in advice
    assert "For the owner of" not in check("--ip", "192.0.2.10", *MESSAGE, zone=SHOP).out


def test_record_takes_the_place_of_what_is_published(check, dns):
    dns.set_zone({"a.example": [("TXT", "v=spf1 -all"), ("A", "192.0.2.1")],
                  "i.example": [("TXT", "v=spf1 ip4:192.0.2.2 -all")]})
    server = [f"DNS_Servers = {dns.address}"]
    words = ("--from", "x@a.example", "--record", "v=spf1 a include:i.example -all")
    for ip, result in (("192.0.2.1", "pass"), ("192.0.2.2", "pass"), ("192.0.2.3", "fail")):
        assert check("--ip", ip, *words, "--json", options=server).identity("mailfrom")["result"] == result
