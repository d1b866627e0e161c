"""SourceGuard: limits the requests that Decamp sends to the source cloud.

The source holds somebody's only copy. Every request is checked against an allow-list of method, service and path before
it leaves the machine. Deletions, shutdowns and starts also need a permit: the ledger must list the resource as our
temporary, or a person must have granted the gate.
"""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from migrate.errors import Denied
from migrate.messages import codes
from migrate.model import MARK_KEY, Role, parse_mark


@dataclass(frozen=True)
class Request:
    """A request before it is sent. `service`: the catalogue's type; `path`: relative to the project's endpoint.

    `body`: the decoded JSON, None for anything else; `query`: the text after `?`.
    """

    method: str
    service: str
    path: str
    body: dict[str, Any] | None = None
    query: str = ""


class Gatekeeper(Protocol):
    """Checks every request to a cloud before it is sent."""

    def check(self, request: Request) -> None:
        """Raises Denied if the request is not allowed."""


class Permits(Protocol):
    """Permissions that ledger and gates give at the moment."""

    def is_ours(self, service: str, resource_id: str) -> bool:
        """Whether the ledger lists this resource as our temporary."""

    def may_delete(self, service: str, resource_id: str) -> bool:
        """Whether the resource is ours and its mark, read again just now, matches."""

    def may_stop(self, server_id: str) -> bool:
        """Whether a person granted the gate for this server's shutdown."""

    def may_start(self, server_id: str) -> bool:
        """Whether we stopped this server, nobody has started or stopped it since, and its rollback is approved."""

    def may_make(self, migration: str) -> bool:
        """Whether temporaries of the migration with this id (as in marks) may be created now."""

    def is_worker(self, server_id: str) -> bool:
        """Whether the policy names this server as our worker, to which our volumes may be attached."""


class NoPermits:
    """No permits: for read-only commands such as scan and check."""

    def is_ours(self, service: str, resource_id: str) -> bool:
        return False

    def may_delete(self, service: str, resource_id: str) -> bool:
        return False

    def may_stop(self, server_id: str) -> bool:
        return False

    def may_start(self, server_id: str) -> bool:
        return False

    def may_make(self, migration: str) -> bool:
        return False

    def is_worker(self, server_id: str) -> bool:
        return False


class NoGuard:
    """Lets every request through, for the target."""

    def check(self, request: Request) -> None:
        return None


_ID = r"([0-9A-Za-z-]+)"
READING_POSTS = frozenset(("identity", path) for path in ("/auth/tokens", "/v3/auth/tokens", "/v2.0/tokens", "/tokens"))
"""All POST requests without an effect: logins."""
_VOLUME_ACTION = re.compile(rf"/volumes/{_ID}/action")
_SERVER_ACTION = re.compile(rf"/servers/{_ID}/action")
_ATTACHMENTS = re.compile(rf"/servers/{_ID}/os-volume_attachments")
_ATTACHMENT = re.compile(rf"/servers/{_ID}/os-volume_attachments/{_ID}")
_BACKUP_RESTORE = re.compile(rf"/backups/{_ID}/restore")
_DELETABLE = {
    "block-storage": re.compile(rf"/(?:volumes|snapshots)/{_ID}"),
    "image": re.compile(rf"/(?:v2/)?images/{_ID}"),
}
_CLONE_ACTIONS = {"os-volume_upload_image", "os-set_image_metadata"}

_CLONE_FIELDS = {"name", "size", "description", "metadata", "snapshot_id", "volume_type", "availability_zone"}
_PUBLISHING = {"visibility", "protected"}


def _is_clone_action(body: dict[str, Any]) -> bool:
    """Whether the body is a single action needed for clones, and shares no image with others."""
    inner = next(iter(body.values()), None)
    return len(body) == 1 and set(body) <= _CLONE_ACTIONS and isinstance(inner, dict) and not _PUBLISHING & set(inner)


