"""Container settings applied by earlier passes, so that somebody else's changes at the target are recognised.

`NAME/settings.json` next to the rows. Written before a change, with old and new value, and again afterwards: after a
kill, any other value comes from somebody else.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from migrate.documents import canonical, write_atomically
from migrate.model import Record
from migrate.model.access_lists import elements, parts_of
from migrate.monitor import log
from migrate.own_files import MOST_TEXT_BYTES, read_bounded
from migrate.printable_text import visible_json
from migrate.secret_looking import SIGNING_HEADERS, hides

_FILE = "settings.json"
LISTS = ("x-container-read", "x-container-write")
"""Access lists, of which only a part may have been set."""


class SetLast(Record, frozen=True, kw_only=True):
    """`settings.json`. `left`: maps headers to values possibly set by a pass of ours; no entry: none.

    A value that looks like a secret is stored as a salted digest. `theirs`: headers that somebody has changed at the
    target and that the last pass kept.
    """

    container: str
    left: dict[str, tuple[str, ...]] = {}
    theirs: tuple[str, ...] = ()
    format: str = "decamp-settings"
    version: int = 1


def read_settings(folder: Path) -> SetLast | None:
    """The settings file; None if it is missing or unreadable: then nothing is known."""
    try:
        found = msgspec.json.decode(read_bounded(folder / _FILE, MOST_TEXT_BYTES), type=SetLast)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as err:
        log.warning("unreadable path=%s why=%s", folder / _FILE, err)
        return None
    return found if (found.format, found.version) == ("decamp-settings", 1) else None


class Settings:
    """The settings of one container, for a pass: call `compare`, `intend`, then apply them, then `settle`."""

    def __init__(self, folder: Path, container: str, before: Mapping[str, str] | None) -> None:
        """`before`: the source's headers at the last complete pass, used if an earlier version left no file."""
        self._folder, self._container, self._before = folder, container, before
        self._known = read_settings(folder)
        self._wanted: dict[str, str] = {}
        self._left: dict[str, set[str]] = {}
        self.theirs: tuple[str, ...] = ()

    def begin(self, headers: Mapping[str, str]) -> None:
        """Records the headers for a new container, unless there is a record. Raises FatalError DCP-111."""
        if self._known is None:
            self._write({key: {"", self._sign(key, value)} for key, value in headers.items()})

    def compare(
        self, now: Mapping[str, str], wanted: Mapping[str, str], removable: tuple[str, ...] = (), *, again: bool = False
    ) -> dict[str, str]:
        """The settings to apply; an empty value removes one. Settings changed by somebody else go to `theirs` instead.

        Args: now: current settings.   wanted: wanted settings.   removable: prefixes of headers that may be removed.
              again: overwrites changed settings too.
        """
        changes, theirs, left = dict[str, str](), list[str](), dict[str, set[str]]()
        for key in sorted({*wanted, *(one for one in self._were_set() if one.startswith(removable))}):
            has, want = now.get(key, ""), wanted.get(key, "")
            ours = self._ours(key, has, want)
            if has == want:
                left[key] = {self._sign(key, want)}
            elif again or self._sign(key, has) in ours:
                changes[key] = want
                left[key] = {self._sign(key, has), self._sign(key, want)}
            else:
                theirs.append(key)
                # If somebody removed our access list, the empty value is their change.
                left[key] = ours - {""}
        self._wanted, self._left, self.theirs = dict(wanted), left, tuple(theirs)
        return changes

    def intend(self) -> None:
        """Records that the compared settings are about to be applied. Raises FatalError DCP-111."""
        self._write(self._left)

    def settle(self, now: Mapping[str, str]) -> None:
        """Records the applied settings; `now`: read back, as a server may change the spelling. Raises FatalError
        DCP-111.
        """
        for key in self._left.keys() - set(self.theirs):
            self._left[key] = {self._sign(key, self._wanted.get(key, "")), self._sign(key, now.get(key, ""))}
        self._write(self._left)

    @property
    def signs(self) -> bool:
        """Whether a signing key may have been set, whose value only `signing_keys` returns."""
        return not SIGNING_HEADERS.isdisjoint(self._were_set())

    def _were_set(self) -> set[str]:
        """Headers possibly set by us."""
        return set(self._known.left if self._known else self._before or ())

    def _ours(self, key: str, has: str, wanted: str) -> set[str]:
        """The values of a header that do not indicate a change by somebody else."""
        if self._known is not None:
            return set(self._known.left.get(key, ("",)))
        if self._before is None:
            # The first pass, or an unfinished one of an earlier version: no value, or the one being set.
            return {"", self._sign(key, wanted)}
        if key not in self._before:
            return {""}
        before = self._before[key]
        if key in LISTS:
            # Wanted and also present earlier at the source, but missing here: left out by an earlier policy, or by a
            # person.
            lacking = set(elements(wanted)) & set(elements(before)) - set(elements(has))
            return set() if lacking else parts_of(before)
        if before:
            return {self._sign(key, before)}
        # A signing key appears with an empty value, so its value is unknown. One that the source no longer has is
        # removed.
        return set() if wanted else {self._sign(key, has)}

    def _sign(self, key: str, value: str) -> str:
        """The value, or a digest of a secret: signing keys may be short, so the hash is slow to resist guessing."""
        if not hides(key, value):
            return value
        salt = f"{self._container}\n{key}".encode()
        return f"scrypt:{hashlib.scrypt(value.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=12).hex()}"

    def _write(self, left: Mapping[str, set[str]]) -> None:
        told = {key: tuple(sorted(values)) for key, values in sorted(left.items()) if values != {""}}
        found = SetLast(container=self._container, left=told, theirs=self.theirs)
        if found != self._known:
            write_atomically(self._folder / _FILE, visible_json(canonical(found).decode()).encode() + b"\n")
            self._known = found
