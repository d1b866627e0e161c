"""Compares two accounts by raw requests: every container, every object, every header that a tenant can set.

It follows nothing: links and manifests are read as they are stored, and what they lead to is read beside it. What only
the target has is told as `added`, and is nobody's loss; the mark by which Decamp knows its containers is not told.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.objects_bench.awkward import Item
from tests.objects_bench.raw import Account, Answer

KEPT, CHANGED, LOST, ADDED = "kept", "changed", "lost", "added"
_WORST = (LOST, CHANGED, KEPT)

_OBJECT_HEADERS = (
    "content-encoding", "content-disposition", "cache-control", "content-language", "expires", "x-delete-at",
    "x-robots-tag",
)  # fmt: skip
_LINK = ("x-symlink-target", "x-symlink-target-etag", "x-symlink-target-account")
_OWN = "symlink=get&multipart-manifest=get&format=raw"
_THREADS = 4

Facts = dict[str, dict[str, str]]
"""Aspect -> what it is made of. An aspect that is empty on both sides is none."""


class Verdict(NamedTuple):
    """One aspect of one thing. `name` is empty for a container; `source` and `target` say what was found."""

    container: str
    name: str
    aspect: str
    verdict: str
    source: str
    target: str

    def __str__(self) -> str:
        where = f"{self.container}/{self.name}" if self.name else self.container
        return f"{self.verdict:8}{where}  {self.aspect}: {self.source or '-'} -> {self.target or '-'}"


def judge(source_entry: str, target_entry: str, clouds: Path | None = None) -> list[Verdict]:
    """All verdicts, sorted by container and name; both accounts are as two tenants of clouds.yaml see them."""
    source, target = Account.of(source_entry, clouds), Account.of(target_entry, clouds)
    here, there = set(source.containers()), set(target.containers())
    found = [Verdict(name, "", "there", ADDED, "", "a container") for name in there - here]
    for container in sorted(here):
        found += _container(source, target, container, there=container in there)
    return sorted(found)


def damage(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that are a loss or a change."""
    return [verdict for verdict in verdicts if verdict.verdict in {CHANGED, LOST}]


