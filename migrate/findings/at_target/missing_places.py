"""Findings about source resources without a counterpart, or with a different one, at the target."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Volume
from migrate.policy.mapping import Choice
from migrate.policy.policy_records import GLANCE

PASSAGE_FORMAT = "qcow2"
"""The format of the image that each captured disk passes through at the target, except on the attached path."""


def unknown_choice(mapping: str, choice: Choice, known: Iterable[str], item: str, name: str) -> Finding:
    """The finding for a policy mapping to an unknown or ambiguous target."""
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
    """The volume's type at the target; `-` if unknown."""
    choice = case.choices.type_of(volume)
    return (choice.target_name if choice else None) or case.target.facts.default_volume_type or "-"


def judge_passage(
    case: Case, size_bytes: int, item: str, name: str, *, capture: str = GLANCE, restore: str = GLANCE
) -> Iterator[Finding]:
    """Checks image size limits: a disk becomes an image of at most its own size, as its used space is unknown.

    At the source, reading the disk will show whether it fits. At the target this would show only once the source may be
    gone, so a person decides.

    Args:    capture, restore: the paths of this disk: with an image on that side, or without.
    """
    known = case.target.facts.image_formats
    if restore == GLANCE and known and PASSAGE_FORMAT not in known:
        yield finding(codes.DISK_FORMAT_REFUSED, item, name, format=PASSAGE_FORMAT, known=", ".join(sorted(known)))
    for code, side, path, limit in (
        (codes.DISK_IMAGE_MAY_BE_TOO_LARGE, case.source, capture, case.source.facts.image_size_max_bytes),
        (codes.DISK_OVER_IMAGE_LIMIT, case.target, restore, case.target_image_limit_bytes),
    ):
        if path == GLANCE and limit is not None and size_bytes > limit:
            sizes = {"size": size_bytes, "limit": limit}
            yield finding(code, item, name, cloud=side.identity.cloud, **sizes)


def judge_format(case: Case, disk_format: str, item: str, name: str) -> Iterator[Finding]:
    """Checks the format of an image, which moves unchanged."""
    known = case.target.facts.image_formats
    if known and disk_format not in known:
        yield finding(codes.IMAGE_FORMAT_REFUSED, item, name, format=disk_format, known=", ".join(sorted(known)))
