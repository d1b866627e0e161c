"""What YAML and Python take for a number and nobody writes as one."""

import pytest

from migrate.errors import ConfigError
from migrate.policy.reader import parse_policy
from migrate.policy.template import policy_template

pytestmark = pytest.mark.hostile

WHOLE = policy_template("0" * 31 + "1", "a", "b", deadline=None, language="en")


def with_limit(value: str) -> str:
    assert "\n  disks: " in WHOLE
    head, _, rest = WHOLE.partition("\nlimits:")
    return f"{head}\nlimits: {{disks: {value}}}\n" + rest.partition("\n\n")[2]


@pytest.mark.parametrize("value", ["+5", "1_0", "0x10", "0b11", "010", "1:30", "5e0", "+1.5", ".inf", ".nan"])
def test_what_nobody_writes_as_a_number_is_none(value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_policy(with_limit(value))
    assert "limits.disks: must be a whole number" in str(refused.value)


def test_digits_are_a_number_as_ever() -> None:
    assert parse_policy(with_limit("5")).limits.disks == 5
