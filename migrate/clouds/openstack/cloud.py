"""The six ports of one login, assembled."""

from typing import TYPE_CHECKING

from migrate.clouds.openstack.block import BlockStorage
from migrate.clouds.openstack.cloud_facts import Facts
from migrate.clouds.openstack.compute import Compute
from migrate.clouds.openstack.images import Images
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.network import Networking
from migrate.clouds.openstack.objects import ObjectStore
from migrate.clouds.openstack.other_services import OtherServices
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import CloudFacts, Identity

if TYPE_CHECKING:
    from migrate.clouds import ports


class OpenStackCloud:
    """One project on one OpenStack cloud. Sends nothing before the first call."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._block, self._network, self._objects = BlockStorage(login), Networking(login), ObjectStore(login)
        self._compute, self._images = Compute(login, self._block, self._network), Images(login)
        self.compute: ports.Compute = self._compute
        self.network: ports.NetworkService = self._network
        self.block: ports.BlockStorage = self._block
        self.images: ports.Images = self._images
        self.objects: ports.ObjectStore = self._objects
        self.others: ports.OtherServices = OtherServices(login, self._network)

    def identity(self) -> Identity:
        return self._login.identity()

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        return self._login.addresses()

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        return Facts(self._login, self._compute, self._network, self._block, self._images, self._objects).read(ask)
