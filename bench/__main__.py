"""`python -m bench [section …] [--quick] [--report FILE]`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bench.figures import Table
from bench.processes import machine
from bench.sections import backlog, comparison, desk, faults, latency, resources, throughput

Section = Callable[..., Awaitable[list[Table]]]

SECTIONS: dict[str, Section] = {
    "latency": latency.measure,
    "throughput": throughput.measure,
    "backlog": backlog.measure,
    "resources": resources.measure,
    "desk": desk.measure,
    "faults": faults.measure,
    "comparison": comparison.measure,
}


def main() -> int:
    """Run the sections that were named, or all, one after the other."""
    chosen = _arguments()
    print(f"Measured on {machine()}, {datetime.now(UTC):%Y-%m-%d}\n", flush=True)
    for name in chosen.sections or SECTIONS:
        started = time.monotonic()
        print(f"▸ {name} …", file=sys.stderr, flush=True)
        tables = asyncio.run(_measure(SECTIONS[name], quick=chosen.quick))
        for table in tables:
            print(table.to_markdown(), flush=True)
        print(f"▸ {name} took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return 0


async def _measure(section: Section, *, quick: bool) -> list[Table]:
    return await section(quick=quick)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the whole system.")
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean little")
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(SECTIONS):
        parser.error(
            f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}"
        )
    return chosen


if __name__ == "__main__":
    sys.exit(main())
