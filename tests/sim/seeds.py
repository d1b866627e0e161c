"""Runs seeds, each in a forked child of a warm parent, and tells what they have come to."""

import argparse
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.sim.migration import OFF, Outcome, Settings, simulate
from tests.sim.planted import PLANTED
from tests.sim.tenants import TENANTS

_MOST_S = 900
_MOST_EVENTS = 30


def forked(seed: int, settings: Settings, trace: Path | None = None) -> Outcome:
    """The outcome of a seed, in a process of its own: nothing of one is left for the next."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        _child(seed, settings, trace, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return Outcome(**json.loads(told)) if told else Outcome(seed, why=f"its process ended, perhaps after {_MOST_S} s")


def _child(seed: int, settings: Settings, trace: Path | None, pipe: int) -> None:
    try:
        signal.alarm(_MOST_S)
        # Its callbacks would come at other moments each time.
        gc.disable()
        if not os.environ.get("SIM_LOG"):
            logging.disable(logging.CRITICAL)
        file = trace.open("w") if trace else None
        told = json.dumps(asdict(simulate(seed, settings, file.write if file else None))).encode()
        if file:
            file.flush()
        with os.fdopen(pipe, "wb") as out:
            out.write(told)
    finally:
        os._exit(0)


def main() -> int:
    args = _arguments()
    settings = Settings(args.tenant, args.runners, args.kills, args.goes_back, frozenset(args.off), args.planted)
    first, _, last = args.seeds.partition(":")
    bad = kills = seeds = 0
    for seed in range(int(first), int(last or int(first) + 1)):
        seeds += 1
        found = forked(seed, settings, args.trace)
        if not found.why and args.twice and seed % args.twice == 0:
            again = forked(seed, settings)
            if (again.digest, again.why) != (found.digest, found.why):
                found.why = f"another course the second time: {again.why or f'{again.points} of {found.points} points'}"
        kills += found.kills
        if found.why:
            bad += 1
            _tell(found, settings, args.shrink)
            if args.planted:
                break
        elif args.verbose:
            print(f"seed={seed} {found.exits} {found.points} points, {found.simulated_s:.0f} s, {found.kills} kills")
    print(f"{bad} bad, {kills} kills, {seeds} seeds")
    return 1 if bad else 0


def _tell(found: Outcome, settings: Settings, is_shrunk: bool) -> None:
    least = _shrunk(found.seed, settings) if is_shrunk else settings
    print(f"seed={found.seed} failed at {found.simulated_s:.2f} s: {found.why}")
    print("".join(f"  {one}\n" for one in found.events[-_MOST_EVENTS:]), end="")
    off = "".join(f" '{one}'" for one in sorted(least.off))
    options = f"--tenant {least.tenant} --runners {least.runners} --kills {least.kills}"
    options += f"{' --goes-back' if least.goes_back else ''}{off and ' --off' + off}"
    options += f" --planted {least.planted}" if least.planted else ""
    print(f'  replay: make simulate-run SEED={found.seed} OPTIONS="{options}"', flush=True)


def _shrunk(seed: int, settings: Settings) -> Settings:
    """The same seed with less that happens, and still bad."""
    smaller: list[Callable[[Settings], Settings]] = [
        *(lambda s: replace(s, runners=1), lambda s: replace(s, kills=0), lambda s: replace(s, kills=min(1, s.kills))),
        lambda s: replace(s, goes_back=False),
        *(partial(_without, one) for one in OFF),
    ]
    for less in smaller:
        if (fewer := less(settings)) != settings and forked(seed, fewer).why:
            settings = fewer
    return settings


def _without(what: str, settings: Settings) -> Settings:
    return replace(settings, off=settings.off | {what})


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="tests.sim", description="Seeds of simulated migrations.")
    parser.add_argument("--seeds", default="0:10", help="one, or FIRST:END")
    parser.add_argument("--tenant", default="small", choices=TENANTS)
    parser.add_argument("--runners", type=int, default=2, help="side by side")
    parser.add_argument("--kills", type=int, default=3, help="until so many have died, each run may")
    parser.add_argument("--goes-back", action="store_true", help="a wave is rolled back, once or twice")
    parser.add_argument("--off", nargs="*", default=[], choices=OFF, help="what does not happen")
    parser.add_argument("--planted", default="", choices=("", *PLANTED), help="a defect; ends with the first bad seed")
    parser.add_argument("--twice", type=int, default=0, help="every so many seeds one runs twice, to the same end")
    parser.add_argument("--shrink", action="store_true", help="look for less that is as bad")
    parser.add_argument("--trace", type=Path, help="a file for each point and each switch")
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser.parse_args(sys.argv[1:])
