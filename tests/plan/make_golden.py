"""Makes the golden plans anew, after a change that is meant: `python -m tests.plan.make_golden`.

The inventories beside them are inputs and the `*-v1.json` are what was once released: those are never written again.
"""

from pathlib import Path

from migrate.inventory.document import read_inventory, write_inventory
from migrate.plan.build import build_plan
from migrate.plan.document import write_plan
from migrate.plan.policy import parse_policy
from tests.plan.tenants import archive, shop, target

GOLDEN = Path(__file__).parent / "golden"
PLANS = Path(__file__).parents[2] / "plans"


def main() -> None:
    for name, tenant in (("shop", shop()), ("archive", archive())):
        for side, inventory in (("source", tenant), ("target", target())):
            path = GOLDEN / f"{name}.{side}.json"
            if not path.exists():
                write_inventory(path, inventory)
    for policy_path in sorted(PLANS.glob("*.yaml")):
        name = policy_path.stem
        source, there = (read_inventory(GOLDEN / f"{name}.{side}.json") for side in ("source", "target"))
        write_plan(PLANS / f"{name}.plan.json", build_plan(source, there, parse_policy(policy_path.read_text())))
    released = GOLDEN / "plan-v1.json"
    if not released.exists():
        released.write_bytes((PLANS / "shop.plan.json").read_bytes())


if __name__ == "__main__":
    main()
