"""S3 stores as a target for objects, over the same thin client as Swift: guarded, paced and retried.

Requests are signed here (`signature_v4.py`); botocore, imported on demand, finds the credentials.
"""

from collections.abc import Callable, Mapping

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import Pacer
from migrate.clouds.ports import ObjectStore
from migrate.model import S3Place, S3Settings


def open_s3(
    settings: S3Settings,
    places: Mapping[str, S3Place],
    gatekeeper: Gatekeeper,
    *,
    on_request: Callable[[Request, int | None], None] | None = None,
    pacer: Pacer | None = None,
) -> ObjectStore:
    """An object store with containers in the buckets of `places`; sends nothing before the first call.

    Raises: AccessError DCP-410: no such profile.   ConfigError DCP-200: no URL.
    """
    from migrate.clouds.s3.object_store import S3Store
    from migrate.clouds.s3.signed_client import S3Client

    return S3Store(S3Client(settings, gatekeeper, on_request=on_request, pacer=pacer), places)
