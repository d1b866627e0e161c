"""The requests that a run is killed at: every one that changes something, of the tiny tenant and of every kind."""

from typing import NamedTuple


class Point(NamedTuple):
    side: str
    method: str
    service: str
    path: str

    def __str__(self) -> str:
        return f"{self.side}-{self.method}{self.path}".replace("[^/]+", "ID")


_ID = "[^/]+"

POINTS = (
    Point("source", "POST", "block-storage", "/snapshots"),
    Point("source", "POST", "block-storage", "/volumes"),
    Point("source", "POST", "block-storage", f"/volumes/{_ID}/action"),
    Point("source", "POST", "compute", f"/servers/{_ID}/action"),
    Point("source", "DELETE", "image", f"/images/{_ID}"),
    Point("source", "DELETE", "block-storage", f"/volumes/{_ID}"),
    Point("source", "DELETE", "block-storage", f"/snapshots/{_ID}"),
    Point("target", "POST", "network", "/ports"),
    Point("target", "POST", "image", "/images"),
    Point("target", "PUT", "image", f"/images/{_ID}/file"),
    Point("target", "POST", "block-storage", "/volumes"),
    Point("target", "POST", "block-storage", f"/volumes/{_ID}/action"),
    Point("target", "POST", "compute", "/servers"),
    Point("target", "POST", "compute", f"/servers/{_ID}/os-volume_attachments"),
)

EVERY_KIND = (
    Point("target", "POST", "compute", "/os-keypairs"),
    Point("target", "POST", "network", "/networks"),
    Point("target", "POST", "network", "/routers"),
    Point("target", "POST", "network", "/security-groups"),
    Point("target", "DELETE", "network", f"/security-group-rules/{_ID}"),
    Point("target", "POST", "network", "/security-group-rules"),
    Point("target", "POST", "compute", "/os-server-groups"),
    Point("target", "POST", "network", "/subnets"),
    Point("target", "POST", "network", "/ports"),
    Point("target", "PUT", "network", f"/routers/{_ID}/add_router_interface"),
    Point("target", "POST", "network", "/floatingips"),
    Point("target", "POST", "network", f"/floatingips/{_ID}/port_forwardings"),
    Point("target", "PUT", "network", f"/routers/{_ID}"),
    Point("target", "PUT", "network", f"/subnets/{_ID}"),
    Point("target", "POST", "network", "/trunks"),
    Point("source", "POST", "compute", f"/servers/{_ID}/action"),
    Point("source", "POST", "block-storage", f"/volumes/{_ID}/action"),
    Point("source", "DELETE", "image", f"/images/{_ID}"),
    Point("source", "DELETE", "block-storage", f"/volumes/{_ID}"),
    Point("source", "POST", "block-storage", f"/backups/{_ID}/restore"),
    Point("target", "POST", "image", "/images"),
    Point("target", "POST", "block-storage", "/volumes"),
    Point("target", "DELETE", "image", f"/images/{_ID}"),
    Point("target", "POST", "image", f"/images/{_ID}/members"),
    Point("target", "POST", "compute", "/servers"),
    Point("target", "POST", "compute", f"/servers/{_ID}/os-volume_attachments"),
)
"""What a run of the tenant that holds every kind asks for, once at least."""

MOMENTS = ("before", "after", "recorded")


def _action(side: str, service: str, kind: str, name: str) -> Point:
    return Point(side, "POST", service, f"/{kind}/{_ID}/action {name}")


STOP = _action("source", "compute", "servers", "os-stop")
CREATE_IMAGE = _action("source", "compute", "servers", "createImage")
MAKE_IMAGE = Point("target", "POST", "image", "/images")
MAKE_SERVER = Point("target", "POST", "compute", "/servers")
ATTACH = Point("target", "POST", "compute", f"/servers/{_ID}/os-volume_attachments")

_DISK_TO_TARGET = (
    MAKE_IMAGE,
    Point("target", "PUT", "image", f"/images/{_ID}/file"),
    Point("target", "POST", "block-storage", "/volumes"),
    _action("target", "block-storage", "volumes", "os-set_bootable"),
    Point("target", "DELETE", "image", f"/images/{_ID}"),
)
CUT_OVER = (
    STOP,
    CREATE_IMAGE,
    Point("source", "POST", "block-storage", "/snapshots"),
    Point("source", "POST", "block-storage", "/volumes"),
    _action("source", "block-storage", "volumes", "os-volume_upload_image"),
    Point("source", "DELETE", "image", f"/images/{_ID}"),
    Point("source", "DELETE", "block-storage", f"/volumes/{_ID}"),
    Point("source", "DELETE", "block-storage", f"/snapshots/{_ID}"),
    *_DISK_TO_TARGET,
    MAKE_SERVER,
    ATTACH,
)
"""What the cut-over of a wave asks for, once everything that needs no stop is done."""

PARK = _action("target", "compute", "servers", "os-stop")
START = _action("source", "compute", "servers", "os-start")
ROLLBACK = (PARK, START)

LAUNCH = (
    Point("target", "POST", "network", "/networks"),
    Point("target", "POST", "network", "/subnets"),
    Point("target", "POST", "network", "/ports"),
    Point("target", "PUT", "network", f"/subnets/{_ID}"),
    *_DISK_TO_TARGET,
    MAKE_SERVER,
    ATTACH,
    Point("target", "DELETE", "compute", f"/servers/{_ID}"),
    Point("target", "DELETE", "block-storage", f"/volumes/{_ID}"),
    *(Point("target", "DELETE", "network", f"/{kind}/{_ID}") for kind in ("ports", "subnets", "networks")),
)
"""What a test launch asks for."""
