"""The container at the target: created with our mark before the objects; headers that affect writes are set
after them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from migrate.clouds.ports import BucketSettings, ObjectStore
from migrate.errors import ConflictError, NotFound
from migrate.messages import codes
from migrate.model import MARK_KEY, Container, Mark, name_id, parse_mark
from migrate.model.bucket_headers import CORS_HEADERS, WEB_HEADERS
from migrate.objects.listing.container_settings_we_set import Settings
from migrate.own_secrets import hide_in_answers

_MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_LAST = (
    "x-versions-",
    "x-history-location",
    "x-container-meta-quota-",
    "x-container-read",
    "x-container-write",
)
"""Headers that would make a copy archive its own writes, be refused, or be readable too early."""

_REMOVABLE = ("x-container-meta-", "x-container-read", "x-container-write", "x-versions-location", "x-history-location")

_NOT_NOW = (*_LAST, "x-container-sync-")
"""Headers not set while only segments are copied to the container: its own step sets them."""


def set_last(headers: dict[str, str]) -> dict[str, str]:
    """The headers to set after the objects are copied."""
    return {key: value for key, value in headers.items() if key.startswith(_LAST)}


@dataclass
class Containers:
    """Creates containers of one migration at the target.

    `mark`: of the copied container. `sets_again`: also resets settings that somebody has changed.
    """

    source: ObjectStore
    target: ObjectStore
    mark: str
    check_running: Callable[[], None]
    sets_again: bool = False

    def make(self, name: str, headers: dict[str, str], settings: Settings) -> Container | None:
        """The existing container to write to; None if it is new. Raises ConflictError DCP-506: somebody else's."""
        try:
            found = self.target.container(name)
        except NotFound:
            first = {key: value for key, value in headers.items() if key not in set_last(headers)}
            settings.begin(first)
            self._put(name, first, self.mark)
            return None
        if not self._is_ours(found.mark):
            raise ConflictError(codes.NAME_TAKEN, kind="container", name=name)
        return found

    def keep_versions(self, name: str) -> None:
        """Enables versioning of the container. Idempotent."""
        self._put(name, {"x-versions-enabled": "true"}, self.mark)

    def finish(self, name: str, headers: dict[str, str], found: Container | None, settings: Settings) -> None:
        """Sets the missing headers, and the signing keys, which are shown to nobody.

        Removes headers that the source no longer has. Keeps settings that somebody has changed since
        (`settings.theirs`), unless they are to be set again.
        """
        if self.target.settings is not None:
            if headers:
                self._finish_bucket(name, headers, self.target.settings, settings)
            return
        wanted = {key: value for key, value in headers.items() if key.isascii()}
        now = {**headers, **dict.fromkeys(set_last(headers), "")} if found is None else found.headers
        known = dict[str, str]()
        signs = not all(wanted.values()) or settings.signs  # a signing key appears with an empty value
        if signs:
            keys, known = self.source.signing_keys(name), self.target.signing_keys(name)
            for secret in (*keys.values(), *known.values()):
                hide_in_answers(secret)
            wanted |= {key: value for key, value in keys.items() if key in wanted}
            now = {**now, **known}
        changes = settings.compare(now, wanted, _REMOVABLE, again=self.sets_again)
        if changes and found is not None:
            # The state at the start of the pass may be hours old, and access may have been restricted since.
            now = {**self._headers(name, found), **known}
            changes = settings.compare(now, wanted, _REMOVABLE, again=self.sets_again)
        if changes:
            settings.intend()
            gone = {f"x-remove-{key.removeprefix('x-')}": "x" for key, value in changes.items() if not value}
            self._put(name, {**{key: value for key, value in changes.items() if value}, **gone}, self.mark)
            now = self.target.container(name).headers
            if signs:
                now = {**now, **self.target.signing_keys(name)}
        settings.settle(now)

    def _headers(self, name: str, found: Container) -> dict[str, str]:
        """The container's current headers, or the earlier ones if it has since gone."""
        try:
            return self.target.container(name).headers
        except NotFound:
            return found.headers

    def _finish_bucket(self, name: str, headers: dict[str, str], there: BucketSettings, settings: Settings) -> None:
        """Sets a bucket's CORS rules and website, each as a whole."""
        self.check_running()
        now = there.there(name)
        changes = settings.compare(now, headers, (*CORS_HEADERS, *WEB_HEADERS), again=self.sets_again)
        whole = [names for names in (CORS_HEADERS, WEB_HEADERS) if not set(names) & set(settings.theirs)]
        put = {key: headers[key] for names in whole if set(names) & set(changes) for key in names if key in headers}
        if put:
            settings.intend()
            there.put(name, put)
            now = there.there(name)
        settings.settle(now)

    def for_segments(self, name: str) -> bool:
        """Ensures the container for segments, if its own step has not created it. False: it belongs to
        somebody else.
        """
        try:
            return self._is_ours(self.target.container(name).mark)
        except NotFound:
            mine = parse_mark(self.mark)
            mark = Mark(role=mine.role, migration=mine.migration, source_id=name_id(name)) if mine else self.mark
            headers = self.source.container(name).headers
            self._put(name, {key: value for key, value in headers.items() if not key.startswith(_NOT_NOW)}, str(mark))
            return True

    def _put(self, name: str, headers: dict[str, str], mark: str) -> None:
        # With a name that is not ASCII, Swift answers 500 to every listing of the container from then on.
        safe = {key: value for key, value in headers.items() if key.isascii()}
        self.check_running()
        self.target.put_container(name, {**safe, _MARK_HEADER: mark})

    def _is_ours(self, mark: str | None) -> bool:
        """Whether this migration created the container, by its own step or early for segments; buckets have no marks.

        For a bucket, each object is checked before it is overwritten.
        """
        if mark is None and self.target.multipart is not None:
            return True
        found, mine = parse_mark(mark or ""), parse_mark(self.mark)
        return mark == self.mark or (found is not None and mine is not None and found.migration == mine.migration)
