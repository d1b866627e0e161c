"""Classes of work, and each class's model from the journal.

A step's class depends on its action and the path of its bytes. The journal has one line for each finished step, with
the action as `stage`, which determines the class.
"""

from collections.abc import Mapping, Sequence
from math import ceil, log, sqrt
from statistics import fmean, median
from typing import NamedTuple

from migrate.forecast.default_estimates import CALIBRATED_FROM, LARGE_OBJECT, PRIORS, Q50, Q90, SHARED_SD, Prior
from migrate.forecast.forecast_records import ClassModel, Origin, Rate
from migrate.forecast.left_to_write import writes_changes_only
from migrate.ledger.ledger_records import JournalLine, StepState
from migrate.model import Kind
from migrate.model.steps import CopyContainer, LastPass, Plan, Step, TakePass, VerifyDisk

_LAST_ITEMS = 200
"""The number of recent items that count: a cloud's behaviour months ago says little."""
_FIT_FROM = 8
"""The minimum number of items to separate rate and fixed cost; with fewer, the default estimate is scaled."""
_PAIRS_FROM = 60
_PRIOR_WEIGHT = 5
"""The weight of the assumed spread, in blocks of 20 items."""
_LEAST_S = 0.001


class Sample(NamedTuple):
    """One finished step: bytes planned and moved, objects, and duration."""

    step_id: str
    planned: int
    moved: int
    objects: int
    took_s: float


def class_of(step: Step) -> str:
    """The step's class; a step without content or waiting is an API call."""
    action = step.action
    if isinstance(action, CopyContainer):
        return _objects_class(step.size_bytes, action.objects)
    if isinstance(action, VerifyDisk):
        return "disk.verify" if action.at_target is Kind.VOLUME else "image.verify"
    if isinstance(action, TakePass):
        return action.capture.work
    return action.work


def links_of(work_class: str) -> tuple[str, ...]:
    """The links that content of this class crosses. The store is on Decamp's side."""
    if work_class.startswith("objects."):
        return ("source", "target")
    if work_class.endswith(".capture"):
        return ("source",)
    return ("target",) if work_class.endswith((".restore", ".verify")) else ()


def objects_of(step: Step) -> int:
    return step.action.objects if isinstance(step.action, CopyContainer | LastPass) else 0


def whole_lines(journal: Sequence[JournalLine], states: Mapping[str, StepState]) -> list[JournalLine]:
    """The journal lines whose times cover their whole step, oldest first.

    A line covers one attempt, and an attempt that failed has none. Of a step that was done several times, as after a
    rollback, the longest time counts: for the others it may have found most of the work done.
    """
    of_step: dict[str, list[JournalLine]] = {}
    for line in journal:
        of_step.setdefault(line.step_id, []).append(line)
    kept: list[JournalLine] = []
    for step_id, lines in of_step.items():
        if step_id not in states:
            kept += lines
        elif states[step_id].attempts <= len(lines):
            kept.append(max(lines, key=lambda line: line.ended_at - line.started_at))
    return sorted(kept, key=lambda line: (line.ended_at, line.step_id))


def samples_of(plan: Plan, lines: Sequence[JournalLine]) -> dict[str, list[Sample]]:
    """Maps each class to its finished items. Content found already in place was not moved, and is ignored; so is a
    write of changes only.

    Lines of steps no longer in the plan are left out, as their planned size is unknown.
    """
    steps = {step.id: step for step in plan.steps}
    found: dict[str, list[Sample]] = {}
    for line in lines:
        step = steps.get(line.step_id)
        if step is None or (step.content_bytes and not line.size_bytes and not line.objects):
            continue
        if writes_changes_only(step, line.size_bytes):
            continue
        took = max(line.ended_at - line.started_at, _LEAST_S)
        sample = Sample(step.id, step.content_bytes, line.size_bytes, line.objects, took)
        found.setdefault(class_of(step), []).append(sample)
    return {work_class: samples[-_LAST_ITEMS:] for work_class, samples in found.items()}


class Learned(NamedTuple):
    """A class's model, and the errors (actual over predicted time) of its items."""

    model: ClassModel
    errors: tuple[float, ...]


def learn(work_class: str, samples: Sequence[Sample]) -> Learned:
    """The class's model from its finished items, or its default estimate without any.

    Errors are measured on items unknown to the prediction: each half is predicted from the other.
    """
    prior, count = PRIORS[work_class], len(samples)
    fitted = _fit(prior, samples)
    errors = _errors(prior, samples) if count >= CALIBRATED_FROM else ()
    model = ClassModel(
        work_class=work_class,
        samples=count,
        calibrated=count >= CALIBRATED_FROM,
        origin=Origin.MEASURED if count else Origin.DEFAULT,
        fixed=_rate(fitted.fixed_s, prior, count),
        read=_rate(fitted.read, prior, count) if fitted.read else None,
        send=_rate(fitted.send, prior, count) if fitted.send else None,
        objects=_rate(fitted.objects, prior, count) if fitted.objects else None,
        used=_used(samples),
        q50=quantile(errors, 0.5) if errors else Q50,
        q90=quantile(errors, 0.9) if errors else Q90,
    )
    return Learned(model, errors)


