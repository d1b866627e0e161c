"""Container headers: which of them affect writes, and what each means to an S3 service."""

from collections.abc import Mapping

from migrate.messages import codes
from migrate.model import Kind
from migrate.model.access_lists import portable_list
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import accepted_by_item, item

READ, WRITE = "x-container-read", "x-container-write"
META = "x-container-meta-"
CORS, WEB = f"{META}access-control-", f"{META}web-"
QUOTA, TEMP_URL = f"{META}quota-", f"{META}temp-url-key"
VERSIONS = "x-versions-enabled"
ARCHIVES = ("x-versions-location", "x-history-location")
SYNC_TO, SYNC_KEY = "x-container-sync-to", "x-container-sync-key"

NEVER = frozenset({SYNC_TO, SYNC_KEY})
"""Container synchronisation with a shared key: the other end must learn the new place."""

BY_NAME, BY_EVERYBODY = codes.ACCESS_LIST_NAMES_UNACCEPTED, codes.ACCESS_LIST_EVERYBODY_UNACCEPTED
"""Access list entries that are only set at the target if the policy accepts these codes for the container."""

_NOT_OWN_META = (CORS, WEB, QUOTA, TEMP_URL)


def has_history(headers: Mapping[str, str]) -> bool:
    """Whether the container has older versions that no listing shows."""
    return headers.get(VERSIONS, "").lower() == "true"


def carried_headers(headers: Mapping[str, str], name: str, policy: Policy) -> dict[str, str]:
    """The headers that a Swift container at the target gets."""
    found = {key: value for key, value in headers.items() if key not in NEVER}
    for key in (READ, WRITE):
        if value := found.pop(key, ""):
            carried = portable_list(
                value, names=may_name(policy, BY_NAME, name), everybody=may_name(policy, BY_EVERYBODY, name)
            )
            found |= {key: carried} if carried else {}
    return found


def may_name(policy: Policy, code: str, name: str) -> bool:
    """Whether the policy accepts the code for this very container. A general acceptance gives nobody access."""
    return accepted_by_item(policy, code, item(Kind.CONTAINER, name), name)


def own_metadata(headers: Mapping[str, str]) -> list[str]:
    """Header names that only matter to the customer."""
    return sorted(key for key in headers if key.startswith(META) and not key.startswith(_NOT_OWN_META))


def about(headers: Mapping[str, str], start: str) -> list[str]:
    """Header names with this start, even without a value: signing keys have none."""
    return sorted(key for key in headers if key.startswith(start))
