"""The real Bluesky network on loopback, and people on it. Run by `tests/networks/run`, not by the plain test run."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.connectors.bluesky.xrpc import forget_sessions
from tests.networks.bluesky.chat_service import ChatService
from tests.networks.bluesky.cutting import CuttingProxy
from tests.networks.bluesky.people import Brand, join

if os.environ.get("NETWORKS") != "1":
    collect_ignore_glob = ["test_*"]

HERE = Path(__file__).parent / "bluesky"
INSTALLED = Path(__file__).parents[2] / ".networks" / "bluesky"
BASE_PORT = 24580
SMALL_PORT = 24560
CHAT_PORT = 24590
CUTTING_PORT = 24592
PDS = f"http://localhost:{BASE_PORT + 3}"


@contextmanager
def running(base_port, *options):
    """The network, as `up.py` starts it; one that already runs there is used as it is."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", base_port + 3)) == 0:
            yield
            return
    command = [str(INSTALLED / "py/bin/python"), str(HERE / "up.py"), str(INSTALLED), *options]
    env = {**os.environ, "BASE_PORT": str(base_port)}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout.readline() == "ready\n", "the network did not start"
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def network():
    with running(BASE_PORT):
        yield PDS


@pytest.fixture(scope="session")
def small_network():
    """A PDS alone, with its rate limits on."""
    with running(SMALL_PORT, "--pds-only", "--rate-limits"):
        yield f"http://localhost:{SMALL_PORT + 3}"


@pytest.fixture(scope="session")
def chat_service():
    with ChatService(CHAT_PORT) as service:
        yield service


@pytest.fixture
def chat(chat_service):
    yield chat_service
    chat_service.calm()


@pytest.fixture
def cutting(network):
    with CuttingProxy(CUTTING_PORT, BASE_PORT + 3) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def on_loopback(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    forget_sessions()


@pytest.fixture
def brand(network, chat):
    brand = Brand(join(network, "brand"), network, chat.did)
    brand.poll()
    return brand


@pytest.fixture
def customer(network):
    return join(network, "customer")
