# SPDX-License-Identifier: MIT
"""The configuration files that come with policyd-spf load as they are.

They are those of the Debian package postfix-policyd-spf-python when it is installed, or of its .deb
file named by $POLICYD_SPF_DEB; tests are skipped when neither is there. What its manuals show is
written down here.
"""

import glob
import gzip
import os
import subprocess

import pytest

from options import config, settings, table

from lib.process import PATIENCE

PACKAGE = "postfix-policyd-spf-python"

EVERYTHING = """\
debugLevel = 1
TestOnly = 1
HELO_reject = SPF_Not_Pass
Mail_From_reject = Softfail
No_Mail = True
Reject_Not_Pass_Domains = aol.com,hotmail.com
PermError_reject = True
TempError_Defer = True
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1
Whitelist = 192.168.0.0/31,192.168.1.0/30
Domain_Whitelist = pobox.com,trustedforwarder.org
HELO_Whitelist = relay.example.com,sender.example.org
Domain_Whitelist_PTR = yahoo.com,yahoogroups.com
Lookup_Time = 20
Whitelist_Lookup_Time = 10
Void_Limit = 2
SPF_Enhanced_Status_Codes = No
Header_Type = AR
Authserv_Id = mx.example.com
Hide_Receiver = Yes
Reason_Message = Message {rejectdefer} due to: {spf}. Please see {url}
Prospective = 192.168.0.4
HELO_pass_restriction = helo_passed_spf
Mail_From_pass_restriction = mfrom_passed_spf
Per_User = text,USERS
Mock = False
QueueID = True
Socket = local:/run/pyspf-milter/pyspf-milter.sock
PidFile = /run/pyspf-milter/pyspf-milter.pid
UserID = pyspf-milter
UMask = 007
InternalHosts = 127.0.0.1
MacroList = daemon_name|ORIGINATING
"""

USERS = """\
# as in policyd-spf.peruser(5)
postmaster@example.com,Mail_From_reject=No_Check|PermError_reject=False|HELO_reject=SPF_Not_Pass\
|TestOnly=1|debugLevel=5|skip_addresses=127.0.0.0/8,::ffff:127.0.0.0/104,::1/128|TempError_Defer=False
strict@example.com,PermError_reject=True|HELO_reject=SPF_Not_Pass|TempError_Defer=True
"""


def package_folder(tmp_path):
    """Where the package's files are, "/" when it is installed; None when there are none."""
    if glob.glob(f"/usr/share/doc/{PACKAGE}/policyd-spf.conf.commented*"):
        return "/"
    deb = os.environ.get("POLICYD_SPF_DEB")
    if deb and os.path.exists(deb):
        subprocess.run(["dpkg-deb", "-x", deb, tmp_path], check=True, timeout=PATIENCE)
        return str(tmp_path)
    return None


@pytest.mark.parametrize("pattern", [
    "etc/postfix-policyd-spf-python/policyd-spf.conf",
    f"usr/share/doc/{PACKAGE}/policyd-spf.conf.commented*",
])
def test_packaged_file_loads(program, tmp_path, pattern):
    folder = package_folder(tmp_path)
    if folder is None:
        pytest.skip(f"{PACKAGE} is not installed and POLICYD_SPF_DEB does not name its file")
    paths = glob.glob(os.path.join(folder, pattern))
    assert len(paths) == 1
    opener = gzip.open if paths[0].endswith(".gz") else open
    with opener(paths[0], "rb") as file:
        content = file.read()
    copy = tmp_path / "policyd-spf.conf"
    copy.write_bytes(content)
    status, out, said = config(program, "-c", str(copy))
    assert (status, said) == (0, "")
    # They set what is the default, but for the two lines of the commented one that are not.
    assert dict(settings(out)).items() <= {"Hide_Receiver": "Yes", "Authserv_Id": "HEADER"}.items()


def test_every_option_of_its_manual_loads(program, tmp_path):
    users = tmp_path / "users"
    users.write_text(USERS)
    file = tmp_path / "policyd-spf.conf"
    file.write_text(EVERYTHING.replace("USERS", str(users)))
    status, out, said = config(program, "--all", "-c", str(file))
    assert status == 0
    ignored = [line.split(" has no effect")[0].split()[-1] for line in said.splitlines()]
    assert sorted(ignored) == sorted(set(table("IGNORED")) - {"IntHosts"})
    got = dict(settings(out))
    assert got["HELO_reject"] == "SPF_Not_Pass"
    assert got["skip_addresses"] == "127.0.0.0/8,::1"
    assert got["No_Mail"] == "Yes"
    assert got["SPF_Enhanced_Status_Codes"] == "No"
    assert got["Reason_Message"] == "Message {rejectdefer} due to: {spf}. Please see {url}"
    assert got["Per_User"] == f"text,{users}"
