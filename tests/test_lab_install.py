"""What the lab downloads is tried again a few times, and the last error is told whole."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lab"))

from openstack_lab import install
from openstack_lab.config import LabError

FAILS = """#!/bin/sh
echo "$*" >> {calls}
test $(grep -c install {calls}) -gt {times} || {{ echo "no route to the mirror" >&2; test "$1" = update; exit; }}
"""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    told: list[float] = []
    monkeypatch.setattr("openstack_lab.install.sleep", told.append)
    return told


def mirror(tmp_path: Path, times: int) -> tuple[str, Path]:
    """A program that updates lists always and installs only after so many failures; and where its calls are noted."""
    program, calls = tmp_path / "apt", tmp_path / "calls"
    program.write_text(FAILS.format(calls=calls, times=times))
    program.chmod(0o755)
    return str(program), calls


def test_a_download_that_fails_is_begun_anew(
    tmp_path: Path, pauses: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    program, calls = mirror(tmp_path, times=install.TRIES - 1)
    install._download([program, "update"], [program, "install"])
    assert calls.read_text().split() == ["update", "install"] * install.TRIES
    assert pauses == [install.PAUSE_S, 2 * install.PAUSE_S]
    assert capsys.readouterr().err.count("no route to the mirror") == len(pauses)


def test_after_the_last_try_the_command_and_its_error_are_told(tmp_path: Path, pauses: list[float]) -> None:
    program, calls = mirror(tmp_path, times=install.TRIES)
    with pytest.raises(LabError) as told:
        install._download([program, "update"], [program, "install"])
    assert str(told.value) == f'Tried 3 times: "{program} install" ended with 1: no route to the mirror'
    assert calls.read_text().split() == ["update", "install"] * install.TRIES


def test_what_succeeds_is_done_once(tmp_path: Path, pauses: list[float]) -> None:
    program, calls = mirror(tmp_path, times=0)
    install._download([program, "install"])
    assert calls.read_text().split() == ["install"] and pauses == []


@pytest.mark.parametrize("uv_ends_with", [0, 2])
def test_uv_installs_the_clouds_and_pip_where_uv_cannot(
    uv_ends_with: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = stand_ins(tmp_path, monkeypatch, uv_ends_with)
    install._install_venv()
    wanted = f"-r {install.REQUIREMENTS} -r {install.CONSTRAINTS}"
    programs = [line.split()[0] for line in calls.read_text().splitlines() if line.endswith(wanted)]
    assert programs == (["uv", "pip"] if uv_ends_with else ["uv"])
    assert install.is_installed() and ("Instead pip" in capsys.readouterr().err) == bool(uv_ends_with)


def test_the_environment_is_of_debians_python_and_made_anew_after_its_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = stand_ins(tmp_path, monkeypatch)
    install._install_venv()
    assert "-m venv" not in calls.read_text()
    newer = install.PYTHON.rename(tmp_path / "python3.99")
    monkeypatch.setattr(install, "PYTHON", newer)
    assert not install.is_installed()
    install._install_venv()
    assert f"python3.13 -m venv --clear {tmp_path / 'venv'}" in calls.read_text()


def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv_ends_with: int = 0) -> Path:
    """Programs that only note how they are called, beside an environment of Python 3.13. Returns where they note it."""
    calls = tmp_path / "calls"
    for name, code in (("pip", 0), ("uv", uv_ends_with), ("python3.13", 0)):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\nexit {code}\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "venv/lib/python3.13").mkdir(parents=True)
    monkeypatch.setattr(install, "BIN", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / "venv")
    monkeypatch.setattr(install, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(install, "PYTHON", tmp_path / "python3.13")
    return calls
