"""Reads `policy.yaml`, the one document that people edit, and says everything that is wrong with it at once.

Format: docs/formats/policy.md.
"""

import re
from difflib import get_close_matches
from functools import partial
from typing import Any

import msgspec
import yaml

from migrate.documents import digest
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.s3_objects import EXPIRING
from migrate.policy.profiles import profile_names
from migrate.policy.read_s3 import read_s3
from migrate.policy.read_schedule import read_schedule
from migrate.policy.read_store import read_store
from migrate.policy.scan_scope import KNOWN_WORDS
from migrate.policy.settings import ATTACHED, CUT_OVER, GLANCE, TWIN, Disks, Limits, Mappings, Policy
from migrate.policy.values import PolicyReader, Section, shown, wrong_selector, wrong_text
from migrate.policy.windows import parse_window

VERSION = 1
LANGUAGES = ("en", "fr")
CONSISTENCIES = ("auto", "stopped", "crash")
STALE = ("refuse", "accept")
BOOT = ("auto", "image", "volume")
USER_DATA = ("keep", "give")
SNAPSHOTS = ("volume", "image", "leave")
BACKUPS = ("leave", "volume", "container")
VERSIONS = ("keep", "current")
VANISHED = ("keep", "remove")
PATHS = (GLANCE, ATTACHED)
MOST_ATTACHMENTS = 20
"""A server takes about 25 volumes, and has some of its own."""
_SIDE = ("cloud", "region")
STARTS = (CUT_OVER, TWIN)
_SERVERS = (
    "consistency",
    "start",
    "stale",
    "keep_mac",
    "boot",
    "boot_volume_type",
    "user_data",
    "user_data_files",
)
_MAPPINGS = ("flavors", "volume_types", "compute_zones", "volume_zones", "external_networks", "networks", "projects")
_DISKS = ("capture", "restore", "source_worker", "target_worker", "devices", "attachments")
_AT_ONCE = ("source", "target", "disks", "servers_down", "reads", "objects")
_LIMITS = (*_AT_ONCE, "source_requests_per_s", "target_requests_per_s", "bandwidth", "windows")
_TOP = (
    "version",
    "migration",
    "source",
    "target",
    "store",
    "ledger",
    "deadline",
    "language",
    "servers",
    "snapshots",
    "backups",
    "images",
    "network",
    "objects",
    "disks",
    "mappings",
    "limits",
    "schedule",
    "scan",
    "skip",
    "accept",
)
_WORD = re.compile(r"[a-z][a-z0-9-]*")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,308})")
_DECIMAL = re.compile(r"-?[0-9]{1,309}(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,3})?")
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Safe; dates stay text, so that a missing offset can be seen; a key given twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise yaml.MarkedYAMLError(problem="a key must be one word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def _plain_number(loader: Any, node: Any) -> int | float | str:
    """A number as people write it; whatever else YAML takes for one (+5, 1_0, 0x10, 010, 1:30) stays the text it is."""
    text = str(node.value)
    if not text:
        raise ValueError("no number")
    if _WHOLE.fullmatch(text):
        return int(text)
    is_decimal = _DECIMAL.fullmatch(text) and not (text.isdigit() and text != "0")
    return float(text) if is_decimal else text


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _plain_number)


def parse_policy(text: str, *, name: str = "policy.yaml") -> Policy:
    """The policy in `text`. `name` is what errors call the file.

    Raises: ConfigError DCP-221 (no YAML), DCP-220 (everything that is wrong with it, by YAML path).
    """
    policy, problems = read_policy(text, name=name)
    refuse(problems, name=name)
    return policy


def read_policy(text: str, *, name: str = "policy.yaml") -> tuple[Policy, list[str]]:
    """The policy with everything that is wrong with it, by YAML path; what is wrong has its default in it.

    For whoever knows more that can be wrong (`plan/schedule.py`). Raises: ConfigError DCP-221,
    and DCP-220 for what has no keys at all.
    """
    document = _load(text, name)
    if not isinstance(document, dict):
        raise ConfigError(codes.POLICY_INVALID, path=name, problems="the whole document: must be keys with values")
    reader = PolicyReader()
    return _policy(reader, document), reader.problems


