"""Health checks: what a person wants to see of a moved server before it counts as up, and where it answers.

A check is tried `1 + retries` times at most, `interval_s` apart, and each try ends after `limit_s`.
"""

from collections.abc import Sequence

from migrate.model.records import Record

FLOATING, FIRST, ON_NETWORK = "floating", "first", "network:"
"""The address that a check asks: the server's floating IP, its first fixed address, or that on a network (a prefix)."""


class Check(Record, frozen=True, kw_only=True, tag_field="check"):
    """Base of the typed checks; the tag names it in the policy, the plan and the evidence."""

    retries: int = 20
    interval_s: int = 15
    limit_s: int = 10

    @property
    def kind(self) -> str:
        """Its name in documents, e.g. `tcp`."""
        return str(self.__struct_config__.tag)


class ActiveCheck(Check, frozen=True, kw_only=True, tag="active"):
    """The cloud says that the server is ACTIVE."""


class ConsoleCheck(Check, frozen=True, kw_only=True, tag="console"):
    """The end of the server's console log matches the regular expression."""

    matches: str


class PingCheck(Check, frozen=True, kw_only=True, tag="ping"):
    address: str = FLOATING


class TcpCheck(Check, frozen=True, kw_only=True, tag="tcp"):
    """The port accepts a connection."""

    port: int
    address: str = FLOATING


class HttpCheck(Check, frozen=True, kw_only=True, tag="http"):
    """A GET is answered with the status, and with the text in its body where one is named; no redirect is followed.

    `host`: what the request calls the server (and, with TLS, whose certificate is wanted); the address where empty.
    """

    address: str = FLOATING
    port: int = 80
    host: str = ""
    path: str = "/"
    status: int = 200
    text: str = ""


class HttpsCheck(HttpCheck, frozen=True, kw_only=True, tag="https"):
    """The same with TLS. `verify`: the certificate must be trusted here, and be the host's."""

    port: int = 443
    verify: bool = True


class CommandCheck(Check, frozen=True, kw_only=True, tag="command"):
    """A program of the user's, with its arguments, ends with status 0."""

    run: tuple[str, ...]


AnyCheck = ActiveCheck | ConsoleCheck | PingCheck | TcpCheck | HttpCheck | HttpsCheck | CommandCheck
AddressedCheck = PingCheck | TcpCheck | HttpCheck | HttpsCheck


class ServerAddress(Record, frozen=True, kw_only=True):
    """An address that a server has at the source (`old`), and what it is of: a floating IP, or a port's own.

    Ids are the source's; `network` is the name of the port's network, its id where it has none.
    """

    old: str
    port_id: str
    network: str
    network_id: str
    floating_ip_id: str = ""


def address_for(asked: str, addresses: Sequence[ServerAddress]) -> ServerAddress | None:
    """The one of a server's addresses that a check asks; None where it has none such.

    Args:  asked: `floating`, `first`, or `network:` and a name or id.   addresses: in the order of its NICs.
    """
    if asked == FLOATING:
        return next((one for one in addresses if one.floating_ip_id), None)
    fixed = (one for one in addresses if not one.floating_ip_id)
    if asked == FIRST:
        return next(fixed, None)
    wanted = asked.removeprefix(ON_NETWORK)
    return next((one for one in fixed if wanted in (one.network, one.network_id)), None)
