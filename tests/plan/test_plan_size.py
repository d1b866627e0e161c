"""Plans of large tenants: what is looked up must not grow with the square of the tenant.

How long it takes is measured by `make bench`.
"""

from migrate.model import Inventory
from migrate.plan.build_plan import build_plan
from tests.plan.large import large
from tests.plan.tenants import policy, target

SAID = policy(rewrite_addresses=True)


def test_a_plan_grows_with_its_tenant_and_no_faster() -> None:
    def needs(source: Inventory) -> tuple[int, int]:
        steps = build_plan(source, target(), SAID).steps
        return len(steps), sum(len(step.needs) for step in steps)

    (steps, ties), (more_steps, more_ties) = needs(large(200)), needs(large(800))
    assert more_steps < 4.5 * steps
    assert more_ties < 4.5 * ties
