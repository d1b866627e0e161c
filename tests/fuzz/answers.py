"""What clouds say: every listing and offer of OpenStack that a scan reads, logins, stacks, Swift and S3."""

import json
import os
import random
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import msgspec
import yaml

from migrate.clouds.guard import NoGuard
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.http.pace import Pacer
from migrate.clouds.openstack.block import BlockStorage
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.compute import Compute
from migrate.clouds.openstack.config import open_cloud
from migrate.clouds.openstack.images import Images
from migrate.clouds.ports import Multipart
from migrate.clouds.s3.object_store import S3Store
from migrate.clouds.s3.signed_client import S3Client
from migrate.clouds.strict_or_lenient_listings import reporting_to
from migrate.documents import parse_document, sealed_bytes
from migrate.errors import DecampError
from migrate.inventory.collect_user_data import collect_user_data
from migrate.inventory.scan_project import scan
from migrate.model import Inventory, S3Place, S3Settings
from tests.fuzz.engine import Kind
from tests.fuzz.mutate import damage, document, elements, words
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import PASSWORD, PROJECT, FakeServer, Reply, Seen, keystone
from tests.openstack.listings import ACCOUNT, CINDER, LISTINGS, NEUTRON, NOVA, served

Json = dict[str, Any]
Use = Callable[[OpenStackCloud], Any]

HEAT = f"/heat/v1/{PROJECT}/stacks"
_STACK = f"{HEAT}/shop/st1"
_TEMPLATE: Json = {
    "heat_template_version": "2018-08-31",
    "parameters": {"name": {"type": "string", "default": "web"}},
    "resources": {
        "one": {
            "type": "OS::Nova::Server",
            "properties": {
                "name": {"get_param": "name"},
                "user_data": {"str_replace": {"template": "#!/bin/sh\necho $name\n", "params": {"$name": "x"}}},
                "user_data_format": "RAW",
            },
        },
        "two": {"type": "OS::Heat::ResourceGroup", "properties": {"count": 2, "resource_def": {"type": "one.yaml"}}},
        "config": {"type": "OS::Heat::SoftwareConfig", "properties": {"config": {"get_file": "a.sh"}}},
    },
    "files": {"a.sh": "echo a"},
}
_RESOURCES = [
    {"resource_name": "one", "resource_type": "OS::Nova::Server", "physical_resource_id": "s1"},
    {"resource_name": "config", "resource_type": "OS::Heat::SoftwareConfig", "physical_resource_id": "c1"},
]
_SEGMENTS = [{"name": "/c/s1", "bytes": 5, "hash": "0" * 32, "content_type": "a/b", "last_modified": "2026"}]
_ROWS = [
    {"name": "a", "bytes": 5, "hash": "0" * 32, "content_type": "a/b", "last_modified": "2026-01-01T00:00:00.000000"},
    {"name": "b/c", "bytes": 0, "hash": "1" * 32, "content_type": "x", "slo_etag": '"2"', "symlink_path": "/v1/a/b"},
    {"name": "z", "bytes": 7, "hash": "2" * 32, "version_id": "5", "is_latest": True, "content_type": "a/b"},
]
_CONTAINER_HEAD = {
    "X-Container-Object-Count": "3",
    "X-Container-Bytes-Used": "12",
    "X-Container-Read": ".r:*,.rlistings",
    "X-Container-Meta-Quota-Bytes": "1000",
    "X-Storage-Policy": "gold",
    "X-Versions-Enabled": "True",
}
_OBJECT_HEAD = {
    "Etag": "0" * 32,
    "Content-Type": "a/b",
    "X-Object-Meta-Colour": "blue",
    "X-Static-Large-Object": "True",
    "X-Delete-At": "1999999999",
    "X-Object-Version-Id": "5",
}


def _whole_scan(cloud: OpenStackCloud) -> None:
    """What a scan leaves, as the next command reads it."""
    found = scan(cloud, "source")
    assert parse_document(sealed_bytes(found), Inventory, name="source.json") == found, "the document says otherwise"


