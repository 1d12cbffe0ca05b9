"""`python -m tests.chaos`: play all scenarios, or those named, on a PostgreSQL and a Redis started for it."""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.services import postgres_server, redis_server

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "socialcare.settings",
    "SECRET_KEY": "for-the-length-of-a-scenario-and-for-this-machine-alone",
    "ALLOW_PRIVATE_WEBHOOKS": "1",
    "RETRY_SECONDS": ",".join(["0.2", "0.5", "1", *["2"] * 30]),
    "DATABASE_POOL": "16",
    "LOG_LEVEL": "ERROR",
}


def main() -> int:
    """0 where nothing was lost, duplicated or violated in any scenario."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of scenarios; all without")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=0, help="how much of it, in place of the scenario's own number")
    parser.add_argument("--short", action="store_true", help="seconds for each instead of minutes")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # and leave nothing behind
    with (
        tempfile.TemporaryDirectory(prefix="socialcare-chaos-") as folder,
        postgres_server() as database,
        redis_server() as redis,
    ):
        os.environ |= ENVIRONMENT | {"DATABASE_URL": database.url, "REDIS_URL": redis.url, "DATA_DIR": folder}
        django.setup()
        from tests.chaos.house import House
        from tests.chaos.run import SCENARIOS, make_tables, play

        if unknown := set(given.only) - set(SCENARIOS):
            parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
        make_tables()
        good = True
        with House(Path(folder), database, redis) as house:
            for name in given.only or SCENARIOS:
                started = time.monotonic()
                tally = play(house, name, given.seed, given.runs, short=given.short)
                print(
                    f"{name}, seed {given.seed}, {time.monotonic() - started:.0f} s",
                    tally.told(name),
                    sep="\n",
                    flush=True,
                )
                good = good and tally.good
                if not tally.good:
                    print(house.log[-4000:], file=sys.stderr, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
