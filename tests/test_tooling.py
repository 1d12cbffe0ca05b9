"""What an operator and a newcomer type works: make, manage.py, the Procfile."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from oauth2_provider.models import AccessToken
from redis import Redis

from accounts.models import User
from accounts.permissions import REPLY_PRIVATE, REPLY_PUBLIC, allowed
from interactions.models import CannedResponse, Inbox, Interaction, Message
from queues.models import AfterContactWork, Queue
from socialcare.practice.models import Brand
from tests.product import Product
from tests.services import free_port, running, wait_for

ROOT = Path(__file__).resolve().parent.parent

# --- manage.py ------------------------------------------------------------------------------------------------------


def test_a_token_acts_as_its_user(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_token", "alice")
    token = capsys.readouterr().out.strip()
    stored = AccessToken.objects.get(token_checksum=hashlib.sha256(token.encode()).hexdigest())
    assert stored.user == alice
    assert stored.is_valid()
    assert not stored.token, "only the checksum is kept"


def test_no_token_for_somebody_who_cannot_sign_in(charlie: User) -> None:
    charlie.is_active = False
    charlie.save()
    for name in ("charlie", "nobody"):
        with pytest.raises(CommandError, match=name):
            call_command("issue_token", name)


def test_no_token_where_there_is_no_data(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "issue_token", "admin"]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"DATA_DIR": str(tmp_path), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "socialcare.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: There is no data here: set DATA_DIR")


@pytest.mark.django_db
def test_demo_data_is_the_house_that_the_readme_describes(settings) -> None:
    from socialcare.demo import data

    settings.PRACTICE_NETWORK = True
    data.load()
    care, inbox = Queue.objects.get(name="Social Care"), Inbox.objects.get(name="Practice network")
    people = {user.username: user for user in User.objects.all()}
    assert set(people) == {"alice", "bob", "sam", "admin", "charlie"}
    assert (care.alerting_seconds, care.acw_mode) == (30, AfterContactWork.MANDATORY_TIMEOUT)
    assert Queue.objects.filter(name="VIP").exists()
    assert Inbox.objects.filter(name="Open webhook", kind="open").exists()
    assert inbox.kind == "practice"
    assert set(CannedResponse.objects.values_list("language", flat=True)) == {"en", "fr"}
    assert [name for name, user in people.items() if allowed(user, REPLY_PUBLIC, inbox)] == ["alice", "sam", "admin"]
    assert allowed(people["bob"], REPLY_PRIVATE, inbox)
    assert Interaction.objects.visible_to(people["alice"]).count() == 3
    assert not Interaction.objects.visible_to(people["charlie"]).exists()
    assert all(Client().login(username=name, password="demo") for name in people)


@pytest.mark.django_db
def test_demo_data_is_loaded_once_but_follows_the_port(settings) -> None:
    from socialcare.demo import data

    settings.PRACTICE_NETWORK = True
    data.load()
    Message.objects.all().delete()
    settings.PUBLIC_URL = "http://127.0.0.1:9002"
    data.load()
    assert not Message.objects.exists()
    assert "9002" in Brand.objects.get(handle="acme").hook_url


@pytest.mark.django_db
def test_what_lies_in_the_demos_archive_can_be_answered(settings) -> None:
    from interactions.models import Message
    from socialcare.demo import data
    from socialcare.practice.models import Brand, Post
    from socialcare.practice.publishing import Wish, publish

    settings.PRACTICE_NETWORK = True
    data.load()
    brand = Brand.objects.get()
    for message in Message.objects.filter(direction="inbound"):
        private = message.visibility == "private"
        to = {"to": message.interaction.customer.external_id} if private else {"reply_to": message.external_id}
        post, new = publish(brand, Wish("Thank you!", **to), key=str(message.pk), private=private)
        assert new
        assert post.thread_reference == Post.objects.get(reference=message.external_id).thread_reference


def test_demo_data_needs_the_demo_mode(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_data")


@pytest.mark.django_db
def test_healthz_says_ok() -> None:
    assert Client().get("/healthz").content == b"ok\n"


# --- One process ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """The demo on SQLite, not started; whatever this run's database is, so it is shown once."""
    trial = Product(tmp_path_factory.mktemp("demo"))
    for name in ("DATABASE_URL", "REDIS_URL"):
        trial.environment.pop(name, None)
    return trial


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_says_when_it_serves_and_stops_cleanly(trial: Product, by: signal.Signals) -> None:
    command = [sys.executable, "manage.py", "demo"]
    process = subprocess.Popen(command, cwd=ROOT, env=trial.environment, stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        while f"Ready: {trial.url}/\n" not in said:
            line = process.stdout.readline()
            assert line, f"ended before it was ready: {said}"
            said += line
        with urlopen(f"{trial.url}/healthz", timeout=10) as answer:
            assert answer.read() == b"ok\n"
        asked = time.monotonic()
        process.send_signal(by)
        rest = process.stdout.read()
        assert process.wait(10) == 0
        assert time.monotonic() - asked < 6
        assert re.search(r"alice +demo", rest)
    finally:
        process.kill()


def test_a_port_that_is_taken_is_said(trial: Product) -> None:
    from socket import create_server

    with create_server(("127.0.0.1", trial.port)):
        command = [sys.executable, "manage.py", "demo"]
        done = subprocess.run(command, cwd=ROOT, env=trial.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{trial.port}" in done.stderr
    assert "Traceback" not in done.stderr


# --- Several processes ----------------------------------------------------------------------------------------------


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", ["web", "sockets"])
def test_the_procfile_serves(name: str, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATA_DIR": str(tmp_path),
        "PORT": str(port),
        "SOCKETS_PORT": str(port),
        "WEB_WORKERS": "1",
        "HTTPS": "0",
    }
    with running(["sh", "-c", f"exec {procfile()[name]}"], cwd=ROOT, env=environment) as process:
        wait_for(port, process)
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            assert answer.read() == b"ok\n"


@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.long
def test_the_procfiles_clock_wakes_its_worker(settings, tmp_path: Path) -> None:
    broker = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path="/15"))  # no running product takes it
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": broker}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with Redis.from_url(broker) as redis:
        with running(["sh", "-c", f"exec {procfile()['beat']}"], cwd=ROOT, env=environment):
            eventually(lambda: redis.llen("celery") > 0)
        with running(["sh", "-c", f"exec {procfile()['worker']}"], cwd=ROOT, env=environment):
            eventually(lambda: redis.llen("celery") == 0)


def eventually(true: Callable[[], bool], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


# --- make -----------------------------------------------------------------------------------------------------------


def test_a_machine_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci/venv", tmp_path / "venv"],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"sudo apt install python3\.\d+-venv", done.stderr)


def test_every_target_explains_itself() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "test-networks", "lint", "format", "messages"):
        assert re.search(rf"^{target} +\w", done.stdout, re.MULTILINE), target
