"""Some cases of each kind, always the same; in a soak a hundred thousand; each kind sees what is broken."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
import zstandard

import migrate.cli.archives.tar_files
import migrate.clouds.http.client
import migrate.clouds.openstack.records.answers
import migrate.clouds.s3.xml_answers
import migrate.disks.formats.ext
import migrate.disks.formats.qcow2_read
import migrate.disks.store.chunk_reader
import migrate.disks.store.compression
import migrate.disks.store.pack_format
import migrate.disks.store.pass_parts
import migrate.documents
import migrate.ledger.stored_records
import migrate.wizard.kept_answers
from tests.fuzz.engine import Failed, Kind, Progress, case_of, failure, run
from tests.fuzz.kinds import kinds
from tests.fuzz.wrong import WRONG
from tests.matrix import rest

KINDS = kinds()
SEED = 1
_TO_START_S = 120
SILENT_S = 90
"""So long no case takes on a busy machine: `bounded` allows 30 s of CPU."""


@pytest.mark.hostile
@pytest.mark.parametrize("name", KINDS)
def test_a_fixed_few(name: str) -> None:
    run(name, KINDS[name], SEED, range(KINDS[name].few))


# ---------------------------------------------------------------- over a hundred thousand


@pytest.mark.soak
def test_a_soak_takes_over_a_hundred_thousand() -> None:
    assert sum(kind.cases for kind in KINDS.values()) >= 100_000


@pytest.mark.soak
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("name", KINDS)
def test_many(name: str, tmp_path: Path) -> None:
    seed, cases = int(os.environ.get("SOAK_SEED", time.time())), KINDS[name].cases
    began = time.monotonic()
    print(f"{name}: {cases} cases, SOAK_SEED={seed}", flush=True)
    watched(name, KINDS[name], seed, cases, tmp_path / "progress")
    print(f"{name}: {cases} cases in {time.monotonic() - began:.0f} s", flush=True)


def watched(name: str, kind: Kind, seed: int, cases: int, path: Path, silent_s: float = SILENT_S) -> None:
    """Another process takes the cases: one without end, or that takes the process with it, is told by its number."""
    progress, at, since = Progress(path), -1, time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz", name, "--seed", str(seed)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*command, "--count", str(cases), "--progress", str(path)], cwd=root, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while True:
                try:
                    _, said = process.communicate(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if progress.number != at:
                        at, since = progress.number, time.monotonic()
                    elif time.monotonic() - since > silent_s + (_TO_START_S if at < 0 else 0):
                        raise Failed(_of(name, kind, seed, at, f"no end after {silent_s:.0f} s")) from None
        finally:
            process.kill()
            number = progress.number
            progress.close()
    if process.returncode == 1 and said:
        raise Failed(said)
    if process.returncode:
        raise Failed(_of(name, kind, seed, number, f"the process ends with {process.returncode}"))


def _of(name: str, kind: Kind, seed: int, number: int, why: str) -> str:
    return failure(name, seed, number, case_of(kind, name, seed, number), why)


# ---------------------------------------------------------------- each sees what is broken


class _LikeAny:
    """A digest that is equal to any other."""

    def digest(self) -> "_LikeAny":
        return self

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def _unpacked(stored: bytes, most_bytes: int) -> bytes:
    return zstandard.ZstdDecompressor().decompress(stored, max_output_size=most_bytes)


def _short(files: Any, at: int, size: int) -> Any:
    return files._disk(files._start + at, size)


_LIBRARY = SimpleNamespace(**{**vars(zstandard), "ZstdError": KeyError})
_YAML = SimpleNamespace(**{**vars(yaml), "YAMLError": KeyError})
_ANY_DIGEST = SimpleNamespace(sha256=lambda data: _LikeAny())
_UNTRANSLATED: Callable[..., Exception] = lambda error, call: error  # noqa: E731
_ODD = (migrate.clouds.openstack.records.answers, "ODD", (ZeroDivisionError,))
BROKEN: dict[str, tuple[Any, str, Any]] = {
    "qcow2": (migrate.disks.formats.qcow2_read, "_inflate", lambda stored, size: bytes(size)),
    "ext": (migrate.disks.formats.ext.ExtFiles, "_read", _short),
    "index": (migrate.disks.store.pack_format, "ENTRY_BYTES", 1),
    "frame": (migrate.disks.store.compression, "zstandard", _LIBRARY),
    "manifest": (migrate.documents, "UnicodeDecodeError", ZeroDivisionError),
    "part": (migrate.disks.store.pass_parts, "expand", _unpacked),
    "store": (migrate.disks.store.chunk_reader, "hashlib", _ANY_DIGEST),
    "openstack": _ODD,
    "stack": _ODD,
    "login": _ODD,
    "swift": _ODD,
    "s3": (migrate.clouds.s3.xml_answers, "_DIGITS", re.compile(".*")),
    "wire": (migrate.clouds.http.client, "_translated", _UNTRANSLATED),
    "archive": (migrate.cli.archives.tar_files, "_safe_name", lambda path, member, found: member.name),
    "ledger": (migrate.ledger.stored_records, "_check_moment", lambda text, name: None),
    "workspace": (migrate.documents, "UnicodeDecodeError", ZeroDivisionError),
    "text": (migrate.wizard.kept_answers, "yaml", _YAML),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_broken_is_found_and_told(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    run(name, KINDS[name], SEED, range(1))  # what is kept for all cases is made of what is whole
    monkeypatch.setattr(*BROKEN[name], raising=False)
    with pytest.raises(Failed) as caught:
        run(name, KINDS[name], SEED, range(2000))
    told = re.search(rf"{name}: case (\d+) of seed {SEED} fails: .* Its input: (\S+)\. ", str(caught.value), re.DOTALL)
    assert told and Path(told[2]).read_bytes()


@pytest.mark.parametrize("how", ["no end", "killed", *rest("memory", "right")])
def test_a_case_that_never_ends_or_ends_the_process_is_told(tmp_path: Path, how: str) -> None:
    """By a kind that does so at its third case (tests/fuzz/wrong.py)."""
    kind = KINDS["qcow2"] if how == "right" else WRONG[how]
    name = "qcow2" if how == "right" else how
    if how == "right":
        watched(name, kind, SEED, 5, tmp_path / "progress")
        return
    with pytest.raises(Failed, match=rf"{how}: case 2 of seed {SEED} fails"):
        watched(name, kind, SEED, 5, tmp_path / "progress", silent_s=4)
