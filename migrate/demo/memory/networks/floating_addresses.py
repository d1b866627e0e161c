"""Floating IPs in memory: associated with a port, or with port forwardings."""

from migrate.demo.memory import error_answers
from migrate.demo.memory.networks import addresses
from migrate.demo.memory.networks.routers import Routers
from migrate.demo.memory.resource_table import Row
from migrate.model import FixedIp, FloatingIp, Port, PortForwarding

_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_FORWARDING = "floating-ip-port-forwarding"


class FloatingIps(Routers):
    """The floating IP part of ports.NetworkService."""

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        asked = {"floating_network_id": want.external_network_id, "port_id": want.port_id}
        with self._enter("POST", "/floatingips", {"floatingip": asked}):
            self._external(want.external_network_id)
            self._need("floating_ips", self._world.floating_ips.count(self._project_id))
            made = FloatingIp(
                id=self._world.new_id(),
                address=addresses.floating(self._world),
                external_network_id=want.external_network_id,
                description=want.description,
            )
            row = Row(self._project_id, made)
            if want.port_id:
                self._point(row, want.port_id, want.fixed_ip_address)
            self._world.floating_ips.add(made.id, row)
            return row.record

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        with self._enter("PUT", f"/floatingips/{floating_ip_id}", {"floatingip": {"port_id": port_id}}):
            self._point(self._world.floating_ips.row(floating_ip_id, self._project_id), port_id, fixed_ip_address)

    def forward_port(self, floating_ip_id: str, want: PortForwarding) -> None:
        asked = {
            "protocol": want.protocol,
            "external_port": want.external_port,
            "internal_port": want.internal_port,
            "internal_ip_address": want.internal_ip_address,
            "internal_port_id": want.internal_port_id,
        }
        path = f"/floatingips/{floating_ip_id}/port_forwardings"
        with self._enter("POST", path, {"port_forwarding": asked}):
            if _FORWARDING not in self._world.offer.network_extensions:
                raise error_answers.not_found("extension", _FORWARDING)
            row = self._world.floating_ips.row(floating_ip_id, self._project_id)
            if any(_outside(want) == _outside(there) for there in row.record.port_forwardings):
                return
            self._check_forwarding(row.record, want)
            together = (*row.record.port_forwardings, want)
            row.change(port_forwardings=tuple(sorted(together, key=_outside)))

    def _check_forwarding(self, floating_ip: FloatingIp, want: PortForwarding) -> None:
        """Neutron's checks of a forwarding. Raises Refused, NotFound."""
        port = self._world.ports.row(want.internal_port_id, self._project_id).record
        fixed = _fixed(port, want.internal_ip_address)
        if want.protocol not in _PROTOCOLS or not _is_span(want):
            raise error_answers.refused(f"forwarding of {want.protocol} {want.external_port}")
        everything = [row.record for row in self._world.floating_ips.rows.values()]
        if floating_ip.port_id or any(other.port_id == port.id for other in everything):
            raise error_answers.refused(f"{floating_ip.address}, or port {port.id}, is associated whole")
        for other in everything:
            for there in other.port_forwardings:
                outside = other.id == floating_ip.id and _collide(there, want, "external")
                inside = _inside(there) == _inside(want) and _collide(there, want, "internal")
                if there.protocol == want.protocol and (outside or inside):
                    raise error_answers.refused(f"forwarding of {want.protocol} {want.external_port}: a port collides")
        if not self._is_routed(fixed.subnet_id, floating_ip.external_network_id):
            raise error_answers.refused(f"no route from {fixed.subnet_id} to {floating_ip.external_network_id}")

    def _point(self, row: Row[FloatingIp], port_id: str, fixed_ip_address: str | None) -> None:
        """Associates the floating IP. Raises NotFound: no router between the port and the external network."""
        port = self._world.ports.row(port_id, self._project_id).record
        fixed = _fixed(port, fixed_ip_address)
        if not self._is_routed(fixed.subnet_id, row.record.external_network_id):
            raise error_answers.not_found("route to external network", fixed.subnet_id)
        for other in self._world.floating_ips.rows.values():
            there = (other.record.port_id, other.record.fixed_ip_address)
            if other is not row and there == (port_id, fixed.ip_address):
                raise error_answers.taken("floating-ip association", fixed.ip_address)
            if any(forwarding.internal_port_id == port_id for forwarding in other.record.port_forwardings):
                raise error_answers.refused(f"port {port_id} has forwardings")
        if row.record.port_forwardings:
            raise error_answers.refused(f"{row.record.address} has forwardings")
        row.change(port_id=port_id, fixed_ip_address=fixed.ip_address)


def _fixed(port: Port, address: str | None) -> FixedIp:
    found = next((fixed for fixed in port.fixed_ips if address in (None, fixed.ip_address)), None)
    if found is None:
        raise error_answers.refused(f"port {port.id} has no address {address or ''}")
    return found


def _outside(forwarding: PortForwarding) -> tuple[str, int]:
    return forwarding.protocol, forwarding.external_port


def _inside(forwarding: PortForwarding) -> tuple[str, str]:
    return forwarding.internal_port_id, forwarding.internal_ip_address


def _span(forwarding: PortForwarding, side: str) -> tuple[int, int]:
    first: int = getattr(forwarding, f"{side}_port")
    last: int | None = getattr(forwarding, f"{side}_port_max")
    return first, last or first


def _is_span(forwarding: PortForwarding) -> bool:
    """Whether the port ranges are valid, and map one to one or all to one."""
    (outer, outer_last), (inner, inner_last) = (_span(forwarding, side) for side in ("external", "internal"))
    legal = 1 <= outer <= outer_last <= 65535 and 1 <= inner <= inner_last <= 65535
    return legal and inner_last - inner in (0, outer_last - outer)


def _collide(one: PortForwarding, other: PortForwarding, side: str) -> bool:
    (first, last), (other_first, other_last) = _span(one, side), _span(other, side)
    return first <= other_last and other_first <= last
