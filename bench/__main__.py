"""`python -m bench`: sets up, measures every scenario beside its floor in turns, prints, writes, plots.

ONLY=name[,name] runs these scenarios alone; QUICK=1 runs all in a short form that only shows that they work. ARCHIVE is
the number of interactions to which the archive grows (100000), AGENTS that of the agents at most (500), BENCH_PORT the
first of ten ports, BENCH_ROUNDS the number of rounds, BENCH_LOG the file that keeps what the product logs.
"""

import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Figures, Row, rows
from bench.product import Ports, Product, environment
from bench.progress import Progress
from bench.servers import Servers, pid_of, servers

ROUNDS = 3
NAMES = ("ingest", "offer", "send", "api", "long-thread", "counter", "trial", "panels", "archive")


def main() -> int:
    """Run the bench. Gives 2 for a scenario that there is not, 1 where something was lost, doubled or violated."""
    quick, only = bool(os.environ.get("QUICK")), os.environ.get("ONLY", "")
    chosen = [name for name in NAMES if not only or name in only.split(",")]
    if unknown := set(filter(None, only.split(","))) - set(NAMES):
        print(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    rounds = 1 if quick else int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    progress = Progress(2 + sum(1 + 2 * rounds for _ in chosen))
    # Whoever ends it so wants all of it ended: the product's processes too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        progress.step("starting PostgreSQL and Redis")
        places = stack.enter_context(servers())
        os.environ |= places.environment
        ports = Ports(int(os.environ.get("BENCH_PORT", "8800")))
        os.environ |= environment(folder, ports)
        measured = _on_stage(stack, places, folder, ports, chosen, rounds, quick, progress)
    progress.end()
    from bench import page, report

    print(report.table(measured))
    if not quick:
        page.plots()
        print(f"\nwritten to {report.LATEST}, drawn in {page.PLOTS}")
    broken = [row.metric for row in measured if row.broken]
    for metric in broken:
        print(f"BROKEN: {metric.scenario}: {metric.name}", file=sys.stderr)
    return 1 if broken else 0


def _on_stage(
    stack: ExitStack,
    places: Servers,
    folder: Path,
    ports: Ports,
    chosen: list[str],
    rounds: int,
    quick: bool,
    progress: Progress,
) -> list[Row]:
    # Django can be set up, and the product's modules be imported, only now that the environment says on what
    import django
    from django.core.management import call_command

    django.setup()
    progress.step("making the house")
    call_command("migrate", verbosity=0)
    from bench import report
    from bench.databases import let_go
    from bench.house import build
    from bench.scenarios import ALL
    from bench.stage import Stage

    most = 20 if quick or not {"offer", "panels"} & set(chosen) else int(os.environ.get("AGENTS", "500"))
    house = build(most, f"http://127.0.0.1:{ports.platform}/")
    let_go()
    second = stack.enter_context(places.second()) if "archive" in chosen else {}
    product = Product(folder, ports)
    stack.callback(_show_log, product)
    stack.callback(product.stop)
    product.start()
    archive = int(os.environ.get("ARCHIVE", "100000"))
    stage = Stage(
        product, house, folder, pid_of(os.environ["DATABASE_URL"]), quick, archive, places.redis, second, progress.say
    )
    found: list[Row] = []
    for kind in ALL:
        if kind.name not in chosen:
            continue
        progress.step(f"{kind.name}: preparing")
        with kind(stage) as scenario:
            turns: list[tuple[Figures, Figures]] = []
            for number in range(1, rounds + 1):
                progress.step(f"{kind.name}: round {number} of {rounds}")
                measured = scenario.measure()
                progress.step(f"{kind.name}: round {number} of {rounds}, the floor")
                turns.append((measured, scenario.floor()))
        found += rows(kind.name, turns)
        if not quick:  # at once, so that what comes after cannot take it away
            report.write(found)
    return found


def _show_log(product: Product) -> None:
    said = product.log.read_text(errors="replace") if product.log.exists() else ""
    if os.environ.get("BENCH_LOG"):
        Path(os.environ["BENCH_LOG"]).write_text(said)
    elif said.strip():
        print(f"\nthe product's last words:\n{said[-3000:]}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
