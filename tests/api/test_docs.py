"""The integrator's page: its commands run, its paths exist, its links lead somewhere."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from socialcare.api.errors import no_such_page
from tests.product import ROOT, Product, running_product
from tests.services import free_port, running, wait_for

PAGE = (ROOT / "docs" / "api.md").read_text()
KNOWN = {"platform": "open", "version": "1", "word": "word"}
ID = "6b1f7a52-6a0e-4b0c-9a51-0d3c5c2c2f11"
SECRET = "a secret of more than sixteen"
TABLE = PAGE.partition("## Every call")[2]
NAMED = sorted(set(re.findall(r"`((?:[a-z]+/)*[a-z]+(?:/(?:\{\w+\}|[a-z]+))+)`", TABLE)))
METHODS = re.compile(r"((?:(?:GET|HEAD|POST|PUT|PATCH|DELETE) )+)`([^`]+)`")


def shape(path: str) -> str:
    """A path, whatever its parameters are called."""
    return re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v2/"))


@pytest.fixture(scope="module")
def published() -> dict[str, set[str]]:
    """The methods of every path in the schema."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, set[str]] = {}
    for path, methods in schema["paths"].items():
        found.setdefault(shape(path), set()).update(method.upper() for method in methods)
    return found


@pytest.mark.parametrize("path", NAMED)
def test_every_path_on_the_page_exists(path: str) -> None:
    filled = re.sub(r"\{(\w+)\}", lambda match: KNOWN.get(match[1], ID), path)
    assert resolve(f"/api/v2/{filled}").func is not no_such_page


def test_every_path_that_is_published_is_on_the_page(published: dict[str, set[str]]) -> None:
    named = {shape(word) for word in re.findall(r"`([^`]+)`", TABLE)}
    assert set(published) - named == set()


def test_every_path_has_the_methods_that_the_page_says(published: dict[str, set[str]]) -> None:
    for methods, path in METHODS.findall(TABLE):
        if known := published.get(shape(path)):
            assert set(methods.split()) - {"HEAD"} <= known, path


def test_every_link_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        file, _, anchor = target.partition("#")
        if file:
            assert (ROOT / "docs" / file).exists(), target
        else:
            assert anchor in anchors, target


# --- Its commands ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own: the page takes an agent for itself."""
    with running_product(tmp_path_factory.mktemp("docs")) as product:
        yield product


@pytest.fixture
def desk(product: Product, tmp_path: Path) -> dict[str, str]:
    """A folder with what the page has one save, and the environment of the commands."""
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(text)
    own = {"HOST": product.url, "PYTHON": sys.executable, "SECRET": SECRET, "RECEIVER": str(free_port())}
    return {**product.environment, **own}


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run it; gives what it prints."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_commands_of_the_page_work(desk: dict[str, str], tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "page.sh").write_text("set -euo pipefail\n" + "\n".join(blocks))
    said = run(["bash", "page.sh"], tmp_path, desk)
    assert "Ada Lindqvist" in said
    assert "delivery-success" in said
    assert "ws://" in said
    skills = re.findall(r'\{"id":"([^"]+)","name":"Skill \d+"', said)
    assert len(skills) == 2
    assert len(set(skills)) == 1, "made once"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_script_for_the_sdk_works(product: Product, desk: dict[str, str], tmp_path: Path) -> None:
    tokens = {name.upper(): product.manage("issue_token", name).strip() for name in ("admin", "alice")}
    with running([sys.executable, "receiver.py"], cwd=tmp_path, env=desk, stdout=subprocess.DEVNULL) as receiver:
        wait_for(int(desk["RECEIVER"]), receiver)
        said = run([sys.executable, "start.py"], tmp_path, {**os.environ, **desk, **tokens})
    assert said.strip() == "Delivered: It is, Noor."
