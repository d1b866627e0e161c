"""Providers of the contract suites: memory always, a folder for objects, the lab when `-m lab` asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.clouds.folder import FolderStore
from migrate.clouds.ports import ObjectStore
from tests.contract.sandbox import OPEN, BackedUp, LabProvider, MemoryProvider, Provider, Sandbox

LAB = pytest.param("lab", marks=pytest.mark.lab)


@pytest.fixture(scope="session")
def lab_provider() -> Iterator[LabProvider]:
    """A lab that is not ready fails the test; it does not skip it."""
    made = LabProvider()
    made.shared = Sandbox(made, made.open(OPEN))
    yield made
    made.shared.clean()


@pytest.fixture(params=["memory", LAB])
def provider(request: pytest.FixtureRequest) -> Provider:
    if request.param == "lab":
        return request.getfixturevalue("lab_provider")  # type: ignore[no-any-return]
    return MemoryProvider()


@pytest.fixture
def box(provider: Provider) -> Iterator[Sandbox]:
    made = Sandbox(provider, provider.open(OPEN))
    yield made
    made.clean()


@pytest.fixture(scope="session")
def lab_backed_up(lab_provider: LabProvider) -> Iterator[BackedUp]:
    made = Sandbox(lab_provider, lab_provider.open(OPEN))
    try:
        yield made.backed_up()
    finally:
        made.clean()


@pytest.fixture
def backed_up(request: pytest.FixtureRequest, box: Sandbox) -> BackedUp:
    """For who changes neither: at the lab, where a backup takes ten seconds, they are everybody's."""
    if box.provider.name == "lab":
        found: BackedUp = request.getfixturevalue("lab_backed_up")
        return found
    return box.backed_up()


class FolderCloud:
    """A cloud that has an object store and nothing else."""

    def __init__(self, root: Path) -> None:
        self.objects: ObjectStore = FolderStore(root)


class FolderProvider(MemoryProvider):
    name = "folder"


@pytest.fixture
def folder_box(tmp_path: Path) -> Sandbox:
    return Sandbox(FolderProvider(), FolderCloud(tmp_path / "store"))  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "folder", LAB])
def store_box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of which only `cloud.objects` may be used."""
    if request.param == "folder":
        yield request.getfixturevalue("folder_box")
        return
    provider = request.getfixturevalue("lab_provider") if request.param == "lab" else MemoryProvider()
    made = Sandbox(provider, provider.open(OPEN))
    yield made
    made.clean()
