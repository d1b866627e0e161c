"""swiftclient under our rules: guarded, told of, repeated by the transport alone, faults translated, nothing lost."""

import http.client
from collections.abc import Callable
from typing import Any

import pytest

from migrate import __version__
from migrate.clouds.guard import Request, SourceGuard
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.swift_account import _Connection
from migrate.errors import DecampError, Denied, LoginRefused, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from tests.openstack.fake_openstack import PROJECT, Answer, FakeServer, Open, Reply, Seen

ACCOUNT = f"/swift/v1/AUTH_{PROJECT}"
AGENT = f"decamp/{__version__} python-swiftclient/"


class NoObjects:
    """Denies whatever goes to the object store."""

    def check(self, request: Request) -> None:
        if request.service == "object-store":
            raise Denied(codes.SOURCE_GUARD_STOPPED, method=request.method, service=request.service, path=request.path)


def listing(*names: str) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        marker = seen.query.get("marker", [""])[0].encode()
        behind = [name for name in names if name.encode() > marker][:1]
        return Reply(200, [{"name": name, "count": 2, "bytes": 3} for name in behind])

    return answer


def put(cloud: OpenStackCloud) -> None:
    cloud.objects.put_container("c", {"x-container-meta-colour": "bleu"})


def names(cloud: OpenStackCloud) -> list[str]:
    return [container.name for container in cloud.objects.containers()]


# ---------------------------------------------------------------- the gatekeeper


def test_a_denied_container_is_not_sent(
    fake: FakeServer, open_shop: Open, requests_seen: list[tuple[Request, int | None]]
) -> None:
    fake.on(f"PUT {ACCOUNT}/c", Reply(201))
    with pytest.raises(Denied) as caught:
        put(open_shop(SourceGuard()))
    assert caught.value.facts == {"method": "PUT", "service": "object-store", "path": "/c"}
    assert fake.calls("PUT .*") == []
    put(open_shop())
    (sent,) = fake.calls("PUT .*")
    assert sent.headers["user-agent"].startswith(AGENT), "it was swiftclient that was held back"
    assert [told for told in requests_seen if told[0].method == "PUT"] == [(Request("PUT", "object-store", "/c"), 201)]


