# SPDX-License-Identifier: MIT
"""Shared by all black-box tests: where the program is, a DNS server, and a way to start the
program.
"""

import os
import random
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import policy  # noqa: E402
from lib.dnsserver import DnsServer  # noqa: E402


# What is set up once for many tests: those stay together in one of the processes that share the tests.
SHARED = ("mail_system", "package", "packages", "day", "shown")


def pytest_configure(config):
    config.addinivalue_line("markers", "slowest: to be started first, since it waits")
    config.addinivalue_line("markers", "xdist_group(name): stays together with others of that name")


@pytest.hookimpl(tryfirst=True)     # pytest-xdist's own reads the groups
def pytest_collection_modifyitems(items):
    """What takes long comes first, so that nothing waits for it in the end."""
    def place(item):
        shared = [name for name in SHARED if name in item.fixturenames]
        if shared:
            item.add_marker(pytest.mark.xdist_group(shared[0]))
            return SHARED.index(shared[0])
        return -1 if item.get_closest_marker("slowest") else len(SHARED)

    items.sort(key=place)


@pytest.fixture(scope="session")
def program():
    """Path of the program under test."""
    path = policy.binary()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not built: run make, or set SPFPOLICYD", pytrace=False)
    return path


@pytest.fixture(scope="session")
def preloadable(program):
    """For tests in which a library of theirs takes the place of some functions."""
    if policy.is_static(program):
        pytest.skip("a static program has no libraries to take the place of")


@pytest.fixture(scope="session")
def long_form():
    """LONG=1: what takes minutes."""
    return bool(os.environ.get("LONG"))


@pytest.fixture(scope="session")
def some(long_form):
    """some(items, most): in the long form all, else evenly spaced ones from a random one on, so that over the
    runs each is met.
    """
    def choose(items, most):
        items = list(items)
        step = 1 if long_form else max(1, -(-len(items) // most))
        return items[random.randrange(step) % max(1, len(items))::step]
    return choose


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
