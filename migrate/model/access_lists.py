"""Access lists of containers: access for everybody, by referrer, or for named users. Pure: parses header values.

Names of projects and users are only valid on one cloud. At another provider the same name may belong to anybody.
"""

EVERYBODY = frozenset({"*:*", "*"})
"""Everybody with a login on the cloud, in any project."""

_REFERRERS = frozenset({".r", ".ref", ".referer", ".referrer"})
_LISTINGS = ".rlistings"


def portable_list(value: str, *, names: bool = False, everybody: bool = False) -> str:
    """The entries that mean the same everywhere, plus the requested kinds; unchanged if nothing is left out."""
    whole = elements(value)
    found = [one for one in whole if _is_wanted(one, names=names, everybody=everybody)]
    return value if found == whole else ",".join(found)


def parts_of(value: str) -> set[str]:
    """All forms in which we may have set the list: complete, as earlier versions did, or reduced."""
    answers = (False, True)
    return {
        value,
        *(portable_list(value, names=names, everybody=everybody) for names in answers for everybody in answers),
    }


def elements(value: str) -> list[str]:
    return [one for part in value.split(",") if (one := part.strip())]


def names_in(value: str) -> list[str]:
    """Entries that name projects or users, except those for everybody."""
    return [one for one in elements(value) if not is_anywhere(one) and one not in EVERYBODY]


def is_anywhere(element: str) -> bool:
    """Whether the entry grants access by referrer, without a login: it means the same on every Swift."""
    head, colon, _ = element.partition(":")
    return element.lower() == _LISTINGS or (bool(colon) and head.strip().lower() in _REFERRERS)


def _is_wanted(element: str, *, names: bool, everybody: bool) -> bool:
    return is_anywhere(element) or (everybody if element in EVERYBODY else names)
