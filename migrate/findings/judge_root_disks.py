"""Findings about root disks that become boot volumes at the target."""

from collections.abc import Iterator

from migrate.findings.at_target.missing_places import judge_passage, unknown_choice
from migrate.findings.at_target.root_disks import root_type, root_volume
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, boots_from_volume
from migrate.messages import codes
from migrate.model import Kind, Server
from migrate.policy.mapping import Choice
from migrate.policy.policy_records import ATTACHED
from migrate.policy.selectors import fits, item
from migrate.units import GIB


def judge_root(case: Case, server: Server) -> Iterator[Finding]:
    """`DCP-890`; a missing or encrypting volume type; image size limits."""
    item_id, name, offered = item(Kind.SERVER, server.id), server.name, case.target.facts.volume_types
    volume, wanted, restore = root_volume(case, server), root_type(case), case.policy.disks.restore
    if case.policy.boot_volume_type and wanted not in offered:
        choice = Choice(source="the root disk", target=None, target_name=wanted or "", why="unknown")
        yield unknown_choice("servers.boot_volume_type", choice, offered, item_id, name)
    else:
        yield finding(codes.ROOT_DISK_BECOMES_VOLUME, item_id, name, size_gib=volume.size_gib, type=wanted or "-")
    if restore != ATTACHED and case.types_that_encrypt.get(wanted or ""):
        yield finding(codes.ENCRYPTED_UNREADABLE, item_id, name, type=wanted)
    yield from judge_passage(case, volume.size_gib * GIB, item_id, name, restore=restore)


def judge_word(case: Case, server: Server) -> Iterator[Finding]:
    """`DCP-892`: the policy selects a server that already boots from a volume."""
    item_id = item(Kind.SERVER, server.id)
    named = [one for one in case.policy.boot_by_server if fits(one, item_id, server.name)]
    if named and boots_from_volume(server):
        yield finding(codes.BOOT_CHOICE_UNUSED, item_id, server.name, selector=named[0])
