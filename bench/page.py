"""The figures of docs/performance.md, written from `bench/results/latest.json`: `python -m bench.page`."""

import json
import re
from pathlib import Path

from bench.plots import Figure, write
from bench.procs import ROOT
from bench.report import LATEST

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
BETWEEN = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
MET = {True: "yes", False: "**no**", None: "–"}


def main() -> None:
    """Write the table and the plots."""
    found = json.loads(LATEST.read_text())
    lines = [
        f"Measured on {_commits(found)}, on {found['machine']}.",
        "",
        "| scenario | figure | median | spread | floor | ratio | must | aim | met |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in found["rows"]),
        "",
        *(f"![{path.stem}](performance/{path.name})" for path in plots()),
        "",
    ]
    page = PAGE.read_text()
    PAGE.write_text(BETWEEN.sub(lambda match: match[1] + "\n".join(lines) + match[2], page))


def plots() -> list[Path]:
    """Draw what was measured last; gives the files."""
    return write(json.loads(LATEST.read_text())["rows"], PLOTS)


def _commits(found: Figure) -> str:
    """On which commit, or, where scenarios were run at different times, which of them on which."""
    on: dict[str, list[str]] = {}
    for scenario, head in {row["scenario"]: row.get("commit", found["commit"]) for row in found["rows"]}.items():
        on.setdefault(head, []).append(scenario)
    if len(on) == 1:
        return f"commit `{next(iter(on))}`"
    return "commits " + ", ".join(f"`{head}` ({', '.join(scenarios)})" for head, scenarios in on.items())


def _line(row: Figure) -> str:
    cells = (
        row["scenario"],
        row["metric"],
        f"{row['value']:,g} {row['unit']}",
        f"{row['lowest']:,g} – {row['highest']:,g}" if "lowest" in row else "–",
        "–" if row["floor"] is None else f"{row['floor']:,g}",
        "–" if row["ratio"] is None else f"{row['ratio']:,g}",
        row["must"] or "–",
        row["aim"] or "–",
        MET[row["met"]],
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