def seconds(prior: Prior, planned: int, objects: int) -> float:
    """The predicted time of an item: the slower of reading and sending, or of bytes and requests."""
    parts = [planned / rate for rate in (prior.read, prior.send) if rate]
    if prior.objects:
        parts.append(objects / prior.objects)
    return prior.fixed_s + max(parts, default=0.0)


def quantile(errors: Sequence[float], share: float) -> float:
    """The ⌈(n+1)·p⌉-th smallest error: the next one stays below it with that probability."""
    ordered = sorted(errors)
    return ordered[min(ceil((len(ordered) + 1) * share), len(ordered)) - 1]


def shared_sd(learned: Mapping[str, Learned]) -> Rate:
    """The spread of the factor shared by all items, from blocks of 20 items combined with an assumption."""
    blocks = [
        log(fmean(one.errors[start : start + CALIBRATED_FROM]))
        for one in learned.values()
        for start in range(0, len(one.errors) - CALIBRATED_FROM + 1, CALIBRATED_FROM)
    ]
    if not blocks:
        return Rate(value=SHARED_SD, origin=Origin.DEFAULT, note="prior.shared")
    total = _PRIOR_WEIGHT * SHARED_SD**2 + sum(block**2 for block in blocks)
    return Rate(value=round(sqrt(total / (_PRIOR_WEIGHT + len(blocks))), 6), origin=Origin.MEASURED)


def noise_sd(model: ClassModel) -> float:
    """The spread (lognormal) of one item's own error, for classes without measured errors."""
    return log(model.q90 / model.q50) / 1.2815515655446004


def _objects_class(size_bytes: int, objects: int) -> str:
    return "objects.large" if objects and size_bytes / objects >= LARGE_OBJECT else "objects.small"


def _rate(value: float, prior: Prior, count: int) -> Rate:
    if count:
        return Rate(value=value, origin=Origin.MEASURED)
    return Rate(value=value, origin=Origin.DEFAULT, note=prior.note)


def _used(samples: Sequence[Sample]) -> Rate:
    """Bytes moved per planned byte. May exceed one, because a container may have grown."""
    planned = sum(sample.planned for sample in samples)
    if not planned:
        return Rate(value=1.0, origin=Origin.DEFAULT, note="prior.used")
    return Rate(value=round(sum(sample.moved for sample in samples) / planned, 6), origin=Origin.MEASURED)


def _errors(prior: Prior, samples: Sequence[Sample]) -> tuple[float, ...]:
    """The errors in the order of the items. Each half is predicted from the other."""
    fits = [_fit(prior, samples[1::2]), _fit(prior, samples[0::2])]
    return tuple(
        sample.took_s / max(seconds(fits[index % 2], sample.planned, sample.objects), _LEAST_S)
        for index, sample in enumerate(samples)
    )


def _fit(prior: Prior, samples: Sequence[Sample]) -> Prior:
    """The default estimate fitted to the items: fixed cost and rate if their sizes differ enough, else only
    its scale.
    """
    if not samples:
        return prior
    line = _line(samples) if len(samples) >= _FIT_FROM and (prior.read or prior.send) and not prior.objects else None
    if line is not None:
        fixed, rate = line
        return prior._replace(fixed_s=fixed, read=rate if prior.read else None, send=None if prior.read else rate)
    slower = median(sample.took_s / max(seconds(prior, sample.planned, sample.objects), _LEAST_S) for sample in samples)
    read, send, objects = (rate / slower if rate else None for rate in (prior.read, prior.send, prior.objects))
    return Prior(prior.fixed_s * slower, read, send, objects, prior.note)


def _line(samples: Sequence[Sample]) -> tuple[float, float] | None:
    """Seconds per item and bytes per second, from the median of all slopes; None if the sizes are too similar."""
    last = samples[-_PAIRS_FROM:]
    slopes = [
        (a.took_s - b.took_s) / (a.planned - b.planned)
        for index, a in enumerate(last)
        for b in last[:index]
        if abs(a.planned - b.planned) * 4 > max(a.planned, b.planned)
    ]
    if len(slopes) < _FIT_FROM:
        return None
    slope = median(slopes)
    if slope <= 0:
        return None
    fixed = median(sample.took_s - slope * sample.planned for sample in samples)
    return max(fixed, 0.0), 1 / slope
