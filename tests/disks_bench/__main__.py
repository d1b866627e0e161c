"""`make bench-disks`: what storing, reading and restoring disks costs, Decamp beside the best peers.

    python -m tests.disks_bench                               # all loads but `sparse`, five rounds: half an hour
    python -m tests.disks_bench --loads disk --rounds 1
    python -m tests.disks_bench --loads sparse --rounds 1     # needs 36 GiB of disk
    python -m tests.disks_bench --clean                       # removes the images

The images are made once and stay for the next run. Everything lies in memory as far as it fits; who goes first changes
from round to round. Where DECAMP_ROOT names another checkout, that Decamp is measured.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.disks_bench.course import LOADS, RAW, Load, Result, measure
from tests.disks_bench.images import GIB, Disk, TooFew
from tests.disks_bench.results import BARS_HEAD, HEAD, bars, grouped, rows
from tests.disks_bench.tools import THREADS, TOOLS, Borg, CompressedQcow2, Failed, versions
from tests.objects_bench.document import machine, table, write_section

DOCUMENT = Path(__file__).parents[2] / "docs/benchmarks.md"
FOLDER = Path("/var/tmp/decamp-bench-disks")
_NEEDS_BYTES = {"disk": 14 * GIB, "servers": 6 * GIB, "sparse": 36 * GIB}
"""Images, and the largest of the stores with what is restored from it."""
_WORK = "work"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.disks_bench", description=__doc__)
    parser.add_argument("--loads", default="disk,servers", help=f"which, by comma, of {', '.join(LOADS)}: %(default)s")
    parser.add_argument("--tools", default="", help="which, by comma (default: all that a load has a use for)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where images and stores are: %(default)s")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    parser.add_argument("--clean", action="store_true", help="remove the images, and end")
    options = parser.parse_args(arguments)
    loads, tools = options.loads.split(","), options.tools.split(",") if options.tools else []
    for named, known in ((loads, [*LOADS]), (tools, [RAW, *TOOLS])):
        if unknown := [name for name in named if name not in known]:
            parser.error(f"{', '.join(unknown)}: not one of {', '.join(known)}")
    if options.clean:
        shutil.rmtree(options.folder, ignore_errors=True)
        return 0
    try:
        for name in loads:
            text = _section(name, tools, options.rounds, options.folder)
            print(text, flush=True)
            if not options.no_write:
                write_section(DOCUMENT, f"disks {name}", text)
    except (Failed, TooFew) as error:
        print(f"bench-disks: {error}", file=sys.stderr)
        return 1
    return 0


def _section(name: str, tools: Sequence[str], rounds: int, folder: Path) -> str:
    load, peers = LOADS[name], versions()
    _make_room(folder, folder / name, _NEEDS_BYTES[name])
    with ProcessPoolExecutor(1) as apart:  # what this process needs at most counts into what is measured
        disks = [Disk.of(path) for path in apart.submit(load.disks, folder / name).result()]
    print(*disks, sep="\n", file=sys.stderr, flush=True)
    wanted = [tool for tool in load.tools if tool in tools or not tools]
    same = grouped(_measure(load, disks, wanted, rounds, folder / _WORK))
    medians = f"Medians of {rounds} round{'' if rounds == 1 else 's'}"
    told = f"{machine()}; {peers}. {medians}; {THREADS} reads at once. {disks[0]}."
    asked = table(BARS_HEAD, [bar.cells() for bar in bars(same, name)])
    return f"### {load.title}\n\n{told}{_commands(wanted)}\n\n{asked}\n\n{table(HEAD, rows(same))}"


def _measure(load: Load, disks: Sequence[Disk], tools: Sequence[str], rounds: int, work: Path) -> Iterator[Result]:
    for number in range(rounds):
        for tool in tools if number % 2 == 0 else reversed(tools):
            for result in measure(load, disks, tool, work):
                print(f"{load.title}, round {number + 1}: {result}", file=sys.stderr, flush=True)
                yield result


def _make_room(folder: Path, images: Path, needed: int) -> None:
    """What an earlier run left of stores goes; images that are there already need no room."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / _WORK, ignore_errors=True)
    room = shutil.disk_usage(folder).free + sum(path.stat().st_blocks * 512 for path in images.glob("*"))
    if room < needed:
        raise Failed(
            f"{folder} has room for {room / GIB:.0f} GiB, {needed / GIB:.0f} are needed: name another --folder"
        )


def _commands(tools: Sequence[str]) -> str:
    told = {"borg": f"create {' '.join(Borg.OPTIONS)}", "qemu-img qcow2 -c": " ".join(CompressedQcow2.OPTIONS)}
    return "".join(f" {name}: `{options}`." for name, options in told.items() if name in tools)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
