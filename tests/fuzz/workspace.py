"""The files of a workspace that somebody hands over, and texts that the wizard is given: RC files and answers."""

import gzip
import hashlib
import json
import random
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import yaml

from migrate.documents import canonical
from migrate.wizard.kept_answers import read_answers, read_given
from migrate.wizard.rc_files import read_rc
from tests.fuzz.engine import Kind
from tests.fuzz.ledger import good as good_ledger
from tests.fuzz.moved import check_said, moved
from tests.fuzz.mutate import damage, document, words

COMMANDS = (
    *("status", "status -f json", "check", "check --lang fr", "plan", "forecast", "watch --once", "doctor", "approve"),
    *("run", "run --only evacuate", "clean", "store check", "report -o -", "report --offline -o - --lang fr"),
    *("cut-over tool-1", "rollback tool-1", "accept tool-1", "test-launch tool-1", "verify --sample 1"),
    "support-bundle",
)
"""None of these changes a cloud: they look, show what they would do, or ask first."""


class Case(NamedTuple):
    """A file of the workspace, what it holds instead, and what looks at it."""

    name: str
    raw: bytes
    command: str


@cache
def good() -> dict[str, bytes]:
    """The documents of the workspace, by name: not its ledger, its store, or what a command makes anew."""
    root = moved().root
    found = [path for path in root.rglob("*") if path.suffix in (".json", ".jsonl", ".yaml", ".gz")]
    names = sorted(str(path.relative_to(root)) for path in found if path.is_file())
    return {name: (root / name).read_bytes() for name in names if not name.startswith(("store/", "cache/"))}


def _make(rng: random.Random) -> Case:
    names = sorted(good())
    name = rng.choice([*names, *("policy.yaml", "plan.json", "source.json", "target.json") * 2])
    raw = good()[name]
    if name.endswith(".gz"):
        rows = words(rng, gzip.decompress(raw)) if rng.random() < 0.8 else gzip.decompress(raw)
        raw = gzip.compress(rows, mtime=0)
        raw = damage(rng, raw, most=2) if rng.random() < 0.2 else raw
    elif rng.random() < 0.1:
        raw = damage(rng, raw) if rng.random() < 0.5 else words(rng, raw)
    else:
        raw = _changed(rng, raw)
    return Case(name, raw, rng.choice(COMMANDS))


def _changed(rng: random.Random, raw: bytes) -> bytes:
    """Another document, with the seal that fits if it had one."""
    value: Any = yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(value, dict):
        return words(rng, raw)
    seal = value.pop("seal", None)
    new = document(rng, value)
    if seal is not None and isinstance(new, dict):
        with suppress(TypeError, ValueError, OverflowError, RecursionError):
            new |= {"seal": hashlib.sha256(canonical(new)).hexdigest() if rng.random() < 0.95 else seal}
    # JSON is YAML too.
    return json.dumps(new).encode()


def _attempt(case: Case) -> None:
    there = moved()
    for ending in ("", "-wal", "-shm", "-journal"):
        there.ledger.with_name(there.ledger.name + ending).unlink(missing_ok=True)
    there.ledger.write_bytes(good_ledger())
    path = there.root / case.name
    path.write_bytes(case.raw)
    try:
        check_said(there.said("-C", there.root, *case.command.split()))
    finally:
        _as_it_was()


def _as_it_was() -> None:
    root = moved().root
    for path in [path for path in root.rglob("*") if path.is_file()]:
        name = str(path.relative_to(root))
        if not name.startswith(("store/", "cache/", "ledger.db", "private/consent")) and name not in good():
            path.unlink()
    for name, raw in good().items():
        if not (root / name).is_file() or (root / name).read_bytes() != raw:
            (root / name).write_bytes(raw)


# ---------------------------------------------------------------- texts that the wizard is given

_SHELL = (
    *("export ", "OS_PASSWORD=", "OS_USERNAME=me", "OS_AUTH_URL=https://a.example/v3", "OS_PROJECT_NAME=", "X=", "+="),
    *("\n", "\n", "\n", " ", ";", "&&", "||", "|", "&", "#", "'", '"', "$'", "\\", "\\\n", "`", "$(", "$((", ")", "("),
    *("$OS_PASSWORD", "${OS_PASSWORD}", "${OS_PASSWORD:-x}", "$OS_PASSWORD$OS_PASSWORD", "${!X}", "$X", "${", "}"),
    *("unset OS_PASSWORD", "if false; then", "fi", "f() {", "{", "<<EOF\n", "\nEOF\n", "<<<", "~", "{a,b}", "*", "!"),
    *("read -s OS_PASSWORD", "eval ", "source x", "case x in", "esac", "for X in 1 2; do", "done", "set ", "%X%"),
    *(
        "\u2028",
        "\x85",
        "\xa0",
        "\x00",
        "\ud800",
        "é",
        "\x1b[2J",
        "a" * 5000,
        "declare -x ",
        "printf -v OS_PASSWORD",
        "\r\n",
    ),
)
_ANSWERS = """version: 1
answers:
  source.how: {answer: env, at: "2026-11-27T10:00:00Z"}
  deadline: {answer: "2027-02-01 00:00", at: "2026-11-27T10:00:00Z"}
fields: {}
"""


def _make_text(rng: random.Random) -> tuple[str, str]:
    """Which reader, and the text."""
    how = rng.random()
    if how < 0.5:
        return "rc", "".join(rng.choice(_SHELL) for _ in range(rng.choice((3, 8, 20, 60))))
    if how < 0.55:
        # Each line doubles the one before.
        return "rc", "OS_X=aaaa\n" + "OS_X=$OS_X$OS_X\n" * rng.choice((10, 40, 1000))
    if how < 0.75:
        value = document(rng, yaml.safe_load(_ANSWERS))
        return "answers", json.dumps(value)
    if how < 0.95:
        return "answers", words(rng, _ANSWERS.encode()).decode("utf-8", "replace")
    anchors = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, rng.choice((3, 12))))
    return "answers", f"a0: &a0 {rng.choice(('x', '1:1:1:1', '0x' + 'f' * 9000, '[[[['))}\n{anchors}{_ANSWERS}"


def _attempt_text(case: tuple[str, str]) -> None:
    reader, text = case
    if reader == "rc":
        found = read_rc(text)
        assert not set(found.values) & set(found.unknown), "known and unknown"
        assert all(isinstance(value, str) and value for value in found.values.values())
        return
    for read in (read_answers, read_given):
        read(text, "answers.yaml")


KINDS = {
    "workspace": Kind(_make, _attempt, cases=15_000, few=60),
    "text": Kind(_make_text, _attempt_text, cases=30_000, few=200),
}
