"""A tenant with every odd name at once, on everything that has one, and what becomes of each."""

from collections.abc import Iterator

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.clouds.strict_or_lenient_listings import MalformedItem
from migrate.demo.memory import MemoryCloud, World
from migrate.demo.small_tenant import MIB, noise, public_key, put_object
from migrate.model import Keypair, Network, Port, SecurityGroup, SecurityGroupRule, Subnet

NAMES = {
    "controls": "\x1b[2J\x9b31m\x07\x08 a\tb",
    "a newline": "ok\nFORGED: everything is done",
    "an override": "\u202egnp.exe",
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "an emoji": "\U0001f469\u200d\U0001f4bb \U0001f3f4",
    "255 bytes": "x" * 255,
    "dots": "..",
    "a dot": ".",
    "a path": "/../../../../etc/passwd",
    "a slash": "a/b",
    "a dash": "--execute",
    "quotes": "'\"`$(touch x)`\\",
    "HTML": "<script src=//a.example></script>&amp;",
    "Markdown": "[x](http://a.example) ![y](z) **b** `c` | d",
    "a template": "{name} {0} %s %(name)s",
    "a device": "CON",
    "a device with a suffix": "nul.txt.",
    "a twin": "Twin",
    "the twin in lower case": "twin",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "blanks": "   ",
    "blanks around": " a ",
    "percent": "100%41 %2e%2e%2f %00",
    "plus": "a+b c&d=e;f#g?h",
    "a colon": "kind:id:restore",
    "a mark": "decamp-t-00000000-0000",
}
"""What is odd about it: the name."""

LEFT_OUT = {
    "volume": [
        MalformedItem("volume", 3, "", "no id", "'id' is missing"),
        MalformedItem("volume", 4, "v-nan", "sized nan", "size: nan"),
    ],
    "image": [MalformedItem("image", 5, "../../x", "path", "id: '../../x' is none")],
    "server": [MalformedItem("server", 2, "", "", "no object where one is wanted")],
}
"""Rows that nobody can read."""
MENDED = [MalformedItem("volume", 7, "twice", "twice", "twice", is_left_out=False)]
OBJECT_ROWS = {"half \ufffd": "'utf-8' codec can't encode", "many": "bytes: 'many'"}


def containers() -> dict[str, str]:
    return {odd: name.replace("/", "-") for odd, name in NAMES.items()}


def keypairs() -> dict[str, str]:
    """Nova takes letters, digits, blanks and a few signs."""
    return {odd: name for odd, name in NAMES.items() if odd in KEYPAIRS}


KEYPAIRS = {"a twin", "the twin in lower case", "a device", "255 bytes"}
_SERVERS = 3


def volumes() -> list[str]:
    """Disks take their time."""
    odd = ("controls", "an override", "a path", "a newline", "255 bytes", "a mark", "HTML", "quotes")
    return [NAMES[one] for one in odd] + [""]


def groups_of_names() -> list[str]:
    """As a name of a server is long: all of them in three."""
    odd = [name for name in NAMES.values() if len(name) < 100]
    return [" ".join(odd[at::_SERVERS])[:255] for at in range(_SERVERS)]


def in_pairs() -> list[tuple[str, str]]:
    """Networks and ports have the first name, subnets and security groups the second; the last ones have none."""
    names = [*NAMES.values(), *([""] if len(NAMES) % 2 else []), "", ""]
    return [*zip(names[::2], names[1::2], strict=True)]


def fill(world: World) -> None:
    cloud = MemoryCloud("source/small", world=world, project="small")
    own = next(one for one in cloud.network.state().networks if one.is_own)
    note = " ".join(name for name in NAMES.values() if len(name) < 100)
    metadata = {f"key {at}": name for at, name in enumerate(NAMES.values())} | {"-- x:y": "", "_": "   ", "CON": ".."}
    ports = []
    for at, (name, other) in enumerate(in_pairs()):
        network = cloud.network.create_network(Network(id="", name=name, description=note[:255]))
        subnet = Subnet(id="", network_id=network, name=other, cidr=f"10.77.{at}.0/24", enable_dhcp=False)
        cloud.network.create_subnet(subnet)
        group = cloud.network.create_security_group(SecurityGroup(id="", name=other or "-", description=name))
        rule = SecurityGroupRule(
            direction="ingress", protocol="tcp", port_min=at + 1, port_max=at + 1, description=other
        )
        cloud.network.replace_rules(group, (rule,))
        ports.append(
            cloud.network.create_port(
                Port(id="", network_id=own.id, name=name, description=other, security_group_ids=(group,))
            )
        )
    for at, name in enumerate(volumes()):
        volume = cloud.block.create_volume(NewVolume(name=name, size_gib=1, description=name, metadata={"note": name}))
        world.settle()
        world.write_volume(volume, 0, noise(str(at), 4096))
    for name in keypairs().values():
        cloud.compute.create_keypair(Keypair(name=name, public_key=public_key("bob")))
    image = ""
    for odd in ("controls", "an override", "blanks", "a path", "HTML"):
        image = cloud.images.create(NewImage(name=NAMES[odd], disk_format="raw", properties={"cw_note": NAMES[odd]}))
        cloud.images.upload(image, [noise(odd, MIB)], MIB)
    for at, name in enumerate(groups_of_names()):
        cloud.compute.create_server(
            NewServer(
                name=name,
                flavor_id="16",
                image_id=image,
                port_ids=(ports[at],),
                description=name,
                key_name="Twin" if at else "CON",
                metadata=metadata if not at else {"note": name},
            )
        )
    world.settle()
    for odd, name in containers().items():
        cloud.objects.put_container(name, {"x-container-meta-note": odd, "x-container-meta-ville": "Orl\u00e9ans"})
    for name in objects():
        put_object(
            cloud, "Twin", name, name.encode(), {"x-object-meta-ville": "Orl\udce9ans", "x-object-meta-a+b": "%41"}
        )
    for name in OBJECT_ROWS:
        put_object(cloud, "Twin", name, b"unread", {})
    project = world.project("small")
    project.account.containers["Twin"].odd = dict(OBJECT_ROWS)
    world.volumes.odd = [*LEFT_OUT["volume"], *MENDED]
    world.images.odd = LEFT_OUT["image"]
    world.servers.odd = LEFT_OUT["server"]
    world.settle()
    world.log.clear()


def objects() -> list[str]:
    return [*NAMES.values(), "a/", "a//b", "a/../b", "/", "//", "y" * 1024, "\x01", "~", "a\\b"]


def change(world: World) -> None:
    """Something of every kind is another one, under names as odd."""
    cloud = MemoryCloud("source/small", world=world, project="small")
    for table in (world.volumes, world.servers, world.networks, world.ports, world.security_groups):
        rows = [row for row in table.rows.values() if getattr(row.record, "name", "") in {*NAMES.values()}]
        for row in rows[:3]:
            row.change(name=f"{row.record.name}\x1b]0;x\x07"[:255], description="\u2066 changed")
    for name in (NAMES["controls"], "a//b", "new \u202e"):
        put_object(cloud, "Twin", name, b"changed", {"x-object-meta-note": "\u00e9"})
    cloud.objects.delete("Twin", "~")
    cloud.objects.put_container("new\n\x1b[2J", {})
    world.settle()


def named_in(world: World, kind: str) -> Iterator[str]:
    for row in getattr(world, kind).rows.values():
        yield row.record.name
