"""How one thing is named in findings, in step ids and in the policy: `kind:id`, or `kind:name` by people.

An id is written so that it holds no colon, space or slash: what is awkward in the name of a container or a key pair
is percent-encoded.
"""

import re
from urllib.parse import quote

from migrate.model import Kind
from migrate.plan.settings import Policy

SELECTOR = re.compile(r"(?:(?P<code>DCP-\d{3}):)?(?P<kind>[a-z-]+):(?P<what>\S.*)", re.DOTALL)
CODE = re.compile(r"DCP-\d{3}")
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")


def item(kind: Kind, source_id: str, part: str = "") -> str:
    """`kind:id` or `kind:id:part`; a step's id is made by this too."""
    # Most ids are uuids: a large tenant asks for them a hundred thousand times.
    base = f"{kind}:{source_id if _PLAIN.fullmatch(source_id) else quote(source_id, safe='')}"
    return f"{base}:{part}" if part else base


def item_id(of: str) -> str:
    """The id in an item, percent-encoded as it stands there."""
    return of.split(":")[1]


def fits(selector: str, of: str, name: str) -> bool:
    """The selector `kind:id-or-name` names this item."""
    kind, _, what = selector.partition(":")
    own_kind, _, own_id = of.partition(":")
    return bool(of) and kind == own_kind and what in {own_id, name}


def skipped_item(policy: Policy, of: str, name: str) -> str | None:
    """The selector of the policy's skip list that names this item, if one does."""
    return next((selector for selector in policy.skip if fits(selector, of, name)), None)


def accepted(policy: Policy, code: str, of: str, name: str) -> bool:
    """The policy accepts this finding: by its code, by its item, or by both as `DCP-nnn:kind:id`."""
    return any(_accepts(selector, code, of, name) for selector in policy.accept)


def _accepts(selector: str, code: str, of: str, name: str) -> bool:
    if CODE.fullmatch(selector):
        return selector == code
    if CODE.match(selector):
        wanted, _, rest = selector.partition(":")
        return wanted == code and fits(rest, of, name)
    return fits(selector, of, name)
