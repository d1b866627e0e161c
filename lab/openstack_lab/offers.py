"""What each cloud's operator offers. The target differs from the source on purpose: a move must map all of this."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True)
class Flavor:
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int


@dataclass(frozen=True)
class Offer:
    """Names, sizes and rules that a tenant meets on a cloud."""

    region: str
    zone: str
    flavors: tuple[Flavor, ...]
    volume_types: tuple[str, ...]  # the first is the default
    shared_volume_types: tuple[str, ...]  # of volumes that several servers may hold
    external_network: str
    external_cidr: str
    shared_network: str  # the operator's, for everybody's ports
    shared_cidr: str
    image_size_limit_bytes: int | None  # of the uploaded file, whatever its format; not of the disk in it
    members_choose_mac: bool
    members_use_tags: bool
    roomy_quotas: bool


# Disks are a tenth of the real ones, so that root disks stay light; names, vCPU and RAM are Cloudwatt's.
SOURCE = Offer(
    region="fr1",
    zone="nova",
    flavors=(
        Flavor("t1.cw.tiny", 1, 1024, 1),
        Flavor("s1.cw.small-1", 1, 2048, 1),
        Flavor("n1.cw.standard-1", 1, 4096, 1),
        Flavor("n1.cw.standard-2", 2, 8192, 2),
        Flavor("n1.cw.standard-4", 4, 16384, 4),
        Flavor("n2.cw.standard-1", 1, 4096, 1),
        Flavor("n2.cw.standard-2", 2, 8192, 2),
        Flavor("n2.cw.standard-4", 4, 16384, 4),
        Flavor("diskless", 1, 1024, 0),  # Cloudwatt had none: what Nova refuses with it is to be seen here too.
    ),
    volume_types=("standard", "performant"),
    shared_volume_types=("cluster",),
    external_network="public",
    external_cidr="203.0.113.0/24",
    shared_network="shared-net",
    shared_cidr="172.29.0.0/24",
    image_size_limit_bytes=None,
    members_choose_mac=True,
    members_use_tags=True,
    roomy_quotas=True,
)

# Names are Flexible Engine's. There no flavor has a disk, as with `s6` here; `s3` has disks of our own making, so that
# servers of images stay such. Every source flavor has an `s3` that is as large; none is equal in all three numbers.
TARGET = Offer(
    region="eu-west-0",
    zone="eu-west-0a",
    flavors=(
        Flavor("s3.small.1", 1, 1024, 2),
        Flavor("s3.medium.2", 1, 2048, 2),
        Flavor("s3.medium.4", 1, 4096, 2),
        Flavor("s3.large.2", 2, 4096, 3),
        Flavor("s3.large.4", 2, 8192, 4),
        Flavor("s3.xlarge.4", 4, 16384, 6),
        Flavor("s6.small.1", 1, 1024, 0),
        Flavor("s6.medium.2", 1, 2048, 0),
        Flavor("s6.medium.4", 1, 4096, 0),
        Flavor("s6.large.2", 2, 4096, 0),
        Flavor("s6.large.4", 2, 8192, 0),
        Flavor("s6.xlarge.4", 4, 16384, 0),
    ),
    volume_types=("SATA", "SSD"),
    shared_volume_types=("cluster",),
    external_network="admin_external_net",
    external_cidr="198.51.100.0/24",
    shared_network="shared-net",
    shared_cidr="172.28.0.0/24",
    image_size_limit_bytes=3 * GIB,
    members_choose_mac=False,
    members_use_tags=False,
    roomy_quotas=False,
)

OFFERS = {"source": SOURCE, "target": TARGET}
