"""Images in memory: properties, tags, real files (raw or qcow2) with their digests."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from migrate.clouds.ports import NewImage
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.demo.memory import error_answers, qcow2
from migrate.demo.memory.login import Service
from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.sparse_disk import BLOCK, Disk
from migrate.demo.memory.world import Project, World
from migrate.errors import Denied
from migrate.model import Image
from migrate.units import MIB

_PIECE = 16 * BLOCK
_BOOKKEEPING = frozenset({"block_device_mapping", "bdm_v2", "root_device_name", "instance_uuid"})


class MemoryImages(Service):
    """ports.Images on a world."""

    service = "image"

    def images(self, tag: str | None = None, ask: Asking = EVERYTHING) -> list[Image]:
        with self._enter("GET", "/images"):
            mine = self._world.images.look_all(self._project_id)
            return [image for image in mine if tag is None or tag in image.tags]

    def image(self, image_id: str) -> Image:
        with self._enter("GET", f"/images/{image_id}"):
            visible_image(self._world, image_id, self._project_id)
            return self._world.images.look(image_id, None)

    def create(self, new: NewImage) -> str:
        body = {"name": new.name, "disk_format": new.disk_format, "tags": list(new.tags), **new.properties}
        with self._enter("POST", "/images", body):
            if new.disk_format not in ("raw", "qcow2"):
                raise error_answers.refused(f"disk_format {new.disk_format}")
            if any(len(tag) > 255 for tag in new.tags):
                raise error_answers.refused("tag over 255 characters")
            self._need("images", images_of(self._world, self._project_id)["images"])
            return add_image(self._world, self._login.project, new)

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        path = f"/images/{image_id}/file"
        with self._enter_streaming("PUT", path):
            with self._world.lock:
                row = self._world.images.row(image_id, self._project_id)
                if row.record.status != "queued":
                    raise error_answers.refused(f"upload to an image that is {row.record.status}")
                # Like Glance: beyond the limit nothing more is accepted, but the last image may exceed it.
                self._need("images_mib", images_of(self._world, self._project_id)["images_mib"], 0)
                cap = self._world.offer.image_size_max_bytes
                if cap is not None and size_bytes > cap:
                    raise error_answers.refused(f"image of {size_bytes} bytes, over {cap}")
            file, at = Disk(size_bytes), 0
            for chunk in chunks:
                if at + len(chunk) > size_bytes:
                    raise error_answers.differs(f"more than {size_bytes} bytes for image {image_id}")
                file.write(at, chunk)
                at += len(chunk)
            if at < size_bytes:
                raise error_answers.differs(f"{at} of {size_bytes} bytes for image {image_id}")
            with self._world.lock:
                store_file(self._world, image_id, file)

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        path = f"/images/{image_id}/file"
        with self._enter_streaming("GET", path):
            with self._world.lock:
                record = visible_image(self._world, image_id, self._project_id).record
                if record.status != "active":
                    raise error_answers.not_found("data of image", image_id)
                file = self._world.images.rows[image_id].disk or Disk(0)
            if start > file.size_bytes:
                raise error_answers.refused(f"range from {start} of {file.size_bytes}")
            want = (file.size_bytes if end is None else end) - start
        yield self._body(path, file.pieces(start, end, _PIECE), want)

    def delete(self, image_id: str) -> None:
        with self._enter("DELETE", f"/images/{image_id}"):
            row = self._world.images.rows.get(image_id)
            if row is None or row.project_id != self._project_id:
                return
            if row.record.protected:
                raise error_answers.denied(f"image {image_id} is protected")
            del self._world.images.rows[image_id]

    def protect(self, image_id: str) -> None:
        with self._enter("PATCH", f"/images/{image_id}"):
            self._world.images.row(image_id, self._project_id).change(protected=True)

    def share(self, image_id: str, project_id: str) -> None:
        try:
            self._add_member(image_id, project_id)
        except Denied:
            with self._enter("PATCH", f"/images/{image_id}"):
                self._world.images.row(image_id, self._project_id).change(visibility="shared")
            self._add_member(image_id, project_id)

    def _add_member(self, image_id: str, project_id: str) -> None:
        with self._enter("POST", f"/images/{image_id}/members", {"member": project_id}):
            row = self._world.images.row(image_id, self._project_id)
            if row.record.visibility != "shared":
                raise error_answers.denied(f"members of image {image_id}, which is {row.record.visibility}")
            if not project_id:
                raise error_answers.refused("a member without an id")
            row.change(members=tuple(sorted({*row.record.members, project_id})))


def visible_image(world: World, image_id: str, project_id: str) -> Row[Image]:
    """The project's own image, a shared one, or a public one. Raises NotFound."""
    row = world.images.row(image_id, None)
    image = row.record
    for_all = image.visibility in {"public", "community"}
    if row.project_id != project_id and not for_all and project_id not in image.members:
        raise error_answers.not_found("image", image_id)
    return row


