"""Pace and bandwidth, by a clock that only waiting moves; and one pacer before both HTTP layers."""

import heapq
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from migrate.clouds.http.pace import MOST_PAUSE_S, Bucket, Pacer, Pause, Throttle, stoppable_sleep
from migrate.clouds.ports import NewImage, NewVolume, ObjectInfo
from migrate.clouds.throttled import ThrottledCloud
from migrate.demo.memory import MemoryCloud, World
from migrate.errors import Cancelled, Denied, QuotaExceeded, TransientError
from migrate.messages import codes
from migrate.model import Network
from migrate.monitor import StopFlag
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply

VOLUME = {"id": "v1", "name": "v", "size": 1, "status": "available"}
MIB = 1 << 20


def pacer(clock: Clock, per_s: float | None = None, on_pause: Callable[[Pause], None] | None = None) -> Pacer:
    return Pacer("shop", per_s, clock=clock, wait=clock.wait, on_pause=on_pause)


# ---------------------------------------------------------------- our own ceiling


def test_requests_go_out_at_the_rate_of_the_policy_over_all_services() -> None:
    clock = Clock()
    paced = pacer(clock, 5)
    start = clock.now
    for number in range(100):
        paced.before("compute" if number % 2 else "image")
    assert clock.now - start == pytest.approx((100 - 5) / 5)


def test_less_than_one_request_per_second() -> None:
    clock = Clock()
    paced = pacer(clock, 0.5)
    for _ in range(4):
        paced.before("compute")
    assert clock.waits == [2.0, 2.0, 2.0]


def test_no_ceiling_is_no_wait() -> None:
    clock = Clock()
    for _ in range(1000):
        pacer(clock).before("compute")
    assert clock.waits == []


# ---------------------------------------------------------------- the server's word


def test_a_service_that_names_a_time_is_left_alone_until_then_by_everybody() -> None:
    clock, told = Clock(), list[Pause]()
    paced = pacer(clock, on_pause=told.append)
    paced.answered("compute", paced.before("compute"), 429, 30)
    start = clock.now
    paced.before("image")
    assert clock.now == start, "another service goes on"
    paced.before("compute")
    assert clock.now - start == 30
    assert told == [Pause("compute", 429, 30)]


def test_after_a_pause_requests_come_one_by_one_and_closer_with_each_good_answer() -> None:
    clock = Clock()
    paced = pacer(clock)
    paced.answered("compute", paced.before("compute"), 429, 30)
    paced.before("compute")
    clock.waits.clear()
    for _ in range(400):
        paced.answered("compute", paced.before("compute"), 200, None)
    assert clock.waits[0] == pytest.approx(0.05)
    assert clock.waits == sorted(clock.waits, reverse=True)
    assert len(clock.waits) < 300, "in the end there is no distance any more"


def test_without_a_time_the_pauses_grow_and_end_with_a_good_answer() -> None:
    clock, told = Clock(), list[Pause]()
    paced = pacer(clock, on_pause=told.append)
    for _ in range(12):
        paced.answered("compute", paced.before("compute"), 503, None)
    for number, pause in enumerate(told):
        most = min(0.5 * 2**number, 60)
        assert most / 2 <= pause.seconds <= most
    told.clear()
    paced.answered("compute", paced.before("compute"), 200, None)
    paced.answered("compute", paced.before("compute"), 503, None)
    assert told[0].seconds <= 0.5


def test_a_pause_is_no_longer_than_the_ceiling() -> None:
    clock, told = Clock(), list[Pause]()
    paced = pacer(clock, on_pause=told.append)
    paced.answered("compute", paced.before("compute"), 503, 86400)
    assert told[0].seconds == MOST_PAUSE_S


def test_answers_that_were_on_their_way_do_not_make_it_worse() -> None:
    """32 workers are refused at once: that is one event and not 32."""
    clock, told = Clock(), list[Pause]()
    paced = pacer(clock, on_pause=told.append)
    turns = [paced.before("compute") for _ in range(32)]
    for turn in turns:
        paced.answered("compute", turn, 429, None)
    assert len(told) == 1
    paced.answered("compute", turns[0], 429, 40)
    assert told[1:] == [Pause("compute", 429, 40)], "but one that asks for longer is heard"
    start = clock.now
    paced.before("compute")
    assert clock.now - start == 40


