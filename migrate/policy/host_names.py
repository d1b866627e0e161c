"""DNS names, and addresses of DNS servers, as they are written in policy.yaml."""

import re
from ipaddress import ip_address

_LONGEST = 253
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_RESOLVER = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


def is_full_name(text: str) -> bool:
    """Whether it is a fully qualified DNS name in ASCII; the final dot is optional."""
    name = text.removesuffix(".")
    labels = name.split(".")
    is_address = labels[-1].isdigit()
    return len(labels) >= 2 and len(name) <= _LONGEST and not is_address and all(map(_LABEL.fullmatch, labels))


def in_ascii(text: str) -> str:
    """An internationalised name in ASCII (`xn--...`); empty if it is not a legal name."""
    import idna  # Few policies need it.

    try:
        found = idna.encode(text, uts46=True).decode() if len(text) <= _LONGEST else ""
    except UnicodeError:
        return ""
    return found if is_full_name(found) else ""


def resolver_address(text: str) -> tuple[str, int]:
    """Address and port (default: 53) of a DNS server. Raises: ValueError."""
    found = _RESOLVER.fullmatch(text)
    address, port = (found["v6"] or found["v4"], int(found["port"] or 53)) if found else (text, 53)
    if not 0 < port < 65536:
        raise ValueError(f"port {port}")
    return str(ip_address(address)), port