def images_of(world: World, project_id: str) -> dict[str, int]:
    """The number of the project's images, and their total size in MiB."""
    own = [row.record for row in world.images.of(project_id)]
    return {"images": len(own), "images_mib": sum(image.size_bytes for image in own) // MIB}


def add_image(world: World, project: Project, new: NewImage) -> str:
    """Adds a queued image without a file."""
    image_id, server_id = world.new_id(), new.properties.get("instance_uuid", "")
    record = Image(
        id=image_id,
        name=new.name,
        status="queued",
        disk_format=new.disk_format,
        container_format=new.container_format,
        min_disk_gib=new.min_disk_gib,
        min_ram_mib=new.min_ram_mib,
        visibility=new.visibility,
        owner_id=project.id,
        hidden=new.hidden,
        protected=new.protected,
        tags=tuple(sorted(set(new.tags))),
        properties={key: value for key, value in new.properties.items() if key not in _BOOKKEEPING},
        volume_backed=bool(new.properties.get("block_device_mapping")),
        snapshot_ids=_mapped_snapshots(new.properties.get("block_device_mapping", "")),
        created_at=world.now_for_copy(server_id) if server_id else world.now(),
        server_id=server_id,
    )
    world.images.add(image_id, Row(project.id, record))
    return image_id


def _mapped_snapshots(mapping: str) -> tuple[str, ...]:
    """The snapshots in a block device mapping, a text that the image service does not validate."""
    try:
        devices = json.loads(mapping or "[]")
        return tuple(device["snapshot_id"] for device in devices if device.get("snapshot_id"))
    except (ValueError, TypeError, AttributeError):
        return ()


def store_file(world: World, image_id: str, file: Disk, *, lag: int = 0) -> None:
    """Stores the file of a queued image, which becomes active after `lag` reads. Raises Refused: wrong format."""
    row = world.images.rows[image_id]
    virtual = _virtual_size(row.record.disk_format, file)
    md5, sha512 = hashlib.md5(usedforsecurity=False), hashlib.sha512()
    for piece in file.pieces(piece_bytes=_PIECE):
        md5.update(piece)
        sha512.update(piece)
    row.disk = file
    if lag:
        row.change(status="saving")
    world.images.pass_to(
        image_id,
        lag,
        status="active",
        volume_backed=False,
        size_bytes=file.size_bytes,
        virtual_size_bytes=virtual,
        checksum=md5.hexdigest(),
        hash_algo="sha512",
        hash_value=sha512.hexdigest(),
    )


def image_disk(row: Row[Image]) -> Disk:
    """The disk inside an image's file. Raises Refused: no file, or one that does not decode."""
    if row.record.status != "active" or row.disk is None:
        raise error_answers.refused(f"image {row.record.id} is {row.record.status}")
    if row.record.disk_format == "raw":
        return row.disk
    try:
        return qcow2.read(row.disk)
    except qcow2.BadQcow2 as err:
        raise error_answers.refused(f"image {row.record.id}: {err}") from err


def as_file(disk: Disk, disk_format: str) -> Disk:
    """The file of a disk in this format."""
    return qcow2.write(disk) if disk_format == "qcow2" else disk.clone()


def _virtual_size(disk_format: str, file: Disk) -> int:
    """The size of the disk inside the file. Like Glance, refuses a file of another format."""
    if disk_format == "raw":
        if qcow2.is_qcow2(file):
            raise error_answers.refused("a qcow2 file in a raw image")
        return file.size_bytes
    try:
        return qcow2.virtual_size_bytes(file)
    except qcow2.BadQcow2 as err:
        raise error_answers.refused(f"no qcow2 file: {err}") from err
