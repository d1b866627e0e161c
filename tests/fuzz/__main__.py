"""`python -m tests.fuzz KIND --seed SEED --first N --count N [--progress FILE]`: some cases of one kind."""

import argparse
import logging
import resource
import sys
from pathlib import Path

from tests.fuzz.engine import Failed, Kind, Progress, run
from tests.fuzz.wrong import WRONG

_MOST_ADDRESSES = 6 << 30
"""What nothing comes near: for the machine's sake, should a case want more."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz")
    parser.add_argument("kind")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--progress", type=Path)
    args = parser.parse_args()
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    progress = Progress(args.progress) if args.progress else None
    try:
        run(
            args.kind,
            _kind(args.kind),
            args.seed,
            range(args.first, args.first + args.count),
            *([progress.begun] if progress else []),
        )
    except Failed as failed:
        if not args.progress:
            raise
        print(failed, file=sys.stderr)
        return 1
    return 0


def _kind(name: str) -> Kind:
    if name in WRONG:
        return WRONG[name]
    # Loads the adapters of every cloud, which takes a second.
    from tests.fuzz.kinds import kinds

    known = kinds()
    if name not in known:
        sys.exit(f'there is no kind "{name}": there are {", ".join(sorted({*WRONG, *known}))}')
    return known[name]


if __name__ == "__main__":
    sys.exit(main())
