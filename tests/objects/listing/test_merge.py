"""Three listings side by side, and what each name needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrate.model import ObjectEntry
from migrate.objects.listing.merge import Name, Need, merged, need
from migrate.objects.listing.object_rows import Row, row_of

names = st.sets(st.sampled_from(["a", "a/", "a//b", "B", "é", "z", "\U0001f600", "\uffff", "\x01", "ａ"]))


def listing(chosen: set[str]) -> list[ObjectEntry]:
    return [entry(name) for name in sorted(chosen, key=str.encode)]


def entry(name: str = "x", **facts: object) -> ObjectEntry:
    plain = ObjectEntry(name=name, size_bytes=3, etag="e", content_type="t/t", last_modified="2026-01-01T00:00:00.1")
    return replace(plain, **facts)


def row(name: str = "x", **facts: object) -> Row:
    return replace(row_of(entry(name)), headers={}, **facts)


@given(names, names, names)
def test_every_name_once_in_the_order_of_its_bytes_with_all_that_is_known_of_it(
    now: set[str], then: set[str], there: set[str]
) -> None:
    found = list(merged(listing(now), map(row_of, listing(then)), listing(there)))
    seen = [next(one.name for one in each if one is not None) for each in found]
    assert seen == sorted(now | then | there, key=str.encode)
    for name, each in zip(seen, found, strict=True):
        assert [one is not None for one in each] == [name in now, name in then, name in there]


@pytest.mark.parametrize(
    ("now", "then", "there", "wanted"),
    [
        (entry(), None, None, Need.SEND),
        (entry(), None, entry(), Need.LOOK),
        (entry(), row(), entry(), Need.NOTHING),
        (entry(), row(), entry(last_modified="1999"), Need.NOTHING),  # clocks of two clouds are never compared
        (entry(), row(), entry(content_type=""), Need.NOTHING),  # S3 lists no types
        (entry(), row(), None, Need.LOOK),  # its listing may lag behind what we sent
        (entry(last_modified="2027"), row(), entry(), Need.LOOK),  # its metadata may have changed
        (entry(etag="f"), row(), entry(), Need.SEND),
        (entry(), row(), entry(etag="f"), Need.SEND),
        (entry(), row(), entry(size_bytes=4), Need.SEND),
        (entry(), row(), entry(content_type="o/o"), Need.SEND),
        (entry(), row(skip_reason="lost"), None, Need.SEND),
        (entry(), row(skip_reason="gone"), entry(), Need.LOOK),  # it has come back
        (None, row(), entry(), Need.GONE),
        (None, row(), None, Need.GONE),
        (None, None, entry(), Need.EXTRA),
        # Manifests are written by each cloud for itself: their own ETags differ, the whole's do not.
        (entry(slo_etag="s"), row(slo_etag="s"), entry(etag="o", slo_etag="s"), Need.NOTHING),
        (entry(slo_etag="s"), row(slo_etag="s"), entry(etag="o", slo_etag="r"), Need.SEND),
        (entry(slo_etag="s"), row(slo_etag="s"), entry(etag="s"), Need.SEND),  # flattened
        (entry(is_link=True), row(is_link=True), entry(), Need.SEND),  # the link has become a copy
        # At a store of parts the ETag is another one, known from when it was sent.
        (entry(slo_etag="s"), row(slo_etag="s", there="p-2"), entry(etag="p-2", content_type=""), Need.NOTHING),
        (entry(slo_etag="s"), row(slo_etag="s", there="p-2"), entry(etag="q-2", content_type=""), Need.SEND),
    ],
)
def test_what_a_name_needs(now: ObjectEntry | None, then: Row | None, there: ObjectEntry | None, wanted: Need) -> None:
    assert need(Name(now, then, there)) is wanted