def _stack(cloud: OpenStackCloud) -> None:
    with tempfile.TemporaryDirectory() as folder:
        collect_user_data(cloud, _inventory(), Path(folder))


def _object(cloud: OpenStackCloud) -> Any:
    info = cloud.objects.head("good", "a")
    with cloud.objects.get("good", "a") as (found, chunks):
        # Headers may hold bytes of any kind, which are carried as they are.
        return info.size_bytes, found.size_bytes, sum(map(len, chunks))


@dataclass(frozen=True)
class Answer:
    """A good answer: a document, or a text; where it is asked for, and by what."""

    route: str
    good: Any
    use: Use
    headers: tuple[tuple[str, str], ...] = ()


_QUOTA = {"in_use": 1, "used": 1, "limit": 10, "reserved": 0}
_ZONES = {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}
_USES: dict[str, Use] = {
    "server": lambda cloud: cloud.compute.servers(),
    "keypair": lambda cloud: cloud.compute.keypairs(),
    "server-group": lambda cloud: cloud.compute.server_groups(),
    "volume": lambda cloud: cloud.block.volumes(),
    "snapshot": lambda cloud: cloud.block.snapshots(),
    "backup": lambda cloud: cloud.block.backups(),
    "image": lambda cloud: cloud.images.images(),
    "container": lambda cloud: cloud.objects.containers(),
    "service:dns": lambda cloud: cloud.others.resources(),
    "flavor": lambda cloud: cloud.facts(),
    "volume-type": lambda cloud: cloud.facts(),
}
_OFFERS = {
    f"{NOVA}/limits": {"limits": {"absolute": {"maxTotalKeypairs": 100, "totalInstancesUsed": 1, "maxTotalCores": 9}}},
    f"{NOVA}/os-availability-zone": _ZONES,
    f"{CINDER}/os-availability-zone": _ZONES,
    f"{CINDER}/os-quota-sets/{PROJECT}": {"quota_set": {"volumes": _QUOTA, "gigabytes_ssd": _QUOTA}},
    f"{CINDER}/types/default": {"volume_type": {"id": "x", "name": "good"}},
    f"{NEUTRON}/quotas/{PROJECT}/details.json": {"quota": {"port": _QUOTA, "network": _QUOTA}},
    f"{NEUTRON}/extensions": {"extensions": [{"alias": "trunk"}, {"alias": "qos"}]},
    "/image/v2/schemas/image": {"properties": {"disk_format": {"enum": ["raw", "qcow2"]}}},
    "/image/v2/info/usage": {"usage": {"image_size_total": {"limit": 10, "usage": 1}}},
    "/info": {"swift": {"max_file_size": 5, "container_listing_limit": 10000}, "slo": {"max_manifest_segments": 5}},
}


def _answers() -> list[Answer]:
    network = [name for name in LISTINGS if name not in _USES]
    uses = {**_USES, **dict.fromkeys(network, lambda cloud: cloud.network.state())}
    of_listings = [Answer(f"GET {one.path}", served(one, [one.good] * 2), uses[name]) for name, one in LISTINGS.items()]
    offers = [Answer(f"GET {path}", good, lambda cloud: cloud.facts()) for path, good in _OFFERS.items()]
    return [*of_listings, *offers]


_STACKS = [
    Answer(f"GET {HEAT}", {"stacks": [{"id": "st1", "stack_name": "shop", "stack_status": "CREATE_COMPLETE"}]}, _stack),
    Answer(f"GET {_STACK}/resources", {"resources": _RESOURCES}, _stack),
    Answer(f"GET {_STACK}/template", _TEMPLATE, _stack),
    Answer(f"GET {_STACK}", {"stack": {"parameters": {"name": "web", "OS::stack_id": "st1"}}}, _stack),
]
_SWIFT = [
    Answer(f"GET {ACCOUNT}", [{"name": "good", "count": 3, "bytes": 12}], lambda cloud: cloud.objects.containers()),
    Answer(f"GET {ACCOUNT}/good", _ROWS, lambda cloud: list(cloud.objects.entries("good"))),
    Answer(f"GET {ACCOUNT}/good", _ROWS[2:], lambda cloud: list(cloud.objects.versions("good"))),
    Answer(
        f"HEAD {ACCOUNT}/good",
        "",
        lambda cloud: (cloud.objects.container("good"), cloud.objects.free_bytes("good")),
        tuple(_CONTAINER_HEAD.items()),
    ),
    Answer(f"(GET|HEAD) {ACCOUNT}/good/a", _SEGMENTS, _object, tuple(_OBJECT_HEAD.items())),
]


