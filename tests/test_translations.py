"""Every text a person reads is translated into every language, and none is a guess."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.conftest import missing

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr",)
PLACEHOLDERS = re.compile(r"%\(\w+\)[sdf]|\{\w*\}|%[sdf]")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with catalogues freshly gathered from them."""
    if not shutil.which("xgettext"):
        missing("gettext")
    copy = tmp_path_factory.mktemp("sources")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "bench/", "docs/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    languages = [part for language in LANGUAGES for part in ("-l", language)]
    command = [sys.executable, "manage.py", "makemessages", "--no-obsolete", "--no-location", *languages]
    environment = {**os.environ, "DATA_DIR": str(copy), "DJANGO_SETTINGS_MODULE": "socialcare.settings", "DEMO": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return copy / "locale"


def catalogue(folder: Path, language: str) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(extracted: Path, language: str) -> None:
    fresh, kept = catalogue(extracted, language), catalogue(ROOT / "locale", language)
    lacking = []
    for message in fresh:
        if not message.id:
            continue
        singular = message.id[0] if isinstance(message.id, tuple) else message.id
        found = kept.get(singular, message.context)
        words = found.string if found else ""
        complete = all(words) if isinstance(words, tuple) else bool(words)
        if not found or not complete or found.fuzzy:
            lacking.append(singular)
    assert not lacking, f"{len(lacking)} texts are not translated into {language}: {lacking}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_what_the_original_fills_in(language: str) -> None:
    for message in catalogue(ROOT / "locale", language):
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        known = {name for text in originals for name in PLACEHOLDERS.findall(text)}
        for words in message.string if isinstance(message.string, tuple) else (message.string,):
            unknown = set(PLACEHOLDERS.findall(words or "")) - known
            assert not unknown, f"{message.id!r} is translated with {unknown}"