def test_a_denied_listing_is_not_sent(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {ACCOUNT}", listing("a"))
    with pytest.raises(Denied):
        names(open_shop(NoObjects()))
    assert fake.calls(f"GET {ACCOUNT}") == []


def test_a_listing_passes_page_by_page(
    fake: FakeServer, open_shop: Open, requests_seen: list[tuple[Request, int | None]]
) -> None:
    fake.on(f"GET {ACCOUNT}", listing("B & co", "a", "é"))
    assert names(open_shop(SourceGuard())) == ["B & co", "a", "é"]
    calls = fake.calls(f"GET {ACCOUNT}")
    assert len(calls) == 4
    assert all(seen.headers["user-agent"].startswith(AGENT) for seen in calls)
    told = [(request.method, request.service, request.path, status) for request, status in requests_seen[-4:]]
    assert told == [("GET", "object-store", "/", 200)] * 4


def test_connections_are_kept_from_call_to_call(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {ACCOUNT}", listing("a", "b"))
    fake.on(f"PUT {ACCOUNT}/c", Reply(201))
    cloud = open_shop()
    cloud.identity()
    for _ in range(3):
        names(cloud)
        put(cloud)
    assert fake.connections == 1, "all of them by the login's one transport"


# ---------------------------------------------------------------- repeats


def test_the_transport_repeats(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    fake.on(f"PUT {ACCOUNT}/c", Reply(503, b"", {"Retry-After": "3"}), Reply(hang_up=True), Reply(202))
    put(open_shop())
    assert (len(fake.calls("PUT .*")), waits[0]) == (3, 3)


def test_swiftclient_does_not(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    fake.on(f"GET {ACCOUNT}", Reply(503, b"", {"Retry-After": "3"}))
    with pytest.raises(TransientError) as caught:
        names(open_shop())
    assert (len(fake.calls(f"GET {ACCOUNT}")), waits) == (4, [3, 3, 3])
    assert caught.value.retry_after_s == 3


def test_an_ended_token_is_renewed(fake: FakeServer, open_shop: Open) -> None:
    def put_reply(seen: Seen) -> Reply:
        return Reply(201 if seen.headers["x-auth-token"] == "token-2" else 401)

    fake.on(f"PUT {ACCOUNT}/c", put_reply)
    cloud = open_shop()
    put(cloud)
    put(cloud)
    assert len(fake.calls("PUT .*")) == 3
    assert len(fake.calls("POST /v3/auth/tokens")) == 2


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (Reply(401), LoginRefused, codes.LOGIN_REFUSED),
        (Reply(403, b"<h1>Forbidden</h1>"), Denied, codes.NOT_ALLOWED),
        (Reply(404, b"", {"X-Trans-Id": "tx1"}), NotFound, codes.GONE),
        (Reply(400, b"Metadata must be valid UTF-8"), Refused, codes.BAD_REQUEST),
        (Reply(302, b"", {"Location": "/swift/elsewhere"}), Unsupported, codes.UNSUPPORTED),
        (Reply(507), TransientError, codes.CLOUD_UNAVAILABLE),
        (Reply(hang_up=True), TransientError, codes.CLOUD_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("call", [put, names])
def test_an_answer_that_says_no(
    fake: FakeServer, open_shop: Open, call: Callable[[OpenStackCloud], Any], reply: Answer, error: type, code: str
) -> None:
    fake.on(f"(GET|PUT) {ACCOUNT}.*", reply)
    with pytest.raises(DecampError) as caught:
        call(open_shop())
    assert (type(caught.value), caught.value.code) == (error, code)
    assert fake.calls(".*/elsewhere") == []
    if code == codes.GONE:
        assert caught.value.facts["request_id"] == "tx1"
    if code == codes.BAD_REQUEST:
        assert caught.value.facts["detail"] == "Metadata must be valid UTF-8"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, [{"name": "a", "count": 1, "bytes": 1}]),
        Reply(200, b"<html>"),
        Reply(200, b'[{"name": "a"', claimed_length=90),
    ],
)
def test_a_listing_that_goes_round_or_breaks_off(fake: FakeServer, open_shop: Open, reply: Reply) -> None:
    fake.on(f"GET {ACCOUNT}", reply)
    with pytest.raises(TransientError):
        names(open_shop())


def test_a_line_break_is_no_header(fake: FakeServer, open_shop: Open) -> None:
    with pytest.raises(Refused):
        open_shop().objects.put_container("c", {"x-container-meta-a": "b\r\nx-container-read: .r:*"})
    assert fake.calls("PUT .*") == []


# ---------------------------------------------------------------- names and headers


def test_headers_go_out_byte_for_byte(fake: FakeServer, open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = bytearray()
    send = http.client.HTTPConnection.send

    def seen_send(connection: http.client.HTTPConnection, data: bytes) -> None:
        wire.extend(data)
        send(connection, data)

    fake.on(f"PUT {ACCOUNT}/.*", Reply(201))
    monkeypatch.setattr(http.client.HTTPConnection, "send", seen_send)
    headers = {"x-container-meta-plain": "Å 100%41 х ", "x-container-meta-GRÖßE": "1", "x-container-read": ""}
    open_shop().objects.put_container("é & co", headers)
    assert f"PUT {ACCOUNT}/%C3%A9%20%26%20co HTTP/1.1\r\n".encode() in wire
    assert "\r\nx-container-meta-plain: Å 100%41 х\r\n".encode() in wire
    assert "\r\nx-container-meta-grÖße: 1\r\n".encode() in wire
    assert b"x-container-read" not in wire, "an empty value would take the other's away"


def test_headers_come_in_byte_for_byte(fake: FakeServer, open_shop: Open) -> None:
    headers = {"X-Container-Meta-A": "100%41 х", "X-Container-Meta-größe": "1", "X-Container-Read": ".r:*"}
    fake.on(f"HEAD {ACCOUNT}/c", Reply(204, b"", headers))
    assert open_shop().objects.container("c").headers == {key.lower(): value for key, value in headers.items()}


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_of_dots_is_no_path(fake: FakeServer, open_shop: Open, name: str) -> None:
    fake.on(f"PUT {ACCOUNT}/.*", Reply(201))
    open_shop().objects.put_container(name, {})
    assert [seen.path for seen in fake.calls("PUT .*")] == [f"{ACCOUNT}/{'%2E' * len(name)}"]


# ---------------------------------------------------------------- trust


@pytest.mark.parametrize(
    ("verify", "cert", "expected"),
    [
        (True, None, {"verify": True}),
        (False, None, {"verify": False}),
        ("/ca.pem", "/both.pem", {"verify": "/ca.pem", "cert": "/both.pem"}),
        (True, ("/cert.pem", "/key.pem"), {"verify": True, "cert": ("/cert.pem", "/key.pem")}),
    ],
)
def test_the_logins_trust_is_kept(open_shop: Open, verify: Any, cert: Any, expected: dict[str, Any]) -> None:
    login = open_shop()._login
    login.session.verify, login.session.cert = verify, cert
    _, wire = _Connection(login).http_connection("https://cloud.example/v1/AUTH_x")
    sends = {"verify": wire.requests_args["verify"], "cert": wire.requests_args.get("cert")}
    assert sends == {"cert": None, **expected}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../AUTH_other/c/o", "%2E%2E/%2E%2E/AUTH_other/c/o"),
        ("a/../b", "a/%2E%2E/b"),
        ("./a", "%2E/a"),
        ("..", "%2E%2E"),
        ("a/..é", "a/..%C3%A9"),
        (".hidden/a..b/...", ".hidden/a..b/..."),
    ],
)
def test_dots_of_a_name_are_no_way_up(fake: FakeServer, open_shop: Open, name: str, path: str) -> None:
    fake.on("DELETE /swift/.*", Reply(204))
    open_shop().objects.delete("c", name)
    assert [seen.path for seen in fake.calls("DELETE .*")] == [f"{ACCOUNT}/c/{path}"]
