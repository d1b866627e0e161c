"""Neutron ML2 mechanism driver that binds every port at once: no agent, no switch."""

from neutron.services.trunk.drivers import base as trunk_base
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
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
    """The trunk plugin refuses to load unless a driver of the bound VIF type is registered."""

    is_loaded = True

    @classmethod
    def create(cls):
        return cls(
            "lab", (portbindings.VIF_TYPE_OVS,), (trunk_constants.SEGMENTATION_TYPE_VLAN,), can_trunk_bound_port=True
        )

    @registry.receives(resources.TRUNK_PLUGIN, [events.AFTER_INIT])
    def register(self, resource, event, trigger, payload=None):
        super().register(resource, event, trigger, payload=payload)
