"""Neutron. Marks are at the start of descriptions; each kind is listed in full, a handful of requests.

Resources of an extension (trunks, port forwardings) are requested only if the service has the extension.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from migrate.clouds.openstack.api import Api, Params
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.records import answers
from migrate.clouds.openstack.records import translate_network as translate
from migrate.clouds.openstack.records.answers import number
from migrate.clouds.ports import NetworkState
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.errors import ConflictError, Denied, ItemError, NotFound, Refused, Unsupported
from migrate.messages import codes
from migrate.model import (
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Quota,
    Record,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Trunk,
    canonical_rule,
    spelt_rule,
)

_KINDS = {
    "networks": "network",
    "subnets": "subnet",
    "routers": "router",
    "ports": "port",
    "floatingips": "floating-ip",
    "security-groups": "security-group",
    "security-group-rules": "security-group rule",
    "trunks": "trunk",
}
_LISTINGS: dict[Kind, tuple[str, str]] = {
    Kind.NETWORK: ("/networks", "networks"),
    Kind.SUBNET: ("/subnets", "subnets"),
    Kind.ROUTER: ("/routers", "routers"),
    Kind.PORT: ("/ports", "ports"),
    Kind.FLOATING_IP: ("/floatingips", "floatingips"),
    Kind.SECURITY_GROUP: ("/security-groups", "security_groups"),
    Kind.TRUNK: ("/trunks", "trunks"),
}
_DELETABLE = frozenset({Kind.PORT, Kind.SUBNET, Kind.NETWORK})
TRUNKS, FORWARDINGS = "trunk", "floating-ip-port-forwarding"
"""Aliases of extensions that some clouds lack."""
_INTERFACE_PORT = "decamp router interface"
_QUOTAS = {
    "network": "networks",
    "subnet": "subnets",
    "router": "routers",
    "port": "ports",
    "floatingip": "floating_ips",
    "security_group": "security_groups",
    "security_group_rule": "security_group_rules",
    "trunk": "trunks",
}


R = TypeVar("R", bound=Record)


def _by_id(records: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(records, key=lambda record: record.id))


@answers.all_read()
class Networking:
    """The network port."""

    def __init__(self, login: Login) -> None:
        self._api = Api(login, "network", kinds=_KINDS)
        self._login = login
        self._extensions: tuple[str, ...] | ItemError | None = None
        self._lock = threading.Lock()

    # ------------------------------------------------------------ reading

    def state(self, ask: Asking = EVERYTHING) -> NetworkState:
        networks = ask("network", self._networks)
        seen = None if networks is None else {one.id for one in networks}
        subnets = ask("subnet", lambda: self._subnets(seen)) or []
        ports = ask("port", self.ports) or []
        routers = ask("router", lambda: self._records(Kind.ROUTER, lambda item: translate.router(item, ports))) or []
        groups = ask("security-group", lambda: self._records(Kind.SECURITY_GROUP, translate.security_group)) or []
        addresses = ask("floating-ip", lambda: self._records(Kind.FLOATING_IP, lambda i: self._floating_ip(i, ask)))
        return NetworkState(
            networks=_by_id(networks or []),
            subnets=_by_id(subnets),
            routers=_by_id(routers),
            ports=tuple(ports),
            security_groups=_by_id(groups),
            floating_ips=_by_id(addresses or []),
            trunks=_by_id(ask("trunk", lambda: self._trunks(translate.trunk)) or []),
        )

    def _networks(self) -> list[Network]:
        def network(item: dict[str, Any]) -> Network:
            found = translate.network(item, self._login.project_id)
            if not found.is_shared and not found.is_external:
                translate.project(item)
            return found

        found = answers.records("network", self._list(Kind.NETWORK), network)
        return [one for one in found if one.is_own or one.is_shared or one.is_external]

    def _subnets(self, networks: set[str] | None) -> list[Subnet]:
        """Subnets of the visible networks. Reports our subnets whose network is missing because it was unreadable."""

        def is_seen(item: dict[str, Any]) -> bool:
            if networks is None or item["network_id"] in networks:
                return True
            if translate.project(item) == self._login.project_id:
                raise ValueError("network-unreadable")
            return False

        return answers.records("subnet", self._list(Kind.SUBNET), translate.subnet, ours=is_seen)

    def extensions(self) -> tuple[str, ...]:
        """Aliases of the service's extensions, sorted; empty if it does not list them."""
        try:
            return self.told_extensions()
        except (Denied, NotFound):
            return ()

    def told_extensions(self) -> tuple[str, ...]:
        """Like `extensions`, requested once, as only a software upgrade changes them. Raises Denied, NotFound: not
        listed.
        """
        with self._lock:
            if self._extensions is None:
                self._extensions = self._list_extensions()
            if isinstance(self._extensions, ItemError):
                raise self._extensions
            return self._extensions

    def _list_extensions(self) -> tuple[str, ...] | ItemError:
        try:
            return tuple(sorted(answers.ids("extension", self._api.pages("/extensions", "extensions"), "alias")))
        except (Denied, NotFound) as error:
            return error

    def _may_know(self, alias: str) -> bool:
        """Whether the service has the extension, or does not list its extensions."""
        known = self.extensions()
        return alias in known or not known

    def _trunks(self, make: Callable[[dict[str, Any]], R]) -> list[R]:
        if self._may_know(TRUNKS):
            with suppress(NotFound):
                return self._records(Kind.TRUNK, make)
        return []

    def _floating_ip(self, item: dict[str, Any], ask: Asking) -> FloatingIp:
        """A floating IP with its forwardings; an address that is associated with a port cannot have any."""
        may_have = self._may_know(FORWARDINGS) and not item.get("port_id")
        # Newer services also say so in the floating IP itself, though without details.
        if may_have and item.get("port_forwardings", True):
            own_id = answers.new_id(item["id"])
            return translate.floating_ip(item, ask("port-forwarding", lambda: self._forwardings(own_id)) or [])
        return translate.floating_ip(item)

    def _forwardings(self, floating_ip_id: str) -> list[PortForwarding]:
        with suppress(NotFound):
            items = self._api.pages(f"/floatingips/{floating_ip_id}/port_forwardings", "port_forwardings")
            return answers.rows("port-forwarding", items, translate.port_forwarding)
        return []

    def ports(self, device_id: str = "") -> list[Port]:
        """The project's ports, or those of one device, sorted by id."""
        params = [("device_id", device_id)] if device_id else []
        found = self._records(Kind.PORT, translate.port, params)
        # Old clouds ignore filters.
        return sorted((one for one in found if device_id in ("", one.device_id)), key=lambda port: port.id)

    def external_networks(self) -> tuple[Network, ...]:
        items = self._list(Kind.NETWORK, [("router:external", "True")])
        project_id = self._login.project_id
        found = answers.records("external-network", items, lambda item: translate.network(item, project_id))
        return _by_id([one for one in found if one.is_external])

    def marked(self, kind: Kind, mark: str) -> list[str]:
        # Neutron can only filter by the whole description, but the customer's text follows the mark.
        found = self._trunks(translate.marked) if kind is Kind.TRUNK else self._records(kind, translate.marked)
        ours = [one for one in found if one.description.startswith(mark)]
        return [one.id for one in sorted(ours, key=lambda one: (one.created_at, one.id))]

    def quotas(self) -> dict[str, Quota]:
        """The project's network quotas. Raises Denied, NotFound, Refused if members can see neither listing."""
        path = f"/quotas/{self._login.project_id}"
        try:
            answer = self._api.get(f"{path}/details.json")["quota"]
        except (Denied, NotFound, Refused):
            answer = self._api.get(path)["quota"]
        return {ours: _quota(answer[theirs]) for theirs, ours in _QUOTAS.items() if theirs in answer}

    def _list(self, kind: Kind, params: Params | None = None) -> list[Any]:
        if kind not in _LISTINGS:
            raise Unsupported(codes.UNSUPPORTED, what=f"{kind} is not the network service's")
        return list(self._api.pages(*_LISTINGS[kind], params))

    def _records(self, kind: Kind, make: Callable[[dict[str, Any]], R], params: Params | None = None) -> list[R]:
        """The project's own items in a listing; ports of other projects on our networks are left out."""
        own = self._login.project_id
        return answers.records(kind.value, self._list(kind, params), make, ours=lambda i: translate.project(i) == own)

    # ------------------------------------------------------------ creating

    def _create(self, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = self._api.post(path, {key: body})[key]
        return made

    def create_network(self, want: Network) -> str:
        body: dict[str, Any] = {
            "name": want.name,
            "description": want.description,
            "admin_state_up": want.admin_state_up,
        }
        if not want.port_security_enabled:
            body["port_security_enabled"] = False
        asked = body if want.mtu is None else {**body, "mtu": want.mtu}
        try:
            return answers.new_id(self._create("/networks", "network", asked)["id"])
        except Refused as error:
            # 400: an MTU too large, or not allowed for members. Nothing was created.
            if want.mtu is None or error.facts.get("status") != 400:
                raise
        return answers.new_id(self._create("/networks", "network", body)["id"])

    def create_subnet(self, want: Subnet) -> str:
        return answers.new_id(self._create("/subnets", "subnet", translate.subnet_body(want))["id"])

    def enable_dhcp(self, subnet_id: str) -> None:
        self._api.put(f"/subnets/{subnet_id}", {"subnet": {"enable_dhcp": True}})

    def create_router(self, want: Router) -> str:
        body: dict[str, Any] = {
            "name": want.name,
            "description": want.description,
            "admin_state_up": want.admin_state_up,
        }
        if want.external_network_id:
            # Only the id: members may not set enable_snat and external_fixed_ips (403).
            body["external_gateway_info"] = {"network_id": want.external_network_id}
        return answers.new_id(self._create("/routers", "router", body)["id"])

    def set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        wanted = [{"destination": route.destination, "nexthop": route.nexthop} for route in routes]
        self._api.put(f"/routers/{router_id}", {"router": {"routes": wanted}})

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        if not self._has_interface(router_id, subnet_id, ip_address):
            subnet = answers.checked_record(translate.subnet(self._api.get(f"/subnets/{subnet_id}")["subnet"]))
            wanted = {"subnet_id": subnet_id}
            if ip_address and ip_address != subnet.gateway_ip:
                wanted = {"port_id": self._interface_port(subnet, ip_address)}
            try:
                self._api.put(f"/routers/{router_id}/add_router_interface", wanted)
            except Refused:
                # An earlier answer may have been lost.
                if not self._has_interface(router_id, subnet_id, ip_address):
                    raise

    def _has_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> bool:
        for port in self.ports(device_id=router_id):
            for fixed in port.fixed_ips:
                if port.device_owner in translate.INTERFACE_OWNERS and fixed.subnet_id == subnet_id:
                    if ip_address in (None, fixed.ip_address):
                        return True
                    what = f"router {router_id} is in subnet {subnet_id} with {fixed.ip_address}, not {ip_address}"
                    raise ConflictError(codes.IN_THE_WAY, what=what)
        return False

    def _interface_port(self, subnet: Subnet, ip_address: str) -> str:
        """A free port with this address: left by an interrupted attempt, or new."""
        fixed = [("fixed_ips", f"subnet_id={subnet.id}"), ("fixed_ips", f"ip_address={ip_address}")]
        for port in self._records(Kind.PORT, translate.port, fixed):
            if port.name == _INTERFACE_PORT and not port.device_id:
                return port.id
        body = {
            "network_id": subnet.network_id,
            "name": _INTERFACE_PORT,
            "security_groups": [],
            "fixed_ips": [{"subnet_id": subnet.id, "ip_address": ip_address}],
        }
        return answers.new_id(self._create("/ports", "port", body)["id"])

    def create_port(self, want: Port) -> str:
        return answers.new_id(self._create("/ports", "port", translate.port_body(want))["id"])

    def create_security_group(self, want: SecurityGroup) -> str:
        body: dict[str, Any] = {"name": want.name, "description": want.description}
        if not want.stateful:
            body["stateful"] = False
        made = self._create("/security-groups", "security_group", body)
        for rule in answers.as_list(made.get("security_group_rules")):
            self._delete_rule(answers.new_id(rule["id"]))
        return answers.new_id(made["id"])

    def replace_rules(
        self, group_id: str, rules: tuple[SecurityGroupRule, ...], check: Callable[[], None] = lambda: None
    ) -> None:
        group = self._api.get(f"/security-groups/{group_id}")["security_group"]
        has = {
            _same(translate.rule(i)): answers.new_id(i["id"]) for i in answers.as_list(group["security_group_rules"])
        }
        want = {_same(rule): spelt_rule(rule) for rule in rules}
        for key in sorted(set(want) - set(has), key=str):
            body = {"security_group_rule": translate.rule_body(want[key], group_id)}
            check()
            try:
                self._api.post("/security-group-rules", body)
            except Refused as error:
                # 409: Neutron considers an existing rule the same.
                if error.facts.get("status") != 409:
                    raise
        for key in sorted(set(has) - set(want), key=str):
            check()
            self._delete_rule(has[key])

    def _delete_rule(self, rule_id: str) -> None:
        try:
            self._api.delete(f"/security-group-rules/{rule_id}")
        except NotFound:
            return

    def delete(self, kind: Kind, resource_id: str) -> None:
        if kind not in _DELETABLE:
            raise Unsupported(codes.UNSUPPORTED, what=f"deletion of {kind}")
        with suppress(NotFound):
            self._api.delete(f"{_LISTINGS[kind][0]}/{resource_id}")

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        body: dict[str, Any] = {"floating_network_id": want.external_network_id, "description": want.description}
        if want.port_id:
            body["port_id"] = want.port_id
            if want.fixed_ip_address:
                body["fixed_ip_address"] = want.fixed_ip_address
        return answers.checked_record(translate.floating_ip(self._create("/floatingips", "floatingip", body)))

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        body: dict[str, Any] = {"port_id": port_id}
        if fixed_ip_address:
            body["fixed_ip_address"] = fixed_ip_address
        self._api.put(f"/floatingips/{floating_ip_id}", {"floatingip": body})

    def forward_port(self, floating_ip_id: str, want: PortForwarding) -> None:
        key = translate.forwarding_key(want)
        if any(translate.forwarding_key(has) == key for has in self._forwardings(floating_ip_id)):
            return
        body = {"port_forwarding": translate.port_forwarding_body(want)}
        self._api.post(f"/floatingips/{floating_ip_id}/port_forwardings", body)

    def create_trunk(self, want: Trunk) -> str:
        return answers.new_id(self._create("/trunks", "trunk", translate.trunk_body(want))["id"])


def _same(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The rule without its description, which Neutron ignores when it looks for duplicates."""
    return canonical_rule(msgspec.structs.replace(rule, description=""))


def _quota(answer: Any) -> Quota:
    if isinstance(answer, dict):
        used = number(answer.get("used") or 0) + number(answer.get("reserved") or 0)
        return Quota(limit=number(answer["limit"]), used=used)
    return Quota(limit=number(answer))