class Case(NamedTuple):
    """`number`: of the answer that is changed."""

    number: int
    status: int
    body: bytes
    headers: dict[str, str]


def _maker(answers: Callable[[], list[Answer]]) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        known = answers()
        number = rng.randrange(len(known))
        good = known[number]
        headers, body = dict(good.headers), good.good
        if headers and rng.random() < 0.6:
            headers = _changed_headers(rng, headers)
        else:
            body = document(rng, body)
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else json.dumps(body).encode()
        if rng.random() < 0.12:
            raw = damage(rng, raw, most=3)
        return Case(number, rng.choice((200, 200, 200, 200, 200, 200, 204, 300, 400, 403, 404, 500)), raw, headers)

    return make


def _changed_headers(rng: random.Random, headers: dict[str, str]) -> dict[str, str]:
    text = "\r\n".join(f"{key}: {value}" for key, value in headers.items()).encode()
    changed = words(rng, text) if rng.random() < 0.5 else text
    found = dict(headers)
    for line in changed.decode("utf-8", "surrogateescape").split("\r\n"):
        key, _, value = line.replace("\n", "").partition(":")
        found[key] = value.strip()
    key = rng.choice(sorted(headers))
    found[key] = "".join(str(document(rng, headers[key])).encode("utf-8", "replace").decode().splitlines())
    return {key: value[:3000] for key, value in found.items() if key and key.lower() != "content-length"}


# ---------------------------------------------------------------- the cloud that answers


class _Shop:
    """A login on a server that gives good answers, but for one."""

    def __init__(self) -> None:
        self.fake = FakeServer()
        keystone(self.fake, more=(("dns", "/dns"), ("orchestration", f"/heat/v1/{PROJECT}")))
        for answer in (*_SWIFT, *_STACKS, *_answers()):
            self.fake.on(answer.route, _said(answer))
        self.clock = Clock()
        self._only_here = _only_here(urlsplit(self.fake.url).port or 0)
        with tempfile.TemporaryDirectory() as folder:
            self._clouds = yaml.safe_dump({"clouds": {"shop": {"auth": self._auth(), "region_name": "fr1"}}})
            self.cloud = self.opened(Path(folder))

    def _auth(self) -> dict[str, str]:
        names = {"username": "me", "project_name": "shop"} | dict.fromkeys(
            ("user_domain_name", "project_domain_name"), "Default"
        )
        return {"auth_url": f"{self.fake.url}/v3", "password": PASSWORD, **names}

    def opened(self, folder: Path) -> OpenStackCloud:
        path = folder / "clouds.yaml"
        path.write_text(self._clouds)
        path.chmod(0o600)
        own = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        with mock.patch.dict(os.environ, {**own, "OS_CLIENT_CONFIG_FILE": str(path)}, clear=True):
            return open_cloud(
                "shop",
                NoGuard(),
                retries=RetryPolicy(attempts=2, sleep=self.clock.wait),
                pacer=Pacer("shop", clock=self.clock, wait=self.clock.wait),
            )

    def saying(self, answer: Answer, case: Case, use: Use) -> None:
        self.fake.seen.clear()
        # The connection ends behind it: nobody waits for what a changed header may promise.
        reply = Reply(case.status, case.body, case.headers, claimed_length=len(case.body))
        self.fake.on(answer.route, _only_first(reply))
        try:
            # What a changed catalogue names is asked of nobody else on this machine, nor looked up.
            with reporting_to(lambda odd: None), mock.patch("socket.getaddrinfo", self._only_here):
                msgspec.json.encode(msgspec.to_builtins(use(self.cloud)))
        finally:
            self.fake.off()