@pytest.mark.parametrize(
    ("status", "asked_s"), [(413, None), (413, 0), (403, None), (409, None), (500, None), (504, 5), (200, 9)]
)
def test_what_is_no_matter_of_pace_pauses_nothing(status: int, asked_s: float | None) -> None:
    clock = Clock()
    paced = pacer(clock)
    paced.answered("block-storage", paced.before("block-storage"), status, asked_s)
    paced.before("block-storage")
    assert clock.waits == []


def test_a_server_with_a_limit_is_met_at_it() -> None:
    """It takes ten a second and says no more than 429: hardly one in thirty is refused in the long run."""
    clock, bucket, refused = Clock(), Bucket(10, 10), 0
    paced = pacer(clock)
    for _ in range(2000):
        turn = paced.before("compute")
        is_over = bucket.take(0, clock.now) > 0
        if not is_over:
            bucket.take(1, clock.now)
        refused += is_over
        paced.answered("compute", turn, 429 if is_over else 200, None)
    assert refused < 2000 / 30


def test_a_worker_that_waits_hears_of_a_new_pause() -> None:
    clock = Clock()
    paced = pacer(clock)
    turn = paced.before("compute")
    paced.answered("compute", turn, 429, 10)

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        if len(clock.waits) == 1:
            paced.answered("compute", turn + 1, 429, 20)

    paced.wait = wait
    start = clock.now
    paced.before("compute")
    assert clock.now - start == 30


def test_a_stop_ends_a_long_wait() -> None:
    stop = StopFlag()
    stop.set()
    paced = Pacer("shop", wait=stoppable_sleep(stop))
    paced.answered("compute", paced.before("compute"), 429, 300)
    with pytest.raises(Cancelled):
        paced.before("compute")


def test_a_long_wait_lasts_until_it_is_stopped() -> None:
    stop = StopFlag()
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        stoppable_sleep(stop)(3600)


def test_both_layers_and_all_threads_wait_for_the_same_pause(
    fake: FakeServer, open_shop: Open, clock: Clock, waits: list[float]
) -> None:
    cloud = open_shop()
    cloud.identity()
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}/c/o", Reply(498, b"", {"Retry-After": "40"}), Reply(200, b"x"))
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}", Reply(200, b"[]", {"Content-Type": "application/json"}))
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/v1", Reply(200, {"volume": VOLUME}))
    start = clock.now
    with cloud.objects.get("c", "o") as (_, chunks):
        assert b"".join(chunks) == b"x"
    assert clock.now - start == 40
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}/c/o", Reply(503, b"", {"Retry-After": "601"}))
    with pytest.raises(Exception, match=codes.CLOUD_UNAVAILABLE), cloud.objects.get("c", "o"):
        pass
    at = clock.now
    cloud.block.volume("v1")
    assert clock.now == at, "Cinder has said nothing"
    with ThreadPoolExecutor(1) as another:
        another.submit(cloud.objects.containers).result(60)
    assert clock.now - at >= MOST_PAUSE_S, "swiftclient waits for what the thin client was told"


@pytest.mark.parametrize("status", [429, 498])
def test_a_limit_of_one_container_slows_no_other_and_not_the_account(
    fake: FakeServer, open_shop: Open, clock: Clock, waits: list[float], status: int
) -> None:
    http, swift = open_shop()._login.http, f"{fake.url}/swift/v1/AUTH_{PROJECT}"
    fake.on("(GET|PUT|POST|DELETE) /swift/.*", Reply(200))
    fake.on(f"PUT /swift/v1/AUTH_{PROJECT}/full/o", Reply(status, b"", {"Retry-After": "601"}))
    with pytest.raises(TransientError):
        http.request("PUT", f"{swift}/full/o", body=b"x")
    for path in ("/empty/o", "/empty", "", "?format=json", "/info"):
        http.request("GET", swift + path).close()
    http.request("PUT", f"{swift}/full", body=b"").close()
    assert waits == [], "containers are made at the account's own rate"
    with ThreadPoolExecutor(1) as another:
        another.submit(lambda: http.request("GET", f"{swift}/full/other").close()).result(60)
    assert waits == [MOST_PAUSE_S], "for every worker"
    clock.waits.clear()
    for _ in range(3):
        http.request("GET", f"{swift}/full?format=json").close()
    assert clock.waits, "and afterwards at a distance"


