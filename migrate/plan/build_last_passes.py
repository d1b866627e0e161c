"""The last passes of containers that the policy ties to waves."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET, UnsetType

from migrate.findings.inputs import Case
from migrate.findings.tied_containers import tied_containers
from migrate.model import Kind
from migrate.model.steps import CopyContainer, LastPass, Step
from migrate.model.wave_records import PlannedWave
from migrate.policy.selectors import item


def last_passes(case: Case, steps: Sequence[Step], waves: Sequence[PlannedWave] | UnsetType) -> Iterator[Step]:
    """One step for each tied container of a wave that this plan stops, after its copy and the wave's stops.

    Segments come before or after their large objects, as in the first copy.
    """
    if waves is UNSET or not case.policy.waves.containers:
        return
    stopped = {wave.name: wave for wave in waves}
    tied = {name: stopped[wave] for name, wave in tied_containers(case).waves.items() if wave in stopped}
    by_id = {step.id: step for step in steps}
    for name, wave in sorted(tied.items()):
        copy = by_id.get(item(Kind.CONTAINER, name))
        if copy is not None and isinstance(copy.action, CopyContainer):
            yield _last_pass(copy, copy.action, wave, _before(copy, by_id, tied))


def _last_pass(copy: Step, action: CopyContainer, wave: PlannedWave, before: Sequence[str]) -> Step:
    stops = (item(Kind.SERVER, server_id, "stop") for server_id in wave.servers)
    return Step.for_action(
        step_id=item(Kind.CONTAINER, action.name, "last-pass"),
        name=copy.name,
        action=LastPass(name=action.name, servers=wave.servers, objects=action.objects),
        needs=tuple(sorted({copy.id, *stops, *before})),
    )


def _before(copy: Step, by_id: Mapping[str, Step], tied: Mapping[str, PlannedWave]) -> list[str]:
    """Last passes of the same wave that come first: of the containers whose copy came first."""
    found = []
    for need in copy.needs:
        other = by_id[need].action
        if isinstance(other, CopyContainer) and isinstance(copy.action, CopyContainer):
            wave = tied.get(other.name)
            if wave is not None and wave == tied[copy.action.name]:
                found.append(item(Kind.CONTAINER, other.name, "last-pass"))
    return found
