"""Plots of the latest figures: one SVG for each scenario, product beside floor on a logarithmic scale."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

Figure = dict[str, Any]
LABEL, WIDTH, ROW, BAR, HEAD = 430, 960, 40, 13, 34
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1d2330}.small{font-size:11px;fill:#5b6472}.product{fill:#2f6feb}"
    ".floor{fill:#a9b4c4}.missed{fill:#c2410c}rect.paper{fill:#fff}"
)


def write(rows: Sequence[Figure], folder: Path) -> list[Path]:
    """Write a plot for each scenario in which something has a floor; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        shown = [row for row in rows if row["scenario"] == scenario and row["value"] and row["floor"]]
        if shown:
            path = folder / f"{scenario}.svg"
            path.write_text(plot(scenario, shown))
            written.append(path)
    return written


def plot(title: str, rows: Sequence[Figure]) -> str:
    """Bars, two for each figure: the product's (in another colour where it misses its goal), and the floor's."""
    figures = [number for row in rows for number in (row["value"], row["floor"])]
    low, high = math.floor(math.log10(min(figures))), math.ceil(math.log10(max(figures)))

    def length(number: float) -> float:
        return max(2.0, (math.log10(number) - low) / max(1, high - low) * (WIDTH - LABEL - 120))

    height = HEAD + ROW * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}: product and floor</title><style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text x="8" y="20">{escape(title)}</text>',
        f'<text class="small" x="{LABEL}" y="20">above: the product (red: misses its goal); below: the floor</text>',
    ]
    for number, row in enumerate(rows):
        top = HEAD + ROW * number
        colour = "missed" if row["met"] is False else "product"
        parts += [
            f'<text x="8" y="{top + 17}">{escape(row["metric"])}</text>',
            *_bar(colour, top + 2, length(row["value"]), f"{row['value']:,g} {row['unit']}"),
            *_bar("floor", top + 2 + BAR + 3, length(row["floor"]), f"{row['floor']:,g} {row['unit']}"),
        ]
    return "\n".join([*parts, "</svg>", ""])


def _bar(colour: str, top: float, length: float, words: str) -> list[str]:
    return [
        f'<rect class="{colour}" x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"/>',
        f'<text class="small" x="{LABEL + length + 6:.1f}" y="{top + 11}">{escape(words)}</text>',
    ]
