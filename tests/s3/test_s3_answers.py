"""What an S3 store may answer, and no server at hand does: a fake one says it, our code is real from the wire up."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TypeVar
from urllib.parse import quote

import pytest

from migrate.clouds.guard import Gatekeeper, NoGuard, ReadOnly
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.http.pace import Pacer
from migrate.clouds.ports import ObjectInfo, Part
from migrate.clouds.s3.object_store import S3Store
from migrate.clouds.s3.signed_client import S3Client
from migrate.errors import (
    AccessError,
    ConflictError,
    DecampError,
    Denied,
    IntegrityError,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
    Unreadable,
    Unsupported,
)
from migrate.messages import codes
from migrate.model import S3Place, S3Settings
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import FakeServer, Reply, Seen

OBJECT = ObjectInfo(name="o", size_bytes=1, etag="", content_type="a/b")
PARTS = [Part(number=1, size_bytes=1, etag="0" * 32)]


@dataclass
class FakeStore:
    """A store over the fake server; time passes where somebody waits."""

    fake: FakeServer
    clock: Clock = field(default_factory=Clock)

    def open(self, **settings: str) -> S3Store:
        return self.open_for(NoGuard(), **settings)

    def open_for(self, gatekeeper: Gatekeeper, **settings: str) -> S3Store:
        client = S3Client(
            S3Settings(**{"endpoint": self.fake.url, "region": "eu-west-3", **settings}),
            gatekeeper,
            pacer=Pacer(clock=self.clock, wait=self.clock.wait),
            retries=RetryPolicy(sleep=self.clock.wait),
        )
        return S3Store(client, {"box": S3Place(bucket="bucket", prefix="p/")})


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-token")
    server = FakeServer()
    yield FakeStore(server)
    server.close()


def error_document(code: str, message: str = "words") -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()


def listing(*keys: str, more: bool = False, is_v2: bool = True) -> bytes:
    items = "".join(f"<Contents><Key>{key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>" for key in keys)
    head = f"<KeyCount>{len(keys)}</KeyCount>" if is_v2 else ""
    flag = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
    return f'<R xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{head}{flag}{items}</R>'.encode()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDenied", Denied),
        (403, "InvalidAccessKeyId", AccessError),
        (403, "SignatureDoesNotMatch", AccessError),
        (400, "AuthorizationHeaderMalformed", AccessError),
        (400, "ExpiredToken", AccessError),
        (403, "RequestTimeTooSkewed", AccessError),
        (401, "", AccessError),
        (400, "BadDigest", IntegrityError),
        (400, "InvalidDigest", Refused),
        (400, "EntityTooLarge", Refused),
        (400, "MetadataTooLarge", Refused),
        (400, "KeyTooLongError", Refused),
        (400, "RequestTimeout", TransientError),
        (409, "OperationAborted", TransientError),
        (200 + 303, "SlowDown", TransientError),
        (403, "QuotaExceeded", QuotaExceeded),
        (400, "TooManyBuckets", QuotaExceeded),
        (404, "NoSuchBucket", NotFound),
        (501, "NotImplemented", Unsupported),
        (405, "MethodNotAllowed", Unsupported),
        (301, "PermanentRedirect", Refused),
        (418, "", Refused),
    ],
)
def test_a_refusal_means_what_its_code_says(
    faked: FakeStore, status: int, code: str, expected: type[DecampError]
) -> None:
    faked.fake.on("PUT .*", Reply(status, error_document(code) if code else b"", {"x-amz-bucket-region": "eu-north-1"}))
    with pytest.raises(DecampError) as error:
        faked.open().put("box", OBJECT, [b"x"])
    assert type(error.value) is expected
    told = str(error.value)
    assert code in told or expected in (NotFound, TransientError)
    assert "the-secret" not in told and "the-token" not in told
    assert ("eu-north-1" in told) == (status == 301)


def test_a_session_token_is_sent_and_signed(faked: FakeStore) -> None:
    faked.fake.on("PUT .*", Reply(200, headers={"etag": '"e"'}))
    assert faked.open().put("box", OBJECT, [b"x"]) == "e"
    headers = faked.fake.seen[0].headers
    assert headers["x-amz-security-token"] == "the-token"
    assert "x-amz-security-token" in headers["authorization"]
    assert "the-secret" not in str(headers)


def test_slow_down_makes_the_store_slower_and_is_asked_again(faked: FakeStore) -> None:
    faked.fake.on("PUT .*", Reply(503, error_document("SlowDown")), Reply(200, headers={"etag": '"e"'}))
    assert faked.open().put("box", OBJECT, [b"x"]) == "e"
    assert len(faked.fake.seen) == 2 and faked.clock.waits


@pytest.mark.parametrize(
    ("code", "expected"), [("InternalError", TransientError), ("NoSuchUpload", NotFound), ("InvalidPart", Refused)]
)
def test_a_finish_may_fail_with_a_good_status(faked: FakeStore, code: str, expected: type[DecampError]) -> None:
    faked.fake.on("POST .*", Reply(200, b" \r\n \n" + error_document(code)))
    multipart = faked.open().multipart
    assert multipart
    with pytest.raises(expected):
        multipart.finish("box", "o", "id", PARTS)


def test_a_finish_that_keeps_us_waiting_with_blanks_is_read(faked: FakeStore) -> None:
    body = (
        b'  \n <?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"e-1"</ETag></CompleteMultipartUploadResult>'
    )
    faked.fake.on("POST .*", Reply(200, body))
    multipart = faked.open().multipart
    assert multipart and multipart.finish("box", "o", "id", PARTS) == "e-1"


def test_a_part_shown_twice_counts_once_and_not_at_all_when_the_two_differ(faked: FakeStore) -> None:
    items = [(1, "a"), (2, "b"), (1, "a"), (2, "c"), (3, "d")]
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><Size>1</Size><ETag>{etag}</ETag></Part>" for number, etag in items
    )
    faked.fake.on("GET .*", Reply(200, f"<R>{parts}</R>".encode()))
    multipart = faked.open().multipart
    assert multipart and [(part.number, part.etag) for part in multipart.parts("box", "o", "id")] == [
        (1, "a"),
        (3, "d"),
    ]


def test_parts_and_uploads_come_in_pages(faked: FakeStore) -> None:
    def parts(seen: Seen) -> Reply:
        number = int(seen.query.get("part-number-marker", ["0"])[0]) + 1
        more = (
            f"<IsTruncated>{str(number < 3).lower()}</IsTruncated><NextPartNumberMarker>{number}</NextPartNumberMarker>"
        )
        part = f"<Part><PartNumber>{number}</PartNumber><Size>1</Size><ETag>e</ETag></Part>"
        return Reply(200, f"<R>{more}{part}</R>".encode())

    def uploads(seen: Seen) -> Reply:
        key = chr(ord(seen.query.get("key-marker", ["p/`"])[0][-1]) + 1)
        ends = f"<NextKeyMarker>p/{key}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
        more = f"<IsTruncated>{str(key < 'c').lower()}</IsTruncated>{ends}"
        at = f"<Initiated>{ord('z') - ord(key)}</Initiated>"
        return Reply(200, f"<R>{more}<Upload><Key>p/{key}</Key><UploadId>u</UploadId>{at}</Upload></R>".encode())

    multipart = faked.open().multipart
    assert multipart
    faked.fake.on("GET .*", parts)
    assert [part.number for part in multipart.parts("box", "o", "id")] == [1, 2, 3]
    faked.fake.on("GET .*", uploads)
    assert [upload.name for upload in multipart.unfinished("box")] == ["c", "b", "a"], "the oldest first"


@pytest.mark.parametrize(
    "refusal", [Reply(501, error_document("NotImplemented")), Reply(400, error_document("InvalidArgument")), None]
)
def test_a_store_of_the_first_listing_is_listed_too(faked: FakeStore, refusal: Reply | None) -> None:
    """It refuses the second one, or takes no notice of it and begins at the beginning."""
    keys = ["p/a", "p/b", "p/c"]

    def answer(seen: Seen) -> Reply:
        if "list-type" in seen.query and refusal:
            return refusal
        marker = seen.query.get("marker", [""])[0]
        left = [key for key in keys if key > marker]
        return Reply(200, listing(*left[:1], more=len(left) > 1, is_v2=False))

    faked.fake.on("GET .*", answer)
    store = faked.open()
    assert [entry.name for entry in store.entries("box", marker="a")] == ["b", "c"]
    asked = len(faked.fake.seen)
    assert [entry.name for entry in store.entries("box", until="b")] == ["a", "b"]
    assert len(faked.fake.seen) == asked + 3, "a page for each name, in its own way from now on"


@pytest.mark.hostile
def test_listings_that_never_end_are_left(faked: FakeStore) -> None:
    """Each page with another name, number or token."""
    numbers = itertools.count(1)

    def answer(seen: Seen) -> Reply:
        number = next(numbers)
        if "uploads" in seen.query:
            upload = f"<Upload><Key>p/o{number}</Key><UploadId>u{number}</UploadId></Upload>"
            behind = f"<NextKeyMarker>o{number}</NextKeyMarker><NextUploadIdMarker>u{number}</NextUploadIdMarker>"
            return Reply(200, f"<R><IsTruncated>true</IsTruncated>{behind}{upload}</R>".encode())
        if "uploadId" in seen.query:
            part = f"<Part><PartNumber>{number}</PartNumber><Size>1</Size><ETag>e</ETag></Part>"
            behind = f"<NextPartNumberMarker>{number}</NextPartNumberMarker>"
            return Reply(200, f"<R><IsTruncated>true</IsTruncated>{behind}{part}</R>".encode())
        return Reply(200, listing(f"p/{number:012d}", more=True))

    faked.fake.on("GET /bucket.*", answer)
    store = faked.open()
    assert store.multipart
    for read in (
        lambda: list(store.entries("box")),
        lambda: store.multipart.unfinished("box"),
        lambda: store.multipart.parts("box", "o", "u"),
    ):
        with pytest.raises(Unreadable) as caught:
            read()
        assert caught.value.code == codes.ANSWER_UNREADABLE
    assert next(numbers) < 400


@pytest.mark.hostile
def test_a_page_of_nothing_that_is_not_the_last_is_no_end(faked: FakeStore) -> None:
    faked.fake.on("GET /bucket", Reply(200, listing(more=True)))
    with pytest.raises(TransientError):
        list(faked.open().entries("box"))


def test_a_listing_that_does_not_go_on_ends(faked: FakeStore) -> None:
    faked.fake.on("GET .*", Reply(200, listing("p/a", more=True)))
    with pytest.raises(TransientError):
        list(faked.open().entries("box"))


@pytest.mark.hostile
@pytest.mark.parametrize(
    "body", [b"", b"<R>", b"<html>\xff", b'<!DOCTYPE x [<!ENTITY a "b">]><R><Contents><Key>&a;</Key></Contents></R>']
)
def test_what_is_no_plain_xml_is_no_answer(faked: FakeStore, body: bytes) -> None:
    faked.fake.on("GET .*", Reply(200, body))
    with pytest.raises(TransientError):
        list(faked.open().entries("box"))


def test_a_bucket_is_made_in_our_region_where_the_store_asks_for_one(faked: FakeStore) -> None:
    faked.fake.on("HEAD .*", Reply(404))
    faked.fake.on("PUT .*", Reply(400, error_document("IllegalLocationConstraintException")), Reply(200))
    faked.open().put_container("box", {})
    bodies = [seen.body for seen in faked.fake.calls("PUT /bucket")]
    assert bodies[0] == b"" and b"<LocationConstraint>eu-west-3</LocationConstraint>" in bodies[1]


def test_a_name_that_somebody_else_has_is_a_conflict(faked: FakeStore) -> None:
    faked.fake.on("HEAD .*", Reply(404))
    faked.fake.on("PUT .*", Reply(409, error_document("BucketAlreadyExists")))
    with pytest.raises(ConflictError):
        faked.open().put_container("box", {})


def test_a_store_without_tags_goes_without_a_mark(faked: FakeStore) -> None:
    faked.fake.on("HEAD .*", Reply(200))
    faked.fake.on("(GET|PUT) .*", Reply(501, error_document("NotImplemented")))
    store = faked.open()
    store.put_container("box", {"x-container-meta-decamp-mark": "decamp-m-0123abcd-" + "0" * 32})
    assert store.container("box").mark is None


def test_tags_of_others_stay(faked: FakeStore) -> None:
    faked.fake.on("HEAD .*", Reply(200))
    faked.fake.on(
        "GET .*", Reply(200, b"<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>")
    )
    faked.fake.on("PUT .*", Reply(204))
    faked.open().put_container("box", {"x-container-meta-decamp-mark": "decamp-m-0123abcd-" + "0" * 32})
    body = faked.fake.calls("PUT .*")[0].body
    assert b"<Key>a</Key><Value>1 &amp; 2</Value>" in body and b"decamp-m-0123abcd" in body


def test_a_body_that_cannot_be_sent_again_waits_for_another_try_when_the_clock_was_wrong(faked: FakeStore) -> None:
    late = {"date": formatdate(time.time() + 7200, usegmt=True)}
    faked.fake.on("PUT .*", Reply(403, error_document("RequestTimeTooSkewed"), late), Reply(200, headers={"etag": "e"}))
    store = faked.open()
    large = ObjectInfo(name="o", size_bytes=100_000, etag="", content_type="a/b")
    with pytest.raises(TransientError):
        store.put("box", large, iter([b"x" * 100_000]))
    assert store.put("box", large, iter([b"x" * 100_000])) == "e"
    assert faked.fake.seen[1].headers["x-amz-date"] > faked.fake.seen[0].headers["x-amz-date"]


# ---------------------------------------------------------------- redirects, odd keys

T = TypeVar("T")


def had(part: T | None) -> T:
    """What a store of S3 has, and not every store."""
    assert part is not None
    return part


CALLS: dict[str, Callable[[S3Store], object]] = {
    "containers": lambda store: store.containers(),
    "container": lambda store: store.container("box"),
    "make": lambda store: store.put_container("box", {"x-container-meta-decamp-mark": "m"}),
    "list": lambda store: list(store.entries("box")),
    "head": lambda store: store.head("box", "o"),
    "get": lambda store: store.get("box", "o").__enter__(),
    "read": lambda store: store.read("box", "o", 0, 1).__enter__(),
    "put": lambda store: store.put("box", OBJECT, [b"x"]),
    "delete": lambda store: store.delete("box", "o"),
    "begin": lambda store: had(store.multipart).begin("box", OBJECT),
    "part": lambda store: had(store.multipart).put_part("box", "o", "u", Part(number=1, size_bytes=1, etag=""), [b"x"]),
    "finish": lambda store: had(store.multipart).finish("box", "o", "u", PARTS),
    "settings": lambda store: had(store.settings).put("box", {"x-container-meta-access-control-allow-origin": "*"}),
    "rules": lambda store: had(store.expiring).ensure("box", "2027-01-01"),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", CALLS)
def test_a_redirect_carries_no_signed_request_elsewhere(faked: FakeStore, what: str, status: int) -> None:
    other = FakeServer()
    other.on(".*", Reply(200, b"<R/>", {"ETag": '"e"'}))
    faked.fake.on(".*", Reply(status, b"", {"Location": f"{other.url}/bucket/p/o"}))
    try:
        if what in {"settings", "rules"}:  # what a store has no such thing of, goes without
            CALLS[what](faked.open())
        else:
            with pytest.raises(DecampError):
                CALLS[what](faked.open())
        assert faked.fake.seen and other.seen == [] and other.connections == 0
    finally:
        other.close()


READING = {"containers", "container", "list", "head", "get", "read"}


@pytest.mark.parametrize("what", sorted(CALLS.keys() - READING))
def test_who_only_reads_changes_nothing_at_a_store(faked: FakeStore, what: str) -> None:
    faked.fake.on(".*", Reply(200, b"<LifecycleConfiguration/>", {"ETag": '"e"'}))
    faked.fake.on("HEAD /bucket", Reply(404))
    none = {"lifecycle": "NoSuchLifecycleConfiguration", "cors": "NoSuchCORSConfiguration"}
    faked.fake.on("GET /bucket", lambda seen: Reply(404, error_document(none.get("".join(seen.query), "NoSuchKey"))))
    with pytest.raises(Denied):
        CALLS[what](faked.open_for(ReadOnly()))
    assert not faked.fake.calls("(?!GET|HEAD).*")


@pytest.mark.parametrize(
    "key", ["../x", "../../box/x", "a/../../b", ".", "..", "a\0b", "a\r\nX-Evil: 1", "\x1b[2J", "x" * 1024]
)
def test_an_odd_key_stays_below_its_bucket_and_is_one_line(faked: FakeStore, key: str) -> None:
    faked.fake.on(
        "GET /bucket",
        Reply(200, listing("p/" + quote(key)).replace(b"<KeyCount>", b"<EncodingType>url</EncodingType><KeyCount>")),
    )
    faked.fake.on("(HEAD|GET) /bucket/.*", Reply(200, b"x"))
    store = faked.open()
    (entry,) = store.entries("box")
    assert entry.name == key
    store.head("box", entry.name)
    (head,) = faked.fake.calls("HEAD .*")
    assert head.path == f"/bucket/p/{quote(key)}" and "x-evil" not in head.headers


@pytest.mark.parametrize(
    "item",
    [
        "<Key>p/o</Key>",
        "<Size>1</Size>",
        "<Key></Key><Size>1</Size>",
        "<Key>q/o</Key><Size>1</Size>",
        "<Key>../o</Key><Size>1</Size>",
        "<Key>p/o</Key><Size>+5</Size>",
        "<Key>p/o</Key><Size>1_0</Size>",
        "<Key>p/o</Key><Size>-1</Size>",
        "<Key>p/o</Key><Size>NaN</Size>",
        f"<Key>p/o</Key><Size>{'9' * 5000}</Size>",
    ],
)
def test_an_odd_row_of_a_listing_is_said(faked: FakeStore, item: str) -> None:
    page = listing().replace(b"</R>", f"<Contents>{item}</Contents></R>".encode())
    faked.fake.on("GET /bucket", Reply(200, page))
    with pytest.raises(TransientError):
        list(faked.open().entries("box"))
