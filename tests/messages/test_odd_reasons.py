"""Why an answer could not be read: each reason that our readers give, by the readers themselves."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from migrate.clouds.openstack.records import answers
from migrate.messages import codes
from migrate.messages.catalogue import reason_text, text
from migrate.messages.reason import reason
from migrate.model import Flavor, Subnet, Volume

CODES = ("integer", "field-", "|", "boolean")
ENGLISH = ("wanted", "missing", "Expected", "nested", "none", "appear", " not ", "kind", " of ", "cannot")


def volume(**odd: Any) -> Volume:
    return answers.checked_record(Volume(**{"id": "v", "name": "n", "status": "available", "size_gib": 1, **odd}))


def subnet(**odd: Any) -> Subnet:
    known = {"id": "s", "name": "n", "network_id": "n", "cidr": "10.0.0.0/24", "ip_version": 4}
    return answers.checked_record(Subnet(**{**known, **odd}))


READ: dict[str, Callable[[], object]] = {
    "missing": lambda: {"name": "n"}["size"],
    "null": lambda: None.get("id"),  # type: ignore[attr-defined]
    "number": lambda: answers.number("1_0"),
    "number of a list": lambda: answers.number([]),
    "truth": lambda: answers.boolean("maybe", False),
    "list": lambda: answers.as_list({}),
    "text": lambda: answers.text({}),
    "word": lambda: answers.one_of("sideways", "ingress", "egress"),
    "id": lambda: answers.new_id({}),
    "path": lambda: volume(id="../x"),
    "quantity": lambda: volume(size_gib=-1),
    "type": lambda: volume(size_gib="one"),
    "nested type": lambda: msgspec.convert([{"size_gib": None}], list[Volume]),
    "name of a flavor": lambda: answers.checked_record(Flavor(id="a/b", name="f", vcpus=1, ram_mib=1, disk_gib=1)),
    "network": lambda: subnet(cidr="10.0.0.0/99"),
    "version": lambda: subnet(ip_version=6),
    "address": lambda: subnet(gateway_ip="nowhere"),
}


@pytest.mark.parametrize("what", READ)
def test_a_reason_is_told_in_both_languages(what: str) -> None:
    with pytest.raises(answers.ODD) as odd:
        READ[what]()
    why = answers.why(odd.value)
    facts = {"what": "x", "listing": "volume", "service": "cinder", "why": why}
    english, french = reason_text(why, "en"), reason_text(why, "fr")
    assert len({why, english, french}) == 3, french
    assert not any(word in french for word in ENGLISH) and not any(word in french + english for word in CODES), french
    assert english in text(codes.UNREADABLE_LEFT_OUT, "en", facts) and french in text(
        codes.UNREADABLE_LEFT_OUT, "fr", facts
    )


@pytest.mark.parametrize("why", ["end-unknown", "network-unreadable", "bad-endpoint"])
def test_so_are_those_without_a_value(why: str) -> None:
    assert len({why, reason_text(why, "en"), reason_text(why, "fr")}) == 3


@pytest.mark.parametrize(
    "why", ["HTTP 403", "something else", "'size' is missing", 'missing {"field":', "missing {}", 'nobody {"a":"b"}']
)
def test_what_is_none_of_them_stays(why: str) -> None:
    """Inventories of earlier versions hold sentences."""
    assert reason_text(why, "fr") == why


def test_the_values_of_a_reason_are_strangers_text() -> None:
    told = reason("out-of-range", field="{value}\n`x`", value='"}\u202e')
    assert reason_text(told, "en") == r'{value} `x`: "}\u202e is out of range'


def test_a_reason_may_hold_another_one() -> None:
    told = reason("too-many", most=9, name="n", why=reason("missing", field="size"))
    assert reason_text(told, "en").endswith("n: size is missing")
    assert reason_text(told, "fr").endswith("n en dernier\u00a0: il manque size")
