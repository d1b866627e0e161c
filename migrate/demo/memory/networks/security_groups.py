"""Security groups in memory: with two default egress rules, and rules normalised as by Neutron."""

from collections.abc import Callable

import msgspec

from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Service
from migrate.demo.memory.resource_table import Row
from migrate.model import SecurityGroup, SecurityGroupRule, canonical_rule, read_back, spelt_rule


class SecurityGroups(Service):
    """The security group part of ports.NetworkService."""

    service = "network"

    def create_security_group(self, want: SecurityGroup) -> str:
        asked = {"name": want.name, "description": want.description, "stateful": want.stateful}
        with self._enter("POST", "/security-groups", {"security_group": asked}):
            if want.name == "default":
                raise error_answers.taken("security-group", want.name)
            self._need("security_groups", self._world.security_groups.count(self._project_id))
            group = SecurityGroup(
                id=self._world.new_id(),
                name=want.name,
                description=want.description,
                stateful=want.stateful,
                rules=tuple(SecurityGroupRule(direction="egress", ethertype=family) for family in ("IPv4", "IPv6")),
            )
            self._world.security_groups.add(group.id, Row(self._project_id, group))
        for rule in group.rules:
            self._remove_rule(group.id, rule)
        return group.id

    def replace_rules(
        self, group_id: str, rules: tuple[SecurityGroupRule, ...], check: Callable[[], None] = lambda: None
    ) -> None:
        """Replaces the rules. Rules that allow the same are equal; one with another description is replaced."""
        with self._enter("GET", f"/security-groups/{group_id}"):
            now = self._world.security_groups.row(group_id, self._project_id).record.rules
        want = {rule_key(rule): spelt_rule(rule) for rule in reversed(rules)}
        have = {rule_key(rule): rule for rule in now}
        for key, rule in reversed(want.items()):
            there = have.pop(key, None)
            if there is not None and there.description != rule.description:
                check()
                self._remove_rule(group_id, there)
                there = None
            if there is None:
                check()
                self._add_rule(group_id, rule)
        for rule in have.values():
            check()
            self._remove_rule(group_id, rule)

    def _add_rule(self, group_id: str, rule: SecurityGroupRule) -> None:
        with self._enter("POST", "/security-group-rules", {"security_group_rule": {"security_group_id": group_id}}):
            group = self._world.security_groups.row(group_id, self._project_id)
            if rule.direction not in ("ingress", "egress"):
                raise error_answers.refused(f"direction {rule.direction}")
            if rule.protocol is None and rule.port_min is not None:
                raise error_answers.refused("ports without a protocol")
            if rule.remote_group_id:
                self._world.security_groups.row(rule.remote_group_id, self._project_id)
            if rule_key(rule) in {rule_key(there) for there in group.record.rules}:
                raise error_answers.taken("security-group-rule", f"{group_id} {rule.direction} {rule.protocol}")
            used = sum(len(row.record.rules) for row in self._world.security_groups.of(self._project_id))
            self._need("security_group_rules", used)
            group.change(rules=(*group.record.rules, read_back(rule)))

    def _remove_rule(self, group_id: str, rule: SecurityGroupRule) -> None:
        with self._enter("DELETE", f"/security-group-rules/{self._world.new_id()}"):
            group = self._world.security_groups.row(group_id, self._project_id)
            group.change(rules=tuple(there for there in group.record.rules if there != rule))


def rule_key(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The traffic that a rule allows, regardless of spelling and description."""
    return msgspec.structs.replace(canonical_rule(rule), description="")
