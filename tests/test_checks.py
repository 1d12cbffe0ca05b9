"""What must not reach a server is refused before it starts."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from socialcare import checks
from socialcare.settings import LAPTOP_SECRET_KEY

ROOT = Path(__file__).resolve().parent.parent
SERVER = {
    "SECRET_KEY": "4c9f6a0b2d7e81355a90c7d2e6f1b8a3-4c9f6a0b2d7e81355a90",
    "ALLOWED_HOSTS": "care.example.org",
    "HTTPS": "1",
    "PUBLIC_URL": "https://care.example.org",
    "DATABASE_URL": "postgres://care@database/care",
    "REDIS_URL": "redis://redis:6379/0",
}
OURS = {
    *SERVER,
    "DEMO",
    "DEBUG",
    "PRACTICE_NETWORK",
    "ALLOW_PRIVATE_WEBHOOKS",
    "CELERY_BROKER_URL",
    "PORT",
    "DJANGO_SETTINGS_MODULE",
}


def check_deploy(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**clean, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_servers_settings_pass_without_a_word(tmp_path: Path) -> None:
    done = check_deploy(tmp_path, **SERVER)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_laptops_defaults_are_refused(tmp_path: Path) -> None:
    done = check_deploy(tmp_path)
    assert done.returncode != 0
    for number in ("E002", "E003", "E004", "E005"):
        assert f"socialcare.{number}" in done.stderr


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"SECRET_KEY": LAPTOP_SECRET_KEY}, "E002"),
        ({"ALLOWED_HOSTS": ["localhost"]}, "E003"),
        ({"ENGINE": "django.db.backends.sqlite3"}, "E004"),
        ({"REDIS_URL": ""}, "E005"),
        ({"PRACTICE_NETWORK": True}, "E006"),
        ({"ALLOW_PRIVATE_WEBHOOKS": True}, "E007"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "W001"),
    ],
)
def test_one_convenience_is_enough_to_be_refused(settings, monkeypatch, change: dict[str, Any], number: str) -> None:
    server = {
        "SECRET_KEY": "private",
        "ALLOWED_HOSTS": ["care.example.org"],
        "REDIS_URL": "redis://redis",
        "PRACTICE_NETWORK": False,
        "ALLOW_PRIVATE_WEBHOOKS": False,
        "PUBLIC_URL": "https://care.example.org",
        "ENGINE": "django.db.backends.postgresql",
        **change,
    }
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", server.pop("ENGINE"))
    for name, value in server.items():
        setattr(settings, name, value)
    found = [*checks.laptop_defaults_are_gone(), *checks.public_address_is_set()]
    assert [message.id for message in found] == [f"socialcare.{number}"]


def test_no_process_serves_others_with_the_laptops_key(settings) -> None:
    settings.SECRET_KEY = settings.LAPTOP_SECRET_KEY
    checks.refuse_laptop_defaults()
    settings.ALLOWED_HOSTS = ["care.example.org"]
    assert [error.id for error in checks.secret_key_is_private()] == ["socialcare.E001"]
    with pytest.raises(ImproperlyConfigured):
        checks.refuse_laptop_defaults()


@pytest.mark.parametrize("host", ["redis://redis:6379/0", {"address": "redis://redis"}, {"socket_timeout": 5}])
def test_a_redis_layer_with_a_time_out_is_refused(settings, host: object) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "…", "CONFIG": {"hosts": [host]}}}
    assert [error.id for error in checks.idle_sockets_stay_open()] == ["socialcare.E008"]


def test_the_layer_of_the_settings_has_no_time_out(settings) -> None:
    assert checks.idle_sockets_stay_open() == []


def test_a_broker_without_redis_events_is_refused(settings) -> None:
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "", "amqp://rabbit"
    assert [error.id for error in checks.events_leave_the_process()] == ["socialcare.E009"]
