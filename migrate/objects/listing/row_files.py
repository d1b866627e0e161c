"""The row files of one container, shard by shard, including leftovers of killed passes.

    NAME/00001.rows.gz   finished rows of one range of names
    NAME/00002.log       the progress of the current pass in a range, or of one that was killed
    NAME/pass.json       the seal of the last pass, present only until the next pass changes something
    NAME/pass.before.json  that seal, from then on
    NAME/vanished.jsonl  objects that this pass no longer found at the source
    NAME/settings.json   container settings applied by passes (container_settings_we_set.py)

Ranges do not overlap; names without a file have not been copied yet. A shard that has grown is divided before its old
file is deleted: if files overlap, the older one counts, because its log still exists.
"""

import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from migrate.clouds.ports import LISTING_PAGE
from migrate.documents import MOST_BYTES, canonical, write_atomically
from migrate.encrypted_values import concealed_headers, revealed_headers
from migrate.errors import ConfigError, DocumentUnreadable, FatalError, OtherVersion
from migrate.messages import codes
from migrate.model import Record, name_id
from migrate.model.s3_objects import header_kind
from migrate.monitor import log
from migrate.objects.listing.container_settings_we_set import Settings
from migrate.objects.listing.object_rows import (
    Facts,
    Logged,
    Row,
    RowLog,
    RowsFile,
    RowsHead,
    RowsSeal,
    Sending,
    visible_line,
    write_rows,
)
from migrate.own_files import open_own, read_bounded
from migrate.printable_text import visible_json
from migrate.units import iso, utc_now

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_ROWS, _LOG, _SEAL, _EARLIER, _VANISHED = ".rows.gz", ".log", "pass.json", "pass.before.json", "vanished.jsonl"
_EXAMPLES = 20
# Objects copied here early by passes over other containers, and by this container's own pass.
_BROUGHT, _AHEAD = "brought.log", "00000.log"


class Range(NamedTuple):
    """The names in (`after`, `until`]; empty `until`: to the end. `number`: of its finished file, 0 for none."""

    after: str = ""
    until: str = ""
    number: int = 0


class ShardSeal(Record, frozen=True, kw_only=True):
    """The finished file of a shard: where its names begin, its totals, and the seal of its rows."""

    file: str
    after: str
    objects: int
    size_bytes: int
    seal: str
    skipped_by_reason: dict[str, int] = msgspec.field(default_factory=dict, name="fates")
    dropped: dict[str, int] = {}


class Vanished(Record, frozen=True, kw_only=True):
    """A line of `vanished.jsonl`: an object that was copied and is no longer at the source.

    `there`: its copy at the target: `kept`, `removed` (by us), or `absent` (removed by somebody else).
    """

    name: str
    size_bytes: int
    etag: str
    last_modified: str
    there: str


class UnreadRows(NamedTuple):
    """The number of unreadable rows in the source's listing, and some of their names."""

    rows: int = 0
    names: tuple[str, ...] = ()


ALL_READ = UnreadRows()


class PassSeal(Record, frozen=True, kw_only=True):
    """`pass.json`: the result of the last complete pass over a container.

    `headers`: the source container's settable ones, without keys. `skipped_by_reason`: the number of rows for each
    reason.
    `dropped`: maps a kind of header (`header_kind`) to the number of objects that lost one. `extra`: names that exist
    only at the target, with examples in `extra_names`. `listed_at`: when the pass began to list the source, empty in
    seals of earlier versions. `vanished`: copied objects that the source no longer has, with examples in
    `vanished_names`. `unreadable`: unreadable rows of the source's listing, with examples in `unreadable_names`; absent
    if there were none. `shards`: in the order of their names.
    """

    container: str
    headers: dict[str, str]
    objects: int
    size_bytes: int
    skipped_by_reason: dict[str, int] = msgspec.field(default_factory=dict, name="fates")
    dropped: dict[str, int] = {}
    extra: int = 0
    extra_names: tuple[str, ...] = ()
    listed_at: str = ""
    vanished: int = 0
    vanished_names: tuple[str, ...] = ()
    unreadable: int | msgspec.UnsetType = msgspec.UNSET
    unreadable_names: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    shards: tuple[ShardSeal, ...] = ()
    format: str = "decamp-pass"
    version: int = 1


