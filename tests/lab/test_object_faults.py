"""Objects over lines that fail, on either side: what arrives is whole, and what does not arrive comes later.

Driven by the command, judged by raw requests. After no run at all is an object at the target another than the source's.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.faults.proxy import Cut, Fault, FaultProxy, Flip, Lag, LoseAnswer, Refuse, Stall, Way
from tests.lab.harness import forked
from tests.matrix import rest
from tests.objects_bench.judge import LOST, Verdict, damage, judge
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.measure import Usage
from tests.objects_bench.raw import Account, clouds_file
from tests.objects_bench.tools import Decamp, Route, overridden
from tests.trusted import agree_to

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

BIG = 6 * 2**20
RUNS = 3
OBJECT, BIG_OBJECT, MANIFEST = "/box/small", "/box/big", "/box/film"
GONE_MEANWHILE = "small-07|small-08"


@dataclass
class Line:
    """A planned migration whose two object stores are behind a proxy each."""

    decamp: Decamp
    source: FaultProxy
    target: FaultProxy

    def side(self, name: str) -> FaultProxy:
        return {"source": self.source, "target": self.target}[name]

    def verdicts(self) -> list[Verdict]:
        """What is wrong at the target, seen past the proxies."""
        return damage(judge(self.decamp.route.source, self.decamp.route.target, clouds_file()))

    def run_until_done(self) -> list[Usage]:
        """As its user would: again, until it ends well. Nothing that is there is ever wrong."""
        runs: list[Usage] = []
        while not runs or runs[-1].status:
            assert len(runs) < RUNS, "\n".join(run.output for run in runs)
            runs.append(self.decamp.run())
            wrong = [str(verdict) for verdict in self.verdicts() if verdict.verdict != LOST]
            assert wrong == [], runs[-1].output
            assert "Traceback" not in runs[-1].output
        return runs


@pytest.fixture(scope="module")
def planned(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Scanned and planned while all was well."""
    folder = tmp_path_factory.mktemp("lines")
    source, target = ensure_tenant("source", "test-object-faults"), ensure_tenant("target", "test-object-faults")
    fill(Account.of(source))
    with ExitStack() as stack:
        here, there = (stack.enter_context(FaultProxy(Account.of(entry).url)) for entry in (source, target))
        clouds = overridden(folder, {source: here.url, target: there.url})
        decamp = Decamp(folder / "planned", Route(source, target, clouds), carried_out=forked)
        decamp.prepare()
        yield Line(decamp, here, there)
    for entry in (source, target):
        Account.of(entry).empty()


