"""A tenant with a secret in every place where one may stand, and the referee that looks for them."""

import base64
import gzip
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory import MemoryCloud, World
from migrate.demo.memory.resource_table import Row
from migrate.demo.small_tenant import MIB, noise, put_object
from migrate.model import (
    Kind,
    Network,
    Port,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServiceResource,
    StackSource,
    Volume,
)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----"


def word(kind: str) -> str:
    """The secret itself: with signs in it that URLs and JSON spell otherwise, where its place takes them."""
    plain = f"hunter-{kind.replace(' ', '-')}-2"
    return plain if kind in PLAIN else f'{plain}/é"+&'


PLAIN = frozenset(
    {
        "a password in a tag",
        "a password header of a container",
        "a password header of an object",
        "a presigned URL",
        "a proxy with a login",
        "a private key in metadata",
        "a Basic header",
        "a password in an encoded query",
        "an option of sshpass in a description",
        "a login in a sync address",
        "a password in base64 in metadata",
    }
)
TENANT = (
    "a password in server metadata",
    "an api_key in server metadata",
    "a sentence in server metadata",
    "a private key in metadata",
    "a proxy with a login",
    "a Basic header",
    "a presigned URL",
    "a mdp in server metadata",
    "a mot_de_passe in server metadata",
    "a password in an encoded query",
    "a password in base64 in metadata",
    "a key_material in volume metadata",
    "an option of sshpass in a description",
    "a token in volume metadata",
    "a password in volume metadata",
    "a token in snapshot metadata",
    "a password in an image property",
    "a password in a server description",
    "a password in a volume description",
    "a password in a network description",
    "a token in a rule description",
    "a password in a tag",
    "a password header of a container",
    "the temp-url key of a container",
    "the second temp-url key",
    "the sync key of a container",
    "a login in a sync address",
    "a password header of an object",
    "a chpasswd in user data",
    "a private key in user data",
    "a hidden parameter of a stack",
)
KEPT = frozenset({"a chpasswd in user data", "a private key in user data", "a hidden parameter of a stack"})
"""What a workspace is for, too: in `private/`, as it is."""

USER_DATA = (
    f"#cloud-config\nchpasswd: {{list: 'root:{word('a chpasswd in user data')}'}}\n"
    f"write_files: [{{content: '{PEM.format(word('a private key in user data'))}'}}]\n"
)


def fill(world: World) -> None:
    """A server with its volume, snapshot, image, network, group and containers; all secrets in their places."""
    cloud = MemoryCloud("source/small", world=world, project="small")
    state = cloud.network.state()
    network = Network(id="", name="vault", description=f"password: {word('a password in a network description')}")
    cloud.network.create_network(network)
    by_option = f"sshpass -p{word('an option of sshpass in a description')} ssh root@vault"
    cloud.network.create_network(Network(id="", name="vault-2", description=by_option))
    told = f"token={word('a token in a rule description')}"
    rule = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22, description=told)
    group = cloud.network.create_security_group(SecurityGroup(id="", name="vault"))
    cloud.network.replace_rules(group, (rule,))
    own = next(one for one in state.networks if one.is_own)
    port = cloud.network.create_port(Port(id="", network_id=own.id, name="vault", security_group_ids=(group,)))
    image = cloud.images.create(
        NewImage(
            name="vault",
            disk_format="raw",
            properties={"cw_admin_password": word("a password in an image property"), "os_distro": "debian"},
        )
    )
    cloud.images.upload(image, [noise("vault", MIB)], MIB)
    server = cloud.compute.create_server(
        NewServer(
            name="vault",
            flavor_id="16",
            image_id=image,
            port_ids=(port,),
            description=f"root password: {word('a password in a server description')}",
            tags=(f"password={word('a password in a tag')}",),
            metadata={
                "db_password": word("a password in server metadata"),
                "api_key": word("an api_key in server metadata"),
                "note": f"login with password={word('a sentence in server metadata')}",
                "tls": PEM.format(word("a private key in metadata")),
                "http_proxy": f"http://me:{word('a proxy with a login')}@proxy:3128",
                "fetch": f"Authorization: Basic {in_base64(word('a Basic header'))}",
                "mdp": word("a mdp in server metadata"),
                "remarque": f"mot_de_passe : {word('a mot_de_passe in server metadata')}",
                "back": f"https://shop.example/?next=%2Flogin%3Fpassword%3D{word('a password in an encoded query')}",
                "packed": in_base64(f"password={word('a password in base64 in metadata')}"),
                "color": "blue",
            },
        )
    )
    presigned = f"https://s3.example/b/k?X-Amz-Expires=9&X-Amz-Signature={word('a presigned URL')}&x=1"
    volume = cloud.block.create_volume(
        NewVolume(
            name="vault",
            size_gib=1,
            description=f"luks passphrase: {word('a password in a volume description')}",
            metadata={
                "access_token": word("a token in volume metadata"),
                "password": word("a password in volume metadata"),
                "download": presigned,
                "key_material": word("a key_material in volume metadata"),
            },
        )
    )
    world.settle()
    world.write_volume(volume, 0, noise("vault", MIB))
    cloud.compute.attach(server, volume)
    world.settle()
    cloud.block.create_snapshot(volume, "vault snapshot", {"token": word("a token in snapshot metadata")})
    cloud.objects.put_container(
        "vault",
        {
            "x-container-meta-db-password": word("a password header of a container"),
            "x-container-meta-temp-url-key": word("the temp-url key of a container"),
            "x-container-meta-temp-url-key-2": word("the second temp-url key"),
            "x-container-sync-key": word("the sync key of a container"),
            "x-container-sync-to": f"https://me:{word('a login in a sync address')}@other.example/v1/a/vault",
        },
    )
    put_object(cloud, "vault", "deed", b"x", {"x-object-meta-password": word("a password header of an object")})
    project = world.project("small")
    stack = ServiceResource(kind=Kind.STACK, id="stack1", name="vault", service="orchestration")
    project.others.append(stack)
    project.stacks["stack1"] = StackSource(
        id="stack1",
        name="vault",
        template="heat_template_version: 2018-08-31\nresources: {}\n",
        parameters={"db_password": word("a hidden parameter of a stack")},
    )
    world.settle()
    world.log.clear()


