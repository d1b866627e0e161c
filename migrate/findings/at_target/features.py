"""Features of the target's services, from the versions and extensions in its inventory, never from a name.

Unknown features are assumed to exist: the step then reports the service's answer.
"""

from migrate.model import CloudFacts

SERVER_DESCRIPTION = "2.19"
SERVER_TAGS = "2.52"
DELETE_ON_TERMINATION = "2.79"
SOFT_POLICIES = "2.15"

FORWARDINGS = "floating-ip-port-forwarding"
FORWARDING_DESCRIPTIONS = "floating-ip-port-forwarding-description"
FORWARDING_RANGES = "floating-ip-port-forwarding-port-ranges"
TRUNKS = "trunk"
DHCP_OPTIONS = "extra_dhcp_opt"
STATELESS_GROUPS = "stateful-security-group"
MTU_WRITABLE = "net-mtu-writable"


def speaks(facts: CloudFacts, service: str, version: str) -> bool:
    """Whether the service supports this (micro)version, or does not report its versions."""
    told = _version(facts.versions.get(service, ""))
    return not told or told >= _version(version)


def has_extension(facts: CloudFacts, alias: str) -> bool:
    """Whether the network service has this extension, or does not report its extensions."""
    return not facts.network_extensions or alias in facts.network_extensions


def _version(text: str) -> tuple[int, ...]:
    parts = text.removeprefix("v").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
