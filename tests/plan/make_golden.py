"""Makes the golden plans anew, after a change that is meant: `python -m tests.plan.make_golden`.

The inventories beside them are inputs (of version 1, where they are older than it is today), and the `plan-v*.json`
and `inventory-v*.json` are what was once released: those are never written again.
"""

from pathlib import Path

from migrate.inventory.inventory_file import read_inventory, write_inventory
from migrate.plan.build_plan import build_plan
from migrate.plan.plan_file import write_plan
from migrate.policy.reader import parse_policy
from tests.plan.example_tenants import EXAMPLES

GOLDEN = Path(__file__).parent / "golden"
PLANS = Path(__file__).parents[2] / "plans"
INVENTORY = Path(__file__).parents[1] / "inventory" / "golden" / "inventory-v2.json"


def main() -> None:
    for name, makers in EXAMPLES.items():
        for side, make in zip(("source", "target"), makers, strict=True):
            path = GOLDEN / f"{name}.{side}.json"
            if not path.exists():
                write_inventory(path, make())
    for policy_path in sorted(PLANS.glob("*.yaml")):
        name = policy_path.stem
        source, there = (read_inventory(GOLDEN / f"{name}.{side}.json") for side in ("source", "target"))
        write_plan(PLANS / f"{name}.plan.json", build_plan(source, there, parse_policy(policy_path.read_text())))
    todays = ((GOLDEN / "plan-v2.json", PLANS / "works.plan.json"), (INVENTORY, GOLDEN / "works.source.json"))
    for released, today in todays:
        if not released.exists():
            released.write_bytes(today.read_bytes())


if __name__ == "__main__":
    main()
