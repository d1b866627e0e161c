"""Default estimates for each class of work before measurements. Each is marked as a default.

None was measured on a customer's cloud. They are round, and rather too slow than too fast; the phrase `prior.NAME` of
the note gives the source.
"""

from typing import NamedTuple

from migrate.plan.readiness.other_services import SUPPOSED_BYTES_PER_S
from migrate.units import MIB

LINK_BYTES_PER_S = SUPPOSED_BYTES_PER_S
"""What a link is supposed to give that the policy does not declare: the same as in the findings."""

USABLE = 0.7
"""The part of a link that is counted on until more of it has been seen in use."""

LATE_LOSS, LATE_SHARE = 0.25, 0.30
"""Others leave too: over the last 30 % of the time, speed is supposed to fall by up to 25 %, evenly."""

SHARED_SD = 0.30
"""Spread (lognormal) of what all items share: a slow cloud is slow for everything. It shrinks with what is measured."""

Q50, Q90 = 1.0, 1.6
"""Quantiles of actual over predicted time, until 20 items of a class have been measured."""

CALIBRATED_FROM = 20


class Prior(NamedTuple):
    """Seconds per item; bytes per second read and sent, objects per second; None if the class has no such part."""

    fixed_s: float
    read: float | None
    send: float | None
    objects: float | None
    note: str


PRIORS: dict[str, Prior] = {
    # One request with its answer, and Decamp's reads around it.
    "api": Prior(3.0, None, None, None, "prior.api"),
    # Until a server runs, is stopped, or has its disk.
    "server": Prior(60.0, None, None, None, "prior.server"),
    # The cloud creates a snapshot, a clone and an image of that, which is then read: two passes over the bytes, each at
    # roughly 1 Gbit/s, as documented for single disk streams elsewhere.
    "disk.capture": Prior(120.0, 60.0 * MIB, 100.0 * MIB, None, "prior.disk"),
    "root.capture": Prior(60.0, 60.0 * MIB, 100.0 * MIB, None, "prior.disk"),
    "backup.capture": Prior(180.0, 40.0 * MIB, 100.0 * MIB, None, "prior.backup"),
    # An upload, from which the cloud creates the volume.
    "disk.restore": Prior(60.0, None, 60.0 * MIB, None, "prior.disk"),
    # The cloud creates an image of a clone again, which is read.
    "disk.verify": Prior(60.0, 60.0 * MIB, None, None, "prior.disk"),
    "image.capture": Prior(10.0, 100.0 * MIB, 100.0 * MIB, None, "prior.image"),
    "image.restore": Prior(10.0, None, 100.0 * MIB, None, "prior.image"),
    "image.verify": Prior(10.0, 100.0 * MIB, None, None, "prior.image"),
    # The lowest of three usual planning rates: 20, 100 and 300 a second.
    "objects.small": Prior(5.0, None, 30.0 * MIB, 20.0, "prior.objects"),
    "objects.large": Prior(5.0, None, 30.0 * MIB, 20.0, "prior.objects"),
}

LARGE_OBJECT = MIB
"""A container whose objects are on average at least this large is held up by bytes rather than by requests."""
