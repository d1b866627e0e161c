"""What is moved: containers of plain objects, made once in tenants of their own and left for the next run."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.raw import Account

CONTAINER = "load"
_KIB, _MIB, _GIB = 2**10, 2**20, 2**30
_PIECE = 1 * _MIB


@dataclass(frozen=True)
class Load:
    """`count` objects of `size_bytes` each, in one container of a tenant of its own."""

    name: str
    count: int
    size_bytes: int

    @property
    def title(self) -> str:
        units = ((_GIB, "GiB"), (_MIB, "MiB"), (_KIB, "KiB"))
        size, unit = next((self.size_bytes // n, unit) for n, unit in units if self.size_bytes >= n)
        return f"{self.count:,} × {size} {unit}"

    def source(self) -> str:
        """The entry of the tenant that has it, made where it is not there."""
        return ensure_tenant("source", f"bench-{self.name}")

    def target(self) -> str:
        return ensure_tenant("target", f"bench-{self.name}")

    def seed(self) -> None:
        """Makes what is missing; repeating it costs a listing."""
        account = Account.of(self.source())
        account.need("PUT", CONTAINER)
        there = {row["name"] for row in account.listing(CONTAINER) if row["bytes"] == self.size_bytes}
        missing = [name for name in self.names() if name not in there]

        def put(name: str) -> None:
            headers = {"Content-Length": str(self.size_bytes), "Content-Type": "application/octet-stream"}
            account.need("PUT", CONTAINER, name, headers=headers, body=self._content(name))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, missing))

    def names(self) -> list[str]:
        return [f"{n % 50:02}/object-{n:06}" for n in range(self.count)]

    def _content(self, name: str) -> Iterator[bytes]:
        """Bytes that no one can compress, in small pieces: whoever starts what is measured has to stay small."""
        stream = random.Random(name)
        for at in range(0, self.size_bytes, _PIECE):
            yield stream.randbytes(min(_PIECE, self.size_bytes - at))


LOADS = {
    load.name: load
    for load in (Load("small", 5_000, 4 * _KIB), Load("medium", 200, 1 * _MIB), Load("large", 2, 1 * _GIB))
}
