"""What came of a server's health checks, kept in `evidence/health/` (docs/formats/evidence.md)."""

from pathlib import Path
from typing import NamedTuple

from migrate.documents import read_document, write_document
from migrate.errors import FatalError
from migrate.file_names import file_name
from migrate.messages import codes
from migrate.model import Record


class Failure(NamedTuple):
    """Why a try did not pass: a code, and what its text needs of what was seen. `is_final`: another try is useless."""

    code: str
    facts: dict[str, str]
    is_final: bool = False


def failed(code: str, /, **facts: object) -> Failure:
    """The failure of one try. Who asked adds `name` and `tries` to its facts."""
    return Failure(code, {name: str(value) for name, value in facts.items()})


class HealthResult(Record, frozen=True, kw_only=True):
    """One check. `code`, `facts`: why it failed; empty where it passed. `address`: the one that was asked, if any."""

    check: str
    at: str
    tries: int
    address: str = ""
    code: str = ""
    facts: dict[str, str] = {}

    @property
    def passed(self) -> bool:
        return not self.code


class ServerHealth(Record, frozen=True, kw_only=True):
    """The last checks of a server, up to the first that failed. `planned`: how many there are."""

    item: str
    name: str
    target_id: str
    at: str
    planned: int
    results: tuple[HealthResult, ...]
    format: str = "decamp-health"
    version: int = 1

    @property
    def passed(self) -> bool:
        return len(self.results) == self.planned and all(one.passed for one in self.results)

    @property
    def failed(self) -> HealthResult | None:
        return next((one for one in self.results if not one.passed), None)


def write_health(evidence_dir: Path, health: ServerHealth) -> None:
    """Keeps a server's results; later ones take their place. Raises FatalError."""
    path = evidence_dir / "health" / f"{file_name(health.item.replace(':', '-'))}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
    write_document(path, health)


def read_health(evidence_dir: Path) -> dict[str, ServerHealth]:
    """The last results of each server, by item. Raises ConfigError as `read_document`."""
    found = (read_document(path, ServerHealth) for path in sorted((evidence_dir / "health").glob("*.json")))
    return {health.item: health for health in found}
