"""`make bench-objects`: what moving objects costs, Decamp beside rclone, on the lab's two real Swifts.

    python -m tests.objects_bench                                  # everything, five rounds: hours
    python -m tests.objects_bench --loads small,large --rounds 1
    python -m tests.objects_bench --clean                          # removes what earlier runs have left

The loads are made once and stay for the next run. Every measurement goes to an empty container; who goes first changes
from round to round. Where DECAMP_ROOT names another checkout, that Decamp is measured.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.objects_bench.course import TOOLS, Course, Result, direct_course, s3_course
from tests.objects_bench.document import machine, table, write_section
from tests.objects_bench.loads import LOADS, Load
from tests.objects_bench.raw import LAB, Account, cloud_entry
from tests.objects_bench.results import HEAD, commands, rows, versions
from tests.objects_bench.servers import tls
from tests.objects_bench.tools import overridden

DOCUMENT = LAB.parent / "docs/benchmarks.md"
SWIFT_PORTS = {"source": 18080, "target": 28080}

COURSES = {
    "small": ("small", "swift"),
    "medium": ("medium", "swift"),
    "large": ("large", "swift"),
    "large-tls": ("large", "tls"),
    "small-tls": ("small", "tls"),
    "small-s3api": ("small", "s3api"),
    "large-s3api": ("large", "s3api"),
    "small-seaweed": ("small", "seaweed"),
    "large-seaweed": ("large", "seaweed"),
}
"""Name -> what is moved, and by which road. The small load is moved a second time, when nothing is left to do."""

ROADS = {
    "swift": "Swift → Swift",
    "tls": "Swift → Swift, TLS on both sides",
    "s3api": "Swift → S3 (Swift's s3api)",
    "seaweed": "Swift → S3 (SeaweedFS)",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.objects_bench", description=__doc__)
    parser.add_argument("--loads", default=",".join(COURSES), help="which, by comma: %(default)s")
    parser.add_argument("--tools", default=",".join(TOOLS), help="which, by comma: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default: %(default)s)")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    parser.add_argument("--clean", action="store_true", help="remove the loads and the copies, and end")
    options = parser.parse_args(arguments)
    if options.clean:
        for load in LOADS.values():
            for entry in (load.source(), load.target()):
                Account.of(entry).empty()
        return 0
    for name in options.loads.split(","):
        load, road = LOADS[COURSES[name][0]], COURSES[name][1]
        load.seed()
        results = list(_measure(load, road, options.tools.split(","), options.rounds))
        text = _section(load, road, results)
        print(text, flush=True)
        if not options.no_write:
            write_section(DOCUMENT, f"objects {name}", text)
    return 0


def _measure(load: Load, road: str, tools: list[str], rounds: int) -> Iterator[Result]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-objects-")))
        course = _course(load, road, folder, stack)
        for number in range(rounds):
            for tool in tools if number % 2 == 0 else reversed(tools):
                for result in course.measure(tool, again=load.name == "small"):
                    print(f"{load.title} {road} round {number + 1}: {result}", file=sys.stderr, flush=True)
                    yield result


def _course(load: Load, road: str, folder: Path, stack: ExitStack) -> Course:
    if road in {"s3api", "seaweed"}:
        return s3_course(load, folder, own_server=road == "seaweed")
    if road == "swift":
        return direct_course(load, folder)
    there = stack.enter_context(tls(folder, list(SWIFT_PORTS.values())))
    endpoints = {}
    for side, entry in (("source", load.source()), ("target", load.target())):
        url = Account.of(entry).url
        plain = SWIFT_PORTS[side]
        assert f":{plain}/" in url, f"{entry} ({cloud_entry(entry)['region_name']}) has its Swift elsewhere: {url}"
        endpoints[entry] = url.replace(f"http://127.0.0.1:{plain}/", f"https://127.0.0.1:{there.ports[plain]}/")
    return direct_course(load, folder, overridden(folder, endpoints, there.ca), there.ca)


def _section(load: Load, road: str, results: list[Result]) -> str:
    rounds = max(Counter((one.tool, one.what) for one in results).values())
    return (
        f"### {load.title}, {ROADS[road]}\n\n"
        f"{machine()}; {versions()}. Medians of {rounds} round{'' if rounds == 1 else 's'}; "
        f"CPU is user plus system time. {commands()}\n\n{table(HEAD, rows(results))}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
