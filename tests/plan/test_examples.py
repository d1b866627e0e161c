"""The examples of `plans/`: what a reader is promised of them. That each makes its plan: `test_plan_document.py`."""

import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from migrate.findings.finding import blocking, undecided
from migrate.findings.inputs import open_case
from migrate.forecast import simulate
from migrate.forecast.forecast_records import Verdict
from migrate.forecast.make_forecast import Inputs, make_forecast
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import Inventory
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.plan.schedule_problems import items_of, schedule_problems
from migrate.policy.policy_records import Policy
from migrate.policy.reader import parse_policy
from tests.plan.example_tenants import EXAMPLES, flexible_engine, one_stack, two_stacks
from tests.plan.make_golden import GOLDEN, PLANS

FIRST = datetime(2020, 1, 4, 8, 12, tzinfo=UTC)
BATCH = "support-batch"
# Their inventories were written by an earlier version, and stay as they are.
OLD = {"archive", "shop"}
# Each has made one stack, of a template that Cloudwatt published.
CUSTOMERS = ["blueprint-coreos-mysql", "bundle-trusty-gitlab", "bundle-trusty-lamp", "bundle-trusty-pgsql"]


def said(name: str) -> Policy:
    return parse_policy((PLANS / f"{name}.yaml").read_text())


def inventories(name: str) -> tuple[Inventory, Inventory]:
    source, there = (read_inventory(GOLDEN / f"{name}.{side}.json") for side in ("source", "target"))
    return source, there


def test_each_example_is_there_whole_and_told_of() -> None:
    """Its policy, its plan, its inventories, and a line of the page."""
    files = {f"{name}{end}" for name in EXAMPLES for end in (".yaml", ".plan.json")}
    assert {path.name for path in PLANS.iterdir()} == {*files, "README.md"}
    assert sorted(re.findall(r"^\| \[(.+?)\]\(\1\.yaml\)", (PLANS / "README.md").read_text(), re.M)) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_says_what_it_is_and_names_its_plan(name: str) -> None:
    text = (PLANS / f"{name}.yaml").read_text()
    about = " ".join(line.removeprefix("# ") for line in text.split("\n\n")[0].splitlines())
    assert about.endswith(f" {name}.plan.json.")
    assert re.search(r'^migration: "[0-9a-f]{32}"$', text, re.M)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in OLD])
def test_an_examples_inventories_are_of_the_tenants_in_code(name: str) -> None:
    """After a change of a tenant that is meant: remove its two files, and `python -m tests.plan.make_golden`."""
    assert inventories(name) == tuple(make() for make in EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_leaves_nothing_to_guess(name: str) -> None:
    """Its schedule holds, each selector names something, and each loss is accepted or meant."""
    source, there = inventories(name)
    policy = said(name)
    findings = check(source, there, policy)
    assert schedule_problems(policy, items_of(open_case(source, there, policy)), FIRST) == []
    assert [found for found in findings if found.code in {codes.SELECTOR_UNMATCHED, codes.MAPPING_TARGET_UNKNOWN}] == []
    if name != "works":
        assert undecided(findings, policy) == []


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in {"archive", "works"}])
def test_a_real_case_has_a_date_and_is_never_promised_before_anything_was_measured(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "RUNS", 100)
    policy, (source, there) = said(name), inventories(name)
    plan = build_plan(source, there, policy)
    forecast = make_forecast(Inputs(plan=plan, plan_seal="seal", policy=policy, as_of=FIRST))
    assert policy.deadline and policy.schedule.time_zone
    assert forecast.verdict is Verdict.AMBER


# ---------------------------------------------------------------- one policy for many


def test_the_batch_policy_names_nothing_of_one_customer() -> None:
    policy = said(BATCH)
    assert not policy.skip and not policy.user_data_files and not policy.mappings.projects
    assert not policy.schedule.tiers and not policy.schedule.deadlines
    assert all(re.fullmatch(r"DCP-\d{3}", accepted) for accepted in policy.accept)


@pytest.mark.parametrize("number", range(len(CUSTOMERS)))
def test_the_batch_policy_is_any_customers_with_another_migration(number: int) -> None:
    """What blocks is the customer's own, and a rule of the target: the policy has an answer to everything else."""
    policy = replace(said(BATCH), migration=f"{number:032x}")
    source, there = one_stack(CUSTOMERS[number]), flexible_engine()
    plan, findings = build_plan(source, there, policy), check(source, there, policy)
    assert {step.do for step in plan.steps} >= {"server.capture", "server.make", "floating-ip.make"}
    assert undecided(findings, policy) == []
    assert {found.code for found in blocking(findings, policy)} <= {
        codes.SUBNET_ADDRESS_RESERVED,
        codes.DISK_SIZE_REFUSED,
    }
    assert not {codes.SELECTOR_UNMATCHED, codes.MAPPING_TARGET_UNKNOWN} & {found.code for found in findings}


def test_what_one_customer_alone_has_is_left_to_a_person() -> None:
    """A container, where the target has no object store: the batch policy does not decide that in silence."""
    policy = said(BATCH)
    assert codes.NO_OBJECT_STORE in {
        found.code for found in blocking(check(two_stacks(), flexible_engine(), policy), policy)
    }
