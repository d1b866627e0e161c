"""Who a container's access list lets in: anybody, by referrer, or whoever has a name. Pure: it knows a header's value.

Names of projects and users are of one cloud. At another provider the same name may be anybody's.
"""

EVERYBODY = frozenset({"*:*", "*"})
"""Whoever has a login on the cloud, of whichever project."""

_REFERRERS = frozenset({".r", ".ref", ".referer", ".referrer"})
_LISTINGS = ".rlistings"


def kept(value: str, *, names: bool = False, everybody: bool = False) -> str:
    """The list with what means the same anywhere, and with what else is wanted; as it is where nothing is left out."""
    whole = elements(value)
    found = [one for one in whole if _is_wanted(one, names=names, everybody=everybody)]
    return value if found == whole else ",".join(found)


def parts_of(value: str) -> set[str]:
    """All that we may have set of it: whole, as earlier versions did, or less."""
    answers = (False, True)
    return {value, *(kept(value, names=names, everybody=everybody) for names in answers for everybody in answers)}


def elements(value: str) -> list[str]:
    return [one for part in value.split(",") if (one := part.strip())]


def names_in(value: str) -> list[str]:
    """Its elements that name projects or users; not those that name everybody."""
    return [one for one in elements(value) if not is_anywhere(one) and one not in EVERYBODY]


def is_anywhere(element: str) -> bool:
    """By where a request says that it comes from, with no login: it means the same at every Swift."""
    head, colon, _ = element.partition(":")
    return element.lower() == _LISTINGS or (bool(colon) and head.strip().lower() in _REFERRERS)


def _is_wanted(element: str, *, names: bool, everybody: bool) -> bool:
    return is_anywhere(element) or (everybody if element in EVERYBODY else names)
