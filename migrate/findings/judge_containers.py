"""Findings about containers: their places, existing content, and features that the other kind of store lacks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from msgspec import UNSET

from migrate.findings.at_target.header_meanings import (
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
from migrate.findings.at_target.object_losses import headers_unseen, lost_headers
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, is_segments
from migrate.messages import codes
from migrate.model import ON_S3, Container, Kind, S3Place, name_id, parse_mark
from migrate.model.access_lists import EVERYBODY, elements, names_in
from migrate.model.bucket_headers import bucket_headers
from migrate.policy.bucket_places import s3_profile, shared_bucket
from migrate.policy.choose_buckets import place_text
from migrate.policy.policy_records import S3Target
from migrate.policy.provider_profiles import Profile
from migrate.policy.s3_object_limits import LINK, UNLISTED, UNREADABLE
from migrate.policy.selectors import item
from migrate.secret_looking import safe_to_show, without_login


def judge_objects(case: Case) -> Iterator[Finding]:
    """`DCP-654` to `DCP-656`, `DCP-850` to `DCP-888`."""
    if not case.source.containers:
        return
    if (case.policy.s3 is not None) != (ON_S3 in case.target.facts.services):
        yield finding(codes.OBJECT_STORE_DIFFERS, wanted="S3" if case.policy.s3 else "Swift")
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
        item_id, name, headers = item(Kind.CONTAINER, container.name), container.name, container.headers
        if not has_store:
            yield finding(codes.NO_OBJECT_STORE, item_id, name)
        other = there.get(name)
        if other and (Kind.CONTAINER, name_id(name)) not in case.ours:
            yield finding(codes.CONTAINER_NAME_TAKEN, item_id, name, objects=other.objects)
        yield from _access_lists(case, container, item_id)
        if SYNC_TO in headers:
            yield finding(codes.CONTAINER_SYNC_LOST, item_id, name, to=without_login(headers[SYNC_TO]))
        if about(headers, TEMP_URL):
            yield finding(codes.TEMPURL_KEYS_COPIED, item_id, name)
        if has_history(headers):
            keeps = case.policy.versions == "keep"
            yield (
                finding(codes.VERSIONS_COPIED, item_id, name)
                if keeps
                else finding(codes.VERSIONS_LEFT, item_id, name, why="versions-current")
            )
        yield from _odd(container, item_id)
        if container.storage_policy and container.storage_policy != usual:
            yield finding(codes.STORAGE_POLICY_CHANGES, item_id, name, policy=container.storage_policy)


def _access_lists(case: Case, container: Container, item: str) -> Iterator[Finding]:
    """Findings about access lists. Public access carries over; named users and everybody with a login only
    if accepted.
    """
    for header in (READ, WRITE):
        value = container.headers.get(header, "")
        everybody = [one for one in elements(value) if one in EVERYBODY]
        for code, accepted, named in (
            (BY_NAME, codes.ACCESS_LIST_NAMES_ACCEPTED, names_in(value)),
            (BY_EVERYBODY, codes.ACCESS_LIST_EVERYBODY_ACCEPTED, everybody),
        ):
            if named:
                is_set = may_name(case.policy, code, container.name)
                yield finding(accepted if is_set else code, item, container.name, header=header, value=",".join(named))


def _odd(container: Container, item: str) -> Iterator[Finding]:
    """Findings from the check of a container's object names and headers."""
    for odd in () if container.odd is UNSET else container.odd:
        if odd.why == LINK:
            yield finding(codes.OBJECT_LINKS, item, container.name, objects=odd.objects, example=odd.example)
        elif odd.why == UNREADABLE:
            yield finding(UNLISTED, item, container.name, objects=odd.objects, example=odd.example)
        else:
            yield finding(
                codes.OBJECTS_REFUSED, item, container.name, why=odd.why, objects=odd.objects, example=odd.example
            )


# ---------------------------------------------------------------- S3


def _s3(case: Case, said: S3Target) -> Iterator[Finding]:
    profile = s3_profile(case.policy)
    if case.places:
        yield finding(
            codes.BUCKET_NAMES_GLOBAL,
            buckets=len(_bucket_names(case)),
            endpoint=urlsplit(said.endpoint).netloc or "AWS",
        )
        yield finding(codes.S3_EXPIRY_AND_LINKS)
        unseen = [c.objects for c in case.source.containers if c.name in case.places and c.odd is UNSET]
        if unseen:
            yield finding(codes.OBJECT_NAMES_UNCHECKED, containers=len(unseen), objects=sum(unseen))
        yield from headers_unseen(case)
        yield from _provider(case, said, profile) if profile else ()
    there = {container.name: container for container in case.target.containers}
    for container in case.source.containers:
        place = case.places.get(container.name)
        if place is None:
            continue
        item_id = item(Kind.CONTAINER, container.name)
        yield from _place(case, container, place, there.get(place_text(place)))
        if is_segments(container.name):
            yield finding(codes.SEGMENTS_CONTAINER, item_id, container.name, bucket=place_text(place))
        else:
            yield from _left_behind(container, item_id, {} if place.prefix else bucket_headers(container.headers))
            yield from _odd(container, item_id)
            yield from lost_headers(case.policy, container, item_id)


