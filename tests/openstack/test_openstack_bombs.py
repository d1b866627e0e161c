"""Answers that a few bytes of a server make larger than any machine, or that never end."""

import gzip
import itertools
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from migrate.errors import Refused, TransientError
from migrate.messages import codes
from tests.bounds import bounded
from tests.openstack.fake_openstack import FakeServer, Open, Reply
from tests.openstack.http_clients import client

pytestmark = pytest.mark.hostile

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"


@pytest.fixture(autouse=True)
def within_bounds() -> Iterator[None]:
    with bounded():
        yield


@pytest.fixture
def says() -> Iterator[Callable[[Iterator[bytes]], str]]:
    """A server that answers its first request with these bytes, for as long as anybody reads them; its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(answer: Iterator[bytes]) -> str:
        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1 << 16)
                    for piece in answer:
                        connection.sendall(piece)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    listener.close()
    for thread in threads:
        thread.join(10)


def packed(head: bytes, mib: int) -> bytes:
    """A MiB is packed once, and stands there so many times; of the end, which nobody reads, the sum is wrong."""
    packer = zlib.compressobj(9, wbits=31)
    begin = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return begin + piece * mib + packer.flush()


def test_a_packed_answer_is_unpacked_no_further_than_any_answer_goes(fake: FakeServer, open_shop: Open) -> None:
    body = packed(b'{"volumes": [', 1024)
    assert len(body) < 2 << 20
    fake.on("GET /volume/v3/.*/volumes/detail", Reply(200, body, {"Content-Encoding": "gzip"}))
    with pytest.raises(Refused) as caught:
        open_shop().block.volumes()
    assert caught.value.code == codes.BAD_REQUEST and "an answer of more than" in str(caught.value.facts["what"])


def test_a_packed_answer_of_the_usual_size_is_read(fake: FakeServer, open_shop: Open) -> None:
    fake.on(
        "GET /volume/v3/.*/volumes/detail", Reply(200, gzip.compress(b'{"volumes": []}'), {"Content-Encoding": "gzip"})
    )
    assert open_shop().block.volumes() == []


def test_a_document_that_never_ends_is_left(says: Callable[[Iterator[bytes]], str]) -> None:
    url = says(itertools.chain([HEAD], itertools.repeat(PIECE)))
    with pytest.raises(Refused):
        client().request("GET", url).read()


@pytest.mark.parametrize("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
def test_answers_that_only_promise_one_end(says: Callable[[Iterator[bytes]], str], interim: bytes) -> None:
    with pytest.raises((Refused, TransientError)):
        client().request("POST", says(itertools.repeat(interim)), body=b"{}")


def test_trailers_that_never_end_are_left(says: Callable[[Iterator[bytes]], str]) -> None:
    url = says(itertools.chain([HEAD, b"0\r\n"], itertools.repeat(b"X-More: x\r\n")))
    with pytest.raises(TransientError):
        client().request("GET", url).read()


def test_a_head_that_never_ends_is_left(says: Callable[[Iterator[bytes]], str]) -> None:
    url = says(itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-More: x\r\n")))
    with pytest.raises(TransientError):
        client().request("POST", url, body=b"{}")
