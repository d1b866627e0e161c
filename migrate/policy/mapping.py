"""Maps names of the source to the target: flavors, volume types, zones, external networks.

The policy's choice comes first, then the same name, then one that is certainly not worse. Otherwise the result is
`none`: a person must choose.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migrate.model import CloudFacts, Flavor, Image, Inventory, Kind, Network, Record, Server, Volume
from migrate.policy.policy_records import VOLUME, Policy
from migrate.policy.selectors import Lines, Said, item, wanted_boot
from migrate.units import gib_ceil


class Choice(Record, frozen=True, kw_only=True):
    """The choice for a name of the source. `target`: the value for the target's API, None to send nothing.

    `why`: `policy`; `same` (name, or for a flavor its sizes); `nearest` (never smaller); `only` (a single candidate);
    `default` (the target chooses); `there` (this migration has already placed it); `none` (nothing fits); `unknown`
    (the policy's name does not exist); `clash` (two lines of the policy disagree, see `target_name`).
    `wanted`: the policy's name if it is overridden by an existing place (`there`).
    """

    source: str
    target: str | None
    target_name: str
    why: str
    wanted: str = ""

    @property
    def is_open(self) -> bool:
        return self.why in {"none", "unknown", "clash"}

    @property
    def is_wrong(self) -> bool:
        """Whether the policy is wrong: its name does not exist, or two lines disagree."""
        return self.why in {"unknown", "clash"}


class Choices(Record, frozen=True, kw_only=True):
    """All choices, by the source's name; external networks by the source's network id, other projects' networks by
    port.

    `diskless_flavors`: for volume-booted servers, which ignore the flavor's disk. `from_volumes`: ids of image-booted
    servers that shall boot from volumes, by policy. `by_item`: choices for single items by (mapping, source id), which
    take precedence.
    """

    flavors: dict[str, Choice] = {}
    diskless_flavors: dict[str, Choice] = {}
    volume_types: dict[str, Choice] = {}
    compute_zones: dict[str, Choice] = {}
    volume_zones: dict[str, Choice] = {}
    external_networks: dict[str, Choice] = {}
    networks: dict[str, Choice] = {}
    from_volumes: frozenset[str] = frozenset()
    by_item: dict[tuple[str, str], Choice] = {}

    def flavor_of(self, server: Server) -> Choice:
        own = self.by_item.get(("flavors", server.id))
        if own is not None:
            return own
        needs_disk = server.image_id and server.id not in self.from_volumes
        return (self.flavors if needs_disk else self.diskless_flavors)[server.flavor.name]

    def zone_of(self, server: Server) -> Choice | None:
        """The zone of a server; None if there is none to send."""
        own = self.by_item.get(("compute_zones", server.id))
        return own or self.compute_zones.get(server.availability_zone or "")

    def type_of(self, volume: Volume) -> Choice | None:
        """The type of a volume, or of what a snapshot or backup becomes, by its own id."""
        own = self.by_item.get(("volume_types", volume.id))
        return own or self.volume_types.get(volume.volume_type or "")

    def volume_zone_of(self, volume: Volume) -> Choice | None:
        own = self.by_item.get(("volume_zones", volume.id))
        return own or self.volume_zones.get(volume.availability_zone or "")


def propose(source: Inventory, target: Inventory, policy: Policy) -> Choices:
    """A choice for every name used by the source's servers, volumes, routers and floating IPs."""
    facts, maps = target.facts, policy.mappings
    from_volumes = frozenset(s.id for s in source.servers if wanted_boot(policy, s.id, s.name) == VOLUME)
    wanted, diskless = _flavors_used(source, from_volumes)
    types = {volume.volume_type for volume in source.volumes if volume.volume_type}
    zones = {server.availability_zone for server in source.servers if server.availability_zone}
    volume_zones = {volume.availability_zone for volume in source.volumes if volume.availability_zone}
    return Choices(
        flavors={name: flavor_choice(wanted[name], facts.flavors, maps.flavors) for name in sorted(wanted)},
        diskless_flavors={
            name: flavor_choice(diskless[name], facts.flavors, maps.flavors, has_disk=False)
            for name in sorted(diskless)
        },
        volume_types={name: _type_choice(name, facts, maps.volume_types) for name in sorted(types)},
        compute_zones={name: _zone(name, facts.compute_zones, maps.compute_zones) for name in sorted(zones)},
        volume_zones={name: _zone(name, facts.volume_zones, maps.volume_zones) for name in sorted(volume_zones)},
        external_networks={
            network_id: _external(network_id, source, facts.external_networks, maps.external_networks)
            for network_id in sorted(_externals_used(source))
        },
        from_volumes=from_volumes,
        by_item=dict(_own_choices(source, facts, policy, from_volumes)),
    )


_Own = Iterator[tuple[tuple[str, str], Choice]]


def _own_choices(source: Inventory, facts: CloudFacts, policy: Policy, from_volumes: frozenset[str]) -> _Own:
    """Choices for items that a line of the policy names directly or by a pattern."""
    maps, images = policy.mappings, {image.id: image for image in source.images}
    flavors, zones = Lines(maps.flavors), Lines(maps.compute_zones)
    for server in source.servers:
        things = [(item(Kind.SERVER, server.id), server.name)]
        needs_disk = bool(server.image_id) and server.id not in from_volumes
        wanted = _needed(server, images) if needs_disk else server.flavor
        for said in _said(flavors, things):
            line = {wanted.name: said.target or ""}
            choice = flavor_choice(wanted, facts.flavors, line, has_disk=needs_disk)
            yield ("flavors", server.id), clashing_choice(wanted.name, said) if said.lines else choice
        for said in _said(zones, things):
            name = server.availability_zone or ""
            yield ("compute_zones", server.id), _own(name, said, facts.compute_zones)
    origins = {volume.id: volume for volume in source.volumes}
    types, zones = Lines(maps.volume_types), Lines(maps.volume_zones)
    for kind, own_id, called, item_id in (
        *((Kind.VOLUME, volume.id, volume.name, volume.id) for volume in source.volumes),
        *((Kind.SNAPSHOT, one.id, one.name, one.volume_id) for one in source.snapshots),
        *((Kind.BACKUP, one.id, one.name, one.volume_id) for one in source.backups),
    ):
        things, origin = [(item(kind, own_id), called)], origins.get(item_id)
        if origin is not None and kind is not Kind.VOLUME:
            # A copy follows its volume, unless it has a line of its own.
            things.append((item(Kind.VOLUME, origin.id), origin.name))
        for said in _said(types, things):
            yield ("volume_types", own_id), _own((origin and origin.volume_type) or "", said, facts.volume_types)
        for said in _said(zones, things):
            yield ("volume_zones", own_id), _own((origin and origin.availability_zone) or "", said, facts.volume_zones)


def _said(lines: Lines, things: list[tuple[str, str]]) -> list[Said]:
    """The policy's choice for the item itself, if any."""
    said = lines.of(things, ())
    return [said] if said != Said() else []


def _own(name: str, said: Said, offered: tuple[str, ...]) -> Choice:
    if said.lines or said.target is None:
        return clashing_choice(name, said)
    return _chosen(name, said.target, "policy") if said.target in offered else unknown(name, said.target)


def _flavors_used(source: Inventory, from_volumes: frozenset[str]) -> tuple[dict[str, Flavor], dict[str, Flavor]]:
    """Used flavors by name: of servers with their own root disk, and of volume-booted ones.

    Servers keep their flavor's original sizes: if several have the same name, the largest one counts.
    """
    images = {image.id: image for image in source.images}
    wanted: dict[str, Flavor] = {}
    diskless: dict[str, Flavor] = {}
    for server in source.servers:
        needs_disk = bool(server.image_id) and server.id not in from_volumes
        flavor, known = server.flavor, wanted if needs_disk else diskless
        if needs_disk:
            flavor = _needed(server, images)
        known[flavor.name] = _largest(flavor, known.get(flavor.name, flavor))
    return wanted, diskless


def _needed(server: Server, images: dict[str, Image]) -> Flavor:
    """The server's flavor, with its disk as large as the root disk."""
    return replace(server.flavor, disk_gib=root_disk_gib(server, images.get(server.image_id or "")))


def _largest(one: Flavor, other: Flavor) -> Flavor:
    return replace(
        one,
        vcpus=max(one.vcpus, other.vcpus),
        ram_mib=max(one.ram_mib, other.ram_mib),
        disk_gib=max(one.disk_gib, other.disk_gib),
        ephemeral_gib=max(one.ephemeral_gib, other.ephemeral_gib),
    )


def root_disk_gib(server: Server, image: Image | None) -> int:
    """The root disk size of an image-booted server: the flavor's, or (if that is 0) the image's."""
    if server.flavor.disk_gib or image is None:
        return server.flavor.disk_gib
    return max(image.min_disk_gib, gib_ceil(image.virtual_size_bytes or image.size_bytes))


def flavor_choice(
    wanted: Flavor, offered: Iterable[Flavor], mapped: dict[str, str], *, has_disk: bool = True
) -> Choice:
    """The policy's flavor; else one with the same sizes, preferably of the same name; else the nearest, never smaller.

    `has_disk` False: the disk size is ignored, but an equal one preferred. If it matters and no flavor has a large
    enough disk, one without a disk is chosen: its servers boot from volumes.
    """
    own = counted(wanted, has_disk)
    ordered = sorted(
        offered,
        key=lambda f: (*counted(f, has_disk), f.disk_gib != wanted.disk_gib, f.name != wanted.name, f.name, f.id),
    )
    if wanted.name in mapped:
        named = mapped[wanted.name]
        chosen = next((f for f in ordered if named in {f.name, f.id}), None)
        return _flavor(wanted, chosen, "policy") if chosen else unknown(wanted.name, named)
    if is_gone(wanted):
        return nothing(wanted.name)
    enough = [f for f in ordered if all(has >= needs for has, needs in zip(counted(f, has_disk), own, strict=True))]
    if has_disk:
        enough = [f for f in enough if f.disk_gib]
    exact = next((f for f in enough if counted(f, has_disk) == own), None)
    if exact:
        return _flavor(wanted, exact, "same")
    if enough:
        return _flavor(wanted, enough[0], "nearest")
    without = [f for f in ordered if not f.disk_gib] if has_disk else []
    return flavor_choice(wanted, without, {}, has_disk=False) if without else nothing(wanted.name)


def nearer_without_disk(wanted: Flavor, chosen: Flavor, offered: Iterable[Flavor]) -> Flavor | None:
    """A flavor without a disk that is nearer than the chosen one in vCPU or memory, and not smaller."""
    without = flavor_choice(wanted, [f for f in offered if not f.disk_gib], {}, has_disk=False)
    found = next((f for f in offered if f.name == without.target_name and not f.disk_gib), None)
    if found is None or found.vcpus > chosen.vcpus or found.ram_mib > chosen.ram_mib:
        return None
    return found if (found.vcpus, found.ram_mib) != (chosen.vcpus, chosen.ram_mib) else None


def default_type(facts: CloudFacts) -> str | None:
    """The target's default volume type, if known."""
    if facts.default_volume_type:
        return facts.default_volume_type
    return facts.volume_types[0] if len(facts.volume_types) == 1 else None


def target_flavor(choice: Choice, target: Inventory) -> Flavor | None:
    """The flavor that a choice names."""
    named = (f for f in target.facts.flavors if f.name == choice.target_name)
    return next((f for f in named if choice.target in {f.id, f.name}), None)


def is_gone(flavor: Flavor) -> bool:
    """Whether the flavor was deleted at the source, where older Nova shows only its id: its sizes are unknown."""
    return flavor.vcpus == 0


def counted(flavor: Flavor, has_disk: bool) -> tuple[int, int, int, int]:
    """The sizes that matter; the root disk does not for a volume-booted server."""
    return flavor.vcpus, flavor.ram_mib, flavor.disk_gib if has_disk else 0, flavor.ephemeral_gib


def _flavor(wanted: Flavor, chosen: Flavor, why: str) -> Choice:
    return Choice(source=wanted.name, target=chosen.id or chosen.name, target_name=chosen.name, why=why)


def _type_choice(name: str, facts: CloudFacts, mapped: dict[str, str]) -> Choice:
    if name in mapped:
        named = mapped[name]
        return _chosen(name, named, "policy") if named in facts.volume_types else unknown(name, named)
    if name in facts.volume_types:
        return _chosen(name, name, "same")
    if facts.default_volume_type:
        return _chosen(name, facts.default_volume_type, "default")
    if len(facts.volume_types) == 1:
        return _chosen(name, facts.volume_types[0], "only")
    return Choice(source=name, target=None, target_name="", why="default")


def _zone(name: str, offered: tuple[str, ...], mapped: dict[str, str]) -> Choice:
    if name in mapped:
        named = mapped[name]
        return _chosen(name, named, "policy") if named in offered else unknown(name, named)
    if name in offered:
        return _chosen(name, name, "same")
    if len(offered) == 1:
        return _chosen(name, offered[0], "only")
    return Choice(source=name, target=None, target_name="", why="default")


def _external(network_id: str, source: Inventory, offered: tuple[Network, ...], mapped: dict[str, str]) -> Choice:
    name = external_name(network_id, source)
    named = mapped.get(name, mapped.get(network_id))
    candidates = sorted(offered, key=lambda n: (n.name, n.id))
    if named is not None:
        chosen = next((n for n in candidates if named in {n.name, n.id}), None)
        return _network(name, chosen, "policy") if chosen else unknown(name, named)
    same = [n for n in candidates if n.name == name]
    if len(same) == 1:
        return _network(name, same[0], "same")
    return _network(name, candidates[0], "only") if len(candidates) == 1 else nothing(name)


def external_name(network_id: str, source: Inventory) -> str:
    """The name of an external network of the source, or its id if unknown."""
    known = (*source.facts.external_networks, *source.networks)
    return next((n.name for n in known if n.id == network_id and n.name), network_id)


def _externals_used(source: Inventory) -> set[str]:
    gateways = {router.external_network_id for router in source.routers if router.external_network_id}
    return gateways | {floating_ip.external_network_id for floating_ip in source.floating_ips}


def _network(name: str, chosen: Network, why: str) -> Choice:
    return Choice(source=name, target=chosen.id, target_name=chosen.name, why=why)


def _chosen(source: str, target: str, why: str) -> Choice:
    return Choice(source=source, target=target, target_name=target, why=why)


def unknown(source: str, named: str) -> Choice:
    return Choice(source=source, target=None, target_name=named, why="unknown")


def clashing_choice(source: str, said: Said) -> Choice:
    """The choice if several patterns of the policy match with different targets."""
    return Choice(source=source, target=None, target_name=", ".join(said.lines), why="clash")


def nothing(source: str) -> Choice:
    return Choice(source=source, target=None, target_name="", why="none")
