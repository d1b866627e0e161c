"""Expiring objects, copied to a store that deletes by bucket rules (S3)."""

import threading
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.model.s3_objects import EXPIRES_AT, RULE, SKIP, expiry_day
from migrate.objects.listing.object_rows import Row


class Expiry:
    """The handling of expiring objects by the policy (`s3_objects.EXPIRING`). Thread-safe.

    The rule is created first, then the object with its day: a kill in between leaves a rule without objects.
    """

    def __init__(self, target: ObjectStore, check_running: Callable[[], None], word: str) -> None:
        self._store, self._alive, self._word = target.expiring, check_running, word
        self._lock = threading.Lock()
        self._days: dict[tuple[str, str], bool] = {}
        self._ruled: dict[str, bool] = {}
        self._seen: set[str] = set()

    def skips(self, headers: Mapping[str, str]) -> bool:
        return self._store is not None and self._word == SKIP and EXPIRES_AT in headers

    def prepared(self, container: str, info: ObjectInfo) -> ObjectInfo:
        """The object with the day for its upload; without one if it must not or cannot expire."""
        day = self._day(container, info.headers)
        return replace(info, expires_on=day) if day else info

    def _day(self, container: str, headers: Mapping[str, str]) -> str:
        day = expiry_day(headers) if self._word == RULE else ""
        if self._store is None or not day:
            return ""
        with self._lock:
            if (container, day) not in self._days:
                self._alive()
                self._days[(container, day)] = self._store.ensure(container, day)
            return day if self._days[(container, day)] else ""

    def is_there(self, container: str, info: ObjectInfo) -> bool:
        """Whether the object at the target has the right day."""
        if self._store is None:
            return True
        with self._lock:
            if container not in self._ruled:
                self._ruled[container] = bool(self._store.days(container))
        # Without our rule in the bucket, an object's day has no effect.
        asks = info.expires_on or self._ruled[container]
        return not asks or self._store.day_of(container, info.name) == info.expires_on

    def confirmed(self, container: str, info: ObjectInfo) -> ObjectInfo:
        """The object as stored. A store may accept an expiry day and then drop it: the first object shows it."""
        if self._store is None or not info.expires_on or container in self._seen:
            return info
        if self._store.day_of(container, info.name) == info.expires_on:
            self._seen.add(container)
            return info
        with self._lock:
            self._store.stop_expiring(container)
            self._days.clear()
        return replace(info, expires_on="")

    def stands(self, container: str, row: Row) -> bool:
        """Whether an unchanged object still has the right expiry; renews its rule."""
        headers = row.headers or {}
        if self._store is None or (EXPIRES_AT not in headers and not row.expires_on):
            return True
        return not self.skips(headers) and row.expires_on == self._day(container, headers)
