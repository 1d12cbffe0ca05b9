"""Two of everything side by side: whoever sits at which one, it is one product."""

import random
import uuid
from typing import Any

import pytest

from delivery.models import PENDING, Delivery
from interactions.models import Interaction, Message, Offer, OfferState, State
from tests.chaos.desk import Agent, Desk, post
from tests.chaos.invariants import unsettled, unsound
from tests.chaos.panels import Panel, Panels
from tests.chaos.tally import at_rest, until
from tests.cluster import Cluster
from tests.counting import Counted, counting_network

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]
NODES = [f"{kind}{number}" for number in (1, 2) for kind in ("web", "sockets", "worker")]
REPLIES = 6
CHANCE = random.Random(7)


class Scene:
    """Ann sits at the first node and has a second tab at the other; Ben sits at the second."""

    def __init__(self, cluster: Cluster, platform: Counted) -> None:
        self.cluster, self.platform = cluster, platform
        self.desk = Desk(cluster.door("web1"), platform, agents=2, capacity=2)
        self.ann, self.ben = self.desk.agents
        self.ben.house = cluster.door("web2")
        self.pressed: list[str] = []

    def tab(self, agent: Agent, node: str, interaction: str = "") -> Panel:
        """An open panel of this agent at this node."""
        return Panel(self.cluster.door(node), agent, interaction, CHANCE)

    def write(self, agent: Agent, interaction: Interaction, text: str) -> None:
        """Write, and wait until the customer can read it."""
        answer = agent.send(interaction, text, uuid.uuid4())
        assert answer.is_success, answer.text
        self.pressed.append(text)
        assert until(lambda: text in self.platform.shown), self.cluster.log

    def offered(self, text: str, *panels: Panel) -> Offer:
        """The offer of the post with this text, once all these panels of an agent show it."""
        open_offers = Offer.objects.filter(interaction__messages__text=text, state=OfferState.OPEN)
        mine = open_offers.filter(agent=panels[0].agent.user)
        assert until(mine.exists), f"offered to {[str(each.agent) for each in open_offers]}\n{self.cluster.log}"
        offer = mine.get()
        assert until(lambda: all(f"o-{offer.pk}" in panel.html.get("offers", "") for panel in panels))
        return offer


def press(who: Agent, path: str, **fields: Any) -> None:
    answer = who.press(path, **fields)
    assert answer.is_success, answer.text


def test_agents_on_two_nodes_work_in_step_and_one_node_may_die(cluster: Cluster) -> None:
    cluster.start(*NODES, "beat1")
    with counting_network(idempotent=False) as platform:
        scene = Scene(cluster, platform)
        ann, ben = scene.ann, scene.ben
        press(ann, "routing/", to="off")
        tabs = [scene.tab(ann, "sockets1"), scene.tab(ann, "sockets2"), scene.tab(ben, "sockets2")]
        with Panels(tabs) as panels:
            assert until(lambda: all(tab.streamed for tab in tabs)), cluster.log
            _one_conversation(scene, tabs)
            assert at_rest(panels.unlike) == []
            _first_node_dies(scene, tabs)
            assert at_rest(panels.unlike) == []
        _nothing_is_lost_or_sent_twice(scene)


def _one_conversation(scene: Scene, tabs: list[Panel]) -> None:
    """In at the first node, offered and answered at the second, handed back to the first."""
    first, second, bens = tabs
    assert scene.desk.push(post("mira", 1, "Where is my parcel?"), chance=CHANCE) == 200
    offer = scene.offered("Where is my parcel?", bens)
    press(scene.ben, f"offers/{offer.pk}/accept/")
    interaction = offer.interaction
    for number in range(REPLIES):
        scene.write(scene.ben, interaction, f"Ben's reply {number}")
    press(scene.ann, "routing/", to="on")
    press(scene.ben, f"i/{interaction.pk}/transfer/", agent=scene.ann.user.pk)
    offer = scene.offered("Where is my parcel?", first, second)
    press(scene.ann, f"offers/{offer.pk}/accept/")
    assert until(lambda: all(str(interaction.pk) in tab.html["active"] for tab in (first, second)))
    assert until(lambda: str(interaction.pk) not in bens.html["active"])
    for number in range(REPLIES):
        scene.write(scene.ann, interaction, f"Ann's reply {number}")


def _first_node_dies(scene: Scene, tabs: list[Panel]) -> None:
    """Its panels move to the other one, where work goes on."""
    first, second, _bens = tabs
    streamed = first.streamed
    scene.cluster.kill("web1", "sockets1", "worker1")
    assert until(lambda: first.streamed > streamed), scene.cluster.log
    [interaction] = Interaction.objects.filter(owner=scene.ann.user)
    scene.write(scene.ann, interaction, "And one more from the other node")
    press(scene.ben, "routing/", to="off")
    assert scene.desk.push(post("noa", 1, "Is anybody there?"), chance=CHANCE) == 200
    offer = scene.offered("Is anybody there?", first, second)
    press(scene.ann, f"offers/{offer.pk}/accept/")
    scene.write(scene.ann, offer.interaction, "Of course")


def _nothing_is_lost_or_sent_twice(scene: Scene) -> None:
    assert at_rest(lambda: [str(each) for each in Delivery.objects.filter(state__in=PENDING)]) == []
    assert scene.platform.shown == scene.pressed, "each once, in order, on a platform that recognises no repeat"
    assert not Message.objects.exclude(trouble="").exists()
    assert Interaction.objects.filter(state=State.CONNECTED).count() == 2
    assert unsound() == []
    assert at_rest(unsettled) == []
