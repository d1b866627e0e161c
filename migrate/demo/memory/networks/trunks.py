"""Trunks in memory: a parent port, and subports that it carries as VLANs."""

from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Service
from migrate.demo.memory.resource_table import Row
from migrate.model import SubPort, Trunk

SUBPORT_OWNER = "trunk:subport"
_VLANS = range(1, 4095)


class Trunks(Service):
    """The trunk part of ports.NetworkService."""

    service = "network"

    def create_trunk(self, want: Trunk) -> str:
        asked = {"port_id": want.port_id, "name": want.name, "sub_ports": [sub.port_id for sub in want.sub_ports]}
        with self._enter("POST", "/trunks", {"trunk": asked}):
            if "trunk" not in self._world.offer.network_extensions:
                raise error_answers.not_found("extension", "trunk")
            self._need("trunks", self._world.trunks.count(self._project_id))
            self._check_parent(want.port_id)
            for sub in want.sub_ports:
                self._check_sub(want, sub)
            if len({sub.segmentation_id for sub in want.sub_ports}) < len(want.sub_ports):
                raise error_answers.refused(f"trunk {want.name}: one VLAN twice")
            made = Trunk(
                id=self._world.new_id(),
                name=want.name,
                port_id=want.port_id,
                description=want.description,
                admin_state_up=want.admin_state_up,
                sub_ports=tuple(sorted(want.sub_ports, key=lambda sub: sub.segmentation_id)),
            )
            for sub in want.sub_ports:
                self._world.ports.rows[sub.port_id].change(device_owner=SUBPORT_OWNER, device_id=made.id)
            self._world.trunks.add(made.id, Row(self._project_id, made))
            return made.id

    def _check_parent(self, port_id: str) -> None:
        """Raises Refused for a port that is in use: most drivers cannot turn a server's port into a trunk's."""
        port = self._world.ports.row(port_id, self._project_id).record
        if port.device_id or port_id in self._trunked():
            raise error_answers.refused(f"port {port_id} is in use")

    def _check_sub(self, trunk: Trunk, sub: SubPort) -> None:
        port = self._world.ports.row(sub.port_id, self._project_id).record
        parent = self._world.ports.row(trunk.port_id, self._project_id).record
        if port.device_id or port.id == trunk.port_id or port.id in self._trunked():
            raise error_answers.refused(f"port {port.id} is in use")
        if sub.segmentation_type != "vlan" or sub.segmentation_id not in _VLANS:
            raise error_answers.refused(f"segmentation {sub.segmentation_type} {sub.segmentation_id}")
        mtu, most = (self._world.networks.row(p.network_id, None).record.mtu or 0 for p in (port, parent))
        if mtu > most:
            raise error_answers.refused(f"port {port.id}: an MTU of {mtu} on a trunk of {most}")

    def _trunked(self) -> set[str]:
        trunks = [row.record for row in self._world.trunks.rows.values()]
        return {trunk.port_id for trunk in trunks} | {sub.port_id for trunk in trunks for sub in trunk.sub_ports}