def refuse(problems: list[str], *, name: str = "policy.yaml") -> None:
    """Returns where there are none. Raises: ConfigError DCP-220 with all of them."""
    if problems:
        raise ConfigError(codes.POLICY_INVALID, path=name, problems="; ".join(problems))


def policy_seal(policy: Policy) -> str:
    """The identity of what a plan is made from; comments and the order of keys do not count, nor does `schedule`,
    nor where the key of the store is kept: each machine may have it elsewhere.

    What policies could not say from the first counts only where it is said: a plan of before still fits.
    """
    said = msgspec.to_builtins(policy)
    del said["schedule"], said["store_key"]
    limits = said["limits"]
    for where, name, default in (
        (said, "s3", None),
        (said, "versions", VERSIONS[0]),
        (said, "expiring", EXPIRING[0]),
        (said, "vanished", VANISHED[0]),
        (said, "stale", STALE[0]),
        (said, "boot", BOOT[0]),
        (said, "boot_by_server", {}),
        (said, "boot_volume_type", ""),
        (said, "start", CUT_OVER),
        (said, "start_by_server", {}),
        (said, "store_container", ""),
        (said, "scan_skip", ()),
        (said, "disks", msgspec.to_builtins(Disks())),
        (limits, "objects", Limits().objects),
        (limits, "servers_down", Limits().servers_down),
        (said["mappings"], "networks", {}),
    ):
        if where[name] == default:
            del where[name]
    return digest(said)


def _policy(reader: PolicyReader, document: Section) -> Policy:
    reader.known(document, "", _TOP)
    version = document.get("version")
    if version != VERSION or isinstance(version, bool):
        reader.problem("version", f"must be {VERSION}, the version that this Decamp reads")
    source = reader.section(document, "source", _SIDE)
    target = reader.section(document, "target", (*_SIDE, "profile", "objects"))
    servers = reader.section(document, "servers", _SERVERS)
    images = reader.section(document, "images", ("keep_properties",))
    network = reader.section(document, "network", ("rewrite_addresses",))
    objects = reader.section(document, "objects", ("versions", "expiring", "vanished"))
    scan = reader.section(document, "scan", ("skip",))
    mappings = reader.section(document, "mappings", _MAPPINGS)
    deadline = reader.moment(document, "deadline")
    boot, boot_by_server = _by_server(reader, servers, "boot", BOOT)
    start, start_by_server = _by_server(reader, servers, "start", STARTS)
    place = read_store(reader, document)
    return Policy(
        migration=reader.migration(document),
        source_cloud=reader.text(source, "source.cloud", None),
        source_region=reader.text(source, "source.region", ""),
        target_cloud=reader.text(target, "target.cloud", None),
        target_region=reader.text(target, "target.region", ""),
        profile=reader.one_of(target, "target.profile", ("auto", "none", *profile_names())),
        store=place.folder,
        store_container=place.container,
        store_key=place.key,
        ledger=reader.ledger(document),
        deadline=deadline,
        language=reader.one_of(document, "language", LANGUAGES),
        consistency=reader.one_of(servers, "servers.consistency", CONSISTENCIES),
        start=start,
        start_by_server=start_by_server,
        stale=reader.one_of(servers, "servers.stale", STALE),
        keep_mac=reader.yes_or_no(servers, "servers.keep_mac"),
        boot=boot,
        boot_by_server=boot_by_server,
        boot_volume_type=reader.text(servers, "servers.boot_volume_type", ""),
        user_data=reader.one_of(servers, "servers.user_data", USER_DATA),
        user_data_files=reader.files(servers, "servers.user_data_files"),
        snapshots=reader.one_of(document, "snapshots", SNAPSHOTS),
        backups=reader.one_of(document, "backups", BACKUPS),
        keep_properties=reader.texts(images, "images.keep_properties"),
        rewrite_addresses=reader.yes_or_no(network, "network.rewrite_addresses"),
        s3=read_s3(reader, target),
        versions=reader.one_of(objects, "objects.versions", VERSIONS),
        expiring=reader.one_of(objects, "objects.expiring", EXPIRING),
        vanished=reader.one_of(objects, "objects.vanished", VANISHED),
        disks=_disks(reader, document),
        mappings=Mappings(**{key: reader.names(mappings, f"mappings.{key}") for key in _MAPPINGS}),
        limits=_limits(reader, document),
        schedule=read_schedule(reader, document, deadline),
        scan_skip=reader.texts(scan, "scan.skip", _wrong_word),
        skip=reader.texts(document, "skip", partial(wrong_selector, with_code=False)),
        accept=reader.texts(document, "accept", partial(wrong_selector, with_code=True)),
    )


