"""Default estimates for each class of work before measurements. Each is marked as a default.

None was measured on a customer's cloud. They are round, and slow rather than fast; the phrase `prior.NAME` of
the note gives the source.
"""

from typing import NamedTuple

from migrate.plan.readiness.other_services import SUPPOSED_BYTES_PER_S
from migrate.units import MIB

LINK_BYTES_PER_S = SUPPOSED_BYTES_PER_S
"""The assumed bandwidth of a link without a value in the policy: the same as in findings."""

USABLE = 0.7
"""The usable share of a link, until more has been observed."""

LATE_LOSS, LATE_SHARE = 0.25, 0.30
"""Other tenants leave too: over the last 30 % of the time, speed is assumed to fall evenly by up to 25 %."""

SHARED_SD = 0.30
"""The spread (lognormal) of the factor shared by all items, as a slow cloud is slow for everything.
Measurements reduce it.
"""

Q50, Q90 = 1.0, 1.6
"""Quantiles of actual over predicted time, until 20 items of a class are measured."""

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
    # Until the services of a new server answer.
    "server.check": Prior(60.0, None, None, None, "prior.server.check"),
    # A program of the customer's, after a server is up.
    "program": Prior(10.0, None, None, None, "prior.program"),
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
    # Two listings are compared, and the few objects that the stopped servers wrote last are copied.
    "objects.last-pass": Prior(10.0, None, None, 1000.0, "prior.last-pass"),
    "objects.large": Prior(5.0, None, 30.0 * MIB, 20.0, "prior.objects"),
}

LARGE_OBJECT = MIB
"""The average object size from which bytes, not requests, limit a container."""
