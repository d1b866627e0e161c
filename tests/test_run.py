"""`make test` tells the truth: what failed is named last, what did not run is red, and only lab tests run again."""

import json
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import run
from tests.run import Part, Run, again, chosen, keep_flaky, parts, report

ROOT = Path(__file__).parents[1]
TESTS = """
from pathlib import Path
import pytest
def test_good(): ...
def test_bad(): assert 1 == 2, "never"
def test_second_time():
    seen = Path(__file__).with_name("seen")
    assert seen.exists() or seen.touch()
def test_lacks_a_tool(): pytest.skip("no such tool")
def test_kills_its_worker():
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
def test_ends_all():
    pytest.exit("enough")
def test_hangs():
    import time
    Path(__file__).with_name("hangs").touch()
    time.sleep(600)
@pytest.fixture(scope="module")
def broken(): raise ValueError("no cloud")
def test_one(broken): ...
def test_two(broken): ...
def test_three(broken): ...
@pytest.mark.parametrize("number", range(40))
def test_many(number): ...
def test_waits():
    import time
    end = time.monotonic() + 60
    while not Path(__file__).with_name("next").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
"""


@pytest.fixture
def lab_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Part]:
    """A part named lab that runs these tests of TESTS; without a number of workers in its own process."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "test_it.py").write_text(TESTS)
    monkeypatch.setattr(run, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(run, "FLAKY", tmp_path / "flaky.jsonl")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    pytest_ = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.skips", "-p", "tests.outcomes"]
    pytest_ += ["--skips", "fail"]

    def made(*names: str, workers: int = 0, **fields: Any) -> Part:
        command = [
            *pytest_,
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            "-n",
            str(workers),
            *(f"test_it.py::test_{n}" for n in names),
        ]
        # Other plugins that are installed have no part in it, and take as long to load as all else.
        environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return Part("lab", command, is_pytest=True, environment=environment, **fields)

    return made


def test_what_follows_begins_when_nearly_all_have_ended(lab_part: Callable[..., Part], tmp_path: Path) -> None:
    follows = Part("follows", ["touch", str(tmp_path / "next")], after=(("lab", run.NEARLY),))
    needs = Part("needs", ["rm", str(tmp_path / "next")], needs=("lab",))
    ended = Run().carry_out([lab_part("many", "waits"), follows, needs])
    assert [one.code for one in ended] == [0, 0, 0]


def told(wanted: list[Part], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit code, and the last lines: from the table on."""
    whole = Run()
    ended = whole.carry_out(wanted)
    capsys.readouterr()
    lab = next(one for one in ended if one.part.name == "lab")
    rerun = again(whole, lab)
    code = report(ended, rerun, 1.0, 1.0, 0.0)
    if rerun:
        keep_flaky(rerun, lab)
    out = capsys.readouterr().out
    return code, out[out.index("\npart ") :].splitlines()


