# SPDX-License-Identifier: MIT
"""One private mail system for all tests of this folder, with the domains that they write from."""

import re
import shutil
import tempfile

import pytest

from lib import mailsystem
from lib.mailsystem import HAS_SASL, Postfix, Service, Unbound

ZONE = """\
$TTL 60
@ SOA ns.example. root.example. 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1

pass TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"
mail.pass TXT "v=spf1 ip4:192.0.2.0/24 -all"
*.pass TXT "v=spf1 ip4:192.0.2.0/24 -all"
bank TXT "v=spf1 -all"
fail TXT "v=spf1 ip4:198.51.100.1 -all"
mail.fail TXT "v=spf1 -all"
explained TXT "v=spf1 -all exp=why.explained.example"
why.explained TXT "%{i} may not use %{d}"
soft TXT "v=spf1 ~all"
neutral TXT "v=spf1 ?all"
broken TXT "v=spf1 ip4:192.0.2.0/25-all"
deep TXT "v=spf1 include:a.deep.example a mx -all"
a.deep TXT "v=spf1 include:b.deep.example ~all"
b.deep TXT "v=spf1 exists:%{ir}.list.deep.example -all"
7.2.0.192.list.deep A 127.0.0.2
deep MX 10 mx.deep
mx.deep A 192.0.2.8
xn--bcher-kva TXT "v=spf1 ip4:192.0.2.0/24 -all"
local TXT "v=spf1 exists:%{l}.local.example -all"
a+b.local A 127.0.0.2
a=b.local A 127.0.0.2
o'n.local A 127.0.0.2
"""


def services():
    """The ports of the mail system; each has the program with other settings behind it."""
    found = {
        "default": Service(),
        "strict": Service("PermError_reject = True", "TempError_Defer = True"),
        "test": Service("TestOnly = 0", "PermError_reject = True"),
        "authres": Service("Header_Type = AR", "Authserv_Id = mx.here.example"),
        "both": Service("Header_Type = SPF,AR", "Authserv_Id = mx.here.example",
                        smtpd_data_restrictions="POLICY"),
        "twice": Service(smtpd_sender_restrictions="POLICY", smtpd_data_restrictions="POLICY"),
        "early": Service(smtpd_delay_reject="no", smtpd_sender_restrictions="POLICY",
                         smtpd_recipient_restrictions="reject_unauth_destination"),
        "end": Service(smtpd_end_of_data_restrictions="POLICY",
                       smtpd_recipient_restrictions="reject_unauth_destination"),
        "wrong": Service("HELO_reject = fial"),
        "soon": Service(max_use="1"),
    }
    if HAS_SASL:
        found["sasl"] = Service(smtpd_sasl_auth_enable="yes")
        found["sasl-checked"] = Service("Skip_Authenticated = No", smtpd_sasl_auth_enable="yes")
    return found


@pytest.fixture(scope="session")
def directory():
    """A folder that unprivileged users can enter, which pytest's own are not."""
    reason = mailsystem.why_not()
    if reason:
        pytest.skip(reason)
    path = tempfile.mkdtemp(prefix="spfpolicyd-system-")
    mailsystem.os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def unbound(directory):
    with Unbound(directory, ZONE) as server:
        yield server


@pytest.fixture(scope="session")
def mail_system(directory, unbound, program):
    with Postfix(directory, services(), unbound.address, program) as system:
        yield system


@pytest.fixture
def postfix(mail_system, request):
    """The mail system; a test during which it warns about anything fails.

    @pytest.mark.expects_warnings(pattern) names those that a test provokes.
    """
    marker = request.node.get_closest_marker("expects_warnings")
    start = len(mail_system.log())
    yield mail_system
    warnings = [line for line in mail_system.log()[start:].splitlines()
                if re.search(r": (warning|error|fatal|panic): ", line)
                and not (marker and re.search(marker.args[0], line))]
    assert warnings == []
    assert mail_system.tap.odd == []


def pytest_configure(config):
    config.addinivalue_line("markers", "expects_warnings(pattern): warnings of Postfix that are right")
