"""All orders of a few threads in the small classes that threads share, and defects that some order shows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.orders.cases import CASES
from tests.orders.planted import PLANTED

# Seconds of CPU, and a machine may be busy with the lab beside.
pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]


def orders(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.orders", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_every_order_is_good(case: str) -> None:
    code, said = orders(case)
    assert code == 0 and "all good" in said, said
    assert int(said.split()[1]) > 50, "there are as few orders where nothing is watched"


@pytest.mark.parametrize("defect", PLANTED)
def test_a_defect_is_found(defect: str) -> None:
    code, said = orders("--planted", defect)
    assert code == 1 and "all good" not in said, said


def test_an_unknown_case_is_refused() -> None:
    code, said = orders("pol")
    assert code == 2 and "no such case: pol; there are pool, " in said, said


@pytest.mark.soak
@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize("case", CASES)
def test_one_switch_more(case: str) -> None:
    code, said = orders(case, "--more", "1")
    assert code == 0, said
