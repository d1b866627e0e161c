"""Detects changes at the source since a container was copied: compares its current listing with the last pass.

Uses only listings: a write to an object, or to its metadata, changes its time there.
"""

from dataclasses import dataclass, field
from pathlib import Path

from migrate.clouds.ports import ObjectStore
from migrate.clouds.strict_or_lenient_listings import MalformedItem, reporting_rows
from migrate.monitor import StopFlag
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.merge import Name, is_unchanged, merged
from migrate.objects.listing.row_files import read_seal, sealed_rows

EXAMPLES = 20


@dataclass
class Since:
    """Changes at the source: numbers of `new`, `changed`, `vanished` objects, `headers` 1 if changed; and examples."""

    counts: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def add(self, what: str, name: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
        if len(self.names) < EXAMPLES:
            self.names.append(name)


def changed_since(source: ObjectStore, container: str, rows: Path, stop: StopFlag) -> Since:
    """The changes. Raises NotFound: the container is gone.   ConfigError: as `verify_container`."""
    seal, found = read_seal(rows), Since()
    if source.container(container).headers != seal.headers:
        found.counts["headers"] = 1
    odd = set[str]()

    def note(one: MalformedItem) -> None:
        odd.add(one.name)

    for name in merged(reporting_rows(source.entries(container), note), sealed_rows(rows, seal), ()):
        stop.check()
        if (what := _change(name)) and not (name.then and name.then.name in odd):
            found.add(what, (name.now or name.then or name.there).name)  # type: ignore[union-attr]
    return found


def _change(name: Name) -> str:
    now, then = name.now, name.then
    if then is None:
        return "new"
    if now is None:
        return "" if then.skip_reason in skip_reasons.VANISHED else "vanished"
    return "" if is_unchanged(now, then) else "changed"