def _only_here(port: int) -> Callable[..., Any]:
    look_up = socket.getaddrinfo

    def found(host: Any, asked: Any, *args: Any, **kwargs: Any) -> Any:
        if (host, asked) != ("127.0.0.1", port):
            raise socket.gaierror(socket.EAI_NONAME, "not here")
        return look_up(host, asked, *args, **kwargs)

    return found


def _said(answer: Answer) -> Callable[[Seen], Reply]:
    return _only_first(Reply(200, answer.good if answer.good != "" else b"", dict(answer.headers)))


def _only_first(reply: Reply) -> Callable[[Seen], Reply]:
    """Behind a marker there is nothing more."""

    def answer(seen: Seen) -> Reply:
        is_more = seen.path.startswith(ACCOUNT) and seen.query.get("marker", [""]) != [""]
        return Reply(200, []) if is_more else reply

    return answer


@cache
def _shop() -> _Shop:
    return _Shop()


@cache
def _inventory() -> Inventory:
    return scan(_shop().cloud, "source")


def _attempt_of(answers: Callable[[], list[Answer]]) -> Callable[[Case], None]:
    def attempt(case: Case) -> None:
        answer = answers()[case.number]
        _inventory()
        # Each thirtieth by a whole scan, which must end with a document where a listing alone is odd.
        use = _whole_scan if sum(case.body) % 30 == 0 and answer.use is not _stack else answer.use
        _shop().saying(answer, case, use)

    return attempt


# ---------------------------------------------------------------- logins


def _login_answers() -> list[Answer]:
    """Tokens, and documents of versions, as the fake server gives them."""
    shop = _shop()
    login = {"auth": {"identity": {"password": {"user": {"password": PASSWORD}}}}}
    asked = Seen("POST", "/v3/auth/tokens", {}, {}, json.dumps(login).encode())
    found = [Answer("POST /v3/auth/tokens", shop.fake.answer(asked).body, _log_in, (("X-Subject-Token", "token-9"),))]
    for path in ("/v3", "/compute/v2.1", "/volume/v3/", "/image/"):
        found.append(Answer(f"GET {path}/?", shop.fake.answer(Seen("GET", path, {}, {}, b"")).body, _log_in))
    return found


def _deleted(store: S3Store) -> object:
    store.delete("box", "o")
    return store.head("box", "o")


def _log_in(cloud: OpenStackCloud) -> Any:
    compute, block, images = cloud.compute, cloud.block, cloud.images
    assert isinstance(compute, Compute) and isinstance(block, BlockStorage) and isinstance(images, Images)
    return cloud.identity(), cloud.endpoints(), compute.limits(), block.types(), images.disk_formats()


def _attempt_login(case: Case) -> None:
    shop, answer = _shop(), _login_answers()[case.number]
    with tempfile.TemporaryDirectory() as folder:
        other = object.__new__(_Shop)
        other.__dict__ = {**shop.__dict__, "cloud": shop.opened(Path(folder))}
        other.saying(answer, case, _log_in)


# ---------------------------------------------------------------- S3


class _S3Case(NamedTuple):
    which: int
    status: int
    body: bytes


