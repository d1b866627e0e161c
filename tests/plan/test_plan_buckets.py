"""Where containers lie on S3: every name is legal, nothing lies within anything else, and nothing moves later."""

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.model import S3Place
from migrate.policy.choose_buckets import bucket_places, is_bucket_name, overlaps, place_of, place_text


def texts(places: dict[str, S3Place]) -> dict[str, str]:
    return {name: place_text(place) for name, place in places.items()}


@pytest.mark.parametrize(
    ("container", "bucket"),
    [
        ("photos", "photos"),
        ("www.example.com", "www.example.com"),
        ("Photos", "photos"),
        ("films_segments", "films-segments"),
        ("été 2019", "ete-2019"),
        ("10.0.0.1", "10-0-0-1"),
        ("xn--caf-dma", "xn-caf-dma"),
        ("a--b", "a-b"),
        ("-x-", "x-DIGEST"),
        ("ab", "ab-DIGEST"),
        ("写真", "c-DIGEST"),
        ("sthree-photos", "c-sthree-photos-DIGEST"),
    ],
)
def test_a_bucket_is_called_as_nearly_like_its_container_as_can_be(container: str, bucket: str) -> None:
    (place,) = bucket_places([container], {}).values()
    assert re.sub(r"[0-9a-f]{8}\Z", "DIGEST", place.bucket) == bucket
    assert place.prefix == ""


def test_a_long_name_is_cut_and_told_apart_by_a_digest() -> None:
    names = ["x" * 200, "x" * 201]
    buckets = [place.bucket for place in bucket_places(names, {}, bucket_prefix="acme-").values()]
    assert len(set(buckets)) == 2
    assert all(bucket.startswith("acme-xxx") and len(bucket) <= 63 for bucket in buckets)


def test_of_names_that_come_out_alike_the_legal_one_stays_as_it_is() -> None:
    found = texts(bucket_places(["photos", "Photos", "PHOTOS"], {}))
    assert found["photos"] == "photos"
    assert len(set(found.values())) == 3
    assert all(re.fullmatch(r"photos(-[0-9a-f]{8})?", bucket) for bucket in found.values())


def test_virtual_addresses_have_no_dots_which_no_certificate_covers() -> None:
    assert texts(bucket_places(["www.example.com"], {}, style="virtual")) == {"www.example.com": "www-example-com"}


def test_the_policys_word_comes_first_and_nothing_lies_where_it_has_put_something() -> None:
    found = texts(bucket_places(["photos", "logs", "media"], {"photos": "media/photos", "gone": "logs"}))
    assert found["photos"] == "media/photos/"
    # `media` holds the photos, and `logs` was meant for a container that is gone.
    assert re.fullmatch(r"media-[0-9a-f]{8}", found["media"])
    assert re.fullmatch(r"logs-[0-9a-f]{8}", found["logs"])


def test_a_container_stays_where_it_was_put_whatever_appears_beside_it() -> None:
    first = bucket_places(["Photos", "Logs"], {})
    later = bucket_places(["Photos", "Logs", "photos", "logs"], {}, before=first, most=2)
    assert {name: later[name] for name in first} == first


def test_what_was_put_where_the_policy_now_wants_another_makes_room() -> None:
    found = texts(bucket_places(["a", "photos"], {"photos": "media"}, before={"a": S3Place(bucket="media")}))
    assert found["photos"] == "media" and found["a"] != "media"


# ---------------------------------------------------------------- one bucket for many


def test_more_containers_than_buckets_share_one_each_below_its_prefix() -> None:
    names = ["a", "b c", "..", "x" * 200]
    found = texts(bucket_places(names, {}, most=3, bucket_prefix="acme-", shared="containers-5eed5eed"))
    assert found["a"] == "acme-containers-5eed5eed/a/"
    assert found["b c"] == "acme-containers-5eed5eed/b%20c/"
    assert all(len(text) < 120 and "/../" not in text for text in found.values())


def test_as_many_containers_as_buckets_have_one_each() -> None:
    assert texts(bucket_places(["aaa", "bbb", "ccc"], {}, most=3)) == {name: name for name in ("aaa", "bbb", "ccc")}


def test_those_of_which_the_policy_says_something_keep_what_it_says() -> None:
    found = texts(bucket_places(["aaa", "bbb", "ccc"], {"bbb": "mine"}, most=2))
    assert found == {"aaa": "containers/aaa/", "bbb": "mine", "ccc": "containers/ccc/"}


def test_a_shared_bucket_that_is_somebodys_as_a_whole_is_left_alone() -> None:
    found = texts(bucket_places(["aaa", "bbb", "ccc"], {"bbb": "containers"}, most=1))
    assert found == {"aaa": "containers-0/aaa/", "bbb": "containers", "ccc": "containers-0/ccc/"}


def test_ten_thousand_containers_find_their_place_at_once() -> None:
    names = [f"Box {number}" for number in range(10_000)]
    began = time.process_time()
    placed = bucket_places(names, {}, most=100)
    again = bucket_places(names, {}, most=100, before=placed)
    assert time.process_time() - began < 5
    assert again == placed and len(set(texts(placed).values())) == 10_000


CONTAINERS = st.one_of(
    st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=70),
    st.sampled_from(["photos", "Photos", "PHOTOS", "photos_", "a.b", "a..b", "A.B", "1.2.3.4", "xn--a", "."]),
)


@given(
    st.lists(CONTAINERS, unique=True, max_size=25),
    st.sampled_from([None, 1, 5]),
    st.sampled_from(["", "acme-", "a" * 32]),
    st.sampled_from(["path", "virtual"]),
)
def test_whatever_they_are_called_places_are_legal_apart_and_the_same_each_time(
    names: list[str], most: int | None, start: str, style: str
) -> None:
    said = {"photos": "photos/all", "a.b": "containers/a"}
    options = {"bucket_prefix": start, "style": style, "most": most}
    places = bucket_places(names, said, **options)  # type: ignore[arg-type]
    assert places.keys() == set(names)
    assert bucket_places(reversed(names), said, **options) == places  # type: ignore[arg-type]
    for one in places.values():
        assert is_bucket_name(one.bucket) and (not one.prefix or one.prefix.endswith("/"))
        assert place_of(place_text(one)) == one
    assert not any(overlaps(one, other) for one, other in itertools.combinations(places.values(), 2))
    # What is there stays there.
    assert bucket_places(names, said, before=places, **options) == places  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["ab", "A-b", "a_b", "a..b", "a.-b", "-ab", "ab-", "1.2.3.4", "xn--abc", "abc-s3alias", "x" * 64, "é" * 5]
)
def test_no_service_takes_such_a_bucket(name: str) -> None:
    assert not is_bucket_name(name)


@pytest.mark.parametrize("name", ["abc", "a.b-c", "1.2.3.4.5", "x" * 63, "a--b"])
def test_every_service_takes_such_a_bucket(name: str) -> None:
    assert is_bucket_name(name)
