"""The taxonomy of what can go wrong, and the exit code of each.

An adapter translates a fault once; everything above it decides by class and never by message text.
`code` is the stable `DCP-nnn` of `migrate.messages`; `facts` fill that text in either language.
"""

from enum import IntEnum
from typing import ClassVar

from migrate.own_secrets import hidden


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


# The worst of several is the first of these that occurs.
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
    """The verdict of a whole run out of the verdicts of its items."""
    return min(codes, key=_WORST_FIRST.index, default=Exit.OK)


class DecampError(Exception):
    """Base of all our errors: a stable code, and the facts that its text needs.

    Args:    code: `DCP-nnn` of `migrate.messages`.   facts: values for the text's placeholders, as they are: who
             writes them hides what a server has quoted of our login in them.
    """

    exit: ClassVar[Exit] = Exit.FATAL

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        inner = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return hidden(f"{self.code} ({inner})" if inner else self.code)


class ConfigError(DecampError):
    """Input, policy or a document that cannot be read: nothing has changed anywhere."""

    exit = Exit.USAGE


class DocumentMissing(ConfigError):
    """A document that is not there (yet)."""


class DocumentUnreadable(ConfigError):
    """A document that is damaged, cut short, edited by hand or of another version."""


class OtherVersion(DocumentUnreadable):
    """A document that another version of Decamp reads: no damage."""


class PlanOutdated(ConfigError):
    """The policy or an inventory has changed since the plan was made."""


class RegionAmbiguous(ConfigError):
    """The cloud has several regions, and nobody has said which one."""


class AccessError(DecampError):
    """Login or endpoint: nothing can be done until it is mended."""

    exit = Exit.ACCESS


class LoginRefused(AccessError):
    """The cloud does not accept our login, or no longer."""


class Unreachable(AccessError):
    """Nobody answers at an address, or somebody with a certificate that is not trusted."""


class ConflictError(DecampError):
    """Plan and world disagree: drift, name taken, another tenant's document."""

    exit = Exit.CONFLICT


class TransientError(DecampError):
    """May pass by itself. `retry_after_s` is what the server asked for, if it did."""

    exit = Exit.PARTIAL

    def __init__(self, code: str, /, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(code, **facts)
        self.retry_after_s = retry_after_s


class BodyMismatch(TransientError):
    """Bytes that came or were kept are wrong, and are put aside: the next attempt reads them anew.

    What is still so at the last attempt is damage.
    """

    exit = Exit.INTEGRITY


class VolumeStuck(TransientError):
    """A volume is still on its way to or from a server after all the time that we give it."""


class ItemError(DecampError):
    """This one resource cannot; the rest goes on."""

    exit = Exit.PARTIAL


class EndedInState(ItemError):
    """The resource ended in an error state, or in another one that it will not leave."""


class NotFound(ItemError):
    """The resource is not there."""


class Denied(ItemError):
    """The cloud understood and refuses: policy, or our own SourceGuard."""


class QuotaExceeded(ItemError):
    """Over quota: never retried, whatever Retry-After says."""


class Unsupported(ItemError):
    """This cloud, format or state is one that we do not carry."""


class ServiceMissing(Unsupported):
    """The cloud has no such service."""


class Refused(ItemError):
    """The cloud calls the request itself wrong (400, 409, 422): repeating it is of no use."""


class Unreadable(ItemError):
    """What the cloud answers is not what its API says."""


class IntegrityError(DecampError):
    """Bytes or digests differ: quarantine, never a silent retry."""

    exit = Exit.INTEGRITY


class ReadBackDamaged(IntegrityError):
    """What came back from the target is cut short or no whole file."""


class FatalError(DecampError):
    """Going on does harm: ledger unwritable, disk full."""

    exit = Exit.FATAL


class LeaseLost(DecampError):
    """Another runner owns this step now: drop it, touch nothing more."""

    exit = Exit.PARTIAL


class Cancelled(DecampError):
    """The operator asked to stop: the current range ends, the record is written, a re-run goes on."""

    exit = Exit.INTERRUPTED


class WindowClosed(Cancelled):
    """The policy's time window has closed, and the run does not stay until it opens."""