def rows_folder(evidence_dir: Path, container: str) -> Path:
    """The folder of a container's rows: named after it, or `%` and a digest if the name is not a plain file name.

    Earlier versions used only the digest, which may be another container's name. Such a folder stays its owner's.
    """
    return _folder_below(evidence_dir / "objects", container)


def _folder_below(root: Path, container: str) -> Path:
    is_plain, digest = _PLAIN_NAME.fullmatch(container) is not None, name_id(container)
    folder = root / (container if is_plain and not _DIGEST.fullmatch(container) else f"%{digest}")
    earlier = root / (container if is_plain else digest)
    if folder == earlier or folder.exists() or not earlier.is_dir():
        return folder
    # Without files, a pass was killed before its first range was finished; names rarely look like digests.
    return earlier if _owner(earlier, "" if is_plain else container) == container else folder


def _owner(path: Path, untold: str) -> str:
    """The container that a folder's rows belong to, according to its files."""
    for seal in (_SEAL, _EARLIER):
        with suppress(ConfigError):
            return _read_seal(path / seal).container
    for file in sorted(path.glob(f"*{_ROWS}")):
        with suppress(ConfigError):
            return RowsFile(file).head.container
    return untold


class PassFolder:
    """The rows of one container, for the pass that writes them. Thread-safe, with one thread per shard."""

    def __init__(self, path: Path, container: str) -> None:
        """Creates the folder. Raises FatalError DCP-111 if that fails."""
        self.path, self._container = path, container
        self._seals: dict[str, ShardSeal] = {}
        self._vanished: list[str] = []
        self._vanished_count, self._listed_at = 0, ""
        self._lock = threading.Lock()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
        names = (file.name.split(".")[0] for file in path.iterdir())
        self._next = max((int(name) for name in names if name.isdecimal()), default=0) + 1

    def begin(self) -> Logged:
        """Begins a pass; returns the progress of interrupted ones.

        The last pass's seal stays until this one changes something, so that a kill before that has no effect.
        """
        self._listed_at = iso(utc_now())
        self._partial(_VANISHED).unlink(missing_ok=True)
        if (self.path / _BROUGHT).exists():
            # From here on others write to a new file, which the end of this pass leaves alone.
            (self.path / _BROUGHT).replace(self.path / f"{self._new_number():05d}{_LOG}")
        known = Logged()
        for path in sorted(self.path.glob(f"*{_LOG}")):
            known.read(path)
        return known

    def earlier(self) -> PassSeal | None:
        """The seal of the last complete pass, even if another one has begun since."""
        for name in (_SEAL, _EARLIER):
            with suppress(ConfigError):
                return _read_seal(self.path / name)
        return None

    def settings(self) -> Settings:
        """The container settings applied by earlier passes."""
        before = self.earlier()
        return Settings(self.path, self._container, before.headers if before else None)

    def _unseal(self) -> None:
        with self._lock, suppress(FileNotFoundError):
            (self.path / _SEAL).replace(self.path / _EARLIER)

    def vanish(self, row: Row, there: str) -> None:
        """Records a vanished object; the last pass's file stays until this pass ends."""
        line = Vanished(
            name=row.name, size_bytes=row.size_bytes, etag=row.etag, last_modified=row.last_modified, there=there
        )
        with self._lock:
            self._vanished_count += 1
            if len(self._vanished) < _EXAMPLES:
                self._vanished.append(row.name)
            path = self._partial(_VANISHED)
            try:
                with os.fdopen(open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
                    file.write(visible_line(line))
            except OSError as err:
                raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err

    def _partial(self, name: str) -> Path:
        return self.path / f"{name}.partial"

    def ranges(self) -> list[Range]:
        """All names, in order: ranges with rows, and the gaps between them."""
        found: list[Range] = []
        at = ""
        for one in self._finished():
            if one.after > at:
                found.append(Range(at, one.after))
            found.append(one)
            at = one.until
            if not at:
                return found
        return [*found, Range(at)]

    def _finished(self) -> list[Range]:
        found: list[Range] = []
        for path in sorted(self.path.glob(f"*{_ROWS}")):
            try:
                head = RowsFile(path).head
            except ConfigError as err:
                self._set_aside(path, err)
                continue
            found.append(Range(head.after, head.until, int(path.name.split(".")[0])))
        whole: list[Range] = []
        for one in found:  # in order of their numbers: pieces have higher numbers than their shard
            if any(_overlap(one, other) for other in whole):
                self.rows_path(one.number).unlink()
            else:
                whole.append(one)
        return sorted(whole)

    def rows_path(self, number: int) -> Path:
        return self.path / f"{number:05d}{_ROWS}"

    def rows(self, names: Range) -> list[Row]:
        """A shard's rows; a damaged file is set aside and gives none."""
        if not names.number:
            return []
        path = self.rows_path(names.number)
        file = RowsFile(path)
        try:
            rows = list(file)
        except ConfigError as err:
            self._set_aside(path, err)
            return []
        assert file.seal
        self._sealed(path, names.after, rows, file.seal)
        return rows

    def new_log(self) -> "tuple[int, RowLog]":
        """A number for a shard's log, and the log."""
        number = self._new_number()
        return number, RowLog(self.path / f"{number:05d}{_LOG}", self._unseal)

    def note_brought(self, container: str, line: Sending) -> None:
        """Records that an object is about to be copied early to a container, possibly another one.

        The file is opened for each line, because a pass over that container deletes it.
        """
        path = _folder_below(self.path.parent, container)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
        brought = RowLog(path / (_AHEAD if path == self.path else _BROUGHT))
        try:
            brought.add(line)
        finally:
            brought.close()

    def known(self, container: str, name: str) -> set[Facts]:
        """Contents that our passes may have left under a name in any container; reads its files."""
        path, logged, rows = _folder_below(self.path.parent, container), Logged(), list[Row]()
        for file in path.glob(f"*{_LOG}"):
            with suppress(FileNotFoundError):
                logged.read(file)
        for file in path.glob(f"*{_ROWS}"):
            with suppress(ConfigError):
                shard = RowsFile(file)
                if shard.head.after < name and (not shard.head.until or name <= shard.head.until):
                    rows += [row for row in shard if row.name == name]
        rows += [logged.rows[name]] if name in logged.rows else []
        return logged.sent.get(name, set()).union(*(row.left for row in rows))

    def _new_number(self) -> int:
        with self._lock:
            number, self._next = self._next, self._next + 1
            return number

    def finish(self, names: Range, log_number: int, rows: Iterable[Row]) -> None:
        """Writes a shard's rows, divided into pages; then deletes its old file and log."""
        self._unseal()
        pieces = list(_pieces(names, rows))
        fresh = [names.number or log_number] if len(pieces) == 1 else []
        while len(fresh) < len(pieces):
            fresh.append(self._new_number())
        for number, (after, until, some) in zip(fresh, pieces, strict=True):
            path = self.rows_path(number)
            written = write_rows(path, RowsHead(container=self._container, after=after, until=until), some)
            self._sealed(path, after, some, written)
        if names.number and names.number not in fresh:
            self.rows_path(names.number).unlink(missing_ok=True)
            self._seals.pop(self.rows_path(names.number).name, None)
        self.forget(log_number)

    def _sealed(self, path: Path, after: str, rows: list[Row], seal: RowsSeal) -> None:
        self._seals[path.name] = ShardSeal(
            file=path.name,
            after=after,
            objects=seal.objects,
            size_bytes=seal.size_bytes,
            seal=seal.seal,
            skipped_by_reason=dict(Counter(row.skip_reason for row in rows if row.skip_reason)),
            dropped=dict(Counter(kind for row in rows for kind in {*map(header_kind, row.dropped)})),
        )

    def forget(self, log_number: int) -> None:
        (self.path / f"{log_number:05d}{_LOG}").unlink(missing_ok=True)

    def seal(
        self,
        headers: dict[str, str],
        extra: int,
        extra_names: tuple[str, ...],
        unread: UnreadRows = ALL_READ,
    ) -> PassSeal:
        """Completes the pass: all names are covered, and interrupted work was repeated."""
        shards = sorted(self._seals.values(), key=lambda shard: shard.after)
        skipped_by_reason = sum((Counter(shard.skipped_by_reason) for shard in shards), Counter[str]())
        dropped = sum((Counter(shard.dropped) for shard in shards), Counter[str]())
        seal = PassSeal(
            container=self._container,
            headers=headers,
            objects=sum(shard.objects for shard in shards),
            size_bytes=sum(shard.size_bytes for shard in shards),
            skipped_by_reason=dict(sorted(skipped_by_reason.items())),
            dropped=dict(sorted(dropped.items())),
            extra=extra,
            extra_names=extra_names,
            listed_at=self._listed_at,
            vanished=self._vanished_count,
            vanished_names=tuple(sorted(self._vanished)),
            unreadable=unread.rows or msgspec.UNSET,
            unreadable_names=unread.names or msgspec.UNSET,
            shards=tuple(shards),
        )
        for path in self.path.glob(f"*{_LOG}"):
            if path.name != _BROUGHT:
                path.unlink()
        if self._vanished_count:
            self._partial(_VANISHED).replace(self.path / _VANISHED)
        else:
            (self.path / _VANISHED).unlink(missing_ok=True)
        found = replace(seal, headers=concealed_headers(headers))
        write_atomically(self.path / _SEAL, visible_json(canonical(found).decode()).encode() + b"\n")
        (self.path / _EARLIER).unlink(missing_ok=True)
        return seal

    def _set_aside(self, path: Path, err: ConfigError) -> None:
        if not isinstance(err, DocumentUnreadable):
            raise err
        log.warning("set aside path=%s code=%s facts=%s", path, err.code, err.facts)
        path.replace(path.with_name(path.name + ".damaged"))


def _overlap(one: Range, other: Range) -> bool:
    """Whether two ranges share a name."""
    return (not other.until or one.after < other.until) and (not one.until or other.after < one.until)


def _pieces(names: Range, rows: Iterable[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """The range divided into pages; the last one extends to the range's end."""
    after, some = names.after, list[Row]()
    for row in rows:
        if len(some) == LISTING_PAGE:
            yield after, some[-1].name, some
            after, some = some[-1].name, []
        some.append(row)
    yield after, names.until, some


# ---------------------------------------------------------------- reading sealed passes


def read_seal(path: Path) -> PassSeal:
    """The seal of the last pass. Raises ConfigError: DCP-703 no pass has ended, or another one has begun since."""
    return _read_seal(path / _SEAL)


def _read_seal(file: Path) -> PassSeal:
    try:
        seal = msgspec.json.decode(read_bounded(file, MOST_BYTES), type=PassSeal)
        seal = replace(seal, headers=revealed_headers(seal.headers))
    except FileNotFoundError as err:
        raise ConfigError(codes.COPY_RECORD_MISSING, path=str(file)) from err
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as err:
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(file), why=str(err)) from err
    if (seal.format, seal.version) != ("decamp-pass", 1):
        raise OtherVersion(codes.DOCUMENT_VERSION, path=str(file), expected="decamp-pass 1")
    return seal


def sealed_rows(path: Path, seal: PassSeal) -> Iterator[Row]:
    """All rows of a sealed pass, sorted by name. Raises ConfigError as RowsFile; DCP-213: changed since the seal."""
    for shard in seal.shards:
        file = RowsFile(path / shard.file)
        yield from file
        if file.seal is None or file.seal.seal != shard.seal:
            raise DocumentUnreadable(codes.DOCUMENT_EDITED, path=str(file.path))


def rows_there(path: Path) -> Iterator[Row]:
    """Rows of all finished shards, even without a complete pass. Raises ConfigError as RowsFile."""
    for file in sorted(path.glob(f"*{_ROWS}")):
        yield from RowsFile(file)


def all_rows(evidence_dir: Path) -> Iterator[tuple[str, Row]]:
    """(container, row) of all finished shards, even without a complete pass, also for containers not in the plan.

    Raises ConfigError as RowsFile.
    """
    for path in sorted((evidence_dir / "objects").glob(f"*/*{_ROWS}")):
        file = RowsFile(path)
        yield from ((file.head.container, row) for row in file)


def known_names(path: Path, asked: set[str]) -> set[str]:
    """The names among these that occur in the folder's rows or logs. Ignores damaged files."""
    found: set[str] = set()
    if not asked or not path.is_dir():
        return found
    logged = Logged()
    for file in path.glob(f"*{_LOG}"):
        logged.read(file)
    found |= asked & (logged.rows.keys() | logged.sent.keys())
    for file in path.glob(f"*{_ROWS}"):
        with suppress(ConfigError):
            found.update(row.name for row in RowsFile(file) if row.name in asked)
    return found
