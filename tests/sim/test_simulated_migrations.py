"""Seeds of whole simulated migrations, and defects that some of them find. `make simulate-run SEED=n` repeats one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.planted import PLANTED

# Seconds of CPU, and a machine may be busy with the lab beside.
pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]
DEFECTS = {
    "claims-ignore-leases": "",
    "no-check-of-the-lease": "",
    "no-fence": "",
    "effects-are-not-recorded": "",
    "what-is-found-is-not-adopted": "",
    "no-search-by-mark": "",
    "a-lost-answer-is-asked-for-again": "",
    "stops-need-no-approval": "stopped and not approved",
    "no-time-windows": "a step began outside the time windows",
    "servers-are-not-stopped": "",
    "a-pass-from-before-the-stop-is-the-last": "another content",
    "temporaries-stay": "something is left",
    "servers-take-no-turns": "out of turn",
    "a-wave-that-goes-back-has-no-place": "out of turn",
    "runs-go-on-with-what-goes-back": "",
    "a-rollback-starts-before-it-stops": "a server runs at both sides",
}
"""Those of `planted.py`, and how it shows, where that is always the same."""
GOES_BACK = ("--tenant", "two", "--goes-back")
NEEDS = {
    "a-pass-from-before-the-stop-is-the-last": ("--tenant", "warm"),
    # What is made twice after a late request is not a defect.
    "a-lost-answer-is-asked-for-again": ("--off", "asleep", "late", "refused", "login", "hours", "late approval"),
    "servers-take-no-turns": ("--tenant", "two"),
    "a-wave-that-goes-back-has-no-place": GOES_BACK,
    "runs-go-on-with-what-goes-back": GOES_BACK,
    "a-rollback-starts-before-it-stops": GOES_BACK,
}


def simulated(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def are_good(tenant: str, first: int, count: int, *options: str) -> None:
    code, said = simulated("--tenant", tenant, "--seeds", f"{first}:{first + count}", "--twice", "20", *options)
    assert (code, said.splitlines()[-1].partition(",")[0]) == (0, "0 bad"), said
    assert f"{count} seeds" in said


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_a_small_tenant_moves_whatever_happens(first: int) -> None:
    are_good("small", first, 10)


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_a_server_that_works_on_moves_with_its_last_byte(first: int) -> None:
    are_good("warm", first, 10)


@pytest.mark.parametrize(("tenant", "first"), [("two", 0), ("two", 10), ("warm", 0)])
def test_a_wave_that_goes_back_moves_again_whatever_happens(tenant: str, first: int) -> None:
    are_good(tenant, first, 10, "--goes-back")


@pytest.mark.parametrize("seed", range(2))
def test_a_tenant_with_everything_moves_whatever_happens(seed: int) -> None:
    are_good("whole", seed, 1)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(defect: str) -> None:
    code, said = simulated("--planted", defect, "--seeds", "0:60", *NEEDS.get(defect, ()))
    assert code == 1 and DEFECTS[defect] in said and "make simulate-run SEED=" in said, said


def test_each_defect_has_to_be_found() -> None:
    assert set(DEFECTS) == set(PLANTED)


def test_a_bad_seed_is_told_with_what_it_needs() -> None:
    code, said = simulated("--planted", "no-time-windows", "--seeds", "0:60", "--shrink")
    options = said.partition("OPTIONS=")[2]
    assert code == 1 and "--runners 1 --kills 0" in options and "'hours'" not in options, said
    assert options.count("'") == 2 * 6, said


@pytest.mark.soak
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("first", range(1000, 4000, 100))
def test_three_thousand_seeds(first: int) -> None:
    are_good("small", first, 100)