def test_a_limit_of_the_account_slows_all_of_it(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    http, swift = open_shop()._login.http, f"{fake.url}/swift/v1/AUTH_{PROJECT}"
    fake.on("(GET|PUT) /swift/.*", Reply(200))
    fake.on(f"PUT /swift/v1/AUTH_{PROJECT}/new", Reply(498, b"", {"Retry-After": "601"}))
    with pytest.raises(TransientError):
        http.request("PUT", f"{swift}/new", body=b"")
    http.request("GET", f"{swift}/old/o").close()
    assert waits == [MOST_PAUSE_S]


@pytest.mark.parametrize("status", [503, 413])
def test_a_service_that_is_overloaded_is_left_alone_whole(
    fake: FakeServer, open_shop: Open, waits: list[float], status: int
) -> None:
    http, swift = open_shop()._login.http, f"{fake.url}/swift/v1/AUTH_{PROJECT}"
    fake.on("GET /swift/.*", Reply(200))
    fake.on(f"GET /swift/v1/AUTH_{PROJECT}/c/o", Reply(status, b"", {"Retry-After": "601"}))
    with pytest.raises(TransientError):
        http.request("GET", f"{swift}/c/o")
    http.request("GET", f"{swift}/other/o").close()
    assert waits == [MOST_PAUSE_S]


def test_a_full_container_is_asked_once_and_pauses_nobody(
    fake: FakeServer, open_shop: Open, waits: list[float]
) -> None:
    http, swift = open_shop()._login.http, f"{fake.url}/swift/v1/AUTH_{PROJECT}"
    fake.on("PUT /swift/.*", Reply(413, b"<html><h1>Request Entity Too Large</h1>Upload exceeds quota.</html>"))
    assert http.request("PUT", f"{swift}/c/o", body=iter([b"x"]), length=1).status == 413
    assert http.request("PUT", f"{swift}/c/o", body=iter([bytes(1 << 20)] * 2), length=2 << 20).status == 413
    assert (len(fake.seen) - len(fake.calls("(GET|POST) .*")), waits) == (2, [])


def test_where_nothing_is_limited_nobody_waits_for_a_lock() -> None:
    clock = Clock()
    paced = pacer(clock)
    with paced._lock:  # held: whoever wants it stands still
        for number in range(100):
            paced.answered("object-store", paced.before("object-store", f"c{number}"), 200, None, f"c{number}")


def test_pauses_of_a_container_and_of_its_service_add_up_to_the_longer_one() -> None:
    clock, told = Clock(), list[Pause]()
    paced = pacer(clock, on_pause=told.append)
    turn = paced.before("object-store", "c")
    paced.answered("object-store", turn, 498, 10, "c")
    paced.answered("object-store", turn, 503, 30, "c")
    start = clock.now
    paced.before("object-store", "c")
    assert clock.now - start == 30
    assert [(pause.where, pause.seconds) for pause in told] == [("object-store/c", 10), ("object-store", 30)]


def test_a_create_that_was_refused_for_its_rate_is_sent_again(
    fake: FakeServer, open_shop: Open, waits: list[float]
) -> None:
    over = Reply(413, {"overLimit": {"code": 413, "message": "slow", "retryAfter": "12"}}, {"Retry-After": "12"})
    made = Reply(202, {"volume": VOLUME})
    fake.on(f"POST /volume/v3/{PROJECT}/volumes", Reply(429), over, made)
    assert open_shop().block.create_volume(NewVolume(name="x", size_gib=1)) == "v1"
    assert len(fake.calls("POST /volume/.*")) == 3
    assert waits[1] == 12


def test_over_quota_is_no_pace_and_is_sent_once(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    over = {"overLimit": {"code": 413, "message": "VolumeLimitExceeded", "retryAfter": "0"}}
    fake.on(f"POST /volume/v3/{PROJECT}/volumes", Reply(413, over, {"Retry-After": "0"}))
    fake.on("POST /network/v2.0/networks", Reply(409, {"NeutronError": {"type": "OverQuota", "message": "m"}}))
    fake.on("POST /compute/v2.1/servers/s1/action", Reply(403, {"forbidden": {"message": "Quota exceeded for cores"}}))
    cloud = open_shop()
    calls: tuple[Callable[[], object], ...] = (
        lambda: cloud.block.create_volume(NewVolume(name="x", size_gib=1)),
        lambda: cloud.compute.create_image("s1", "x", {}),
        lambda: cloud.network.create_network(Network(id="", name="x")),
    )
    for call in calls:
        with pytest.raises(QuotaExceeded):
            call()
    assert len(fake.calls("POST /(volume|compute|network)/.*")) == 3
    assert waits == []


def test_the_guard_is_asked_before_a_turn_is_taken(fake: FakeServer, open_shop: Open, waits: list[float]) -> None:
    class Closed:
        def check(self, request: object) -> None:
            raise Denied(codes.SOURCE_GUARD_STOPPED, method="", service="", path="")

    cloud = open_shop(Closed())
    with pytest.raises(Denied):
        cloud._login.http.request("GET", f"{fake.url}/x")
    assert waits == []


# ---------------------------------------------------------------- bandwidth


def throttle(clock: Clock, bytes_per_s: int | None, gate: Callable[[], None] = lambda: None) -> Throttle:
    return Throttle(bytes_per_s, gate, clock=clock, wait=clock.wait)


def test_bytes_pass_whole_and_no_faster_than_they_may() -> None:
    clock = Clock()
    chunks = [bytes([number]) * (3 * MIB) for number in range(10)]
    start = clock.now
    assert b"".join(throttle(clock, 5 * MIB).through(iter(chunks))) == b"".join(chunks)
    assert clock.now - start == pytest.approx(30 / 5, abs=0.3)


@pytest.mark.parametrize("bytes_per_s", [100, 50_000, 10 * MIB, 4 << 30])
def test_any_rate_is_kept(bytes_per_s: int) -> None:
    clock = Clock()
    start, size = clock.now, 20 * bytes_per_s if bytes_per_s < 4 * MIB else 64 * MIB
    slowed = throttle(clock, bytes_per_s)
    for _ in slowed.through([bytes(size)]):
        pass
    piece_s = max(4096, bytes_per_s // 10) / bytes_per_s
    assert size / bytes_per_s - 0.1 - piece_s <= clock.now - start <= size / bytes_per_s


def test_without_a_ceiling_chunks_go_by_untouched() -> None:
    clock = Clock()
    chunk = bytes(5 * MIB)
    assert [piece is chunk for piece in throttle(clock, None).through([chunk])] == [True]
    assert clock.waits == []


def test_streams_share_alike_whatever_their_chunks() -> None:
    """Two streams, each asking again as soon as it may: one in small chunks, one in large ones cut to pieces."""
    clock = Clock()
    slowed = Throttle(MIB, clock=clock, wait=lambda seconds: clock.waits.append(seconds))
    passed = {"small": 0, "large": 0}
    sizes = {"small": 64 << 10, "large": MIB // 10}
    turns = [(clock.now, name) for name in passed]
    while turns[0][0] < 1060:
        clock.now, name = heapq.heappop(turns)
        clock.waits.clear()
        slowed.take(sizes[name])
        passed[name] += sizes[name]
        heapq.heappush(turns, (clock.now + sum(clock.waits), name))
    assert sum(passed.values()) == pytest.approx(60 * MIB, rel=0.02)
    assert passed["small"] / passed["large"] == pytest.approx(sizes["small"] / sizes["large"], rel=0.02)


def test_many_threads_share_one_ceiling() -> None:
    clock, lock = Clock(), threading.Lock()

    def wait(seconds: float) -> None:
        until = clock.now + seconds
        with lock:  # all sleep at the same time
            clock.now = max(clock.now, until)

    slowed, start = Throttle(MIB, clock=clock, wait=wait), clock.now

    def worker(_: int) -> int:
        return sum(len(piece) for piece in slowed.through(bytes(256 << 10) for _ in range(32)))

    with ThreadPoolExecutor(8) as workers:
        sums = list(workers.map(worker, range(8)))
    assert sums == [8 * MIB] * 8
    assert clock.now - start >= 64 - 0.25


def test_memory_stays_flat() -> None:
    clock = Clock()
    slowed = throttle(clock, 100 * MIB)
    tracemalloc.start()
    moved = sum(len(piece) for piece in slowed.through(bytes(4 * MIB) for _ in range(64)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert moved == 256 * MIB
    assert peak < 13 * MIB


def test_the_gate_is_asked_for_each_piece_and_before_each_request() -> None:
    clock, asked = Clock(), list[int]()
    slowed = throttle(clock, 10 * MIB, lambda: asked.append(1))
    assert len(list(slowed.through([bytes(4 * MIB)]))) == len(asked) == 4


# ---------------------------------------------------------------- a cloud behind it


class Shut(Exception):
    """The gate's."""


@pytest.fixture
def memory() -> MemoryCloud:
    return MemoryCloud("memory", world=World("w"))


def upload(cloud: ThrottledCloud | MemoryCloud, data: bytes) -> str:
    image_id = cloud.images.create(NewImage(name="i", disk_format="raw"))
    cloud.images.upload(image_id, iter([data]), len(data))
    return image_id


def put(cloud: ThrottledCloud | MemoryCloud, data: bytes) -> None:
    cloud.objects.put_container("c", {})
    cloud.objects.put("c", ObjectInfo(name="o", size_bytes=len(data), etag="", content_type="a/b"), iter([data]))


def test_images_and_objects_pass_in_both_directions(memory: MemoryCloud) -> None:
    clock = Clock()
    cloud = ThrottledCloud(memory, throttle(clock, MIB))
    data = bytes(range(256)) * (2 * MIB // 256)
    took: list[float] = []

    def timed(call: Callable[[], object]) -> None:
        start = clock.now
        call()
        took.append(clock.now - start)

    def read() -> None:
        with cloud.images.read(image_id) as chunks:
            assert b"".join(chunks) == data

    def get() -> None:
        with cloud.objects.get("c", "o") as (_, chunks):
            assert b"".join(chunks) == data

    timed(lambda: upload(cloud, data))
    image_id = cloud.images.images()[0].id
    timed(read)
    timed(lambda: put(cloud, data))
    timed(get)
    assert took == pytest.approx([2.0] * 4, abs=0.25)


def test_a_shut_gate_lets_nothing_begin_and_all_else_go_by(memory: MemoryCloud) -> None:
    image_id = upload(memory, b"x")
    put(memory, b"x")

    def shut() -> None:
        raise Shut

    cloud = ThrottledCloud(memory, Throttle(gate=shut))
    before = len(memory.world.log)

    def read() -> Iterator[bytes]:
        with cloud.images.read(image_id) as chunks:
            return chunks

    with pytest.raises(Shut):
        read()
    with pytest.raises(Shut):
        cloud.images.upload(image_id, [b"x"], 1)
    with pytest.raises(Shut), cloud.objects.get("c", "o"):
        pass
    assert len(memory.world.log) == before
    assert cloud.identity() == memory.identity()
    assert cloud.images.image(image_id) == memory.images.image(image_id)
    assert [entry.name for entry in cloud.objects.entries("c")] == ["o"]
    assert cloud.compute is memory.compute
