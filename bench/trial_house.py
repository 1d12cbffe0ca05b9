"""What the trial is measured with: the demo's own data, and beside them a house like the bench's, in SQLite.

Run in a process of its own, with the trial's environment and before it starts; prints the channel and who is signed in.
"""

import json
import sys

import django


def main(agents: int) -> None:
    """Make it."""
    django.setup()
    from django.core.management import call_command

    call_command("demo_data")
    from bench.house import build

    house = build(agents, "http://127.0.0.1:9/")
    house.on_duty(agents)
    print(json.dumps({"inbox": str(house.inbox.pk), "sessions": [agent.session for agent in house.agents]}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
