"""User data of an inventory's servers: from the customer's files, the tenant's stacks, or a captured disk.

The content goes to `private/`, as it may hold passwords; the inventory only has digests.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from migrate import user_data_files as kept
from migrate.clouds.ports import Cloud
from migrate.errors import ConfigError, ItemError, TransientError
from migrate.file_names import file_name
from migrate.inventory.stack_user_data import UserData, user_data_of
from migrate.messages import codes
from migrate.model import Inventory, Kind, Server, StackSource
from migrate.monitor import log
from migrate.own_files import read_below

_NESTED = re.compile(
    r"OS::Heat::(ResourceGroup|AutoScalingGroup|InstanceGroup|ResourceChain|Stack)|AWS::(AutoScaling|CloudFormation)::.*"
)
_BUILT_IN = ("OS::", "AWS::")
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]")
_MOST_STACKS = 1000


def collect_user_data(
    cloud: Cloud, inventory: Inventory, private: Path, *, files: Mapping[str, str] | None = None, root: Path = Path()
) -> Inventory:
    """The inventory with its servers' `user_data`, as far as known, and the stack that owns each server.

    Args:    files: maps server names or ids to files below `root`, which take precedence.
    Raises:  ConfigError DCP-223: a file cannot be read.  AccessError, FatalError. Unreadable stacks are skipped: their
             servers' user data stays unknown.
    """
    found: dict[str, UserData] = {}
    owners: dict[str, str] = {}
    for top, stack in _stacks(cloud, [other.id for other in inventory.others if other.kind is Kind.STACK and other.id]):
        told = user_data_of(stack)
        found |= {one.server_id: one for one in told}
        owners |= {one.server_id: top for one in told}
        _keep_stack(private, stack, told)

    def told_of(server: Server) -> Server:
        digest = _own_file(server, files or {}, root, private) or _told(found.get(server.id), private)
        return replace(
            server,
            user_data=digest or kept.found_on_disk(private, server.id),
            # The stack noted on a server may be nested in this one.
            stack_id=owners.get(server.id) or server.stack_id,
        )

    return replace(inventory, servers=tuple(told_of(server) for server in inventory.servers))


def _own_file(server: Server, files: Mapping[str, str], root: Path, private: Path) -> str | None:
    name = files.get(server.id) or files.get(server.name)
    if not name:
        return None
    try:
        content = read_below(root, name)
    except OSError as err:
        raise ConfigError(codes.USER_DATA_FILE_UNREADABLE, path=str(root / name), why=err.strerror or str(err)) from err
    return kept.keep(private, content)


def _told(one: UserData | None, private: Path) -> str | None:
    if one is None:
        return None
    if one.text is None:
        log.info("user data not in its stack server=%s why=%s", one.server_id, one.why)
        return None
    return kept.keep(private, one.text.encode())


def _stacks(cloud: Cloud, stack_ids: list[str]) -> Iterator[tuple[str, StackSource]]:
    """All stacks, also nested ones, each once, with the outermost stack, which its owner knows."""
    seen: set[str] = set()
    pending = [(stack_id, stack_id) for stack_id in sorted(stack_ids, reverse=True)]
    while pending and len(seen) < _MOST_STACKS:
        top, stack_id = pending.pop()
        if stack_id in seen:
            continue
        seen.add(stack_id)
        try:
            stack = cloud.others.stack(stack_id)
        except (ItemError, TransientError) as err:
            log.warning("stack not read id=%s code=%s", stack_id, err.code)
            continue
        yield top, stack
        pending += [(top, i) for _, (kind, i) in sorted(stack.resources.items()) if i and _is_nested(kind)]


def _is_nested(kind: str) -> bool:
    """Whether a resource is a nested stack: a group, or a type defined by the tenant."""
    return bool(_NESTED.fullmatch(kind)) or not kind.startswith(_BUILT_IN)


def _keep_stack(private: Path, stack: StackSource, told: tuple[UserData, ...]) -> None:
    """Saves the stack's template and parameters for its owner."""
    document = {
        "stack": msgspec.to_builtins(stack),
        "user_data": {one.server_id: one.why or "kept" for one in told},
    }
    name = file_name(f"{_UNSAFE.sub('_', stack.name)[:80]}-{stack.id}")
    content = msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1)
    kept.write_private(private / "stacks" / f"{name}.json", content + b"\n")
