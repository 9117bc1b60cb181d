# SPDX-License-Identifier: MIT
"""The commands of README.md, and a tour that types them, for test_readme.py.

    python3 readme.py SCENARIO      in a copy of a machine, in the folder of the sources

Postfix and the client are those of the package's own test (contrib/debian/tests/mail); DNS is contrib/demo-dns.
"""

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

LOG = "/var/log/mail.log"
# What is not there in a copy of a machine: sudo, which asks nothing of root, and a journal, which has the log's lines.
STAND_INS = {
    "sudo": '#!/bin/sh\nexec "$@"\n',
    "journalctl": f"#!/bin/sh\nexec python3 {os.path.abspath(__file__)} journal\n",
}
POLICYD_SPF = "policyd-spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf\n"
OLD_LINE = ("Nov 27 12:00:00 mx policyd-spf[7]: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; "
            "client-ip=192.0.2.10; helo=mail.shop.example; envelope-from=alice@shop.example; receiver=box@here.example\n")


def commands(path):
    """{heading: the lines of the sh blocks below it, in order}; a comment in a line is the reader's."""
    found, heading, block = {}, "", False
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("```"):
                block = line == "```sh\n"
            elif block:
                found.setdefault(heading, []).append(line.rstrip("\n"))
            elif line.startswith("##"):
                heading = line.strip("# \n")
    return found


def journal():
    """The lines of the log as journalctl -o json prints them."""
    with open(LOG, encoding="utf-8") as stream:
        for match in re.finditer(r"^\w+ +\d+ [\d:]+ (\S+) (\S+?)\[(\d+)\]: (.*)$", stream.read(), re.MULTILINE):
            print(json.dumps({"__REALTIME_TIMESTAMP": "1795867200000000", "_HOSTNAME": match[1],
                              "SYSLOG_IDENTIFIER": match[2], "SYSLOG_PID": match[3], "MESSAGE": match[4]}))


def load_testbed():
    path = os.path.abspath("contrib/debian/tests/mail")
    spec = importlib.util.spec_from_loader("testbed", importlib.machinery.SourceFileLoader("testbed", path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.LOG = LOG
    return module


def type_in(line, allowed=(0,)):
    done = subprocess.run(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    print("$", line, f"\n{done.stdout}", flush=True)
    assert done.returncode in allowed, f"{line}: exit status {done.returncode}"
    assert "usage:" not in done.stdout, line
    return done.stdout


def type_for(testbed, line):
    """What was printed; after a reload, when it has reached all of Postfix."""
    out = []
    if "postfix reload" in line:
        testbed.reload(lambda: out.append(type_in(line)))
    else:
        out.append(type_in(line))
    return out[0]


def files():
    return [open(f"/etc/postfix/{name}", encoding="utf-8").read() for name in ("main.cf", "master.cf")]


def tour_fresh(testbed, typed):
    """"Ten minutes" from the first line to the last, with mail between, and what "Troubleshooting" says."""
    before = files()
    reloads = 0
    for line in typed["Ten minutes"]:
        out = type_for(testbed, line)
        if "--dry-run" in line:
            assert files() == before and "master.cf" in out
        if "report" in line:
            assert "shop.example" in out
        if "postfix reload" not in line:
            continue
        reloads += 1
        reply = testbed.mail("203.0.113.7", "alice@shop.example", f"forged {reloads}")
        if reloads == 2:
            assert reply[0] == 550 and "5.7.23" in reply[1], reply
            for words in typed["Troubleshooting"]:
                # Of a domain, 1 is a warning; of a replay, that something would be rejected.
                type_in(words, (0, 1))
        else:
            assert reply[0] == 250, reply
            assert ("X-Comment" in testbed.delivered(f"forged {reloads}") or
                    "Received-SPF: fail" in testbed.delivered(f"forged {reloads}")) == (reloads == 1)
            assert testbed.read(LOG).count("action=would-reject") == 1
    assert reloads == 3 and files() == before
    assert not os.path.exists("/usr/local/sbin/spfpolicyd") and not os.path.exists("/etc/spfpolicyd")


def tour_switch(testbed, typed):
    """"Coming from policyd-spf", after the installation."""
    for line in typed["Ten minutes"]:
        if line in ("make", "sudo make install"):
            type_in(line)
    with open("/etc/postfix/master.cf", "a", encoding="utf-8") as stream:
        stream.write(POLICYD_SPF)
    subprocess.run(["postconf", "policyd-spf_time_limit = 3600", "smtpd_recipient_restrictions = "
                    "reject_unauth_destination check_policy_service unix:private/policyd-spf"], check=True)
    with open(LOG, "a", encoding="utf-8") as stream:
        stream.write(OLD_LINE)
    testbed.reload()
    before = files()
    for line in typed["Coming from policyd-spf"]:
        out = type_for(testbed, line)
        if "replay" in line:
            assert re.search(r"\b1 message", out), out
        if line.endswith("--switch"):
            assert files() != before
        if "--switch --config" in line:
            os.unlink("/etc/postfix-policyd-spf-python/policyd-spf.conf")
            type_in("contrib/postfix-enable --status")
        if line.endswith("--status"):
            testbed.mail("192.0.2.10", "alice@shop.example", "switched")
            assert "Received-SPF: pass (mailfrom)" in testbed.delivered("switched")
    assert files() == before


def main(scenario):
    typed = commands("README.md")
    testbed = load_testbed()
    for name, text in STAND_INS.items():
        with open(f"/usr/local/bin/{name}", "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(f"/usr/local/bin/{name}", 0o755)
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    if os.path.lexists("/etc/resolv.conf"):
        os.unlink("/etc/resolv.conf")
    with open("/etc/resolv.conf", "w", encoding="ascii") as stream:
        stream.write("nameserver 127.0.0.1\n")
    for path in (LOG, "/etc/postfix/master.cf"):
        if os.path.exists(path):
            os.unlink(path)
    shutil.copy("/usr/share/postfix/master.cf.dist", "/etc/postfix/master.cf")
    with subprocess.Popen(["perl", "contrib/demo-dns", "examples/demo.zone", "53"], stdout=subprocess.DEVNULL) as dns:
        try:
            testbed.configure()
            subprocess.run(["postfix", "stop"], check=False, stderr=subprocess.DEVNULL)
            testbed.run("postfix", "start")
            {"fresh": tour_fresh, "switch": tour_switch}[scenario](testbed, typed)
            print("the tour is over")
        finally:
            subprocess.run(["postfix", "stop"], check=False)
            dns.kill()


if __name__ == "__main__":
    journal() if sys.argv[1] == "journal" else main(sys.argv[1])
