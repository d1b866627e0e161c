"""`decamp` as it is called, in this process: so that clouds in memory last from one command to the next."""

import copy
import io
import shutil
import signal
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.demo.memory import worlds
from migrate.demo.small_tenant import register, two_clouds
from migrate.forecast import simulate
from tests.trusted import agree_before, agree_to


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr."""
        lines = [line for line in self.err.splitlines() if line]
        assert len(lines) == 1, self.err
        return lines[0]


Decamp = Callable[..., Result]


class Kept:
    """A workspace and its clouds, as commands have left them: what each test begins with is done once, and copied."""

    def __init__(self, root: Path) -> None:
        self._clouds, self._files = copy.deepcopy((worlds["source"], worlds["target"])), io.BytesIO()
        with tarfile.open(fileobj=self._files, mode="w") as archive:
            archive.add(root, ".")

    def restore(self, root: Path) -> None:
        register(*self._clouds)
        with tarfile.open(fileobj=io.BytesIO(self._files.getvalue())) as archive:
            archive.extractall(root, filter="fully_trusted")
        agree_to(root)


def without_passes(policy: str) -> None:
    """A new workspace takes passes of running servers: tests that are not about them do without."""
    path = Path(policy.strip())
    path.write_text(path.read_text().replace("  warm: true\n", "  warm: false\n"))


@pytest.fixture
def passes() -> bool:
    """Whether workspaces that `decamp init` makes take passes, as it says; tests about them override this."""
    return False


@pytest.fixture
def decamp(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], passes: bool) -> Iterator[Decamp]:
    """The operator has read each workspace and agrees to what it asks for, unless the test is marked `handed_over`."""
    agrees = not request.node.get_closest_marker("handed_over")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*args: str | Path) -> Result:
        if agrees:
            agree_before(args)
        capsys.readouterr()
        code = run_guarded(make_group(), [str(arg) for arg in args])
        out, err = capsys.readouterr()
        if code == 0 and args[0] == "init" and not passes and "--help" not in args:
            without_passes(out)
        assert "Traceback" not in out + err
        return Result(code, out, err)

    yield call
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _few_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forecasts of fewer runs, as these are most of what a command costs here; `many_runs` asks for all of them."""
    if not request.node.get_closest_marker("many_runs"):
        monkeypatch.setattr(simulate, "RUNS", 10)
        monkeypatch.setattr(simulate, "LEAST_OWN_SCHEDULES", 10)


@pytest.fixture
def clouds() -> None:
    two_clouds(0.02)


_begun: dict[bool, Path] = {}
"""A workspace made by init, with passes of running servers and without."""


@pytest.fixture
def workspace(
    decamp: Decamp, clouds: None, passes: bool, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of one made by init, nothing scanned yet."""
    if passes not in _begun:
        kept = tmp_path_factory.mktemp("begun") / "work"
        result = decamp("init", kept, "--source", "memory:source/small", "--target", "memory:target/small")
        assert result.code == 0, result.err
        _begun[passes] = kept
    root = tmp_path / "work"
    shutil.copytree(_begun[passes], root)
    agree_to(root)
    return root


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made, scanned, planned and its gate granted once: the clouds in memory are the same each time, ids included."""
    two_clouds(0.02)
    root = tmp_path_factory.mktemp("prepared") / "work"
    for args in (
        ["init", str(root), "--source", "memory:source/small", "--target", "memory:target/small"],
        ["-C", str(root), "scan"],
        ["-C", str(root), "plan"],
        ["-C", str(root), "approve", "cut-over", "--who", "Ann"],
    ):
        assert run_guarded(make_group(), args) == 0
        if args[0] == "init":
            without_passes(str(root / "policy.yaml"))
    return root


@pytest.fixture
def planned(decamp: Decamp, prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared workspace, before clouds as they were."""
    two_clouds(0.02)
    root = tmp_path / "work"
    shutil.copytree(prepared, root)
    agree_to(root)
    return root


_reached: dict[str, Kept] = {}
"""The small tenant once it has moved, and as its disks are in the store."""


def _led_to(what: str, decamp: Decamp, planned: Path, *args: str) -> Path:
    if what in _reached:
        shutil.rmtree(planned)
        _reached[what].restore(planned)
    else:
        assert decamp("-C", planned, *args).code == 0
        _reached[what] = Kept(planned)
    return planned


@pytest.fixture
def moved(decamp: Decamp, planned: Path) -> Path:
    """The small tenant, moved: its one server runs at the target."""
    return _led_to("moved", decamp, planned, "run", "--execute")


@pytest.fixture
def evacuated(decamp: Decamp, planned: Path) -> Path:
    """The small tenant with its server stopped and its disks in the store: nothing of them is at the target."""
    return _led_to("evacuated", decamp, planned, "run", "--execute", "--only", "evacuate")
