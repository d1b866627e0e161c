"""A tenant whose every name, description and metadata tries to write on the screen what is not there."""

from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import MemoryCloud, World
from migrate.demo.small_tenant import MIB, noise, put_object
from migrate.model import Port

ATTACKS = {
    "clears the screen": ("\x1b[2J", r"\x1b[2J"),
    "writes the clipboard": ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
    "a C1 control": ("\x9b31m", r"\x9b31m"),
    "the next line of C1": ("\x85", r"\x85"),
    "a carriage return": ("ok\rFORGED", r"ok\rFORGED"),
    "a line feed": ("ok\nFORGED", r"ok\nFORGED"),
    "a tab": ("a\tb", r"a\tb"),
    "a backspace": ("a\x08b", r"a\x08b"),
    "a vertical tab": ("a\x0bb", r"a\x0bb"),
    "a delete": ("a\x7fb", r"a\x7fb"),
    "turned right to left": ("\u202egnp", r"\u202egnp"),
    "an isolate": ("\u2067x\u2069", r"\u2067x\u2069"),
    "a mark of direction": ("a\u200eb", r"a\u200eb"),
    "zero width": ("a\u200bb", r"a\u200bb"),
    "an emoji that is joined": ("\U0001f469\u200d\U0001f4bb", "\U0001f469\\u200d\U0001f4bb"),
    "a byte order mark": ("\ufeffx", r"\ufeffx"),
    "a line separator": ("ok\u2028FORGED", r"ok\u2028FORGED"),
    "a paragraph separator": ("ok\u2029FORGED", r"ok\u2029FORGED"),
    "a soft hyphen": ("a\xadb", r"a\xadb"),
    "a sign for private use": ("\ue0000\ue001", r"\ue0000\ue001"),
    "a tag": ("\U000e0041x", r"\U000e0041x"),
}
"""What it does: the characters, and how they are to be shown."""

MARKUP = (
    "[x](http://a.example)",
    "<http://b.example>",
    "http://c.example",
    "www.d.example",
    "//e.example",
    "f@g.example",
    "mailto:h",
    "![i](http://j.example/k.png)",
    "<img src=http://l.example>",
    "**bold**",
    "_slanted_",
    "~~struck~~",
    "`code` http://m.example`",
    "a|b",
    "n\\|http://o.example",
    "[p]: http://q.example",
    "{name} {item} {0} %s %(name)s",
)
"""Names that some reader of Markdown makes a link, an image or something else of."""

EVIL = "é שלום " + " ".join(raw for raw, _ in ATTACKS.values())


def fill(world: World, word: str = "") -> None:
    """Everything that has a name, with all of them in it at once, and `word` before them."""
    cloud = MemoryCloud("source/small", world=world, project="small")
    state = cloud.network.state()
    network = next(one for one in state.networks if one.is_own)
    group_ids = tuple(group.id for group in state.security_groups)
    port = cloud.network.create_port(Port(id="", network_id=network.id, name=EVIL, security_group_ids=group_ids))
    image = next(one.id for one in cloud.images.images())
    server = cloud.compute.create_server(
        NewServer(
            name=f"{word}server {EVIL}",
            flavor_id="16",
            image_id=image,
            port_ids=(port,),
            description=EVIL,
            metadata={"note": EVIL},
        )
    )
    volume = cloud.block.create_volume(
        NewVolume(name=f"{word}volume {EVIL}", size_gib=1, description=EVIL, metadata={"note": EVIL})
    )
    world.settle()
    world.write_volume(volume, 0, noise("evil", MIB))
    cloud.compute.attach(server, volume)
    world.settle()
    cloud.block.create_snapshot(volume, f"{word}snapshot {EVIL}", {"note": EVIL})
    # Which has no slash, and no room for more.
    container = f"{len(word)} {EVIL}"
    cloud.objects.put_container(container, {})
    put_object(cloud, container, f"{word}object {EVIL}", b"x", {"x-object-meta-note": "n"})
    world.settle()
    world.log.clear()