def change(world: World) -> None:
    """What looks like a secret becomes another one, for what tells differences."""
    rows: list[Row[Server] | Row[Volume]] = [*world.servers.rows.values(), *world.volumes.rows.values()]
    for row in rows:
        if row.record.name == "vault":
            changed = {key: f"{value}, changed" for key, value in row.record.metadata.items()}
            metadata = {**changed, "new_password": word("a password in server metadata")}
            row.change(metadata=metadata, description=f"{row.record.description}, changed")


# ---------------------------------------------------------------- the referee


def spellings(secret: str) -> set[str]:
    """Raw, in base64 at each of its three places, quoted for URLs, and as JSON and Python write it."""
    plain = secret.encode()
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
    found |= {
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
    }
    for before in range(3):
        # Without the signs at either end that hang on what is beside it.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"x" * before + plain).decode().rstrip("=")
            found.add(text[(0, 2, 3)[before] : len(text) - 1])
    return found


def grep(folder: Path, secrets: Mapping[str, str], but: Iterable[str] = ()) -> dict[str, list[str]]:
    """Kind of secret -> the files below the folder that have it in some spelling, by grep, unpacked."""
    for packed in folder.rglob("*.gz"):
        packed.with_name(packed.name + ".plain").write_bytes(gzip.decompress(packed.read_bytes()))
    but = tuple(but)
    every = {spelt for secret in secrets.values() for spelt in spellings(secret)}
    if not _files_with(folder, every, but):
        return {}
    found = {kind: _files_with(folder, spellings(secret), but) for kind, secret in secrets.items()}
    return {kind: files for kind, files in found.items() if files}


def _files_with(folder: Path, words: set[str], but: tuple[str, ...]) -> list[str]:
    command, lines = ["grep", "-rlaF", "-f", "-", "."], "\n".join(sorted(words))
    done = subprocess.run(command, input=lines.encode(), capture_output=True, cwd=folder, check=False)
    assert done.returncode in {0, 1}, done.stderr
    files = [line.decode().removeprefix("./") for line in done.stdout.splitlines()]
    return sorted(name for name in files if not name.startswith(but))


def told(printed: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, list[str]]:
    """Kind of secret -> the commands that have printed it, across the lines that tables are broken into too."""
    found: dict[str, list[str]] = {}
    whole = {command: re.sub(r"\s+", "", text) for command, text in printed.items()}
    for kind, secret in secrets.items():
        spelt = {re.sub(r"\s+", "", one) for one in spellings(secret)}
        for command, text in whole.items():
            if any(one in text for one in spelt):
                found.setdefault(kind, []).append(command)
    return found
