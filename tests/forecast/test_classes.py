"""Classes of work, and what the journal teaches about them."""

import pytest

from migrate.forecast.default_estimates import CALIBRATED_FROM, PRIORS, SHARED_SD
from migrate.forecast.forecast_records import Origin
from migrate.forecast.work_classes import (
    class_of,
    learn,
    quantile,
    samples_of,
    shared_sd,
    whole_lines,
)
from migrate.forecast.work_left import DISK_CAPTURES
from migrate.messages.catalogue import phrases
from migrate.model.steps import Step
from migrate.plan.build_plan import build_plan
from migrate.units import GIB
from tests.forecast.cases import container, disk, disks, done, line, plan_of
from tests.plan.tenants import archive, policy, shop, target, works

TENANTS = [shop(), archive(), works()]


def steps() -> list[Step]:
    said = policy(backups="volume", accept=("server:paused",))
    return [step for tenant in TENANTS for step in build_plan(tenant, target(), said).steps]


def test_every_step_has_a_class_with_a_prior_and_words() -> None:
    classes = {class_of(step) for step in steps()}
    assert classes <= PRIORS.keys() and {"disk.capture", "root.capture", "backup.capture", "server", "api"} <= classes
    for lang in ("en", "fr"):
        told = phrases(lang)
        assert {f"class.{work_class}" for work_class in PRIORS} == {key for key in told if key.startswith("class.")}
        assert {prior.note for prior in PRIORS.values()} <= told.keys()


def test_what_counts_as_a_captured_disk_is_as_the_runner_has_it() -> None:
    for step in steps():
        assert (class_of(step) in DISK_CAPTURES) is step.action.captures_disk, step.id


def test_a_stop_moves_nothing() -> None:
    stops = [step for step in steps() if step.do == "server.stop"]
    assert stops and all(step.size_bytes and not step.content_bytes for step in stops)


@pytest.mark.parametrize(
    ("objects", "size", "work_class"),
    [(1000, GIB, "objects.large"), (10**6, GIB, "objects.small"), (0, 0, "objects.small")],
)
def test_small_and_large_objects_are_two_populations(objects: int, size: int, work_class: str) -> None:
    assert class_of(container("c", objects, size)) == work_class


def captures(count: int) -> list[Step]:
    return [step for step in disks(count) if step.do == "volume.capture"]


def test_without_a_journal_everything_is_supposed() -> None:
    model = learn("disk.capture", []).model
    assert (model.samples, model.calibrated, model.origin, model.q50, model.q90) == (0, False, Origin.DEFAULT, 1.0, 1.6)
    assert model.fixed.origin is Origin.DEFAULT and model.fixed.note and model.used.value == 1.0


def test_from_the_first_item_on_its_times_count_but_are_not_calibrated() -> None:
    (step,) = captures(1)
    samples = samples_of(plan_of([step]), [line(step, 0, 1000, moved=GIB)])
    model = learn("disk.capture", samples["disk.capture"]).model
    assert (model.samples, model.calibrated, model.origin) == (1, False, Origin.MEASURED)
    assert model.used.value == 0.1 and model.read is not None
    prior = PRIORS["disk.capture"]
    assert prior.read is not None
    supposed = prior.fixed_s + 10 * GIB / prior.read
    assert model.fixed.value == pytest.approx(prior.fixed_s * 1000 / supposed)


def test_with_20_items_of_several_sizes_fixed_cost_and_rate_are_told_apart() -> None:
    some = [disk(f"d{number}", gib)[0] for number, gib in enumerate([1, 8, 32, 2, 64] * 4)]
    lines = [line(step, 100 * i, 30 + step.size_bytes / (100 << 20)) for i, step in enumerate(some)]
    learned = learn("disk.capture", samples_of(plan_of(some), lines)["disk.capture"])
    assert learned.model.calibrated and learned.model.send is None
    assert learned.model.fixed.value == pytest.approx(30, abs=0.5)
    assert learned.model.read is not None and learned.model.read.value == pytest.approx(100 << 20, rel=0.01)
    assert [learned.model.q50, learned.model.q90] == pytest.approx([1, 1], abs=0.01)


def test_19_items_are_not_enough() -> None:
    some = captures(CALIBRATED_FROM)
    lines = [line(step, 100 * i, 100) for i, step in enumerate(some)]
    plan = plan_of(some)
    assert not learn("disk.capture", samples_of(plan, lines[1:])["disk.capture"]).model.calibrated
    assert learn("disk.capture", samples_of(plan, lines)["disk.capture"]).model.calibrated


def test_errors_that_were_seen_become_the_range() -> None:
    some = captures(40)
    lines = [line(step, 1000 * i, 300 if i % 10 in {3, 8} else 100) for i, step in enumerate(some)]
    model = learn("disk.capture", samples_of(plan_of(some), lines)["disk.capture"]).model
    assert model.q50 == pytest.approx(1) and model.q90 == pytest.approx(3)


def test_the_quantile_is_the_next_larger_one() -> None:
    errors = [float(number) for number in range(1, 21)]
    assert (quantile(errors, 0.5), quantile(errors, 0.9)) == (11, 19)
    assert quantile([2.0], 0.9) == 2.0


def test_the_shared_spread_shrinks_with_what_is_measured() -> None:
    some = captures(60)
    lines = [line(step, 100 * i, 100) for i, step in enumerate(some)]
    learned = {"disk.capture": learn("disk.capture", samples_of(plan_of(some), lines)["disk.capture"])}
    assert shared_sd({}).value == SHARED_SD and shared_sd({}).origin is Origin.DEFAULT
    assert 0 < shared_sd(learned).value < SHARED_SD and shared_sd(learned).origin is Origin.MEASURED


def test_what_was_there_already_or_went_on_from_an_earlier_attempt_teaches_nothing() -> None:
    there, resumed, whole, foreign = captures(4)
    lines = [line(there, 0, 1, moved=0), line(resumed, 0, 5), line(whole, 0, 100), line(foreign, 0, 7)]
    kept = whole_lines(lines, done(resumed, attempts=2) | done(whole, there))
    samples = samples_of(plan_of([there, resumed, whole]), kept)
    assert [sample.took_s for sample in samples["disk.capture"]] == [100]


def test_a_step_that_was_done_twice_teaches_its_longest_time() -> None:
    """After a rollback, or when it was looked at again; not if one of its attempts ended without a line."""
    twice, broken = captures(2)
    lines = [line(broken, 0, 30), line(broken, 100, 40), line(twice, 0, 60), line(twice, 200, 1)]
    kept = whole_lines(lines, done(twice, attempts=2) | done(broken, attempts=3))
    assert [one.ended_at - one.started_at for one in kept] == [60]
