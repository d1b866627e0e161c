"""What somebody has closed at the target's Swift stays closed by the next run; the `swift` client is the referee."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.messages import codes
from tests.lab.harness import ROOT, forked
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.raw import Account
from tests.objects_bench.tools import Decamp, direct

pytestmark = pytest.mark.lab

PROJECT = "test-changed"
SWIFT = Path(sys.executable).with_name("swift")


@pytest.fixture
def pair() -> Iterator[tuple[str, str]]:
    found = ensure_tenant("source", PROJECT), ensure_tenant("target", PROJECT)
    for entry in found:
        Account.of(entry).empty()
    yield found
    for entry in found:
        Account.of(entry).empty()


def swift(entry: str, *args: str) -> str:
    account = Account.of(entry)
    login = ["--os-storage-url", account.url, "--os-auth-token", account.token]
    return subprocess.run([SWIFT, *login, *args], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def stat(entry: str) -> dict[str, str]:
    lines = (line.partition(":") for line in swift(entry, "stat", "box").splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def test_a_list_that_was_closed_at_the_target_stays_closed_until_it_is_asked_for(
    pair: tuple[str, str], tmp_path: Path
) -> None:
    source, target = pair
    # A space too many: Swift spells a list in its own way, and what it reads back is no change of anybody's.
    swift(source, "post", "box", "-r", ".r:*, .rlistings", "-m", "Temp-URL-Key:sesame", "-m", "Team:Bern")
    (tmp_path / "one").write_text("one")
    swift(source, "upload", "box", str(tmp_path / "one"), "--object-name", "one")
    decamp = Decamp(tmp_path / "migration", direct(source, target), carried_out=forked)
    decamp.prepare()
    decamp.need("-C", str(decamp.folder), "run", "--execute")
    assert stat(target)["Read ACL"] == ".r:*,.rlistings"

    swift(source, "post", "box", "-m", "Team:Basel")
    first = decamp.run("run", "--execute", "--again", "container:box")
    assert first.status == 0 and codes.CHANGED_AT_TARGET not in first.output
    swift(target, "post", "box", "-r", "", "-m", "Temp-URL-Key:")
    swift(source, "upload", "box", str(tmp_path / "one"), "--object-name", "two")
    for args in (("scan",), ("plan",)):
        decamp.need("-C", str(decamp.folder), *args)
    second = decamp.run()
    assert second.status == 0 and "x-container-read" in second.output
    there = stat(target)
    assert (there["Read ACL"], there["Objects"], there["Meta Team"]) == ("", "2", "Basel")
    assert "Meta Temp-Url-Key" not in there
    verified = decamp.run("verify")
    assert verified.status == 4 and "--set-again container:box" in verified.output

    decamp.need("-C", str(decamp.folder), "run", "--execute", "--set-again", "container:box")
    there = stat(target)
    assert (there["Read ACL"], there["Meta Temp-Url-Key"]) == (".r:*,.rlistings", "sesame")
    assert decamp.run("verify").status == 0
