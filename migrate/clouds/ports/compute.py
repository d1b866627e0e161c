"""The compute port: servers, server groups and key pairs."""

from typing import Protocol

from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import (
    Attachment,
    Keypair,
    Record,
    Server,
    ServerGroup,
)


class NewServer(Record, frozen=True, kw_only=True):
    """A server to create: `port_ids` in NIC order; all ids are the target's.

    It boots from exactly one of `image_id` and `boot_volume_id` (an `available`, bootable volume), which is deleted
    with the server if `boot_volume_delete` is set.
    """

    name: str
    flavor_id: str
    image_id: str | None
    port_ids: tuple[str, ...]
    key_name: str | None = None
    availability_zone: str | None = None
    description: str = ""
    metadata: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    config_drive: bool = False
    user_data: bytes | None = None
    boot_volume_id: str | None = None
    boot_volume_delete: bool = False
    server_group_id: str | None = None


class Compute(Protocol):
    """Servers and key pairs of the login's project and user."""

    def keypairs(self) -> list[Keypair]:
        """The user's own key pairs (those of colleagues are hidden), sorted by name."""

    def servers(self, ask: Asking = EVERYTHING) -> list[Server]:
        """All servers of the project with details, sorted by id.

        Uses the listings `volume` for devices and `port` for NICs; without them these are unknown.
        """

    def server(self, server_id: str) -> Server:
        """One server, always requested. Raises NotFound."""

    def create_keypair(self, keypair: Keypair) -> Keypair:
        """Imports a public key. Raises ConflictError if the name is taken."""

    def create_server(self, new: NewServer) -> str:
        """Requests a server and returns its id at once; wait for ACTIVE with `server`."""

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        """Attaches a volume (asynchronous: see the volume's status). Raises Refused if it is already attached.

        If its type allows several servers (`Volume.multiattach`), only a second attachment to this server is refused;
        clouds too old for such volumes always refuse.
        """

    def detach(self, server_id: str, volume_id: str) -> None:
        """Requests a detachment (asynchronous: `available`), whether or not the server runs.

        Accepts a volume that is not attached there, or is being detached. If the guest does not release it, it stays
        `in-use`. Raises Refused during an attachment, and for the boot volume.
        """

    def attachments(self, server_id: str) -> list[Attachment]:
        """The server's attachments, including those in progress and the boot volume, in one request. Raises
        NotFound.
        """

    def stop(self, server_id: str) -> None:
        """Requests a clean shutdown (asynchronous: SHUTOFF). Does nothing to a stopped server."""

    def start(self, server_id: str) -> None:
        """Requests a start (asynchronous: ACTIVE). Does nothing to a running server, or one that is starting."""

    def is_off(self, server_id: str) -> bool:
        """Whether nothing of the server runs: it is stopped, or it ended in ERROR before it was ever on a host.

        Raises NotFound.
        """

    def last_action(self, server_id: str) -> str:
        """The id of the last action that may have started or stopped the server.

        It changes with each stop and start. Empty if the cloud does not report actions.
        """

    def actions(self, server_id: str) -> tuple[str, ...]:
        """Names of all actions requested for this server, including `create` and each `attach_volume`.

        Empty if the cloud does not report actions. Raises NotFound.
        """

    def console_output(self, server_id: str, lines: int) -> str:
        """The last lines of what the server has written to its console, strangers' text; empty where there is none yet.

        Raises NotFound, and Unsupported: the cloud keeps no console output.
        """

    def delete_server(self, server_id: str) -> None:
        """Requests the server's deletion (asynchronous: NotFound from `server`). Accepts a missing server.

        Its given ports stay and become free; so do its volumes, except those deleted with it.
        """

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        """Creates an image of the root disk (asynchronous) and returns its id; `metadata` become image properties."""

    def server_groups(self) -> list[ServerGroup]:
        """The project's server groups, sorted by id."""

    def create_server_group(self, want: ServerGroup) -> str:
        """Creates an empty group; servers join at their creation. Names are not unique: search before creating."""