def test_all_parts_run_and_the_last_lines_name_what_failed(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [
        Part("set-up", ["false"]),
        Part("lint", ["true"], needs=("set-up",)),
        Part("hangs", ["sleep", "600"], limit_s=0.1),
        lab_part("good", "bad", after=(("set-up", 1.0),)),
    ]
    code, lines = told(wanted, capsys)
    assert code != 0
    assert [line for line in lines if line.startswith("FAILED")] == [
        "FAILED lab: test_it.py::test_bad: AssertionError: never",
        "FAILED set-up: ended with 1",
        "FAILED lint: not run: set-up failed",
        "FAILED hangs: ended after its limit of 0:00",
    ]
    assert lines[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_lab_test_that_passes_when_it_is_run_again_is_green_and_told(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = told([lab_part("good", "second_time")], capsys)
    assert code == 0 and lines[-2:] == ["flaky: test_it.py::test_second_time", "2 passed, 0 failed, 0 skipped"]
    (kept,) = map(json.loads, run.FLAKY.read_text().splitlines())
    assert kept["test"] == "test_it.py::test_second_time" and kept["error"].startswith("AssertionError")


def test_one_that_fails_again_is_red(lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = told([lab_part("good", "bad", "second_time")], capsys)
    assert code == 1 and lines[-3:-1] == [
        "flaky: test_it.py::test_second_time",
        "FAILED lab: test_it.py::test_bad: AssertionError: never",
    ]


def test_a_set_up_that_failed_for_many_tests_has_failed_once(
    lab_part: Callable[..., Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Run()
    (lab,) = whole.carry_out([lab_part("one", "two", "three")])
    rerun = again(whole, lab)
    assert rerun and len(rerun.tests) == 3 and len(rerun.of("failed")) == 3
    monkeypatch.setattr(run, "MOST_FLAKY", 0)
    assert again(whole, lab) is None


def test_a_worker_that_dies_and_tests_that_never_ran_are_red(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]
) -> None:
    part = lab_part("good", "kills_its_worker", "bad", workers=1)
    dies = replace(part, command=[*part.command, "--max-worker-restart", "0"])
    code, lines = told([dies], capsys)
    assert code == 1 and not any(line.startswith("flaky") for line in lines)
    assert "FAILED lab: 1 of 3 tests never ran" in lines
    assert any(line.startswith("FAILED lab: test_it.py::test_kills_its_worker: ") for line in lines)


def test_what_ends_the_tests_early_names_who_had_not_ended(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = told([lab_part("good", "ends_all")], capsys)
    assert code != 0 and "FAILED lab: test_it.py::test_ends_all: did not end" in lines


def test_a_limit_and_a_signal_name_the_test_that_hangs(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, lines = told([lab_part("bad", "hangs", workers=1, limit_s=10)], capsys)
    assert code == 1 and lines[-4:-1] == [
        "FAILED lab: test_it.py::test_bad: AssertionError: never",
        "FAILED lab: test_it.py::test_hangs: did not end",
        "FAILED lab: ended after its limit of 0:10",
    ]
    (tmp_path / "hangs").unlink()
    whole = Run()
    with ThreadPoolExecutor(1) as other:
        running = other.submit(whole.carry_out, [lab_part("hangs"), Part("lint", ["true"], after=(("lab", 1.0),))])
        while not (tmp_path / "hangs").exists() and not running.done():
            time.sleep(0.05)
        whole.stop(signal.SIGTERM)
        lab, lint = running.result(60)
    assert lab.note == "stopped by a signal" and "test_it.py::test_hangs" in {test["id"] for test in lab.of("failed")}
    assert lint.code is None and again(whole, lab) is None


def test_a_skip_that_is_not_expected_is_a_failure_and_is_not_run_again(
    lab_part: Callable[..., Part], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = told([lab_part("good", "lacks_a_tool")], capsys)
    assert code == 1
    assert lines[-2:] == [
        "FAILED lab: tests/skips.py: skipped, which is not expected: no such tool",
        "1 passed, 1 failed, 1 skipped",
    ]


def test_one_part_comes_with_what_it_needs() -> None:
    made = parts(False, sys.executable)
    assert [part.name for part in chosen(made, ["lab"])] == ["set-up", "lab set-up", "lab up", "lab"]
    assert chosen(made, []) == made


@pytest.mark.parametrize("everything", [False, True])
def test_the_parts_hold_every_kind_of_test(everything: bool) -> None:
    """No test falls between two parts: memory and lab share all of them, and each fails at an unexpected skip."""
    made = {part.name: list(part.command) for part in parts(everything, sys.executable)}
    for name, marks in (("memory", "not lab and not soak"), ("lab", "lab and not soak")):
        command = made[name]
        assert command[command.index("--skips") + 1] == "fail"
        assert command[command.index("-m", 3) + 1] == marks + ("" if everything else " and not full")
    assert {"tests/cli", "tests/test_run.py"} <= set(made["memory"])
    with_lab = {
        f"tests/{path.relative_to(ROOT / 'tests').parts[0]}"
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and ("mark.lab" in (text := path.read_text()) or 'param("lab"' in text)
    }
    assert {name for name in made["lab"] if name.startswith("tests/")} == with_lab - {"tests/docs"}
