"""Chooses a place on S3 for each container: its own bucket, or a prefix in a shared one. Pure and repeatable.

The policy's choice comes first, then the container's existing place: a new or renamed container never moves another
one. The others get a legal name as close to their own as possible.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from migrate.model import S3Place

BUCKET_PREFIX = re.compile(r"(?=.{1,32}\Z)[a-z0-9]+(-[a-z0-9]+)*-?")
"""Valid prefixes for bucket names in the policy."""

_SHORTEST, _LONGEST = 3, 63
_LEGAL = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PLAIN = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_ADDRESS = re.compile(r"\d+(\.\d+){3}")
_TAKEN_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_TAKEN_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_CUT_SHORT = re.compile(r"%.?\Z")
_DIGEST, _LONGEST_DIGEST = 8, 24
_LONGEST_NAME_IN_PREFIX = 80
SHARED = "containers"


def is_bucket_name(name: str) -> bool:
    """Whether the name is a valid bucket name on every S3 service."""
    return (
        _SHORTEST <= len(name) <= _LONGEST
        and bool(_LEGAL.fullmatch(name))
        and not any(pair in name for pair in ("..", ".-", "-."))
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_TAKEN_STARTS)
        and not name.endswith(_TAKEN_ENDS)
    )


def place_of(text: str) -> S3Place:
    """The place in a text of the form `bucket` or `bucket/prefix`."""
    bucket, _, prefix = text.partition("/")
    return S3Place(bucket=bucket, prefix=prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def place_text(place: S3Place) -> str:
    """The text form of a place, also used in the target's inventory."""
    return f"{place.bucket}/{place.prefix}" if place.prefix else place.bucket


def overlaps(one: S3Place, other: S3Place) -> bool:
    """Whether a key could belong to both places."""
    if one.bucket != other.bucket:
        return False
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


def bucket_places(
    names: Iterable[str],
    said: Mapping[str, str],
    *,
    before: Mapping[str, S3Place] | None = None,
    bucket_prefix: str = "",
    style: str = "path",
    most: int | None = None,
    shared: str = SHARED,
) -> dict[str, S3Place]:
    """A place for each container; none within another's.

    Args:   names: all containers.   said: maps a container to `bucket` or `bucket/prefix`, none within another's.
            before: existing places of this migration's containers.   style: `virtual` requires names without dots,
            which
            certificates do not cover.   most: the provider's limit on buckets; beyond it, containers without a choice
            in
            the policy share the bucket `shared`, each with its own prefix.
    """
    ordered = sorted(names, key=str.encode)
    known = set(ordered)
    # Lines for missing containers count too: their places must not receive other containers' keys.
    meant = {name: place_of(text) for name, text in said.items()}
    places = {name: place for name, place in meant.items() if name in known}
    for name, place in (before or {}).items():
        if name in known and name not in places and not any(overlaps(place, one) for one in meant.values()):
            places[name] = place
    left = [name for name in ordered if name not in places]
    there = [*places.values(), *meant.values()]
    taken = {place.bucket for place in there}
    if most is not None and len(taken) + len(left) > most:
        return places | _below_prefixes(left, f"{bucket_prefix}{shared}", there)
    return places | _buckets(left, taken, bucket_prefix, dots=style != "virtual")


# ---------------------------------------------------------------- one bucket each


def _buckets(names: list[str], taken: set[str], start: str, *, dots: bool) -> dict[str, S3Place]:
    """Bucket names; equal results get a digest, except for a name that is valid unchanged."""
    near = {name: _near(name, start, dots=dots) for name in names}
    alike = Counter(near.values())
    exact = {name for name in names if near[name] == start + name}
    used, chosen = set(taken), {}
    for name in sorted(names, key=lambda name: name not in exact):
        bucket = near[name]
        is_shared = alike[bucket] > 1 and name not in exact
        chosen[name] = _with_digest(name, start, used) if is_shared or not _is_free(bucket, used) else bucket
        used.add(chosen[name])
    return {name: S3Place(bucket=chosen[name]) for name in names}


def _near(name: str, start: str, *, dots: bool) -> str:
    """The name itself if it is valid; else its letters and digits, which may still be invalid."""
    whole = start + name
    is_plain = _PLAIN.fullmatch(whole) and (dots or "." not in whole)
    return whole if is_plain and is_bucket_name(whole) else start + _letters(name)


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_PLAIN.sub("-", plain.lower()).strip("-")


def _with_digest(name: str, start: str, used: set[str]) -> str:
    digest = _digest(name)
    for length in range(_DIGEST, _LONGEST_DIGEST):
        letters = _letters(name)[: _LONGEST - len(start) - length - len("c--")].strip("-")
        # `c-` for `container`, if there is no letter or the name would start with an illegal character.
        for bucket in (f"{start}{letters}-{digest[:length]}", f"{start}c-{letters}-{digest[:length]}"):
            plain = bucket.replace("--", "-")
            if _is_free(plain, used):
                return plain
    raise ValueError(f"no bucket name is left for {name!r}")


def _is_free(bucket: str, used: set[str]) -> bool:
    return bucket not in used and is_bucket_name(bucket)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


# ---------------------------------------------------------------- a shared bucket


def _below_prefixes(names: list[str], bucket: str, others: Iterable[S3Place]) -> dict[str, S3Place]:
    """Prefixes of one path segment, none within another's; in a different bucket if this one is fully taken."""
    there = list(others)
    whole = {place.bucket for place in there if not place.prefix}
    own = next(one for one in (bucket, *(f"{bucket}-{n}" for n in range(len(whole)))) if one not in whole)
    used = {f"{place.prefix.partition('/')[0]}/" for place in there if place.bucket == own}
    places = {}
    for name in names:
        prefix = next(one for one in _prefixes(name) if one not in used)
        used.add(prefix)
        places[name] = S3Place(bucket=own, prefix=prefix)
    return places


def _prefixes(name: str) -> Iterator[str]:
    """Candidates: the container's name, percent-encoded as one path segment; else with a digest."""
    quoted, digest = quote(name, safe=""), _digest(name)
    if name not in {".", ".."} and len(quoted) <= _LONGEST_NAME_IN_PREFIX:
        yield f"{quoted}/"
    short = _CUT_SHORT.sub("", quoted[: _LONGEST_NAME_IN_PREFIX - _DIGEST])
    for length in range(_DIGEST, _LONGEST_DIGEST):
        yield f"{short}-{digest[:length]}/"
