"""Why an answer could not be read, in French: each reason that our readers give, by the readers themselves."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
import pytest

from migrate.clouds.openstack.records import answers
from migrate.messages.catalogue import text
from migrate.messages.unreadable_reasons_fr import in_french
from migrate.model import Flavor, Volume

ENGLISH = ("wanted", "missing", "Expected", "nested", "none", "appear", " not ", "kind", " of ", "cannot")


def volume(**odd: Any) -> Volume:
    return answers.sound(Volume(**{"id": "v", "name": "n", "status": "available", "size_gib": 1, **odd}))


READ: dict[str, Callable[[], object]] = {
    "missing": lambda: {"name": "n"}["size"],
    "null": lambda: None.get("id"),  # type: ignore[attr-defined]
    "number": lambda: answers.number("1_0"),
    "number of a list": lambda: answers.number([]),
    "truth": lambda: answers.truth("maybe", False),
    "list": lambda: answers.many({}),
    "text": lambda: answers.text({}),
    "word": lambda: answers.one_of("sideways", "ingress", "egress"),
    "id": lambda: answers.new_id({}),
    "path": lambda: volume(id="../x"),
    "quantity": lambda: volume(size_gib=-1),
    "type": lambda: volume(size_gib="one"),
    "nested type": lambda: msgspec.convert([{"size_gib": None}], list[Volume]),
    "name of a flavor": lambda: answers.sound(Flavor(id="a/b", name="f", vcpus=1, ram_mib=1, disk_gib=1)),
    "network": lambda: ip_network("10.0.0.0/99"),
    "address": lambda: ip_address("nowhere"),
}


@pytest.mark.parametrize("what", READ)
def test_a_reason_is_told_in_french(what: str) -> None:
    with pytest.raises(answers.ODD) as odd:
        READ[what]()
    reason = answers.why(odd.value)
    told = in_french(reason)
    assert told != reason and not any(word in told for word in ENGLISH), told
    facts = {"what": "x", "listing": "volume", "service": "cinder", "why": reason}
    assert told in text("DCP-907", "fr", facts) and reason in text("DCP-907", "en", facts)


@pytest.mark.parametrize(
    "reason", ["no object where one is wanted", "nested too deeply", "what comes behind it cannot be asked for"]
)
def test_so_are_those_without_a_value(reason: str) -> None:
    assert not any(word in in_french(reason) for word in ENGLISH)


@pytest.mark.parametrize("reason", ["HTTP 403", "left-out", "something else"])
def test_what_is_none_of_them_stays(reason: str) -> None:
    assert in_french(reason) == reason
