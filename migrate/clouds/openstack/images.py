"""Glance: images by JSON, their bytes by the thin client."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from migrate.clouds.http import Response
from migrate.clouds.openstack import faults, translate
from migrate.clouds.openstack.api import Api, Params
from migrate.clouds.openstack.login import Login
from migrate.clouds.ports import NewImage
from migrate.errors import IntegrityError, NotFound, Refused, TransientError
from migrate.model import Image

_KINDS = {"images": "image"}


class Images:
    """The image port."""

    def __init__(self, login: Login) -> None:
        self._api = Api(login, "image", kinds=_KINDS)
        self._login = login

    def images(self, tag: str | None = None) -> list[Image]:
        owner = self._login.project_id
        query: Params = [("owner", owner), ("limit", "200")]
        if tag is not None:
            query.append(("tag", tag))
        items = list(self._list(query))
        # Hidden images are listed only when asked for, and then alone; a Glance before 2.7 knows none.
        with suppress(Refused):
            items += self._list([*query, ("os_hidden", "true")])
        found = {item["id"]: translate.image(item) for item in items}
        own = [image for image in found.values() if image.owner_id == owner and (tag is None or tag in image.tags)]
        return sorted(own, key=lambda image: image.id)

    def _list(self, query: Params) -> Iterator[dict[str, Any]]:
        return self._api.pages("/images", "images", query)

    def image(self, image_id: str) -> Image:
        return translate.image(self._api.get(f"/images/{image_id}"))

    def create(self, new: NewImage) -> str:
        body: dict[str, Any] = {
            **new.properties,
            "name": new.name,
            "disk_format": new.disk_format,
            "container_format": new.container_format,
            "min_disk": new.min_disk_gib,
            "min_ram": new.min_ram_mib,
            "visibility": new.visibility,
            "protected": new.protected,
            "tags": list(new.tags),
        }
        if new.hidden:
            # Glances before 2.7 do not know it, so it is named only when it matters.
            body["os_hidden"] = True
        return str(self._api.post("/images", body)["id"])

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        try:
            answer = self._login.http.request(
                "PUT",
                self._file_url(image_id),
                headers={"Content-Type": "application/octet-stream"},
                body=chunks if size_bytes else b"",
                length=size_bytes,
            )
        except IntegrityError as error:
            self._be_sure_it_is_not_active(image_id, error)
            raise
        with answer:
            self._check(answer, image_id)

    def _be_sure_it_is_not_active(self, image_id: str, error: IntegrityError) -> None:
        """A store that took a broken-off body for a whole one would boot: say so, whatever broke."""
        image = self.image(image_id)
        if image.status == "active":
            raise IntegrityError("DCP-422", what=f"image {image_id} went active on a broken-off body") from error

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        if end is not None and end <= start:
            yield iter(())
            return
        headers = {}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        with self._login.http.request("GET", self._file_url(image_id), headers=headers) as answer:
            if answer.status == 204:
                raise NotFound("DCP-404", kind="data of image", id=image_id)
            self._check(answer, image_id)
            told = answer.headers.get("content-range", "")
            if answer.status == 206 and told and not told.startswith(f"bytes {start}-"):
                # A cache in between that serves another range would put right bytes in the wrong place.
                raise TransientError("DCP-503", what=f"asked for byte {start} on, got {told}", url=answer.url)
            skip = 0 if answer.status == 206 else start
            yield exactly(answer.chunks(), skip, None if end is None else end - start, answer.url)

    def delete(self, image_id: str) -> None:
        try:
            self._api.delete(f"/images/{image_id}")
        except NotFound:
            return

    def _file_url(self, image_id: str) -> str:
        return f"{self._api.endpoint.url}/images/{image_id}/file"

    def _check(self, answer: Response, image_id: str) -> None:
        if answer.status >= 300:
            facts = faults.Answer("image", answer.method, answer.url, answer.status, answer.headers, answer.read())
            raise faults.fault(facts, kind="image", resource_id=image_id)


def exactly(chunks: Iterable[bytes], skip: int, want: int | None, url: str) -> Iterator[bytes]:
    """`chunks` without the first `skip` bytes, and no more than `want`. Raises TransientError when they are fewer."""
    left = want
    for chunk in chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        piece = chunk[skip:] if skip else chunk
        skip = 0
        if left is not None:
            piece = piece[:left]
            left -= len(piece)
        yield piece
        if left == 0:
            return
    if left or skip:
        raise TransientError("DCP-503", what="image: fewer bytes than asked for", url=url, missing=left or skip)
