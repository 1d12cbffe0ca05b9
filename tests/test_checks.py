"""What must not reach a server is refused before it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from socialcare import checks

ROOT = Path(__file__).resolve().parent.parent
SERVER = {
    "SECRET_KEY": "4c9f6a0b2d7e81355a90c7d2e6f1b8a3-4c9f6a0b2d7e81355a90",
    "ALLOWED_HOSTS": "care.example.org",
    "HTTPS": "1",
    "PUBLIC_URL": "https://care.example.org",
    "DATABASE_URL": "postgres://care@database/care",
    "REDIS_URL": "redis://redis:6379/0",
}
OURS = {*SERVER, "DEMO", "DEBUG", "PRACTICE_NETWORK", "ALLOW_PRIVATE_WEBHOOKS", "CELERY_BROKER_URL", "PORT"}


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
        ({"SECRET_KEY": ""}, "security.W009"),
        ({"PRACTICE_NETWORK": "1"}, "socialcare.E006"),
        ({"ALLOW_PRIVATE_WEBHOOKS": "1"}, "socialcare.E007"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "socialcare.W001"),
    ],
)
def test_one_convenience_is_enough_to_be_refused(tmp_path: Path, change: dict[str, str], number: str) -> None:
    done = check_deploy(tmp_path, **{**SERVER, **change})
    assert done.returncode != 0
    assert number in done.stderr


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