def fill(account: Account) -> None:
    account.empty()
    for container in ("box", "box_segments"):
        account.need("PUT", container, headers={"X-Container-Meta-Team": "Zürich"})
    for n in range(20):
        metadata = {"X-Object-Meta-Number": str(n), "Content-Type": "text/plain"}
        account.need("PUT", "box", f"small-{n:02}", body=f"small {n} ".encode() * 500, headers=metadata)
    account.need("PUT", "box", "big", body=bytes(range(256)) * (BIG // 256))
    rows = []
    for n in range(3):
        account.need("PUT", "box_segments", f"film/{n}", body=bytes([65 + n]) * 2**20)
        rows.append({"path": f"/box_segments/film/{n}"})
    account.need("PUT", "box", "film", query="multipart-manifest=put", body=json.dumps(rows).encode())


@pytest.fixture
def line(planned: Line, tmp_path: Path) -> Line:
    """The same plan, an empty target, and nothing done yet."""
    Account.of(planned.decamp.route.target).empty()
    planned.source.calm()
    planned.target.calm()
    folder = tmp_path / "migration"
    shutil.copytree(planned.decamp.folder, folder)
    agree_to(folder)
    return Line(replace(planned.decamp, folder=folder), planned.source, planned.target)


FAULTS: dict[str, tuple[str, Fault]] = {
    "the source's answer ends within a small object": ("source", Cut(Way.ANSWER, at=900, path=OBJECT, times=3)),
    "the source's answer ends within a large object": ("source", Cut(Way.ANSWER, at=BIG // 2, path=BIG_OBJECT)),
    "a bit flips in the source's answer": ("source", Flip(Way.ANSWER, at=BIG - 5, method="GET", path=BIG_OBJECT)),
    "a bit flips in a small object from the source": ("source", Flip(Way.ANSWER, at=7, method="GET", path=OBJECT)),
    "the source says 503 for a while": (
        "source", Refuse(retry_after_s=1, path="/box/", times=4, skip=3),
    ),
    "the source is silent within an object": ("source", Stall(Way.ANSWER, seconds=4, at=BIG // 3, path=BIG_OBJECT)),
    "the source's token is refused in the middle": ("source", Refuse(status=401, path="/box/", skip=5)),
    "the source's manifest ends in the middle": ("source", Cut(Way.ANSWER, at=40, method="GET", path=MANIFEST)),
    "the target's line ends within a small object": (
        "target", Cut(Way.REQUEST, at=900, method="PUT", path=OBJECT, times=3),
    ),
    "the target's line ends within a large object": (
        "target", Cut(Way.REQUEST, at=BIG // 2, method="PUT", path=BIG_OBJECT),
    ),
    "a bit flips on the way to the target": ("target", Flip(Way.REQUEST, at=BIG - 5, method="PUT", path=BIG_OBJECT)),
    "a bit flips in a small object to the target": ("target", Flip(Way.REQUEST, at=7, method="PUT", path=OBJECT)),
    "the target says 503 for a while": (
        "target", Refuse(retry_after_s=1, method="PUT", path="/box/", times=4, skip=3),
    ),
    "the target is silent within an object": (
        "target", Stall(Way.REQUEST, seconds=4, at=BIG // 3, method="PUT", path=BIG_OBJECT),
    ),
    "the target's token is refused in the middle": ("target", Refuse(status=401, method="PUT", path="/box/", skip=5)),
    "the target's answer to a small object is lost": ("target", LoseAnswer(method="PUT", path=OBJECT, times=3)),
    "the target's answer to a manifest is lost": ("target", LoseAnswer(method="PUT", path=MANIFEST)),
    "the target's answer to a container is lost": ("target", LoseAnswer(method="PUT", path="/box$")),
}  # fmt: skip


TOGETHER: dict[str, tuple[str, ...]] = {
    # The flipped bit first: what follows an answer that was cut may ask for the rest alone.
    "each kind of fault at the source": (
        "a bit flips in the source's answer",
        "the source's answer ends within a large object",
        "the source is silent within an object",
        "the source's token is refused in the middle",
    ),
    "each kind of fault at the target": (
        "the target's line ends within a small object",
        "the target says 503 for a while",
        "the target's answer to a small object is lost",
        "the target's answer to a manifest is lost",
    ),
}
"""What strikes one move: each kind of fault, on the side where it does more harm. By itself, each one is for `full`."""


@pytest.mark.parametrize("case", [*TOGETHER, *rest(*FAULTS)])
def test_everything_arrives_whole_although(case: str, line: Line) -> None:
    faults = [FAULTS[name] for name in TOGETHER.get(case, (case,))]
    for side, fault in faults:
        line.side(side).add(fault)
    line.run_until_done()
    for side, fault in faults:
        struck = [seen for seen in line.side(side).struck() if seen.fault == type(fault).__name__]
        assert [seen for seen in struck if re.search(fault.path, seen.path)], f"{fault} did not strike"
    assert [str(verdict) for verdict in line.verdicts()] == []


def test_a_flipped_bit_is_refused_by_the_targets_server(line: Line) -> None:
    """Nothing is hashed on the way: the source's ETag goes along, and the server says 422."""
    line.target.add(Flip(Way.REQUEST, at=BIG // 2, method="PUT", path=BIG_OBJECT))
    line.run_until_done()
    answers = [seen.status for seen in line.target.log if seen.method == "PUT" and seen.path.endswith(BIG_OBJECT)]
    assert answers[0] == 422 and answers[-1] == 201


@pytest.mark.full
def test_a_target_whose_listing_lags_gets_nothing_wrong(line: Line) -> None:
    """A second run meets objects that are there and are not listed."""
    line.run_until_done()
    line.decamp.forget_what_was_done()
    line.target.add(Lag(names=GONE_MEANWHILE, method="GET", path=r"/box\?", times=20))
    line.run_until_done()
    assert line.target.struck()
    assert [str(verdict) for verdict in line.verdicts()] == []


@pytest.mark.full
def test_what_a_lagging_listing_of_the_source_hid_comes_with_the_next_pass(line: Line) -> None:
    line.source.add(Lag(names=GONE_MEANWHILE, method="GET", path=r"/box\?", times=1000))
    line.run_until_done()
    assert line.source.struck()
    assert {verdict.name for verdict in line.verdicts()} == {"small-07", "small-08"}
    line.source.calm()
    line.decamp.forget_what_was_done()
    line.run_until_done()
    assert [str(verdict) for verdict in line.verdicts()] == []
