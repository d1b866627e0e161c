"""Multipart uploads to an S3 store."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from migrate.clouds.http import Pages
from migrate.clouds.ports import ObjectInfo, Part, Upload
from migrate.clouds.s3 import faults, xml_answers
from migrate.clouds.s3.bucket_table import Places
from migrate.clouds.s3.signed_client import S3Client
from migrate.errors import NotFound
from migrate.model.s3_objects import META, S3_META, SOURCE_ETAG, content_md5, is_md5

_SOURCE_ETAG = S3_META + SOURCE_ETAG.removeprefix(META)


class S3Multipart:
    """ports.Multipart over the store's table of places. At most 10,000 parts of at most 5 GiB."""

    least_part_bytes = 5 << 20

    def __init__(
        self, client: S3Client, places: Places, object_headers: Callable[[ObjectInfo], dict[str, str]]
    ) -> None:
        self._client, self._places, self._object_headers = client, places, object_headers

    def begin(self, container: str, info: ObjectInfo) -> str:
        """As in the port. Stores a non-empty `info.etag` with the object as `migrate.model.s3_objects.SOURCE_ETAG`."""
        place, headers = self._places.of(container), self._object_headers(info)
        if is_md5(info.etag):
            headers[_SOURCE_ETAG] = info.etag
        key, subject = place.prefix + info.name, ("bucket", place.bucket)
        with self._client.about(*subject).send(
            "POST", place.bucket, key, query={"uploads": ""}, headers=headers, body=b""
        ) as answer:
            root = xml_answers.document(answer.read(), f"upload of {container}/{info.name}")
        return root.findtext("UploadId") or ""

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        place, found = self._places.of(container), []
        query = {"uploads": "", "encoding-type": "url", "prefix": place.prefix + name}
        behind: dict[str, str] = {}
        pages = Pages(f"uploads of {container}")
        while True:
            asked = {key: value for key, value in {**query, **behind}.items() if value or key == "uploads"}
            with self._client.about("container", container).send("GET", place.bucket, query=asked) as answer:
                page, then = xml_answers.uploads(
                    answer.read(), f"uploads of {container}", place.prefix, query["prefix"]
                )
            pages.turn(len(page))
            found += [upload for upload in page if not name or upload.name == name]
            if not then or then == behind:
                return sorted(found, key=lambda upload: (upload.started_at, upload.upload_id))
            behind = then

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        place, found, behind = self._places.of(container), [], ""
        subject, pages = ("upload", f"{container}/{name}"), Pages(f"parts of {container}/{name}")
        while True:
            query = {"uploadId": upload_id, **({"part-number-marker": behind} if behind else {})}
            with self._client.about(*subject).send("GET", place.bucket, place.prefix + name, query=query) as answer:
                page, then = xml_answers.parts(answer.read(), f"parts of {container}/{name}")
            pages.turn(len(page))
            found += page
            if not then or then == behind:
                return _unambiguous(found)
            behind = then

    def put_part(self, container: str, name: str, upload_id: str, part: Part, chunks: Iterable[bytes]) -> Part:
        place, md5 = self._places.of(container), content_md5(part.etag)
        with self._client.about("upload", f"{container}/{name}").send(
            "PUT",
            place.bucket,
            place.prefix + name,
            query={"partNumber": str(part.number), "uploadId": upload_id},
            headers={"content-md5": md5} if md5 else {},
            body=chunks,
            length=part.size_bytes,
        ) as answer:
            return replace(part, etag=xml_answers.unquoted(answer.headers.get("etag", "")))

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        place, subject = self._places.of(container), ("upload", f"{container}/{name}")
        with self._client.about(*subject).send(
            "POST",
            place.bucket,
            place.prefix + name,
            query={"uploadId": upload_id},
            headers={"content-type": "application/xml"},
            body=xml_answers.parts_body(parts),
        ) as answer:
            root = xml_answers.document(answer.read(), f"upload of {container}/{name}")
        said = xml_answers.problem_of(root)
        if said.code:
            # The answer starts before the result is known: errors come with status 200.
            status = 404 if said.code == "NoSuchUpload" else answer.status
            raise faults.fault(faults.Answer("POST", answer.url, status, answer.headers, said, *subject))
        return xml_answers.unquoted(root.findtext("ETag") or "")

    def abort(self, container: str, name: str, upload_id: str) -> None:
        place = self._places.of(container)
        try:
            self._client.about("upload", f"{container}/{name}").send(
                "DELETE",
                place.bucket,
                place.prefix + name,
                query={"uploadId": upload_id},
            ).close()
        except NotFound:
            return


def _unambiguous(found: Sequence[Part]) -> list[Part]:
    """Parts by number. A store may list a part twice after it was replaced: two different ones are both dropped."""
    by_number: dict[int, set[Part]] = {}
    for part in found:
        by_number.setdefault(part.number, set()).add(part)
    return [next(iter(same)) for _, same in sorted(by_number.items()) if len(same) == 1]
