"""The fault proxy for any test: `fault_proxy(upstream, *script)` starts one that ends with the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.faults.proxy import Fault, FaultProxy

MakeProxy = Callable[..., FaultProxy]


@pytest.fixture
def fault_proxy() -> Iterator[MakeProxy]:
    with ExitStack() as stack:

        def make(upstream: str, *script: Fault) -> FaultProxy:
            return stack.enter_context(FaultProxy(upstream, script))

        yield make
