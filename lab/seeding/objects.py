"""Fills containers: real files, awkward objects, a static large object and its segments."""

import hashlib
import json
import mimetypes
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .awkward import ALL
from .files import MIB, pick
from .swift import Swift
from .topology import Resource

# Swift on one machine gains nothing from more.
UPLOADERS = 4
SMALL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Filled:
    """What a container holds after seeding, its segments included."""

    objects: int
    size_bytes: int
    added: int
    made: bool


def fill_container(swift: Swift, resource: Resource) -> Filled:
    """Make a container with its headers and profile.  Objects that are there already, by name, stay as they are."""
    properties, name = resource.properties, resource.cloud_name
    profile: dict[str, Any] = properties.get("profile", {})
    made = swift.put_container(name, _container_headers(properties))
    jobs = list(_file_jobs(swift, name, profile))
    if profile.get("awkward"):
        jobs += [_job(swift, name, a.name, a.body, a.headers) for a in ALL]
    containers = [name]
    added = _run(swift, name, jobs)
    if "slo" in profile:
        containers.append(f"{name}_segments")
        added += _large_object(swift, name, profile["slo"])
    held = [entry for container in containers for entry in swift.listing(container).values()]
    # A manifest's listing shows the size of the whole, whose bytes lie in the segments and count there.
    size = sum(entry["bytes"] for entry in held if "slo_etag" not in entry)
    return Filled(len(held), size, added, made)


@dataclass(frozen=True)
class _Job:
    name: str
    upload: Callable[[], None]


def _job(swift: Swift, container: str, name: str, body: bytes, headers: dict[str, str | bytes]) -> _Job:
    return _Job(name, partial(swift.put_object, container, name, body, headers))


def _run(swift: Swift, container: str, jobs: Iterable[_Job]) -> int:
    there = swift.listing(container)
    missing = [job for job in jobs if job.name not in there]
    with ThreadPoolExecutor(UPLOADERS) as pool:
        for done in [pool.submit(job.upload) for job in missing]:
            done.result()
    return len(missing)


def _container_headers(properties: dict[str, Any]) -> dict[str, str | bytes]:
    headers: dict[str, str | bytes] = {}
    for key, value in properties.get("metadata", {}).items():
        headers[f"X-Container-Meta-{key}"] = str(value).encode()
    for key, header in (("read_acl", "X-Container-Read"), ("write_acl", "X-Container-Write")):
        if key in properties:
            headers[header] = properties[key]
    return headers


def _file_jobs(swift: Swift, container: str, profile: dict[str, Any]) -> Iterable[_Job]:
    """Small files by number and larger ones by size, under the names that they have on this machine."""
    seed = profile.get("seed", container)
    small = pick(f"{seed} small", 1 << 40, largest=SMALL_BYTES, limit=profile.get("small_files", 0))
    bulk = pick(f"{seed} bulk", int(profile.get("bulk_mib", 0) * MIB), smallest=MIB)
    for path in dict.fromkeys(small + bulk):
        yield _Job(str(path).lstrip("/"), partial(_put_file, swift, container, path))


def _put_file(swift: Swift, container: str, path: Path) -> None:
    headers: dict[str, str | bytes] = {
        "Content-Type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        "Content-Length": str(path.stat().st_size),
        "X-Object-Meta-Mtime": f"{path.stat().st_mtime:.6f}",
    }
    with path.open("rb") as body:
        swift.put_object(container, str(path).lstrip("/"), body, headers)


def _large_object(swift: Swift, container: str, profile: dict[str, Any]) -> int:
    """A static large object whose segments lie in their own container, as the swift command lays them out."""
    name, segments = profile.get("name", "archive/backup.tar"), f"{container}_segments"
    swift.put_container(segments, {})
    manifest = []
    jobs = []
    for number in range(profile.get("segments", 3)):
        body = random.Random(f"{container} {number}").randbytes(int(profile.get("segment_mib", 8) * MIB))
        segment = f"{name}/{number:08}"
        etag = hashlib.md5(body).hexdigest()
        manifest.append({"path": f"/{segments}/{segment}", "etag": etag, "size_bytes": len(body)})
        jobs.append(_job(swift, segments, segment, body, {}))
    added = _run(swift, segments, jobs)
    if name not in swift.listing(container):
        headers: dict[str, str | bytes] = {"Content-Type": "application/x-tar", "X-Object-Meta-Made-By": "swift"}
        swift.put_object(container, name, json.dumps(manifest).encode(), headers, "?multipart-manifest=put")
        added += 1
    return added
