"""Providers of the contract suites: memory always, a folder for objects, the lab when `-m lab` asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.clouds.folder import FolderStore
from migrate.clouds.ports import ObjectStore
from tests.contract.sandbox import OPEN, LabProvider, MemoryProvider, Provider, Sandbox

LAB = pytest.param("lab", marks=pytest.mark.lab)


@pytest.fixture(scope="session")
def lab_provider() -> LabProvider:
    """A lab that is not ready fails the test; it does not skip it."""
    return LabProvider()


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
