"""What came of test launches, kept in `evidence/test-launches/`, one file for each (docs/formats/evidence.md)."""

from itertools import count
from pathlib import Path

from migrate.documents import read_document, write_document
from migrate.errors import FatalError
from migrate.file_names import file_name
from migrate.health.results import HealthResult
from migrate.messages import codes
from migrate.model import Record


class LaunchedDisk(Record, frozen=True, kw_only=True):
    """A disk of the server as it was launched: the pass (`pass_id`, `tree_digest`), and the moment that it shows."""

    disk: str
    name: str
    pass_id: str
    tree_digest: str
    taken_at: str
    consistency: str


class LaunchedServer(Record, frozen=True, kw_only=True):
    """A server of a test launch. `target_id`: empty if it was not made.

    `groups`: the security groups of its ports, `moved` or the target's `default`, or `none`.  `has_key`: its key pair
    was there.  `not_possible`: checks that cannot be made on a network without a way in; they count neither way.
    """

    item: str
    name: str
    target_id: str = ""
    groups: str = "none"
    has_key: bool = True
    disks: tuple[LaunchedDisk, ...] = ()
    results: tuple[HealthResult, ...] = ()
    not_possible: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.target_id and self.results) and all(one.passed for one in self.results)

    @property
    def is_of_one_moment(self) -> bool:
        """Disks of one stop are alike whenever they were captured; others only if they were taken at once."""
        return all(one.consistency == "stopped" for one in self.disks) or len({one.taken_at for one in self.disks}) <= 1


class LaunchRecord(Record, frozen=True, kw_only=True):
    """One test launch. `code`, `facts`: why it broke off; empty if all servers were made and checked.

    `kept_until`: empty if all was removed again; `left_code`: why something could not be removed.
    """

    name: str
    began_at: str
    ended_at: str
    servers: tuple[LaunchedServer, ...]
    code: str = ""
    facts: dict[str, str] = {}
    kept_until: str = ""
    left_code: str = ""
    left_facts: dict[str, str] = {}
    format: str = "decamp-test-launch"
    version: int = 1

    @property
    def passed(self) -> bool:
        return not self.code and bool(self.servers) and all(one.passed for one in self.servers)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Checks that passed, failed, and were not possible."""
        results = [one.passed for server in self.servers for one in server.results]
        return results.count(True), results.count(False), sum(len(server.not_possible) for server in self.servers)


def write_launch(evidence_dir: Path, launch: LaunchRecord) -> Path:
    """Keeps a test launch, next to those before it. Raises FatalError."""
    began = launch.began_at.replace("-", "").replace(":", "")
    folder, stem = evidence_dir / "test-launches", f"{began}-{file_name(launch.name)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(folder), why=err.strerror or str(err)) from err
    # Another of the same second is listed behind it.
    paths = (folder / f"{stem}{'~' * number}.json" for number in count())
    path = next(one for one in paths if not one.exists())
    write_document(path, launch)
    return path


def read_launches(evidence_dir: Path) -> dict[str, LaunchRecord]:
    """The last test launch of each name. Raises ConfigError as `read_document`."""
    files = sorted((evidence_dir / "test-launches").glob("*.json"))
    found = [read_document(path, LaunchRecord) for path in files]
    return {one.name: one for one in sorted(found, key=lambda one: one.ended_at)}
