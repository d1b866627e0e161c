"""Neutron ML2 mechanism driver that binds every port at once: no agent, no switch."""

from neutron.objects import ports as port_objects
from neutron.services.trunk.drivers import base as trunk_base
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.db import api as db_api
from neutron_lib.plugins.ml2 import api
from neutron_lib.services.trunk import constants as trunk_constants


class LabMechanismDriver(api.MechanismDriver):
    vif_type = portbindings.VIF_TYPE_OVS
    vif_details = {
        portbindings.CAP_PORT_FILTER: True,
        portbindings.OVS_HYBRID_PLUG: False,
        portbindings.VIF_DETAILS_CONNECTIVITY: portbindings.CONNECTIVITY_L2,
    }

    def initialize(self):
        self.trunk_driver = LabTrunkDriver.create()

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def check_segment_for_agent(self, segment, agent):
        return True

    def filter_hosts_with_segment_access(self, context, segments, candidate_hosts, agent_getter):
        return set(candidate_hosts)

    def bind_port(self, context):
        segment = context.segments_to_bind[0]
        context.set_binding(segment[api.ID], self.vif_type, dict(self.vif_details), status=constants.PORT_STATUS_ACTIVE)


class LabTrunkDriver(trunk_base.DriverBase):
    """The trunk plugin refuses to load unless a driver of the bound VIF type is registered.

    Does what OVN's driver does in the database: a sub-port belongs to its trunk, and a trunk is active at once.
    """

    is_loaded = True

    @classmethod
    def create(cls):
        return cls(
            "lab", (portbindings.VIF_TYPE_OVS,), (trunk_constants.SEGMENTATION_TYPE_VLAN,), can_trunk_bound_port=True
        )

    @registry.receives(resources.TRUNK_PLUGIN, [events.AFTER_INIT])
    def register(self, resource, event, trigger, payload=None):
        super().register(resource, event, trigger, payload=payload)
        registry.subscribe(self.trunk_created, resources.TRUNK, events.AFTER_CREATE)
        registry.subscribe(self.trunk_deleted, resources.TRUNK, events.AFTER_DELETE)
        registry.subscribe(self.subports_added, resources.SUBPORTS, events.AFTER_CREATE)
        registry.subscribe(self.subports_deleted, resources.SUBPORTS, events.AFTER_DELETE)

    def trunk_created(self, resource, event, trigger, payload):
        trunk = payload.states[0]
        _give(payload.context, trunk.sub_ports, trunk_constants.TRUNK_SUBPORT_OWNER, constants.PORT_STATUS_ACTIVE)
        trunk.update(status=trunk_constants.TRUNK_ACTIVE_STATUS)

    def trunk_deleted(self, resource, event, trigger, payload):
        _give(payload.context, payload.states[0].sub_ports, "", constants.PORT_STATUS_DOWN)

    def subports_added(self, resource, event, trigger, payload):
        subports = payload.metadata["subports"]
        _give(payload.context, subports, trunk_constants.TRUNK_SUBPORT_OWNER, constants.PORT_STATUS_ACTIVE)
        payload.states[0].update(status=trunk_constants.TRUNK_ACTIVE_STATUS)

    def subports_deleted(self, resource, event, trigger, payload):
        _give(payload.context, payload.metadata["subports"], "", constants.PORT_STATUS_DOWN)
        payload.states[0].update(status=trunk_constants.TRUNK_ACTIVE_STATUS)


def _give(context, subports, device_owner, status):
    """As an administrator: a member may not name a device owner."""
    admin = context.elevated()
    for subport in subports:
        with db_api.CONTEXT_WRITER.using(admin):
            port = port_objects.Port.get_object(admin, id=subport.port_id)
            if port:
                port.device_owner, port.status = device_owner, status
                port.update()
