"""Measures the reports of a migration of some 10,000 resources, half-way: `python -m tests.report.measure`.

The bar: 5 s for a report on one core.
"""

import time

from migrate.cli.commands.report import render
from tests.report.examples import MADE_AT, half_way, tenant

SERVERS = 1500


def main() -> None:
    summary, story = half_way(tenant(SERVERS))
    print(f"{story.steps_total} steps")
    for form in ("html", "md", "json"):
        started = time.perf_counter()
        size = len(render(summary, story, form, "en", MADE_AT).encode())
        print(f"{form}: {time.perf_counter() - started:.1f} s, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
