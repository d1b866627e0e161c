"""Containers that the policy ties to waves: their last pass is part of the cut-over. Pure."""

from typing import NamedTuple

from migrate.findings.inputs import Case, own_segments
from migrate.policy.selectors import is_pattern, means


class Tied(NamedTuple):
    """`waves`: maps containers to the names of their waves. `clashes`: maps a container to lines that name different
    waves for it, which are then ignored. `unmatched`: lines that no container matches.
    """

    waves: dict[str, str]
    clashes: dict[str, tuple[str, ...]]
    unmatched: tuple[str, ...]


def tied_containers(case: Case) -> Tied:
    """A container's own line counts before patterns. Its segments go with it, unless a line says otherwise."""
    lines = case.policy.waves.containers
    said: dict[str, str] = {}
    clashes: dict[str, tuple[str, ...]] = {}
    for name in sorted(case.containers) if lines else ():
        fitting = (
            [name] if name in lines else sorted(line for line in lines if is_pattern(line) and means(line, "", name))
        )
        if len({lines[line] for line in fitting}) > 1:
            clashes[name] = tuple(fitting)
        elif fitting:
            said[name] = lines[fitting[0]]
    segments = {part: wave for name, wave in said.items() for part in own_segments(case, name)}
    waves = {name: wave for name, wave in {**segments, **said}.items() if name not in clashes}
    there = {
        line
        for line in lines
        for name in case.containers
        if line == name or (is_pattern(line) and means(line, "", name))
    }
    return Tied(waves, clashes, tuple(sorted(lines.keys() - there)))
