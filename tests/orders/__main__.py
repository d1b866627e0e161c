"""All orders of some cases, or of all: `python -m tests.orders pool`."""

# Before all else: what is imported from here on takes locks, threads and clocks of the scheduler.
from tests.sim.stand_ins import install

install()

import argparse  # noqa: E402
import sys  # noqa: E402

from tests.orders.cases import CASES  # noqa: E402
from tests.orders.every_order import explore  # noqa: E402
from tests.orders.planted import PLANTED  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.orders", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--more", type=int, default=0, help="so many switches more than in `make test`")
    parser.add_argument("--planted", choices=sorted(PLANTED), help="with this defect in the class")
    args = parser.parse_args()
    if unknown := set(args.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    cases = args.cases or list(CASES)
    if args.planted:
        case, plant = PLANTED[args.planted]
        plant()
        cases = [case]
    bad = 0
    for name in cases:
        found = explore(CASES[name], CASES[name].most_switches + args.more)
        print(f"{name}: {found.orders} orders", "" if found.why else "all good")
        if found.why:
            bad += 1
            print(f"  {found.why}", *found.course, sep="\n  ")
    return 1 if bad else 0


sys.exit(main())
