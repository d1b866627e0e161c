"""The job's interface to a cloud: six small ports, plain records in and out.

Common contract. Reads see earlier writes at once unless stated otherwise. Ids in records are those of the cloud behind
the port. A create call sets the record's mark in the same request, so that the mark exists as soon as the effect does.
A port never creates anything twice: if a call may have had an effect and its answer was lost, the call raises
TransientError and is not repeated here; the caller looks for its mark.

Errors, everywhere: NotFound (gone), Denied (by policy or SourceGuard), QuotaExceeded (never retried), Refused (the
request itself is wrong), Unsupported, TransientError (may pass by itself), AccessError (login, endpoint).
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