def by_item(items: Iterable[Item], verdicts: Iterable[Verdict]) -> list[tuple[str, str, list[Verdict]]]:
    """Row by row: the worst that befell it, and the verdicts that say so. Rows of the same title are one."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.container, verdict.name), []).append(verdict)
    rows = []
    titled: dict[str, list[Item]] = {}
    for item in items:
        titled.setdefault(item.row, []).append(item)
    for row, same in titled.items():
        about = [verdict for item in same for verdict in _about(item, found)]
        # Nothing at all was found of it: not even the source has it any more.
        worst = next((v for v in _WORST if any(one.verdict == v for one in about)), LOST)
        rows.append((row, worst, [one for one in about if one.verdict != KEPT]))
    return rows


def _about(item: Item, found: dict[tuple[str, str], list[Verdict]]) -> list[Verdict]:
    verdicts = found.get((item.container, item.name), [])
    return [v for v in verdicts if v.verdict != ADDED and (not item.aspects or v.aspect in item.aspects)]


def _container(source: Account, target: Account, container: str, *, there: bool) -> list[Verdict]:
    here = _settings(source.need("HEAD", container))
    found = _compare(container, "", here, _settings(target.need("HEAD", container)) if there else None)
    listed = {row["name"] for row in source.listing(container)}
    other = {row["name"] for row in target.listing(container)} if there else set()
    found += [Verdict(container, name, "there", ADDED, "", "an object") for name in other - listed]

    def one(name: str) -> list[Verdict]:
        return _compare(
            container, name, _object(source, container, name), _object(target, container, name) if there else None
        )

    with ThreadPoolExecutor(_THREADS) as pool:
        found += [verdict for verdicts in pool.map(one, sorted(listed)) for verdict in verdicts]
    return found + _history(source, target, container, there=there)


def _history(source: Account, target: Account, container: str, *, there: bool) -> list[Verdict]:
    """The versions of each object, those that are deleted too, where the source keeps them."""
    here = _versions(source, container)
    other = _versions(target, container) if there else {}
    return [
        verdict
        for name, versions in here.items()
        for verdict in _compare(container, name, {"versions": versions}, {"versions": other.get(name, {})})
    ]


def _versions(account: Account, container: str) -> dict[str, dict[str, str]]:
    if account.ask("HEAD", container).headers.get("x-versions-enabled", "").lower() != "true":
        return {}
    found: dict[str, dict[str, str]] = {}
    for row in account.listing(container, "&versions=true"):
        of = found.setdefault(row["name"], {})
        told = account.ask("HEAD", container, row["name"], query=f"version-id={row['version_id']}").headers
        metadata = sorted((key, value) for key, value in told.items() if key.startswith("x-object-meta-"))
        of[f"version {len(of)}"] = f"{row['bytes']} {row['hash']} {row['content_type']} {metadata}"
    return found


def _compare(container: str, name: str, source: Facts | None, target: Facts | None) -> list[Verdict]:
    """Aspect by aspect. None: there is no such thing on that side."""
    if source is None:
        # It was listed and went away, or has expired: nothing that a move could have kept.
        return []
    if target is None:
        return [Verdict(container, name, aspect, LOST, _shown(aspect, facts), "") for aspect, facts in _present(source)]
    verdicts = [Verdict(container, name, "there", KEPT, "yes", "yes")]
    for aspect in sorted({*source, *target}):
        here, other = source.get(aspect, {}), target.get(aspect, {})
        if not here and not other:
            continue
        verdicts += [
            Verdict(container, name, aspect, verdict, _shown(aspect, here), _shown(aspect, other))
            for verdict in _told(aspect, here, other)
        ]
    return verdicts


def _present(facts: Facts) -> list[tuple[str, dict[str, str]]]:
    return [("there", {"there": "yes"}), *((aspect, fact) for aspect, fact in sorted(facts.items()) if fact)]


def _told(aspect: str, here: dict[str, str], other: dict[str, str]) -> list[str]:
    told = []
    if here:
        same = all(other.get(key) == value for key, value in here.items())
        # A link or a manifest that has become a copy of what it leads to is changed: its content is there.
        some = bool(other.keys() & here.keys()) or aspect == "leads to"
        told.append(KEPT if same else CHANGED if some else LOST)
    if other.keys() - here.keys():
        told.append(ADDED)
    return told


def _shown(aspect: str, facts: dict[str, str]) -> str:
    if aspect == "signing keys":
        return ", ".join(sorted(facts))
    text = ", ".join(f"{key}={value}" if key != aspect else value for key, value in sorted(facts.items()))
    return text if len(text) < 200 else f"{text[:200]}…"


# ------------------------------------------------------------ containers


def _settings(answer: Answer) -> Facts:
    facts: Facts = {}
    for header, value in answer.headers.items():
        if aspect := _setting(header):
            facts.setdefault(aspect, {})[header] = value
    return facts


def _setting(header: str) -> str:
    """The aspect that this header of a container belongs to; empty for what a tenant does not set, and for our mark."""
    meta = "x-container-meta-"
    if header == f"{meta}decamp-mark":
        return ""
    named = {"x-container-read": "read ACL", "x-container-write": "write ACL", "x-container-sync-to": "sync"}
    prefixes = {
        f"{meta}quota-": "quota",
        f"{meta}access-control-": "CORS",
        f"{meta}web-": "web",
        f"{meta}temp-url-key": "signing keys",
        "x-container-sync-key": "signing keys",
        "x-versions-": "versioning",
        "x-history-location": "versioning",
        meta: "metadata",
    }
    return named.get(header) or next((aspect for start, aspect in prefixes.items() if header.startswith(start)), "")


# ------------------------------------------------------------ objects


def _object(account: Account, container: str, name: str) -> Facts | None:
    """What is stored under the name, and what a reader of it gets. None when there is nothing."""
    own = account.ask("GET", container, name, query=_OWN)
    if "?version-id=" in own.headers.get("x-symlink-target", ""):
        # Where versions are kept the server itself links the name to the latest one.
        own = account.ask("GET", container, name, query=_OWN.removeprefix("symlink=get&"))
    if own.status == 404:
        return None
    kind = _kind(own)
    facts: Facts = {
        "kind": {"kind": kind},
        "content type": {"content-type": own.headers.get("content-type", "")},
        "metadata": {key: value for key, value in own.headers.items() if key.startswith("x-object-meta-")},
        **{header: {header: own.headers[header]} for header in _OBJECT_HEADERS if header in own.headers},
    }
    if kind == "plain":
        facts["content"] = {"content": _digest(own)}
        return facts
    facts["leads to"] = _LEADS[kind](own)
    facts["content"] = {"content": _digest(account.ask("GET", container, name))}
    return facts


def _kind(answer: Answer) -> str:
    if "x-symlink-target" in answer.headers:
        return "link"
    if answer.headers.get("x-static-large-object", "").lower() == "true":
        return "static large object"
    return "dynamic large object" if "x-object-manifest" in answer.headers else "plain"


def _digest(answer: Answer) -> str:
    """What a reader gets, by its status where that is no success: a link may lead nowhere on both sides."""
    if answer.status != 200:
        return f"status {answer.status}"
    return f"{len(answer.body)} bytes {hashlib.sha256(answer.body).hexdigest()[:16]}"


def _segments(answer: Answer) -> dict[str, str]:
    rows: list[dict[str, Any]] = json.loads(answer.body)
    return {f"segment {at}": json.dumps(row, sort_keys=True, ensure_ascii=False) for at, row in enumerate(rows)}


def _link(answer: Answer) -> dict[str, str]:
    return {header: answer.headers[header] for header in _LINK if header in answer.headers}


_LEADS: dict[str, Callable[[Answer], dict[str, str]]] = {
    "static large object": _segments,
    "dynamic large object": lambda answer: {"x-object-manifest": answer.headers["x-object-manifest"]},
    "link": _link,
}
