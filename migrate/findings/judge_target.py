"""Findings about existing resources at the target that are in the way. Containers: `judge_containers.py`."""

from collections.abc import Iterator
from ipaddress import ip_network

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.findings.judge_default_group import judge_default
from migrate.messages import codes
from migrate.model import Kind, Subnet
from migrate.policy.selectors import item


def judge_target(case: Case) -> Iterator[Finding]:
    yield from _keypairs(case)
    yield from _groups(case)
    yield from judge_default(case)
    yield from _networks(case)
    yield from _subnets(case)


def _keypairs(case: Case) -> Iterator[Finding]:
    there = {keypair.name: keypair for keypair in case.target.keypairs}
    for keypair in case.source.keypairs:
        other = there.get(keypair.name)
        if other and _key(other.public_key) != _key(keypair.public_key):
            yield finding(
                codes.KEYPAIR_NAME_TAKEN, item(Kind.KEYPAIR, keypair.name), keypair.name, other=other.fingerprint or "-"
            )


def _key(public_key: str) -> list[str]:
    """Type and key of a public key, without the comment."""
    return public_key.split()[:2]


def _groups(case: Case) -> Iterator[Finding]:
    ours = set(case.ours.values())
    others = {group.name: group.id for group in case.target.security_groups if group.id not in ours}
    for group in case.source.security_groups:
        # Every project has its own `default` group, which is adopted instead of created, and checked by its rules.
        if group.name in others and group.name != "default" and not _made(case, Kind.SECURITY_GROUP, group.id):
            yield finding(
                codes.SECURITY_GROUP_NAME_TAKEN,
                item(Kind.SECURITY_GROUP, group.id),
                group.name,
                other=others[group.name],
            )


def _networks(case: Case) -> Iterator[Finding]:
    ours = set(case.ours.values())
    others = {n.name: n.id for n in case.target.networks if n.is_own and n.name and n.id not in ours}
    for network in case.source.networks:
        own = network.id in case.own_networks and not _made(case, Kind.NETWORK, network.id)
        if own and network.name in others:
            yield finding(
                codes.NETWORK_NAME_TAKEN, item(Kind.NETWORK, network.id), network.name, other=others[network.name]
            )


def _subnets(case: Case) -> Iterator[Finding]:
    ours = set(case.ours.values())
    own_networks = {n.id for n in case.target.networks if n.is_own and not n.is_external}
    others = [s for s in case.target.subnets if s.network_id in own_networks and s.id not in ours]
    for subnet in case.source.subnets:
        if subnet.network_id not in case.own_networks or _made(case, Kind.SUBNET, subnet.id):
            continue
        other = next((o for o in others if _overlap(subnet, o)), None)
        if other:
            what = {"cidr": subnet.cidr, "other": other.name or other.id, "other_cidr": other.cidr}
            yield finding(codes.SUBNET_OVERLAPS, item(Kind.SUBNET, subnet.id), subnet.name, **what)


def _made(case: Case, kind: Kind, source_id: str) -> bool:
    return (kind, source_id) in case.ours


def _overlap(one: Subnet, other: Subnet) -> bool:
    try:
        first, second = ip_network(one.cidr, strict=False), ip_network(other.cidr, strict=False)
    except ValueError:
        return one.cidr == other.cidr
    return first.version == second.version and first.overlaps(second)
