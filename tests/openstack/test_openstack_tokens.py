"""Tokens of the thin client: replaced before they end, once for all threads."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from keystoneauth1 import _utils as keystone_time

from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

SPARE_S = 120
OBJECT = f"/swift/v1/AUTH_{PROJECT}/c/o"


@pytest.fixture
def let_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass, by the clock of the thin client and by that of the session."""
    passed, now, from_now = [0.0], time.time, keystone_time.from_utcnow

    def ahead(**delta: float) -> datetime:
        then: datetime = from_now(**delta)
        return then + timedelta(seconds=passed[0])

    monkeypatch.setattr(time, "time", lambda: now() + passed[0])
    monkeypatch.setattr(keystone_time, "from_utcnow", ahead)
    return lambda seconds: passed.append(passed.pop() + seconds)


def tokens_of(fake: FakeServer) -> list[str]:
    return [seen.headers["x-auth-token"] for seen in fake.calls(f"GET {OBJECT}")]


def test_a_token_that_ends_soon_is_replaced_before_it_is_used(fake: FakeServer, open_shop: Open) -> None:
    keystone(fake, lives_s=(SPARE_S - 20,))
    fake.on(f"GET {OBJECT}", Reply(200, b"x"))
    cloud = open_shop()
    cloud.identity()
    for _ in range(3):
        cloud._login.http.request("GET", fake.url + OBJECT).close()
    assert tokens_of(fake) == ["token-2"] * 3


def test_many_threads_that_find_the_token_near_its_end_renew_it_once(
    fake: FakeServer, open_shop: Open, let_pass: Callable[[float], None]
) -> None:
    keystone(fake, lives_s=(SPARE_S + 600,))
    fake.on(f"GET {OBJECT}", Reply(200, b"x"))
    http = open_shop()._login.http
    http.request("GET", fake.url + OBJECT).close()
    let_pass(601)
    together = threading.Barrier(16, timeout=60)

    def work() -> None:
        together.wait()
        for _ in range(3):
            http.request("GET", fake.url + OBJECT).close()

    workers = [threading.Thread(target=work) for _ in range(16)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert tokens_of(fake) == ["token-1"] + ["token-2"] * 48
    assert len(fake.calls("POST /v3/auth/tokens")) == 2


def test_many_threads_whose_token_was_revoked_renew_it_once(fake: FakeServer, open_shop: Open) -> None:
    together = threading.Barrier(8, timeout=60)

    def answer(seen: Seen) -> Reply:
        if seen.headers["x-auth-token"] == "token-1":
            together.wait()  # all were sent with it
            return Reply(401)
        return Reply(200, b"x")

    fake.on(f"GET {OBJECT}", answer)
    http = open_shop()._login.http
    answers: list[bytes] = []
    workers = [
        threading.Thread(target=lambda: answers.append(http.request("GET", fake.url + OBJECT).read())) for _ in range(8)
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert answers == [b"x"] * 8
    assert sorted(tokens_of(fake)) == ["token-1"] * 8 + ["token-2"] * 8
    assert len(fake.calls("POST /v3/auth/tokens")) == 2
