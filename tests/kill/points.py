"""The requests that a run is killed at: every one that changes a port, image, volume, snapshot or server."""

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

MOMENTS = ("before", "after", "recorded")