_NS = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_S3: list[tuple[str, str, Callable[[S3Store, Multipart], Any]]] = [
    (
        "GET /bucket",
        f"<ListBucketResult{_NS}><KeyCount>2</KeyCount><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
        "<Contents><Key>p/a%20b</Key><Size>5</Size><ETag>&quot;0&quot;</ETag><LastModified>2026</LastModified></Contents>"
        "<Contents><Key>p/z</Key><Size>7</Size></Contents></ListBucketResult>",
        lambda store, _: list(store.entries("box")),
    ),
    (
        "GET /bucket",
        f"<R{_NS}><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><NextKeyMarker/><Upload><Key>p/o</Key>"
        "<UploadId>u</UploadId><Initiated>2026</Initiated></Upload></R>",
        lambda _, multipart: multipart.unfinished("box"),
    ),
    (
        "GET /bucket/p/o",
        f"<R{_NS}><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>5</Size><ETag>&quot;0&quot;</ETag>"
        "</Part><Part><PartNumber>2</PartNumber><Size>5</Size><ETag>1</ETag></Part></R>",
        lambda _, multipart: multipart.parts("box", "o", "u"),
    ),
    (
        "GET /bucket",
        f"<Tagging{_NS}><TagSet><Tag><Key>decamp</Key><Value>v</Value></Tag></TagSet></Tagging>",
        lambda store, _: store.container("box"),
    ),
    (
        "GET /bucket",
        f"<LifecycleConfiguration{_NS}><Rule><ID>decamp-expires-2026-01-01</ID><Filter><Tag><Key>decamp-expires</Key>"
        "<Value>2026-01-01</Value></Tag></Filter><Status>Enabled</Status><Expiration><Date>2026-01-01T00:00:00Z</Date>"
        "</Expiration></Rule></LifecycleConfiguration>",
        lambda store, _: store.expiring and store.expiring.days("box"),
    ),
    (
        "POST /bucket/p/o",
        f"<R{_NS}><Bucket>b</Bucket><Key>o</Key><UploadId>u</UploadId><ETag>&quot;0&quot;</ETag></R>",
        lambda _, multipart: multipart.finish("box", "o", "u", []),
    ),
    (
        "(GET|HEAD|PUT) /bucket.*",
        "<Error><Code>NoSuchKey</Code><Message>words</Message><Region>eu-west-3</Region></Error>",
        lambda store, _: _deleted(store),
    ),
]


@cache
def _s3() -> tuple[FakeServer, S3Store]:
    fake, clock = FakeServer(), Clock()
    keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "the-secret"}
    with mock.patch.dict(os.environ, keys):
        client = S3Client(
            S3Settings(endpoint=fake.url, region="eu-west-3"),
            NoGuard(),
            pacer=Pacer(clock=clock, wait=clock.wait),
            retries=RetryPolicy(attempts=2, sleep=clock.wait),
        )
        store = S3Store(client, {"box": S3Place(bucket="bucket", prefix="p/")})
        with suppress(DecampError):
            list(store.entries("box"))  # the keys are read from the environment once
    return fake, store


def _make_s3(rng: random.Random) -> _S3Case:
    which = rng.randrange(len(_S3))
    text = _S3[which][1]
    if rng.random() < 0.6:
        text = elements(rng, text)
    body = text.encode("utf-8", "replace")
    if rng.random() < 0.3:
        body = words(rng, body)
    if rng.random() < 0.15:
        body = damage(rng, body, most=3)
    return _S3Case(which, rng.choice((200, 200, 200, 200, 204, 301, 400, 403, 404, 409, 500, 501)), body)


def _attempt_s3(case: _S3Case) -> None:
    (fake, store), (route, _, use) = _s3(), _S3[case.which]
    fake.seen.clear()
    fake.on("HEAD /bucket.*", Reply(200))
    first = [Reply(case.status, case.body)]
    fake.on(route, lambda seen: first[0] if _begins(seen) else Reply(200, _NO_MORE))
    try:
        assert store.multipart
        msgspec.json.encode(msgspec.to_builtins(use(store, store.multipart)))
    finally:
        fake.off()
        fake.off()


_NO_MORE = b"<R><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></R>"


def _begins(seen: Seen) -> bool:
    return not {"start-after", "marker", "key-marker", "part-number-marker"} & seen.query.keys()


KINDS = {
    "openstack": Kind(_maker(_answers), _attempt_of(_answers), cases=3_000, few=50),
    "stack": Kind(_maker(lambda: _STACKS), _attempt_of(lambda: _STACKS), cases=2_000, few=30),
    "login": Kind(_maker(_login_answers), _attempt_login, cases=1_000, few=10),
    "swift": Kind(_maker(lambda: _SWIFT), _attempt_of(lambda: _SWIFT), cases=3_000, few=50),
    "s3": Kind(_make_s3, _attempt_s3, cases=6_000, few=80),
}
