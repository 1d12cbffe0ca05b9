"""The bench's own arithmetic: what is written must be what was measured."""

import asyncio
import json
import time
import uuid
from pathlib import Path

import pytest

from accounts.models import User
from bench import page, report
from bench.__main__ import NAMES
from bench.figures import percentile, rows
from bench.goals import ADDED, METRICS
from bench.house import Agent
from bench.http import Line
from bench.load import open_loop
from bench.marks import Lookout
from bench.panels import Panel
from bench.plots import write as plot
from bench.report import table, write

STORED, REPEAT = "new, 8 at once: stored and answered", "a repeat costs, of a first delivery"
SENT = "lost or sent twice"
ROUNDS = [({STORED: 100.0, REPEAT: 2.0}, {STORED: 50.0}), ({STORED: 90.0, REPEAT: 0.5}, {STORED: 30.0})]


def test_each_figure_stands_once_in_the_table_of_goals() -> None:
    names = [(row.scenario, row.name) for row in METRICS]
    assert len(names) == len(set(names))


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    stored = rows("ingest", ROUNDS)[0]
    assert (stored.value, stored.floor, stored.ratio) == (95.0, 40.0, 2.5)
    assert stored.spread == (90.0, 100.0)


def test_a_figure_is_judged_by_its_goal() -> None:
    stored, repeat = rows("ingest", ROUNDS)
    assert stored.as_json() | {"floor": None} == {
        "scenario": "ingest",
        "metric": STORED,
        "value": 95.0,
        "unit": "1/s",
        "floor": None,
        "ratio": 2.5,
        "must": ">= 1 x floor",
        "aim": ">= 2 x floor",
        "met": True,
        "lowest": 90.0,
        "highest": 100.0,
    }
    assert repeat.as_json()["met"] is False


def test_what_may_never_be_breaks_the_run_and_slowness_does_not() -> None:
    assert not any(row.broken for row in rows("ingest", ROUNDS))
    assert not rows("send", [({SENT: 0.0}, {}), ({SENT: 0.0}, {})])[0].broken
    assert rows("send", [({SENT: 0.0}, {}), ({SENT: 1.0}, {}), ({SENT: 0.0}, {})])[0].broken


def test_statements_are_counted_and_break_nothing() -> None:
    """A sign of life comes every ten seconds, whenever that is; N+1 is looked for by the tests of each page."""
    assert [row.broken for row in rows("archive", [({ADDED: 1.0}, {})])] == [False]


def test_a_figure_that_the_table_does_not_know_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        rows("ingest", [({"something else": 1.0}, {})])


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    hundred = [float(number) for number in range(1, 101)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.99)) == (50.0, 99.0), "not the highest of a hundred"


def test_the_result_is_a_table_json_and_plots(tmp_path: Path) -> None:
    found = rows("ingest", ROUNDS)
    path = tmp_path / "latest.json"
    write(found, path)
    written = json.loads(path.read_text())
    assert set(written) == {"commit", "machine", "rows"}
    assert STORED in table(found)
    assert [file.name for file in plot(written["rows"], tmp_path)] == ["ingest.svg"]


def test_scenarios_that_were_not_run_keep_their_figures_and_their_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "latest.json"
    monkeypatch.setattr(report, "commit", lambda: "one")
    write(rows("send", [({SENT: 0.0}, {})]), path)
    write(rows("ingest", ROUNDS), path)
    monkeypatch.setattr(report, "commit", lambda: "another")
    write(rows("ingest", [({REPEAT: 0.4}, {})]), path)
    assert _written(path) == [("ingest", REPEAT, 0.4, "another"), ("send", SENT, 0.0, "one")]
    assert page._commits(json.loads(path.read_text())) == "commits `another` (ingest), `one` (send)"
    write(rows("send", [({SENT: 0.0}, {})]), path)
    assert page._commits(json.loads(path.read_text())) == "commit `another`"


def test_figures_of_another_machine_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "latest.json"
    monkeypatch.setattr(report, "machine", lambda: "a large one")
    write(rows("send", [({SENT: 0.0}, {})]), path)
    monkeypatch.setattr(report, "machine", lambda: "a small one")
    write(rows("ingest", [({REPEAT: 0.4}, {})]), path)
    assert [row[:2] for row in _written(path)] == [("ingest", REPEAT)]


def test_the_page_shows_the_spread_and_does_without_where_it_was_not_written() -> None:
    stored = rows("ingest", ROUNDS)[0].as_json()
    assert "| 95 1/s | 90 – 100 | 40 |" in page._line(stored)
    del stored["lowest"]
    assert "| 95 1/s | – | 40 |" in page._line(stored)


def test_every_scenario_can_be_chosen_and_has_goals() -> None:
    """They cannot be imported here, as they ask for a running product: their files are read."""
    files = {path.read_text() for path in (report.ROOT / "bench" / "scenarios").glob("*.py")}
    assert {name for name in NAMES if any(f'name = "{name}"' in text for text in files)} == set(NAMES)
    assert {row.scenario for row in METRICS} == set(NAMES)


async def test_an_open_loop_ends_in_time_and_says_what_it_could_not_keep_up_with() -> None:
    async def at_once() -> float:
        return time.perf_counter()

    async def slow() -> float:
        await asyncio.sleep(0.1)
        return time.perf_counter()

    quick = await open_loop(10, 1.0, at_once)
    assert quick.behind <= 3, "a machine may be late"
    assert quick.reached == 10 - quick.behind
    began = time.perf_counter()
    buried = await open_loop(100, 0.5, slow, most=2)
    assert time.perf_counter() - began < 5
    assert buried.behind == 50 - round(buried.reached * 0.5) >= 38
    assert max(buried.taken) > 0.2, "a time begins when it is due"


async def test_a_line_that_the_server_has_closed_is_opened_anew() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        writer.close()  # without having said that it will

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        line = Line(server.sockets[0].getsockname()[1])
        for pause in (0, 0, 0.05):
            assert (await line.get("/")).status == 204
            await asyncio.sleep(pause)
        assert (await line.get("/")).status == 204


def test_a_panel_knows_the_offer_that_bears_a_mark_and_its_versions() -> None:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    card = '<article class="offer" data-offer="{}"><p>{}</p></article>'.format
    panel = Panel(Agent(User(), "session"), 1, Lookout(), "")
    html = {"offers": card(one, "mark1end") + card(other, "mark2end")}
    panel._take({"versions": {"agent": 3, "interaction": 7}, "html": html, "all": True})
    panel._take({"versions": {"agent": 4}, "html": {}, "all": False})
    assert panel.offer_with("mark2end") == other
    assert panel.versions == {"agent": 4, "interaction": 7}
    assert panel.ready.is_set()
    with pytest.raises(LookupError):
        panel.offer_with("mark3end")


def _written(path: Path) -> list[tuple[str, str, float, str]]:
    found = json.loads(path.read_text())["rows"]
    return [(row["scenario"], row["metric"], row["value"], row["commit"]) for row in found]