def _by_server(reader: PolicyReader, servers: Section, key: str, words: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """One word for all servers, or `server:web1: word` lines, and then the first of the words for all others."""
    if not isinstance(servers.get(key), dict):
        return reader.one_of(servers, f"servers.{key}", words), {}
    by_server: dict[str, str] = {}
    for selector, word in servers[key].items():
        path = f"servers.{key}.{selector}"
        if what := wrong_selector(selector, with_code=False):
            reader.problem(path, what)
        elif not selector.startswith(f"{Kind.SERVER}:"):
            reader.problem(path, "must name a server, such as server:web-1")
        elif word not in words:
            reader.problem(path, f"must be one of {', '.join(words)}, not {shown(word)}")
        else:
            by_server[selector] = word
    return words[0], by_server


def _disks(reader: PolicyReader, document: Section) -> Disks:
    section, default = reader.section(document, "disks", _DISKS), Disks()
    disks = Disks(
        capture=reader.one_of(section, "disks.capture", PATHS),
        restore=reader.one_of(section, "disks.restore", PATHS),
        source_worker=reader.server_id(section, "disks.source_worker"),
        target_worker=reader.server_id(section, "disks.target_worker"),
        devices=reader.text(section, "disks.devices", default.devices),
        attachments=reader.whole(section, "disks.attachments", default.attachments, most=MOST_ATTACHMENTS),
    )
    if not disks.devices.startswith("/"):
        reader.problem("disks.devices", f"must be a folder's path from / on, not {shown(disks.devices)}")
    for key, path, worker in (
        ("source_worker", disks.capture, section.get("source_worker")),
        ("target_worker", disks.restore, section.get("target_worker")),
    ):
        if path == ATTACHED and worker is None:
            way = "capture" if key == "source_worker" else "restore"
            reader.problem(f"disks.{key}", f"is missing: name the server that decamp runs on, or set {way} to glance")
    return disks


def _limits(reader: PolicyReader, document: Section) -> Limits:
    section, default = reader.section(document, "limits", _LIMITS), Limits()
    return Limits(
        **{key: reader.whole(section, f"limits.{key}", getattr(default, key)) for key in _AT_ONCE},
        source_requests_per_s=reader.per_second(section, "limits.source_requests_per_s"),
        target_requests_per_s=reader.per_second(section, "limits.target_requests_per_s"),
        bandwidth_bytes_per_s=reader.bandwidth(section, "limits.bandwidth"),
        windows=reader.texts(section, "limits.windows", _wrong_window),
    )


def _wrong_word(value: object) -> str | None:
    """What is wrong with a word of `scan.skip`; one that is not known may be a service that only one cloud has."""
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        return f"must be a service or a kind, such as object-store or backup, not {shown(value)}"
    near = [] if value in KNOWN_WORDS else get_close_matches(value, KNOWN_WORDS, n=1, cutoff=0.8)
    return f"{value} is neither a service nor a kind, did you mean {near[0]}?" if near else None


def _wrong_window(value: object) -> str | None:
    if not isinstance(value, str):
        return wrong_text(value)
    found = parse_window(value)
    return found if isinstance(found, str) else None


def _load(text: str, name: str) -> Any:
    try:
        for event in yaml.parse(text, Loader=_Loader):
            # A few lines of them stand for more than any machine holds.
            if isinstance(event, yaml.AliasEvent):
                at: Any = event.start_mark
                problem = "an alias (*) cannot be used here, write out what it stands for"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=at)
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 0
        raise ConfigError(codes.YAML_INVALID, path=name, line=line, why=f"line {line}: {err.problem}") from err
    # What a tag such as !!bool cannot make sense of ends in whatever the library trips over.
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as err:
        why = str(err).splitlines()[0] if str(err) else type(err).__name__
        raise ConfigError(codes.YAML_INVALID, path=name, line=0, why=why) from err
