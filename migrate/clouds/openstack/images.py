"""Glance: image records as JSON, image bytes through the thin client."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from migrate.clouds.http import Response, exactly
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.api import Api, Params
from migrate.clouds.openstack.images_without_ranges import WholeFiles
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.records import answers, translate
from migrate.clouds.ports import NewImage
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.errors import Denied, IntegrityError, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Image, Quota

_KINDS = {"images": "image"}
_QUOTAS = {"image_count_total": "images", "image_size_total": "images_mib"}
# Glance's default is 25 per page; for a larger number it uses its own maximum.
_PAGE = "1000"
# Before it, images with members were `private` too.
_KNOWS_SHARED = (2, 5)


@answers.all_read("upload")
class Images:
    """The image port."""

    def __init__(self, login: Login) -> None:
        self._api = Api(login, "image", kinds=_KINDS)
        self._login = login
        # Members from listings of all images, which a run repeats often: one request per image is enough.
        self._members_told: dict[str, tuple[str, ...]] = {}
        self._ignores_ranges, self._whole_files = False, WholeFiles(self._open)

    def images(self, tag: str | None = None, ask: Asking = EVERYTHING) -> list[Image]:
        owner = self._login.project_id
        query: Params = [("owner", owner), ("limit", _PAGE)]
        if tag is not None:
            query.append(("tag", tag))
        items = list(self._list(query))
        # Hidden images are only listed on request, and separately; unknown before Glance 2.7.
        with suppress(Refused):
            items += self._list([*query, ("os_hidden", "true")])

        def ours(item: dict[str, Any]) -> bool:
            return item["owner"] == owner and (tag is None or tag in answers.as_list(item.get("tags")))

        found = answers.records("image", items, lambda item: self._listed(item, ask), ours=ours)
        return sorted(found, key=lambda image: image.id)

    def _list(self, query: Params) -> Iterator[dict[str, Any]]:
        return self._api.pages("/images", "images", query)

    def image(self, image_id: str) -> Image:
        return answers.checked_record(self._fresh(self._api.get(f"/images/{image_id}")))

    def _fresh(self, item: dict[str, Any], ask: Asking = EVERYTHING) -> Image:
        if self._may_be_shared(item):
            members = ask("image-member", lambda: self._members(answers.new_id(item["id"])))
            if members is not None:
                self._members_told[item["id"]] = members
            return translate.image(item, members or ())
        return translate.image(item)

    def _listed(self, item: dict[str, Any], ask: Asking) -> Image:
        """An image with its members: one request for each of our images that may have some, cached for later listings.

        Later changes by other clients only show in `image`.
        """
        if item["id"] in self._members_told and self._may_be_shared(item):
            return translate.image(item, self._members_told[item["id"]])
        return self._fresh(item, ask)

    def _may_be_shared(self, item: dict[str, Any]) -> bool:
        ours = item.get("owner") == self._login.project_id
        return ours and item.get("visibility") == ("shared" if self._knows_shared() else "private")

    def _knows_shared(self) -> bool:
        version = [int(part) for part in self._api.endpoint.version.split(".") if part.isdecimal()]
        return not version or tuple(version) >= _KNOWS_SHARED

    def _members(self, image_id: str) -> tuple[str, ...]:
        try:
            items = self._api.pages(f"/images/{image_id}/members", "members")
            return tuple(answers.ids("image-member", items, "member_id"))
        except NotFound:
            # Deleted since the listing.
            return ()

    def protect(self, image_id: str) -> None:
        self._api.patch(f"/images/{image_id}", [{"op": "replace", "path": "/protected", "value": True}])

    def share(self, image_id: str, project_id: str) -> None:
        try:
            self._add_member(image_id, project_id)
        except Denied as error:
            if error.facts.get("status") != 403 or self._api.get(f"/images/{image_id}").get("visibility") == "shared":
                raise
            # Since Glance 2.5, an image accepts members only with visibility `shared`.
            self._api.patch(f"/images/{image_id}", [{"op": "replace", "path": "/visibility", "value": "shared"}])
            self._add_member(image_id, project_id)
        finally:
            self._members_told.pop(image_id, None)

    def _add_member(self, image_id: str, project_id: str) -> None:
        try:
            self._api.post(f"/images/{image_id}/members", {"member": project_id})
        except Refused as error:
            # 409: it already has this member.
            if error.facts.get("status") != 409:
                raise

    def disk_formats(self) -> tuple[str, ...]:
        """The disk formats in Glance's schema; empty if the schema is hidden."""
        try:
            return translate.disk_formats(self._api.get("/schemas/image"))
        except (Denied, NotFound, Refused, Unsupported):
            return ()

    def quotas(self) -> dict[str, Quota]:
        """Quotas on the number of images and their total size in MiB, if limited.

        Glance reports them since Xena, and only if the limits are in Keystone.
        """
        try:
            usage = self._api.get("/info/usage").get("usage", {})
        except (Denied, NotFound, Refused, Unsupported):
            return {}
        told = {ours: usage[theirs] for theirs, ours in _QUOTAS.items() if theirs in usage}
        quotas = {
            ours: Quota(limit=answers.number(one["limit"]), used=answers.number(one["usage"]))
            for ours, one in told.items()
        }
        return {ours: quota for ours, quota in quotas.items() if quota.limit >= 0}

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
            # Unknown before Glance 2.7, so it is only sent if needed.
            body["os_hidden"] = True
        return answers.new_id(self._api.post("/images", body)["id"])

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
        """Raises IntegrityError if a truncated upload went active: such an image would boot, so this error
        comes first.
        """
        image = self.image(image_id)
        if image.status == "active":
            raise IntegrityError(
                codes.BYTES_DIFFER, what=f"image {image_id} went active on a broken-off body"
            ) from error

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        if end is not None and end <= start:
            yield iter(())
            return
        if end is not None and self._ignores_ranges:
            yield self._whole_files.read(image_id, start, end)
            return
        answer = self._open(image_id, start, end)
        if end is not None and answer.status != 206 and answer.headers.get("content-length", "") != str(end - start):
            self._ignores_ranges = True
            self._whole_files.take_over(image_id, answer)
            yield self._whole_files.read(image_id, start, end)
            return
        with answer:
            skip = 0 if answer.status == 206 else start
            yield exactly(answer.chunks(), skip, None if end is None else end - start, answer.url)

    def _open(self, image_id: str, start: int = 0, end: int | None = None) -> Response:
        """An answer with the requested range of the file (206), or all of it (200)."""
        headers = {}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        answer = self._login.http.request("GET", self._file_url(image_id), headers=headers)
        try:
            if answer.status == 204:
                raise NotFound(codes.GONE, kind="data of image", id=image_id)
            self._check(answer, image_id)
            told = answer.headers.get("content-range", "")
            if answer.status == 206 and told and not told.startswith(f"bytes {start}-"):
                # A cache that serves another range would put correct bytes in the wrong place.
                raise TransientError(
                    codes.CLOUD_UNAVAILABLE, what=f"asked for byte {start} on, got {told}", url=answer.url
                )
        except BaseException:
            answer.close()
            raise
        return answer

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
