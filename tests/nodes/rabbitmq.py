"""A RabbitMQ of Debian's package (`apt install rabbitmq-server`), for tests that try it as the broker."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import Server, free_port

BINARY = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@contextmanager
def rabbitmq(folder: Path) -> Iterator[Server]:
    """A broker of its own, in the caller's hand; it keeps durable queues over a restart."""
    port = free_port()
    names = str(port + 2)
    environment = {
        **os.environ,
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"care{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(port + 1),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "ERL_EPMD_PORT": names,
    }
    with Server(
        f"amqp://guest:guest@127.0.0.1:{port}//", port, [str(BINARY)], env=environment, stdout=subprocess.DEVNULL
    ) as server:
        yield server
    # Erlang's register of names outlives those it has named
    subprocess.run(["epmd", "-port", names, "-kill"], check=False, stdout=subprocess.DEVNULL)
