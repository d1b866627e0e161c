"""A service that answers 200 to ranges sends each file once, as long as it is read forward."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from migrate.clouds.guard import NoGuard
from migrate.clouds.http.client import HttpClient, RetryPolicy
from migrate.clouds.openstack.images_without_ranges import IDLE_S, WholeFiles
from migrate.errors import TransientError
from tests.openstack.fake_openstack import FakeServer, Open, Reply

MIB = 1 << 20
DATA = random.Random(1).randbytes(9 * MIB)
WINDOW = 2 * MIB


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def files(fake: FakeServer, now: list[float]) -> Iterator[WholeFiles]:
    fake.on("GET /i[1-9]", Reply(200, DATA))
    client = HttpClient(
        locate=lambda url: ("image", url), gatekeeper=NoGuard(), retries=RetryPolicy(attempts=1, sleep=lambda s: None)
    )
    ask: Callable[[str], object] = lambda file_id: client.request("GET", f"{fake.url}/{file_id}")  # noqa: E731
    yield WholeFiles(ask, window_bytes=WINDOW, clock=lambda: now[0])  # type: ignore[arg-type]


def test_a_file_is_asked_for_once(fake: FakeServer, files: WholeFiles) -> None:
    got = [b"".join(files.read("i1", at, min(at + MIB, len(DATA)))) for at in range(0, len(DATA), MIB)]
    assert b"".join(got) == DATA
    assert len(fake.calls("GET /i1")) == 1


def test_ranges_that_overtake_each_other(fake: FakeServer, files: WholeFiles) -> None:
    """As parallel reads do: four at a time, in any order."""
    chance, size = random.Random(2), 256 * 1024
    for first in range(0, len(DATA), 4 * size):
        for at in chance.sample([first + i * size for i in range(4)], 4):
            assert b"".join(files.read("i1", at, at + size)) == DATA[at : at + size]
    assert len(fake.calls("GET /i1")) == 1


def test_what_is_skipped_is_dropped(fake: FakeServer, files: WholeFiles) -> None:
    assert b"".join(files.read("i1", 8 * MIB, 9 * MIB)) == DATA[8 * MIB :]
    held = files._files["i1"]
    assert sum(map(len, held._kept)) <= WINDOW + MIB
    assert b"".join(files.read("i1", 7 * MIB, 9 * MIB)) == DATA[7 * MIB :]
    assert len(fake.calls("GET /i1")) == 1


def test_far_behind_the_file_begins_anew(fake: FakeServer, files: WholeFiles) -> None:
    list(files.read("i1", 8 * MIB, 9 * MIB))
    assert b"".join(files.read("i1", 5, 17)) == DATA[5:17]
    assert len(fake.calls("GET /i1")) == 2


def test_a_stream_that_breaks_off_begins_anew(fake: FakeServer, files: WholeFiles) -> None:
    fake.on("GET /i1", Reply(200, DATA[: 4 * MIB], claimed_length=len(DATA)), Reply(200, DATA))
    assert b"".join(files.read("i1", 0, MIB)) == DATA[:MIB]
    with pytest.raises(TransientError):
        list(files.read("i1", 4 * MIB - 1, 5 * MIB))
    assert b"".join(files.read("i1", 4 * MIB - 1, 5 * MIB)) == DATA[4 * MIB - 1 : 5 * MIB]
    assert len(fake.calls("GET /i1")) == 2


def test_a_file_that_is_shorter_than_the_range(files: WholeFiles) -> None:
    with pytest.raises(TransientError):
        list(files.read("i1", len(DATA) - 1, len(DATA) + 1))


def test_many_threads(fake: FakeServer, files: WholeFiles) -> None:
    size = 128 * 1024

    def read(mine: list[int]) -> list[int]:
        return [at for at in mine if b"".join(files.read("i1", at, at + size)) != DATA[at : at + size]]

    starts = list(range(0, MIB, size))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, [starts[i::4] for i in range(4)])) == [[]] * 4
    assert len(fake.calls("GET /i1")) == 1


def test_a_stream_that_nobody_reads_is_given_up(fake: FakeServer, files: WholeFiles, now: list[float]) -> None:
    for file_id in ("i1", "i2"):
        list(files.read(file_id, 0, MIB))
    now[0] = IDLE_S + 1
    list(files.read("i2", MIB, 2 * MIB))
    assert set(files._files) == {"i2"}
    assert len(fake.calls("GET /i2")) == 1


# ---------------------------------------------------------------- through the port


def test_the_first_answer_is_not_wasted(fake: FakeServer, open_shop: Open) -> None:
    images = open_shop().images
    fake.on("GET /image/v2/images/i1/file", Reply(200, DATA))
    for start, end in ((MIB, 2 * MIB), (0, MIB), (2 * MIB, 5 * MIB)):
        with images.read("i1", start, end) as chunks:
            assert b"".join(chunks) == DATA[start:end]
    assert len(fake.calls("GET /image/v2/images/i1/file")) == 1


def test_a_range_that_is_the_whole_file_says_nothing_of_ranges(fake: FakeServer, open_shop: Open) -> None:
    images = open_shop().images
    fake.on("GET /image/v2/images/i1/file", Reply(200, DATA))
    with images.read("i1", 0, len(DATA)) as chunks:
        assert b"".join(chunks) == DATA
    fake.on("GET /image/v2/images/i2/file", Reply(206, DATA[3:7], {"Content-Range": f"bytes 3-6/{len(DATA)}"}))
    with images.read("i2", 3, 7) as chunks:
        assert b"".join(chunks) == DATA[3:7]
    assert fake.calls("GET /image/v2/images/i2/file")[0].headers["range"] == "bytes=3-6"
