"""The bench's own arithmetic: what is written must be what was measured."""

import json
from pathlib import Path

import pytest

from bench import page, report
from bench.figures import percentile, rows
from bench.goals import ADDED, METRICS
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


def test_scenarios_that_were_not_run_keep_their_figures_while_the_commit_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "latest.json"
    monkeypatch.setattr(report, "commit", lambda: "one")
    write(rows("send", [({SENT: 0.0}, {})]), path)
    write(rows("ingest", ROUNDS), path)
    write(rows("ingest", [({REPEAT: 0.4}, {})]), path)
    assert _written(path) == [("send", SENT, 0.0), ("ingest", REPEAT, 0.4)]
    monkeypatch.setattr(report, "commit", lambda: "another")
    write(rows("ingest", [({REPEAT: 0.4}, {})]), path)
    assert _written(path) == [("ingest", REPEAT, 0.4)]


def test_the_page_shows_the_spread_and_does_without_where_it_was_not_written() -> None:
    stored = rows("ingest", ROUNDS)[0].as_json()
    assert "| 95 1/s | 90 – 100 | 40 |" in page._line(stored)
    del stored["lowest"]
    assert "| 95 1/s | – | 40 |" in page._line(stored)


def _written(path: Path) -> list[tuple[str, str, float]]:
    return [(row["scenario"], row["metric"], row["value"]) for row in json.loads(path.read_text())["rows"]]
