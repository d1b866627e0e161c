"""What is found where something of the source has no place at the target, or another one."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Volume
from migrate.policy.mapping import Choice
from migrate.policy.policy_records import GLANCE
from migrate.units import format_bytes

PASSAGE_FORMAT = "qcow2"
"""Every captured disk passes through an image of this format on its way into the target, but for those that are written
to a volume which is attached."""


def unknown_choice(mapping: str, choice: Choice, known: Iterable[str], item: str, name: str) -> Finding:
    """The policy maps to something that is not there, or to two things at once."""
    if choice.why == "clash":
        return finding(codes.MAPPING_AMBIGUOUS, item, name, mapping=mapping, lines=choice.target_name)
    names = sorted(set(known))
    shown = get_close_matches(choice.target_name, names, n=3) or names[:10]
    return finding(
        codes.MAPPING_TARGET_UNKNOWN,
        item,
        name,
        mapping=mapping,
        source=choice.source,
        wanted=choice.target_name,
        known=", ".join(shown),
    )


def judge_zone(mapping: str, choice: Choice, known: tuple[str, ...], item: str, name: str) -> Iterator[Finding]:
    if choice.is_wrong:
        yield unknown_choice(mapping, choice, known, item, name)
    elif choice.target_name != choice.source:
        yield finding(codes.ZONE_CHANGES, item, name, source=choice.source or "-", target=choice.target_name or "-")


def target_type(case: Case, volume: Volume) -> str:
    """The volume type that the volume gets at the target; `-`: not told."""
    choice = case.choices.type_of(volume)
    return (choice.target_name if choice else None) or case.target.facts.default_volume_type or "-"


def judge_passage(
    case: Case, size_bytes: int, item: str, name: str, *, capture: str = GLANCE, restore: str = GLANCE
) -> Iterator[Finding]:
    """A disk passes through an image of at most its own size; how much of it is used is not known beforehand.

    At the source that is found out by reading it. At the target it would be found out once the source may be gone, so
    there somebody decides.

    Args:    capture, restore: the paths that this disk takes: an image is made of it on that side, or none.
    """
    known = case.target.facts.image_formats
    if restore == GLANCE and known and PASSAGE_FORMAT not in known:
        yield finding(codes.DISK_FORMAT_REFUSED, item, name, format=PASSAGE_FORMAT, known=", ".join(sorted(known)))
    for code, side, path, limit in (
        (codes.DISK_IMAGE_MAY_BE_TOO_LARGE, case.source, capture, case.source.facts.image_size_max_bytes),
        (codes.DISK_OVER_IMAGE_LIMIT, case.target, restore, case.target_image_limit_bytes),
    ):
        if path == GLANCE and limit is not None and size_bytes > limit:
            sizes = {"size": format_bytes(size_bytes), "limit": format_bytes(limit)}
            yield finding(code, item, name, cloud=side.identity.cloud, **sizes)


def judge_format(case: Case, disk_format: str, item: str, name: str) -> Iterator[Finding]:
    """Of an image, which travels as it is."""
    known = case.target.facts.image_formats
    if known and disk_format not in known:
        yield finding(codes.IMAGE_FORMAT_REFUSED, item, name, format=disk_format, known=", ".join(sorted(known)))
