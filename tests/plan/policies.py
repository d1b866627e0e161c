"""Policies and what is wrong with them."""

import re

import pytest

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.policy.reader import parse_policy
from tests.plan.tenants import MIGRATION

HEAD = f'version: 1\nmigration: "{MIGRATION}"\nsource: {{cloud: old}}\ntarget: {{cloud: new}}\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_policy(text)
    assert caught.value.code == codes.POLICY_INVALID
    assert caught.value.facts["path"] == "policy.yaml"
    told = caught.value.facts["problems"]
    assert isinstance(told, list)
    return [re.sub(r"\Aline \d+, ", "", problem) for problem in told]
