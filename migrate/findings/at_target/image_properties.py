"""Image properties that make sense on another cloud (docs/formats/plan.md)."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from migrate.model import MARK_PROPERTY

KEPT = (
    # Documented by Nova and Glance for guests and their hardware.
    "architecture",
    "auto_disk_config",
    "cache_in_nova",
    "description",
    "hw_*",
    "hypervisor_type",
    "hypervisor_version_requires",
    "img_*",
    "os_admin_user",
    "os_command_line",
    "os_distro",
    "os_require_quiesce",
    "os_secure_boot",
    "os_shutdown_timeout",
    "os_skip_agent_inject_files_at_boot",
    "os_skip_agent_inject_ssh",
    "os_type",
    "os_version",
    "resources:*",
    "trait:*",
    "vm_mode",
    "vmware_*",
    "xenapi_*",
    # Used on images of the first customers' cloud.
    "cw_*",
)
"""Patterns of properties that move; `images.keep_properties` in the policy adds more."""

_NEVER = (
    # The certificate is in the old cloud's key manager, and the signature is not for the captured disk's bytes.
    "img_signature*",
    # Set by Nova on snapshots, with the same prefix.
    "img_bdm_v2",
    "img_block_device_mapping",
)

_BOOKKEEPING = (
    "base_image_ref",
    "bdm_v2",
    "block_device_mapping",
    "boot_roles",
    "checksum",
    "container_format",
    "decamp_*",
    "direct_url",
    "disk_format",
    "image_id",
    "image_location",
    "image_name",
    "image_state",
    "image_type",
    "instance_uuid",
    "locations",
    "min_disk",
    "min_ram",
    "mappings",
    "os_glance_*",
    "os_hash_*",
    "os_hidden",
    "owner_id",
    "owner_project_name",
    "owner_specified.*",
    "owner_user_name",
    "root_device_name",
    "signature_verified",
    "size",
    "stores",
    "user_id",
    MARK_PROPERTY,
)
"""Set by services, and our own marks: dropped silently, because no user set them."""


def carried_properties(properties: Mapping[str, str], also: Iterable[str] = ()) -> dict[str, str]:
    """The properties worth keeping; `also`: patterns in the policy."""
    patterns = tuple(also)
    return {key: properties[key] for key in sorted(properties) if _is_carried(key, patterns)}


def dropped_properties(properties: Mapping[str, str], also: Iterable[str] = ()) -> list[str]:
    """Names of user-set properties that are not carried over, sorted; they are reported."""
    patterns = tuple(also)
    return [key for key in sorted(properties) if not _is_carried(key, patterns) and not _fits(key, _BOOKKEEPING)]


def _is_carried(key: str, also: tuple[str, ...]) -> bool:
    # Our mark, or a mapping to the source's snapshots, never moves, whatever the policy's patterns say.
    if _fits(key, _BOOKKEEPING):
        return False
    return _fits(key, also) or (_fits(key, KEPT) and not _fits(key, _NEVER))


def _fits(key: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)
