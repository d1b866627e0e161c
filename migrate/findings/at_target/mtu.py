"""The MTU of a moved network: its own, if the target lets members choose it and allows as much."""

from migrate.findings.at_target.features import MTU_WRITABLE, has_extension
from migrate.findings.inputs import Case
from migrate.model import Kind, Network


def mtu_wanted(case: Case, network: Network) -> int | None:
    """The MTU to request; None to accept the target's own.

    A larger MTU than the target allows would make it refuse the network.
    """
    known = mtu_at_target(case, network)
    smaller = network.mtu is not None and known is not None and known < network.mtu
    return None if smaller or not has_extension(case.target.facts, MTU_WRITABLE) else network.mtu


def mtu_at_target(case: Case, network: Network) -> int | None:
    """The MTU at the target: of the moved network, else the target's maximum if that is smaller; None: unknown."""
    moved_id = case.ours.get((Kind.NETWORK, network.id))
    made = next((n for n in case.target.networks if n.id == moved_id and n.mtu is not None), None)
    if made is not None:
        return made.mtu
    own = _own(case)
    if not has_extension(case.target.facts, MTU_WRITABLE):
        # The MTU cannot be chosen there: if all are equal, the next one will be too.
        return own.pop() if len(own) == 1 else None
    given = own or {n.mtu for n in case.target.facts.external_networks if n.mtu is not None}
    largest = max(given, default=None)
    return largest if largest is not None and network.mtu is not None and largest < network.mtu else None


def _own(case: Case) -> set[int]:
    """The MTUs of existing target networks that this migration did not create."""
    ours = set(case.ours.values())
    others = (n for n in case.target.networks if n.is_own and not n.is_external and n.id not in ours)
    return {n.mtu for n in others if n.mtu is not None}
