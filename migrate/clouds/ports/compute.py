"""Servers, their groups and key pairs, as the job needs them of a cloud."""

from typing import Protocol

from migrate.clouds.listing_requests import EVERYTHING, Asking
from migrate.model import (
    Attachment,
    Keypair,
    Record,
    Server,
    ServerGroup,
)


class NewServer(Record, frozen=True, kw_only=True):
    """A server to create: `port_ids` in NIC order; ids are the target's.

    It boots from exactly one of `image_id` and `boot_volume_id` (an `available`, bootable volume), the latter removed
    with the server when `boot_volume_delete` says so.
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
    """Servers and keypairs of the project and user we are logged in as."""

    def keypairs(self) -> list[Keypair]:
        """The user's own keypairs (a colleague's are not visible), sorted by name."""

    def servers(self, ask: Asking = EVERYTHING) -> list[Server]:
        """All servers of the project with details, sorted by id.

        Other services are asked for devices (`volume`) and NICs (`port`): without them those are not told.
        """

    def server(self, server_id: str) -> Server:
        """One server, fresh. Raises NotFound."""

    def create_keypair(self, keypair: Keypair) -> Keypair:
        """Imports a public key. Raises ConflictError when the name is taken."""

    def create_server(self, new: NewServer) -> str:
        """Asks for a server and returns its id at once; wait for ACTIVE by `server`."""

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        """Attaches a volume (asynchronous: see the volume's status). Raises Refused when it is attached already.

        Where its type allows several holders (`Volume.multiattach`) it is refused only when this server has it already,
        and always by a cloud that is too old for such volumes.
        """

    def detach(self, server_id: str, volume_id: str) -> None:
        """Asks for the volume to be taken off (asynchronous: `available`), whether or not the server runs.

        One that is not on that server, or is being taken off it already, is no error. A guest that does not let go
        leaves it `in-use`. Raises Refused while it is only being attached, and for the boot volume.
        """

    def attachments(self, server_id: str) -> list[Attachment]:
        """What is on the server, or on its way there, in one request; the boot volume too. Raises NotFound."""

    def stop(self, server_id: str) -> None:
        """Asks for a clean shut-down (asynchronous: SHUTOFF). Stopping a stopped server does nothing."""

    def last_action(self, server_id: str) -> str:
        """An id of the last thing that was done to the server and may have let it run, or stopped it.

        Another one after each stop and start. Empty where the cloud tells none.
        """

    def actions(self, server_id: str) -> tuple[str, ...]:
        """Names of all that was asked for this server, its `create` and each `attach_volume` among them.

        Empty where the cloud tells none. Raises NotFound.
        """

    def delete_server(self, server_id: str) -> None:
        """Asks for the server's deletion (asynchronous: NotFound by `server`). One that is gone is no error.

        Ports that it was given stay and are free again; so do its volumes, but for those that go with it.
        """

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        """Images the server's root disk (asynchronous), returns the image id; `metadata` become its properties."""

    def server_groups(self) -> list[ServerGroup]:
        """The project's server groups, sorted by id."""

    def create_server_group(self, want: ServerGroup) -> str:
        """Makes an empty group; its servers join as they are made. Names are not unique: look before you make."""
