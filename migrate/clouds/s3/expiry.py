"""Object expiry on S3: each object has a tag with its day, and the bucket one lifecycle rule for each day.

A rule deletes the objects with the day's tag at 00:00 UTC of that day, and nothing else. Rules of others stay. A store
is only trusted once it has returned a rule exactly as written: one that misreads it (as a rule for the whole bucket,
say) would delete other objects.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, tostring

from migrate.clouds.http import TRANSIENT_STATUSES
from migrate.clouds.s3.bucket_table import Places
from migrate.clouds.s3.signed_client import S3Client
from migrate.clouds.s3.xml_answers import (
    LIFE_CYCLE,
    document,
    expiry_rule,
    life_cycle_body,
    problem_of,
    tags,
    xml_headers,
)
from migrate.errors import TransientError
from migrate.model.s3_objects import EXPIRY_TAG
from migrate.monitor import log

MOST_RULES = 1000
_NO_RULES = "NoSuchLifecycleConfiguration"
# A new rule may appear with a delay.
_LOOKS, _PAUSE_S = 4, 0.5
# AWS returns it with the rules, and would reset it if it were missing in the update.
_BESIDE = "x-amz-transition-default-minimum-object-size"
_LifeCycle = tuple[list[Element], dict[str, str]]
"""A bucket's rules, and the headers to send with them."""


class S3Expiring:
    """ports.Expiring. Thread-safe. Two processes may undo each other's rules: the next pass restores them."""

    def __init__(self, client: S3Client, places: Places) -> None:
        self._client, self._places = client, places
        self._lock = threading.Lock()
        self._days: dict[str, set[str]] = {}
        self._unable: set[str] = set()

    def ensure(self, container: str, day: str) -> bool:
        bucket = self._places.of(container).bucket
        with self._lock:
            if bucket not in self._days:
                found = self._read(bucket)
                self._days[bucket] = _days(found[0]) if found else set()
                self._unable |= set() if found and self._is_sound(bucket, day, *found) else {bucket}
            if bucket in self._unable:
                return False
            return day in self._days[bucket] or self._add(bucket, day)

    def stop_expiring(self, container: str) -> None:
        with self._lock:
            self._unable.add(self._places.of(container).bucket)

    def days(self, container: str) -> frozenset[str]:
        found = self._read(self._places.of(container).bucket)
        return frozenset(_days(found[0])) if found else frozenset()

    def day_of(self, container: str, name: str) -> str:
        place = self._places.of(container)
        answer = self._client.ask("GET", place.bucket, place.prefix + name, query={"tagging": ""})
        if answer.status in TRANSIENT_STATUSES:
            raise self._client.fault(answer, ("object", f"{container}/{name}"))
        with answer:
            body = answer.read()
        return tags(body, f"tags of {container}/{name}").get(EXPIRY_TAG, "") if answer.status < 300 else ""

    # ------------------------------------------------------------ internals

    def _read(self, bucket: str) -> _LifeCycle | None:
        """The bucket's lifecycle; None if the store does not support or show it."""
        answer = self._client.ask("GET", bucket, query={"lifecycle": ""})
        if answer.status in TRANSIENT_STATUSES:
            raise self._client.fault(answer, ("bucket", bucket))
        with answer:
            body = answer.read()
        try:
            root = document(body, f"life cycle of {bucket}")
        except TransientError:
            return None
        if problem_of(root).code == _NO_RULES:
            return [], {}
        # A store without lifecycles may answer something else, such as a listing.
        if answer.status >= 300 or root.tag != LIFE_CYCLE:
            log.info("no life cycle bucket=%s status=%d", bucket, answer.status)
            return None
        return root.findall("Rule"), {_BESIDE: answer.headers[_BESIDE]} if _BESIDE in answer.headers else {}

    def _add(self, bucket: str, day: str) -> bool:
        """Adds the rule to the existing ones and checks that the store understood it; otherwise removes it again."""
        found = self._read(bucket)
        if found is None or len(found[0]) >= MOST_RULES:
            return False
        rules, beside = found
        if not self._is_sound(bucket, day, rules, beside):
            self._unable.add(bucket)
            return False
        if self._put(bucket, [*rules, expiry_rule(day)], beside):
            if self._holds(bucket, day):
                self._days[bucket] = {*_days(rules), day}
                return True
            # Never with DELETE: a store that ignores the query would delete the bucket.
            self._put(bucket, rules or [expiry_rule(day, status="Disabled")], beside)
        log.warning("no rule bucket=%s day=%s", bucket, day)
        self._unable.add(bucket)
        return False

    def _is_sound(self, bucket: str, day: str, rules: Sequence[Element], beside: Mapping[str, str]) -> bool:
        """Removes any rule of ours that applies to all objects, left by an interrupted run; True if there was none."""
        sound = [rule for rule in rules if not _is_of_all(rule)]
        if len(sound) < len(rules):
            log.warning("taken back: rules of ours for all objects bucket=%s count=%d", bucket, len(rules) - len(sound))
            self._put(bucket, sound or [expiry_rule(day, status="Disabled")], beside)
        return len(sound) == len(rules)

    def _put(self, bucket: str, rules: Sequence[Element], beside: Mapping[str, str]) -> bool:
        body = life_cycle_body(tostring(rule, encoding="unicode") for rule in rules)
        headers = {**xml_headers(body), **beside}
        answer = self._client.ask("PUT", bucket, query={"lifecycle": ""}, headers=headers, body=body)
        if answer.status in TRANSIENT_STATUSES:
            raise self._client.fault(answer, ("bucket", bucket))
        answer.close()
        return answer.status < 300

    def _holds(self, bucket: str, day: str) -> bool:
        for look in range(_LOOKS):
            time.sleep(_PAUSE_S if look else 0)
            found = self._read(bucket)
            if found and day in _days(found[0]):
                return True
        return False


def _days(rules: Sequence[Element]) -> set[str]:
    return {day for day in map(_day, rules) if day}


def _is_of_all(rule: Element) -> bool:
    """Whether the rule is ours by its name, and active without the tag, because the store dropped that."""
    is_ours = (rule.findtext("ID") or "").startswith(f"{EXPIRY_TAG}-")
    return (
        is_ours and rule.findtext("Status") == "Enabled" and not any(tag.text == EXPIRY_TAG for tag in rule.iter("Key"))
    )


def _day(rule: Element) -> str:
    """The day of an active rule that is exactly as we write it; empty for any other rule."""
    tag = rule.find("Filter/Tag")
    if tag is None or tag.findtext("Key") != EXPIRY_TAG or rule.findtext("Status") != "Enabled":
        return ""
    day = tag.findtext("Value") or ""
    is_ours = [child.tag for child in rule.iterfind("Filter/*")] == ["Tag"] and not rule.findtext("Prefix")
    is_dated = (rule.findtext("Expiration/Date") or "").startswith(f"{day}T00:00:00")
    return day if is_ours and is_dated else ""
