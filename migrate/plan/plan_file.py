"""Owns `plan.json` (docs/formats/plan.md), and checks that a plan still fits its inputs."""

from collections.abc import Mapping
from pathlib import Path

from migrate.documents import read_document, seal_of, write_document
from migrate.errors import ConfigError, ConflictError, DocumentUnreadable, PlanOutdated
from migrate.messages import codes
from migrate.model import Identity
from migrate.model.steps import Plan, StopServer
from migrate.plan.order import validate


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises ConfigError: DCP-210 missing, DCP-211 damaged, DCP-212 another format, DCP-213 edited
    by hand.
    """
    plan = read_document(path, Plan)
    try:
        _check(plan)
    except ValueError as err:
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(path), why=str(err)) from err
    return plan


def _check(plan: Plan) -> None:
    """Raises ValueError: it names what is not there, as none that was made from inventories does."""
    validate(list(plan.steps))
    ids = {step.id for step in plan.steps}
    if odd := [one for one in ids if ":" not in one]:
        raise ValueError(f"step ids without a kind: {odd}")
    gates = {gate.name for gate in plan.gates}
    named = {step.gate for step in plan.steps if step.gate} - gates
    named |= {step_id for gate in plan.gates for step_id in gate.steps} - ids
    stopped = {step.action.server_id for step in plan.steps if isinstance(step.action, StopServer)}
    for wave in plan.waves or ():
        named |= set(wave.servers) - stopped
    if named:
        raise ValueError(f"not in the plan: {sorted(named)}")


def write_plan(path: Path, plan: Plan) -> None:
    """Writes the plan atomically. Raises FatalError if it cannot."""
    write_document(path, plan)


class PlanWatch:
    """Notices that the plan on disk is no longer the one that a run began with. Reads the file only once it changed."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self._path, self._seal = path, seal_of(plan)
        self._seen, self._is_same = self._stamp(), True

    def is_same(self) -> bool:
        """Whether it is; a plan that cannot be read at the moment is taken for another one."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._is_same = seal_of(read_plan(self._path)) == self._seal
            except ConfigError:
                self._is_same = False
        return self._is_same

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def fits(plan: Plan, source: Identity, target: Identity, seals: Mapping[str, str]) -> None:
    """Checks that the plan belongs to this tenant and was made from these inputs (`build_plan.inputs_of`).

    Raises: ConflictError DCP-502 (another project's), ConfigError DCP-214 (an input has changed: plan again).
    """
    for planned, actual in ((plan.source, source), (plan.target, target)):
        if planned.project_id != actual.project_id:
            raise ConflictError(codes.PLAN_OF_OTHER_PROJECT, found=_project(planned), expected=_project(actual))
    changed = sorted(name for name in plan.inputs if plan.inputs[name] != seals.get(name))
    if changed:
        raise PlanOutdated(codes.PLAN_OUTDATED, what=", ".join(changed))


def _project(identity: Identity) -> str:
    return f"{identity.project_name} ({identity.project_id}) at {identity.cloud}"
