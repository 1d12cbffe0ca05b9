"""The result: a table on the screen, and `bench/results/latest.json`."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.figures import Row
from bench.goals import METRICS
from bench.procs import ROOT

LATEST = ROOT / "bench" / "results" / "latest.json"
NOT_MEASURED = (":!bench/results", ":!docs")
HEADS = ("scenario", "figure", "median", "lowest", "highest", "floor", "ratio", "must", "met")


def table(rows: Sequence[Row]) -> str:
    """All figures, in columns."""
    lines = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def write(rows: Sequence[Row], path: Path = LATEST) -> None:
    """The figures as JSON, each with the commit it was measured on.

    Scenarios that were not run keep what was measured of them before, if it was on a machine like this one.
    """
    head, here = commit(), machine()
    found = [{**row.as_json(), "commit": head} for row in rows]
    if path.exists():
        before = json.loads(path.read_text())
        run = {row.metric.scenario for row in rows}
        kept = before["rows"] if before["machine"] == here else []
        found = [{"commit": before["commit"], **row} for row in kept if row["scenario"] not in run] + found
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {"commit": head, "machine": here, "rows": sorted(found, key=_place)}
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")


def _place(row: Mapping[str, object]) -> int:
    """Where its scenario stands in the table of goals."""
    scenarios = list(dict.fromkeys(each.scenario for each in METRICS))
    return scenarios.index(str(row["scenario"]))


def commit() -> str:
    """What was measured; with a + where code differs from it, empty outside a repository."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *NOT_MEASURED)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}+" if changed else head


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """What it was measured on."""
    about = dict(
        (part.strip() for part in row.split(":", 1))
        for row in Path("/proc/cpuinfo").read_text().splitlines()
        if ":" in row
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    cores = sum(row.startswith("processor") for row in Path("/proc/cpuinfo").read_text().splitlines())
    return f"{cores} cores {about.get('model name', '')}, {memory} GiB, Python {platform.python_version()}"


def _cells(row: Row) -> tuple[str, ...]:
    lowest, highest = row.spread
    met = {True: "yes", False: "NO", None: ""}[row.metric.judged(row.value, row.ratio)]
    return (
        row.metric.scenario,
        row.metric.name,
        f"{_text(row.value)} {row.metric.unit}",
        _text(lowest),
        _text(highest),
        _text(row.floor),
        _text(row.ratio),
        row.metric.goal(row.metric.must) or "",
        met,
    )


def _text(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
