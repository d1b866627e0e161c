"""Measures a plan of 10,000 resources, in a process of its own: `python -m tests.plan.measure`.

The bar: 5 s and 300 MB for the plan on one core; the check, which makes the plan too, is told beside it.
"""

import resource
import sys
import time

from migrate.documents import sealed_bytes
from migrate.messages import codes
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from tests.plan.large import count, large
from tests.plan.tenants import policy, target

PLAN_S, MEMORY_MIB = 5.0, 300


def main() -> int:
    source, there = large(), target()
    said = policy(rewrite_addresses=True, skip=("server:vm7",), accept=(codes.FLAVOR_CHANGES, codes.SNAPSHOTS_LEFT))
    print(f"{count(source)} resources")
    started = time.perf_counter()
    plan = build_plan(source, there, said)
    planned_s = time.perf_counter() - started
    print(f"plan: {len(plan.steps)} steps, {planned_s:.1f} s, {_peak_mib():.0f} MiB at most")
    started = time.perf_counter()
    size = len(sealed_bytes(plan))
    print(f"document: {size / 1e6:.1f} MB, {time.perf_counter() - started:.1f} s, {_peak_mib():.0f} MiB at most")
    started = time.perf_counter()
    findings = check(source, there, said)
    print(f"check: {len(findings)} findings, {time.perf_counter() - started:.1f} s, {_peak_mib():.0f} MiB at most")
    return int(planned_s > PLAN_S or _peak_mib() > MEMORY_MIB)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
