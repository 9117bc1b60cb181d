# SPDX-License-Identifier: MIT
"""Shared by all black-box tests: where the program is, a DNS server, and a way to start the
program.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import policy  # noqa: E402
from lib.dnsserver import DnsServer  # noqa: E402


@pytest.fixture(scope="session")
def program():
    """Path of the program under test."""
    path = policy.binary()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not built: run make, or set SPFPOLICYD", pytrace=False)
    return path


@pytest.fixture
def dns():
    """A DNS server of the test's own with an empty zone."""
    with DnsServer() as server:
        yield server


@pytest.fixture
def spawn(program):
    """spawn(**options of lib.policy.Daemon) starts the program; what still runs is checked at the
    end.
    """
    running = []

    def start(**options):
        daemon = policy.Daemon(program=program, **options)
        running.append(daemon)
        return daemon

    yield start
    try:
        for daemon in running:
            if daemon.process.returncode is None:
                daemon.close()
    finally:
        for daemon in running:
            if daemon.process.returncode is None:
                daemon.kill()