class SourceGuard:
    """The allow-list (docs/design.md "SourceGuard"): reads, tokens, and our own temporaries."""

    def __init__(self, permits: Permits | None = None) -> None:
        self.permits: Permits = permits or NoPermits()

    def check(self, request: Request) -> None:
        if not self._allowed(request):
            raise Denied(codes.SOURCE_GUARD_STOPPED, method=request.method, service=request.service, path=request.path)

    def _allowed(self, request: Request) -> bool:
        method, service, path = request.method.upper(), request.service, request.path
        if method in {"GET", "HEAD"}:
            return True
        if request.query:
            # We never send a query, and `DELETE /volumes/ID?cascade=true` would delete all snapshots too.
            return False
        if method == "POST":
            return self._post_allowed(service, path, request.body or {})
        if method == "DELETE" and service == "compute":
            taken_off = _ATTACHMENT.fullmatch(path)
            return bool(taken_off) and self._may_hold(taken_off[1], taken_off[2])  # type: ignore[index]
        if method == "DELETE" and service in _DELETABLE:
            found = _DELETABLE[service].fullmatch(path)
            return bool(found) and self.permits.may_delete(service, found[1])  # type: ignore[index]
        return False

    def _is_temporary(self, body: dict[str, Any]) -> bool:
        """Whether the body creates a volume of ours: from our own snapshot, or with our mark from any snapshot or
        empty.
        """
        volume = body.get("volume")
        if set(body) != {"volume"} or not isinstance(volume, dict) or not set(volume) <= _CLONE_FIELDS:
            return False
        return self.permits.is_ours("block-storage", str(volume.get("snapshot_id"))) or self._is_marked(volume)

    def _is_marked(self, volume: dict[str, Any]) -> bool:
        """Whether the metadata in this request marks the volume as a temporary of the current migration."""
        metadata = volume.get("metadata")
        told = metadata.get(MARK_KEY) if isinstance(metadata, dict) else None
        mark = parse_mark(told) if isinstance(told, str) else None
        if mark is None or str(mark) != told or mark.role is not Role.TEMPORARY:
            return False
        return self.permits.may_make(mark.migration)

    def _is_restore(self, path: str, body: dict[str, Any]) -> bool:
        """Whether the request restores a backup into a volume of ours."""
        inner = body.get("restore")
        if not _BACKUP_RESTORE.fullmatch(path) or set(body) != {"restore"} or not isinstance(inner, dict):
            return False
        return set(inner) == {"volume_id"} and self.permits.is_ours("block-storage", str(inner["volume_id"]))

    def _is_attachment(self, server_id: str, body: dict[str, Any]) -> bool:
        """Whether the request attaches a volume of ours to the worker, with no further options."""
        inner = body.get("volumeAttachment")
        if set(body) != {"volumeAttachment"} or not isinstance(inner, dict) or set(inner) != {"volumeId"}:
            return False
        return self._may_hold(server_id, str(inner["volumeId"]))

    def _may_hold(self, server_id: str, volume_id: str) -> bool:
        return self.permits.is_worker(server_id) and self.permits.is_ours("block-storage", volume_id)

    def _is_server_action(self, server_id: str, body: dict[str, Any]) -> bool:
        """Whether the body is a single permitted action on the server: an image of it, its stop, or its start."""
        if set(body) == {"os-start"}:
            return body["os-start"] is None and self.permits.may_start(server_id)
        return set(body) == {"createImage"} or (set(body) == {"os-stop"} and self.permits.may_stop(server_id))

    def _post_allowed(self, service: str, path: str, body: dict[str, Any]) -> bool:
        if service == "identity":
            return (service, path) in READING_POSTS
        if service == "block-storage":
            if path == "/snapshots":
                return True
            if path == "/volumes":
                return self._is_temporary(body)
            if path.startswith("/backups/"):
                return self._is_restore(path, body)
            action = _VOLUME_ACTION.fullmatch(path)
            return bool(action) and _is_clone_action(body) and self.permits.is_ours(service, action[1])  # type: ignore[index]
        if service == "compute":
            attached = _ATTACHMENTS.fullmatch(path)
            if attached:
                return self._is_attachment(attached[1], body)
            action = _SERVER_ACTION.fullmatch(path)
            return bool(action) and self._is_server_action(action[1], body)  # type: ignore[index]
        return False


class ReadOnly:
    """For read-only commands, on either cloud: refuses changes, which would be a bug of ours."""

    def check(self, request: Request) -> None:
        method = request.method.upper()
        login = method == "POST" and (request.service, request.path) in READING_POSTS and not request.query
        if method not in {"GET", "HEAD"} and not login:
            raise Denied(
                codes.REHEARSAL_GUARD_STOPPED, method=request.method, service=request.service, path=request.path
            )
