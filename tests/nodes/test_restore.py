"""A backup is made while everybody works, the machines are lost, the backup is restored: work goes on."""

import io
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest

from delivery.models import PENDING, Delivery
from interactions.attachments import upload
from interactions.models import Interaction
from tests.chaos.desk import Desk, post
from tests.chaos.tally import until
from tests.cluster import Cluster
from tests.counting import Counted, counting_network
from tests.network import PNG
from tests.nodes.conftest import empty_redis
from tests.nodes.test_two_nodes import CHANCE
from tests.product import ROOT
from tests.services import postgres_program

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]


class Brand:
    """An account on a platform, an agent, and a conversation."""

    def __init__(self, cluster: Cluster, platform: Counted) -> None:
        self.platform = platform
        self.desk = Desk(cluster.door("web1"), platform, agents=1)
        [self.agent] = self.desk.agents
        [self.conversation] = self.desk.conversations(self.agent, 1)

    def write(self, text: str) -> None:
        """Press Send."""
        answer = self.agent.send(self.conversation, text, uuid.uuid4())
        assert answer.is_success, answer.text

    def shows(self, *texts: str) -> bool:
        """Whether its readers see exactly this."""
        return until(lambda: self.platform.shown == list(texts))


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a new, empty database."""
    from tests.races.processes import environment

    here = urlsplit(environment()["DATABASE_URL"])
    name = f"restored_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(urlunsplit(here), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield urlunsplit(here._replace(path=f"/{name}"))
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def run(*command: str, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backup_is_restored_and_the_outbox_goes_on(cluster: Cluster, elsewhere: str, tmp_path: Path) -> None:
    with counting_network(idempotent=True) as known, counting_network(idempotent=False) as unknown:
        cluster.start("web1", "worker1", "beat1")
        brands = [Brand(cluster, known), Brand(cluster, unknown)]
        kept = _kept_file(brands[0])
        _work_until_all_is_lost(cluster, brands, tmp_path)

        run(
            postgres_program("pg_restore"),
            "--no-owner",
            "--exit-on-error",
            "--dbname",
            elsewhere,
            str(tmp_path / "dump"),
        )
        shutil.copytree(tmp_path / "files", tmp_path / "new" / "media")
        changed = {"DATABASE_URL": elsewhere, "REDIS_URL": empty_redis(), "DATA_DIR": str(tmp_path / "new")}
        cluster.environment |= changed
        said = run(sys.executable, "manage.py", "restored", cwd=ROOT, env=cluster.environment)
        assert "Not certain now: 1. Sent again, as their platform recognises a repeat: 1." in said

        cluster.start("web1", "worker1", "beat1")
        _work_goes_on(brands, elsewhere)
        _file_is_there(brands[0], kept)


def _kept_file(brand: Brand) -> tuple[str, bytes]:
    made = upload(brand.agent.user, brand.conversation.pk, io.BytesIO(PNG), "parcel.png")
    return str(made.pk), PNG


def _work_until_all_is_lost(cluster: Cluster, brands: list[Brand], tmp_path: Path) -> None:
    """One message before the backup, one on its way in it, one after it; then nothing is left."""
    for brand in brands:
        brand.write("Before")
        assert brand.shows("Before"), cluster.log
    # That it is shown is not yet written down: a worker killed in between would leave it not certain as well
    assert until(lambda: not Delivery.objects.filter(state__in=PENDING).exists())
    cluster.kill("worker1")
    for brand in brands:
        brand.write("On its way")
    # The database first: of every file that it names, the copy that follows has the bytes
    run(
        postgres_program("pg_dump"),
        "--format=custom",
        "--file",
        str(tmp_path / "dump"),
        cluster.environment["DATABASE_URL"],
    )
    shutil.copytree(tmp_path / "media", tmp_path / "files")
    cluster.start("worker2")
    for brand in brands:
        assert brand.shows("Before", "On its way"), cluster.log
        brand.write("After")
        assert brand.shows("Before", "On its way", "After"), cluster.log
        assert brand.desk.push(post("mira", 1, "Is it on its way?"), chance=CHANCE) == 200
    cluster.kill("web1", "worker2", "beat1")
    shutil.rmtree(tmp_path / "media")


def _work_goes_on(brands: list[Brand], url: str) -> None:
    known, unknown = brands
    for brand in brands:
        assert brand.desk.push(post("mira", 1, "Is it on its way?"), chance=CHANCE) == 200, (
            "a platform that calls again"
        )
        brand.write("Since")
        assert brand.shows("Before", "On its way", "After", "Since"), "nobody reads anything twice"
    assert sorted(known.platform.requests.values()) == [1, 1, 1, 2], "its platform has recognised the repeat"
    assert set(unknown.platform.requests.values()) == {1}
    told = {known.conversation: {("On its way", ""), ("Since", "")}, unknown.conversation: {("Since", "")}}
    told[unknown.conversation].add(("On its way", "uncertain"))
    for conversation, expected in told.items():
        assert until(lambda c=conversation, e=expected: _outgoing(url, c) == e | {("Before", "")}), "After is not known"
    assert _count(url, "Is it on its way?") == len(brands)


def _outgoing(url: str, conversation: Interaction) -> set[tuple[str, str]]:
    statement = "SELECT text, trouble FROM interactions_message WHERE interaction_id = %s AND direction = 'outbound'"
    with psycopg.connect(url) as database:
        return set(database.execute(statement, [conversation.pk]).fetchall())


def _count(url: str, text: str) -> int:
    with psycopg.connect(url) as database:
        [count] = database.execute("SELECT count(*) FROM interactions_message WHERE text = %s", [text]).fetchone() or [
            0
        ]
    return int(count)


def _file_is_there(brand: Brand, kept: tuple[str, bytes]) -> None:
    pk, content = kept
    [url] = brand.desk.house.urls
    answer = httpx.get(f"{url}/panel/attachments/{pk}/", cookies=brand.agent.cookies)
    assert (answer.status_code, answer.content) == (200, content)
