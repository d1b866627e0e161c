"""What a policy asks of this machine: programs to run as this user, and a ledger to open outside the workspace."""

import hashlib
import json
import os
import re
import secrets
import shlex
import stat
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.model.health_checks import CommandCheck
from migrate.policy.policy_records import Policy

MOST_BYTES = 256 << 20
"""No larger file is a program, or its input: a stranger's may be a terabyte of nothing."""
_PLAIN_URL = re.compile(r"https?://[!-?A-Z^-~\[\]]+", re.ASCII)
"""Printable ASCII without blank, backslash and `@`."""
_NO_NAME = re.compile(r"[^\w./~+-]+")
"""What stands between names in a line for a shell or another interpreter."""


class AskKind(StrEnum):
    PROGRAM = "program"
    LEDGER = "ledger"


class Ask(NamedTuple):
    """`key`: where the policy says it.   `shown`: what it says.   `digest`: changes with all that is agreed to."""

    kind: AskKind
    key: str
    shown: str
    digest: str


def asks_of(policy: Policy, root: Path) -> tuple[Ask, ...]:
    """Everything that this policy asks in the workspace at `root`, each once. Reads the programs' files."""
    found = [
        Ask(AskKind.PROGRAM, key, shlex.join(arguments), program_digest(arguments, root))
        for key, arguments in _programs(policy)
    ]
    if ledger := ledger_ask(policy, root):
        found.append(ledger)
    return tuple({ask.digest: ask for ask in reversed(found)}.values())[::-1]


def _programs(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key in ("before_stop", "after_up", "after_back"):
        for arguments in getattr(policy, key).values():
            yield f"servers.{key}", arguments
    for line in policy.health:
        for check in line.checks:
            if isinstance(check, CommandCheck):
                yield "servers.health", check.run


def program_digest(arguments: Sequence[str], root: Path) -> str:
    """Of the program's words, and of the content of the files that are run.

    These are the one that a program with a slash names, and every file of the workspace among the words of the
    arguments: nobody can tell from here which of them an interpreter reads. A name without a slash is looked up in the
    operator's own PATH: what an update of the system puts there counts as the same program. What a program itself
    reads or runs stands in no argument.
    """
    contents: list[str | None] = []
    if arguments and "/" in arguments[0]:
        contents.append(_content(root / arguments[0]))
    contents += [_content(path) for path in _files_named(arguments[1:], root)]
    return _digest(AskKind.PROGRAM, json.dumps([*arguments, *contents]))


def _files_named(words: Sequence[str], root: Path) -> Iterator[Path]:
    """What lies in the workspace under these words, also behind the sign of an option, or within a line for a shell."""
    for word in words:
        parts = (word, *_NO_NAME.split(word))
        for part in dict.fromkeys((*parts, *(part[2:] for part in parts if part.startswith("-")))):
            if (path := _inside(part, root)) and os.path.lexists(path) and not path.is_dir():
                yield path


def _inside(word: str, root: Path) -> Path | None:
    """The place in the workspace that the word names, links not followed; None for one outside."""
    place = Path(os.path.normpath(root.absolute() / word))
    return place if Path(os.path.normpath(root.absolute())) in place.parents else None


def _content(path: Path) -> str | None:
    """The SHA-256 of the file, None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        if found.st_size > MOST_BYTES:
            return secrets.token_hex()  # of nobody's, so that it is never agreed to
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return secrets.token_hex()
    finally:
        os.close(descriptor)


def ledger_ask(policy: Policy, root: Path) -> Ask | None:
    """For a ledger outside the workspace."""
    ledger = ledger_outside(policy, root)
    return Ask(AskKind.LEDGER, "ledger", ledger, _digest(AskKind.LEDGER, ledger)) if ledger else None


def ledger_outside(policy: Policy, root: Path) -> str:
    """The ledger's address, or its file's path, where it is not below the workspace; empty where it is."""
    scheme, _, path = policy.ledger.partition(":///")
    if not scheme.startswith("sqlite"):
        return policy.ledger
    place = (root / path).resolve()
    return "" if not path or root.resolve() in place.parents else str(place)


def host_of(url: str) -> str:
    """Scheme, host and port of an address, which decide where a password goes; empty for no such address.

    Nor for one that others may read otherwise: after a backslash, a blank or an `@` the host is a matter of opinion.
    """
    if not _PLAIN_URL.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}" if host and port else ""


def _digest(kind: AskKind, text: str) -> str:
    return hashlib.sha256(f"{kind}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
