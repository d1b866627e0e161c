"""What is found of containers: where they go, what is there, and what the other kind of store has no place for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from msgspec import UNSET

from migrate.access_lists import EVERYBODY, elements, names_in
from migrate.model import ON_S3, Container, Kind, S3Place, name_id, parse_mark
from migrate.plan.buckets import place_text
from migrate.plan.case import Case, is_segments
from migrate.plan.container_headers import (
    ARCHIVES,
    BY_EVERYBODY,
    BY_NAME,
    CORS,
    QUOTA,
    READ,
    SYNC_TO,
    TEMP_URL,
    WEB,
    WRITE,
    about,
    has_history,
    may_name,
    own_metadata,
)
from migrate.plan.findings import Finding, finding
from migrate.plan.object_losses import headers_unseen, lost_headers
from migrate.plan.object_rules import LINK, UNLISTED, UNREADABLE
from migrate.plan.places_s3 import s3_profile, shared_bucket
from migrate.plan.profiles import Profile
from migrate.plan.selectors import item
from migrate.plan.settings import S3Target
from migrate.s3_buckets import bucket_headers
from migrate.secret_keys import told


def judge_objects(case: Case) -> Iterator[Finding]:
    """`DCP-654` to `DCP-656`, `DCP-850` to `DCP-888`."""
    if not case.source.containers:
        return
    if (case.policy.s3 is not None) != (ON_S3 in case.target.facts.services):
        yield finding("DCP-855", wanted="S3" if case.policy.s3 else "Swift")
    elif case.policy.s3 is not None:
        yield from _s3(case, case.policy.s3)
    else:
        yield from _swift(case)


# ---------------------------------------------------------------- Swift


def _swift(case: Case) -> Iterator[Finding]:
    has_store = "object-store" in case.target.facts.services
    there = {container.name: container for container in case.target.containers}
    policies = Counter(container.storage_policy for container in case.source.containers if container.storage_policy)
    usual = policies.most_common(1)[0][0] if policies else None
    for container in case.source.containers:
        of, name, headers = item(Kind.CONTAINER, container.name), container.name, container.headers
        if not has_store:
            yield finding("DCP-655", of, name)
        other = there.get(name)
        if other and (Kind.CONTAINER, name_id(name)) not in case.ours:
            yield finding("DCP-654", of, name, objects=other.objects)
        yield from _access_lists(case, container, of)
        if SYNC_TO in headers:
            yield finding("DCP-863", of, name, to=headers[SYNC_TO])
        if about(headers, TEMP_URL):
            yield finding("DCP-869", of, name)
        if has_history(headers):
            keeps = case.policy.versions == "keep"
            yield finding("DCP-865", of, name) if keeps else finding("DCP-866", of, name, why="versions-current")
        yield from _odd(container, of)
        if container.storage_policy and container.storage_policy != usual:
            yield finding("DCP-870", of, name, policy=container.storage_policy)


def _access_lists(case: Case, container: Container, of: str) -> Iterator[Finding]:
    """Who may read publicly carries over; who is named, and everybody with a login, only where that is accepted."""
    for header in (READ, WRITE):
        value = container.headers.get(header, "")
        everybody = [one for one in elements(value) if one in EVERYBODY]
        for code, accepted, named in ((BY_NAME, "DCP-656", names_in(value)), (BY_EVERYBODY, "DCP-882", everybody)):
            if named:
                is_set = may_name(case.policy, code, container.name)
                yield finding(accepted if is_set else code, of, container.name, header=header, value=",".join(named))


def _odd(container: Container, of: str) -> Iterator[Finding]:
    """What a look through the listing has found."""
    for odd in () if container.odd is UNSET else container.odd:
        if odd.why == LINK:
            yield finding("DCP-873", of, container.name, objects=odd.objects, example=odd.example)
        elif odd.why == UNREADABLE:
            yield finding(UNLISTED, of, container.name, objects=odd.objects, example=odd.example)
        else:
            yield finding("DCP-872", of, container.name, why=odd.why, objects=odd.objects, example=odd.example)


# ---------------------------------------------------------------- S3


def _s3(case: Case, said: S3Target) -> Iterator[Finding]:
    profile = s3_profile(case.policy)
    if case.places:
        yield finding("DCP-851", buckets=len(_bucket_names(case)), endpoint=urlsplit(said.endpoint).netloc or "AWS")
        yield finding("DCP-871")
        unseen = [c.objects for c in case.source.containers if c.name in case.places and c.odd is UNSET]
        if unseen:
            yield finding("DCP-874", containers=len(unseen), objects=sum(unseen))
        yield from headers_unseen(case)
        yield from _provider(case, said, profile) if profile else ()
    there = {container.name: container for container in case.target.containers}
    for container in case.source.containers:
        place = case.places.get(container.name)
        if place is None:
            continue
        of = item(Kind.CONTAINER, container.name)
        yield from _place(case, container, place, there.get(place_text(place)))
        if is_segments(container.name):
            yield finding("DCP-867", of, container.name, bucket=place_text(place))
        else:
            yield from _left_behind(container, of, {} if place.prefix else bucket_headers(container.headers))
            yield from _odd(container, of)
            yield from lost_headers(case.policy, container, of)


def _provider(case: Case, said: S3Target, profile: Profile) -> Iterator[Finding]:
    """What its documents say of all of them together."""
    told = f"{profile.documents}, {profile.as_of}"
    yield finding("DCP-832", profile=profile.key, provider=profile.name, source=told)
    if profile.no_double_hyphens:
        for name, place in sorted(case.places.items()):
            if "--" in place.bucket:
                of = item(Kind.CONTAINER, name)
                yield finding("DCP-809", of, name, bucket=place.bucket, profile=profile.key)
    if profile.s3_style and profile.s3_style != said.style:
        yield finding("DCP-856", style=said.style, wanted=profile.s3_style, profile=profile.key)
    if profile.buckets is None:
        return
    buckets = _bucket_names(case)
    shared = [place.bucket for place in case.places.values() if place.bucket.startswith(shared_bucket(case.policy))]
    if len(buckets) > profile.buckets:
        yield finding("DCP-868", buckets=len(buckets), limit=profile.buckets, profile=profile.key)
    elif shared:
        count, most = len(shared), profile.buckets
        yield finding("DCP-854", containers=count, bucket=shared[0], limit=most, profile=profile.key)


def _bucket_names(case: Case) -> set[str]:
    return {place.bucket for place in case.places.values()}


def _place(case: Case, container: Container, place: S3Place, other: Container | None) -> Iterator[Finding]:
    """`other`: what the scan has found at the place."""
    of, text = item(Kind.CONTAINER, container.name), place_text(place)
    refused = next((row for row in case.target.others if (row.service, row.name) == (ON_S3, text)), None)
    if refused:
        yield finding("DCP-852", of, container.name, bucket=place.bucket, why=refused.details.get("why", "-"))
        return
    if text != container.name and not is_segments(container.name):
        yield finding("DCP-850", of, container.name, bucket=text)
    # One that the policy names is meant, whatever is in it; one that is named after this migration is nobody else's.
    is_meant = case.policy.s3 is not None and container.name in case.policy.s3.buckets
    is_meant = is_meant or place.bucket.startswith(shared_bucket(case.policy))
    if other and other.objects and not is_meant and not _is_ours(case, container, other):
        yield finding("DCP-853", of, container.name, bucket=text)


def _is_ours(case: Case, container: Container, there: Container) -> bool:
    mark = parse_mark(there.mark or "")
    is_this = mark is not None and mark.source_id == name_id(container.name)
    return is_this and mark is not None and mark.migration == case.policy.migration[:8]


def _left_behind(container: Container, of: str, carried: Mapping[str, str]) -> Iterator[Finding]:
    """What a bucket does not get of a container, each with what is to be done by hand, and what it gets otherwise.

    `carried`: as the bucket's settings.
    """
    name, headers = container.name, container.headers
    for header in (READ, WRITE):
        if headers.get(header):
            yield finding("DCP-857", of, name, header=header, value=told(header, headers[header]))
    for code, start in (("DCP-886", CORS), ("DCP-887", WEB)):
        if found := [f"{key}: {carried[key]}" for key in about(carried, start)]:
            yield finding(code, of, name, headers=", ".join(found))
    for code, start in (("DCP-858", CORS), ("DCP-859", WEB), ("DCP-861", QUOTA)):
        if found := [f"{key}: {told(key, headers[key])}" for key in about(headers, start) if key not in carried]:
            yield finding(code, of, name, headers=", ".join(found))
    if about(headers, TEMP_URL):
        yield finding("DCP-860", of, name)
    if keys := own_metadata(headers):
        yield finding("DCP-862", of, name, keys=", ".join(keys))
    if SYNC_TO in headers:
        yield finding("DCP-863", of, name, to=headers[SYNC_TO])
    for header in ARCHIVES:
        if headers.get(header):
            yield finding("DCP-864", of, name, archive=headers[header])
    if has_history(headers):
        yield finding("DCP-866", of, name, why="versions-s3")
