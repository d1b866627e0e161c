"""The exceptions, and the exit code of each.

An adapter translates an error once; code above it decides by class, never by message text. `code` is the stable
`DCP-nnn` of `migrate.messages`; `facts` fill its text in either language.
"""

from enum import IntEnum
from typing import ClassVar

from migrate.own_secrets import hidden
from migrate.secret_looking import without_login


class Exit(IntEnum):
    """Documented exit codes (docs/output.md)."""

    OK = 0
    FATAL = 1
    USAGE = 2
    PARTIAL = 3
    INTEGRITY = 4
    CONFLICT = 5
    ACCESS = 6
    AMBER = 10
    RED = 11
    INTERRUPTED = 130


# The first of these that occurs is the worst.
_WORST_FIRST = (
    Exit.INTERRUPTED,
    Exit.INTEGRITY,
    Exit.FATAL,
    Exit.CONFLICT,
    Exit.ACCESS,
    Exit.USAGE,
    Exit.PARTIAL,
    Exit.RED,
    Exit.AMBER,
    Exit.OK,
)


def worst(codes: "list[Exit]") -> Exit:
    """The exit code of a whole run: the worst of its items."""
    return min(codes, key=_WORST_FIRST.index, default=Exit.OK)


class DecampError(Exception):
    """The base of all our errors: a stable code, and the facts for its text.

    Args:    code: `DCP-nnn` of `migrate.messages`.   facts: values for the text's placeholders, unfiltered: whoever
             prints them hides our login, which a server may have quoted. Only `url` is cut to what is no secret: a
             catalogue may name addresses with a login.
    """

    exit: ClassVar[Exit] = Exit.FATAL

    def __init__(self, code: str, /, **facts: object) -> None:
        if isinstance(url := facts.get("url"), str):
            facts["url"] = without_login(url)
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        inner = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return hidden(f"{self.code} ({inner})" if inner else self.code)


class ConfigError(DecampError):
    """Unreadable input, policy or document: nothing has changed anywhere."""

    exit = Exit.USAGE


class DocumentMissing(ConfigError):
    """A document is missing (so far)."""


class DocumentUnreadable(ConfigError):
    """A document is damaged, truncated, edited by hand or of another version."""


class OtherVersion(DocumentUnreadable):
    """A document is undamaged, but of another version of Decamp."""


class PlanOutdated(ConfigError):
    """The policy or an inventory has changed since the plan was made."""


class RegionAmbiguous(ConfigError):
    """The cloud has several regions and none is chosen."""


class AccessError(DecampError):
    """A problem with login or endpoint: nothing works until it is fixed."""

    exit = Exit.ACCESS


class LoginRefused(AccessError):
    """The cloud rejects our login, or no longer accepts it."""


class Unreachable(AccessError):
    """An address does not answer, or has an untrusted certificate."""


class ConflictError(DecampError):
    """Plan and reality disagree: drift, a name in use, another tenant's document."""

    exit = Exit.CONFLICT


class TransientError(DecampError):
    """A problem that may pass by itself. `retry_after_s`: as requested by the server, if it was."""

    exit = Exit.PARTIAL

    def __init__(self, code: str, /, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(code, **facts)
        self.retry_after_s = retry_after_s


class BodyMismatch(TransientError):
    """Received or stored bytes are wrong and were set aside: the next attempt reads them again.

    After the last attempt it counts as damage.
    """

    exit = Exit.INTEGRITY


class VolumeStuck(TransientError):
    """A volume is still being attached or detached after the maximum time."""


class ItemError(DecampError):
    """One resource failed; the others continue."""

    exit = Exit.PARTIAL


class EndedInState(ItemError):
    """The resource ended in an error state, or in another final state."""


class HealthCheckFailed(ItemError):
    """A server that is made at the target does not pass one of the policy's health checks."""


class HookFailed(ItemError):
    """A program of the customer's failed: before a stop, which was not requested, or after a server was up."""


class NotFound(ItemError):
    """The resource does not exist."""


class Denied(ItemError):
    """The request was refused, by the cloud's policy or by our own SourceGuard."""


class QuotaExceeded(ItemError):
    """Over quota: never retried, regardless of Retry-After."""


class Unsupported(ItemError):
    """This cloud, format or state is not supported."""


class ServiceMissing(Unsupported):
    """The cloud has no such service."""


class Refused(ItemError):
    """The cloud rejects the request itself (400, 409, 422): repeating it is pointless."""


class Unreadable(ItemError):
    """The cloud's answer violates its API."""


class IntegrityError(DecampError):
    """Bytes or digests differ: quarantine, never a silent retry."""

    exit = Exit.INTEGRITY


class ReadBackDamaged(IntegrityError):
    """The data read back from the target is truncated or not a complete file."""


class FatalError(DecampError):
    """Continuing would do harm: ledger not writable, disk full."""

    exit = Exit.FATAL


class LeaseLost(DecampError):
    """Another runner owns this step now: stop, and change nothing more."""

    exit = Exit.PARTIAL


class Cancelled(DecampError):
    """The operator asked to stop: the current range finishes, the record is written, another run resumes."""

    exit = Exit.INTERRUPTED


class WindowClosed(Cancelled):
    """The policy's time window has closed, and the run does not wait for the next one."""
