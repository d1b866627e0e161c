"""What the job needs from a cloud: six small ports, plain records in and out.

Common contract. Reads see the effect of an earlier write at once unless said otherwise. Ids in records are those of
the cloud the port talks to. A create call sets the mark that its record carries in the very request, so that it is
there as soon as the effect is. Nothing is created twice by a port: a call that may have had an effect and whose
answer was lost raises TransientError and is never repeated here; the caller looks for its mark.

Errors, everywhere: NotFound (gone), Denied (refused by policy or by SourceGuard), QuotaExceeded (never retried),
Refused (the request itself is wrong), Unsupported, TransientError (may pass by itself), AccessError (login, endpoint).
"""

from migrate.clouds.ports.block import BlockStorage, NewVolume
from migrate.clouds.ports.cloud import Cloud, OtherServices
from migrate.clouds.ports.compute import Compute, NewServer
from migrate.clouds.ports.images import Images, NewImage
from migrate.clouds.ports.network import NetworkService, NetworkState
from migrate.clouds.ports.objects import (
    LISTING_PAGE,
    BucketSettings,
    Expiring,
    Multipart,
    ObjectInfo,
    ObjectStore,
    Orphan,
    Orphans,
    Part,
    Segment,
    Upload,
    Version,
)

__all__ = [
    "LISTING_PAGE",
    "BlockStorage",
    "BucketSettings",
    "Cloud",
    "Compute",
    "Expiring",
    "Images",
    "Multipart",
    "NetworkService",
    "NetworkState",
    "NewImage",
    "NewServer",
    "NewVolume",
    "ObjectInfo",
    "ObjectStore",
    "Orphan",
    "Orphans",
    "OtherServices",
    "Part",
    "Segment",
    "Upload",
    "Version",
]
