"""A platform brings messages: three in ten of them again, all in disorder, poison among them, webs killed meanwhile."""

import random
from concurrent.futures import ThreadPoolExecutor

from delivery.models import InboundPayload, PayloadState
from tests.chaos import havoc
from tests.chaos.desk import Desk, post
from tests.chaos.house import WEBS, House
from tests.chaos.invariants import judge_inbound, unsound
from tests.chaos.tally import Tally, at_rest
from tests.counting import counting_network

SHORT, LONG = 40, 5_000
"""Messages, each of which comes at least once."""
OF_ONE_CUSTOMER = 5
AGAIN, POISON = 0.3, 0.05
POISONS = (
    b'{"text": "half a',
    b'[{"text": 1}]',
    b'{"text": "from nobody", "channel": {"messageId": "1"}}',
    b"\xff\xfe",
)
MESSAGES_A_KILL = 250
SENDERS = 6


def play(house: House, chance: random.Random, runs: int) -> Tally:
    """Everything is brought until it is taken, or refused as what it is."""
    tally = Tally(runs=runs)
    with counting_network(idempotent=True) as platform:
        desk = Desk(house, platform, agents=2)
        messages = [post(f"customer-{n // OF_ONE_CUSTOMER}", n, f"Message {n}") for n in range(runs)]
        again = chance.sample(messages, round(runs * AGAIN))
        poison = [chance.choice(POISONS) for _ in range(round(runs * POISON))]
        bodies = chance.sample([*messages, *again, *poison], len(messages) + len(again) + len(poison))
        faults = havoc.kills(house, chance, WEBS, max(1, runs // MESSAGES_A_KILL))
        answered: list[int] = []

        def bring(body: dict | bytes, seed: int) -> bool:
            status = desk.push(body, chance=random.Random(seed))
            answered.append(status)
            return status == (400 if isinstance(body, bytes) else 200)

        with ThreadPoolExecutor(SENDERS) as pool:
            try:
                results = pool.map(bring, bodies, [chance.randrange(10**9) for _ in bodies])
                havoc.along(chance, faults, lambda: len(answered) / len(bodies))
                right = list(results)
            finally:  # whoever breaks it off need not wait for what has not been brought
                pool.shutdown(wait=False, cancel_futures=True)
        tally.violations += [
            f"answered wrongly: {body!r}" for body, good in zip(bodies, right, strict=True) if not good
        ]
        accepted = {message["channel"]["messageId"]: message["text"] for message in messages}
        stored = InboundPayload.objects.filter(inbox=desk.inbox, state=PayloadState.STORED)
        at_rest(lambda: [str(each) for each in stored])
        judge_inbound(tally, desk.inbox, accepted, len(poison))
    tally.violations += unsound()
    tally.notes.append(f"{len(bodies)} brought: {len(again)} again, {len(poison)} poison, {len(faults)} kills")
    return tally
