"""Names for tests of comparisons: what became what."""

import msgspec

from migrate.model import Kind
from tests.verify.verify_tools import mark

replace = msgspec.structs.replace
MARK = str(mark("s"))
NAMES = {"s": "t", "net-s": "net-t", "sub-s": "sub-t", "sg-s": "sg-t", "v1-s": "v1-t", "v2-s": "v2-t", "p-s": "p-t"}
NAMES |= {"p2-s": "p2-t", "srv-s": "srv-t", "srv2-s": "srv2-t"}


def moved(kind: Kind, source_id: str) -> str | None:
    return "root-t" if (kind, source_id) == (Kind.IMAGE, "srv-s") else NAMES.get(source_id)
