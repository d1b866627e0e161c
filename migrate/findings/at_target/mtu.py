"""What a network's largest packet (MTU) becomes: its own where the target lets a member choose it and gives as much."""

from migrate.findings.at_target.features import MTU_WRITABLE, has_extension
from migrate.findings.inputs import Case
from migrate.model import Kind, Network


def mtu_wanted(case: Case, network: Network) -> int | None:
    """What the target is asked for; None: nothing, it gives its own.

    A larger one than its networks carry is refused, and the network with it.
    """
    known = mtu_at_target(case, network)
    smaller = network.mtu is not None and known is not None and known < network.mtu
    return None if smaller or not has_extension(case.target.facts, MTU_WRITABLE) else network.mtu


def mtu_at_target(case: Case, network: Network) -> int | None:
    """What is known: of the moved network, else of what the target gives at most, where that is less; None: unknown."""
    moved_id = case.ours.get((Kind.NETWORK, network.id))
    made = next((n for n in case.target.networks if n.id == moved_id and n.mtu is not None), None)
    if made is not None:
        return made.mtu
    own = _own(case)
    if not has_extension(case.target.facts, MTU_WRITABLE):
        # Nobody chooses there: as long as all are alike, the next one is too.
        return own.pop() if len(own) == 1 else None
    given = own or {n.mtu for n in case.target.facts.external_networks if n.mtu is not None}
    largest = max(given, default=None)
    return largest if largest is not None and network.mtu is not None and largest < network.mtu else None


def _own(case: Case) -> set[int]:
    """Of the target's own networks that this migration has not made: what those have was asked for."""
    ours = set(case.ours.values())
    others = (n for n in case.target.networks if n.is_own and not n.is_external and n.id not in ours)
    return {n.mtu for n in others if n.mtu is not None}
