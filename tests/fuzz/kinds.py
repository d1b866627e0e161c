"""All kinds of input, by name."""

from tests.fuzz import answers, ext, qcow2, store, wire
from tests.fuzz.engine import Kind


def kinds() -> dict[str, Kind]:
    return {**qcow2.KINDS, **ext.KINDS, **store.KINDS, **answers.KINDS, **wire.KINDS}