def _provider(case: Case, said: S3Target, profile: Profile) -> Iterator[Finding]:
    """Findings from the provider's documentation, for all containers together."""
    told = f"{profile.documents}, {profile.as_of}"
    yield finding(codes.PROFILE_USED, profile=profile.key, provider=profile.name, source=told)
    if profile.no_double_hyphens:
        for name, place in sorted(case.places.items()):
            if "--" in place.bucket:
                item_id = item(Kind.CONTAINER, name)
                yield finding(codes.BUCKET_NAME_REFUSED, item_id, name, bucket=place.bucket, profile=profile.key)
    if profile.s3_style and profile.s3_style != said.style:
        yield finding(codes.BUCKET_ADDRESSING, style=said.style, wanted=profile.s3_style, profile=profile.key)
    if profile.buckets is None:
        return
    buckets = _bucket_names(case)
    shared = [place.bucket for place in case.places.values() if place.bucket.startswith(shared_bucket(case.policy))]
    if len(buckets) > profile.buckets:
        yield finding(codes.TOO_MANY_BUCKETS, buckets=len(buckets), limit=profile.buckets, profile=profile.key)
    elif shared:
        count, most = len(shared), profile.buckets
        yield finding(codes.BUCKET_SHARED, containers=count, bucket=shared[0], limit=most, profile=profile.key)


def _bucket_names(case: Case) -> set[str]:
    return {place.bucket for place in case.places.values()}


def _place(case: Case, container: Container, place: S3Place, other: Container | None) -> Iterator[Finding]:
    """Findings about a container's place on S3. `other`: an existing container there."""
    item_id, text = item(Kind.CONTAINER, container.name), place_text(place)
    refused = next((row for row in case.target.others if (row.service, row.name) == (ON_S3, text)), None)
    if refused:
        yield finding(
            codes.BUCKET_OF_OTHERS, item_id, container.name, bucket=place.bucket, why=refused.details.get("why", "-")
        )
        return
    if text != container.name and not is_segments(container.name):
        yield finding(codes.CONTAINER_BECOMES_BUCKET, item_id, container.name, bucket=text)
    # A container named in the policy is intended, whatever it holds; one named after this migration is ours.
    is_meant = case.policy.s3 is not None and container.name in case.policy.s3.buckets
    is_meant = is_meant or place.bucket.startswith(shared_bucket(case.policy))
    if other and other.objects and not is_meant and not _is_ours(case, container, other):
        yield finding(codes.BUCKET_NOT_EMPTY, item_id, container.name, bucket=text)


def _is_ours(case: Case, container: Container, there: Container) -> bool:
    mark = parse_mark(there.mark or "")
    is_this = mark is not None and mark.source_id == name_id(container.name)
    return is_this and mark is not None and mark.migration == case.policy.migration[:8]


def _left_behind(container: Container, item: str, carried: Mapping[str, str]) -> Iterator[Finding]:
    """Findings about container settings that a bucket lacks, each with the manual work or the replacement.

    `carried`: settings that the bucket gets.
    """
    name, headers = container.name, container.headers
    for header in (READ, WRITE):
        if headers.get(header):
            yield finding(
                codes.ACCESS_LIST_LOST, item, name, header=header, value=safe_to_show(header, headers[header])
            )
    for code, start in ((codes.CORS_BECOMES_BUCKETS, CORS), (codes.WEBSITE_BECOMES_BUCKETS, WEB)):
        if found := [f"{key}: {carried[key]}" for key in about(carried, start)]:
            yield finding(code, item, name, headers=", ".join(found))
    for code, start in ((codes.CORS_LOST, CORS), (codes.WEBSITE_LOST, WEB), (codes.BUCKET_QUOTA_LOST, QUOTA)):
        if found := [
            f"{key}: {safe_to_show(key, headers[key])}" for key in about(headers, start) if key not in carried
        ]:
            yield finding(code, item, name, headers=", ".join(found))
    if about(headers, TEMP_URL):
        yield finding(codes.TEMPURLS_END, item, name)
    if keys := own_metadata(headers):
        yield finding(codes.CONTAINER_METADATA_LOST, item, name, keys=", ".join(keys))
    if SYNC_TO in headers:
        yield finding(codes.CONTAINER_SYNC_LOST, item, name, to=without_login(headers[SYNC_TO]))
    for header in ARCHIVES:
        if headers.get(header):
            yield finding(codes.VERSIONS_CONTAINER, item, name, archive=headers[header])
    if has_history(headers):
        yield finding(codes.VERSIONS_LEFT, item, name, why="versions-s3")
