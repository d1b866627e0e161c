"""`decamp init`: what it makes, and what it says to wrong input at each flag and each prompt."""

import stat
from pathlib import Path

import click
import pytest

from migrate.cli.context import App
from migrate.messages import codes
from migrate.policy.reader import parse_policy
from tests.cli.conftest import Decamp

SOURCE, TARGET = "memory:source/small", "memory:target/small"


@pytest.fixture
def root(tmp_path: Path, clouds: None) -> Path:
    return tmp_path / "new" / "work"


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """A terminal at which these lines are typed, then the end of the input."""
    lines = iter(answers)

    def typed(_prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(App, "interactive", True)
    monkeypatch.setattr("click.termui.visible_prompt_func", typed)


def test_it_makes_a_workspace(decamp: Decamp, root: Path) -> None:
    result = decamp("init", root, "--source", SOURCE, "--target", TARGET, "--deadline", "2020-02-01T00:00:00+01:00")
    assert result.code == 0 and result.out.strip() == str(root / "policy.yaml")
    policy = parse_policy((root / "policy.yaml").read_text())
    assert (policy.source_cloud, policy.target_cloud) == (SOURCE, TARGET)
    assert policy.deadline == "2020-02-01T00:00:00+01:00" and len(policy.migration) == 32
    assert stat.S_IMODE((root / "private").stat().st_mode) == 0o700
    assert (root / "evidence").is_dir() and (root / "reports").is_dir()
    assert f"decamp -C {root} scan" in result.err


def test_two_workspaces_are_two_migrations(decamp: Decamp, root: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        decamp("init", root / name, "--source", SOURCE, "--target", TARGET)
        ids.add(parse_policy((root / name / "policy.yaml").read_text()).migration)
    assert len(ids) == 2


def test_the_language_is_kept(decamp: Decamp, root: Path) -> None:
    decamp("init", root, "--source", SOURCE, "--target", TARGET, "--lang", "fr")
    assert decamp("-C", root, "status").out.startswith("Ensuite :")
    assert decamp("-C", root, "--lang", "en", "status").out.startswith("Next:")


def test_it_refuses_to_overwrite(decamp: Decamp, root: Path) -> None:
    decamp("init", root, "--source", SOURCE, "--target", TARGET)
    before = (root / "policy.yaml").read_bytes()
    result = decamp("init", root, "--source", SOURCE, "--target", TARGET)
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-203: ")
    assert (root / "policy.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (("--source", "no-such-cloud", "--target", TARGET), codes.CLOUD_UNKNOWN, 2),
        (("--source", SOURCE, "--target", "no-such-cloud"), codes.CLOUD_UNKNOWN, 2),
        (("--source", "memory:nowhere", "--target", TARGET), codes.LOGIN_REFUSED, 6),
        (("--source", SOURCE, "--target", SOURCE), codes.SAME_CLOUD_TWICE, 2),
        (("--source", SOURCE, "--target", TARGET, "--deadline", "soon"), codes.DEADLINE_INVALID, 2),
        (("--source", SOURCE, "--target", TARGET, "--deadline", "2020-02-01"), codes.DEADLINE_INVALID, 2),
        (("--source", SOURCE, "--target", TARGET, "--deadline", "2020-02-31T00:00:00Z"), codes.DEADLINE_INVALID, 2),
        # Times that a policy does not take: no command would read what `init` has written.
        (("--source", SOURCE, "--target", TARGET, "--deadline", "3000-01-01T00:00Z"), codes.DEADLINE_INVALID, 2),
        (("--source", SOURCE, "--target", TARGET, "--deadline", "20270101T000000+0100"), codes.DEADLINE_INVALID, 2),
        (("--source", SOURCE), codes.OPTION_MISSING, 2),
        (("--target", TARGET), codes.OPTION_MISSING, 2),
        (("--source", SOURCE, "--target", TARGET, "--lang", "de"), codes.USAGE, 2),
        (("--source", SOURCE, "--target", TARGET, "--format", "xml"), codes.USAGE, 2),
        (("--nonsense",), codes.USAGE, 2),
        (("--source",), codes.USAGE, 2),
        (("one", "two"), codes.USAGE, 2),
    ],
)
def test_wrong_flags(decamp: Decamp, root: Path, options: tuple[str, ...], code: str, status: int) -> None:
    result = decamp("init", root, *options)
    assert result.code == status and result.sentence.startswith(f"decamp: {code}: ")
    assert result.out == "" and not root.exists()


def test_it_asks_for_what_is_missing(decamp: Decamp, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, SOURCE, TARGET, "2030-01-01T00:00:00Z")
    assert decamp("init", root).code == 0
    assert parse_policy((root / "policy.yaml").read_text()).deadline == "2030-01-01T00:00:00Z"


def test_an_empty_deadline_is_none(decamp: Decamp, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, SOURCE, TARGET, "")
    assert decamp("init", root).code == 0
    assert parse_policy((root / "policy.yaml").read_text()).deadline is None


@pytest.mark.parametrize(
    ("answers", "code", "status"),
    [
        (("no-such-cloud",), codes.CLOUD_UNKNOWN, 2),
        ((SOURCE, "no-such-cloud"), codes.CLOUD_UNKNOWN, 2),
        ((SOURCE, SOURCE), codes.SAME_CLOUD_TWICE, 2),
        ((SOURCE, TARGET, "tomorrow"), codes.DEADLINE_INVALID, 2),
        ((), codes.OPTION_MISSING, 2),
        ((SOURCE,), codes.OPTION_MISSING, 2),
    ],
)
def test_wrong_answers(
    decamp: Decamp,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: tuple[str, ...],
    code: str,
    status: int,
) -> None:
    answer(monkeypatch, *answers)
    result = decamp("init", root)
    told = [line for line in result.err.splitlines() if line.startswith("decamp: ")]
    assert result.code == status and len(told) == 1 and told[0].startswith(f"decamp: {code}: ")
    assert not root.exists()


def test_ctrl_c_at_a_question_is_an_interrupt(decamp: Decamp, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch)

    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(click.termui, "visible_prompt_func", interrupted)
    assert decamp("init", root).code == 130
    assert not root.exists()


def test_an_unwritable_place(decamp: Decamp, tmp_path: Path, clouds: None) -> None:
    (tmp_path / "file").write_text("")
    result = decamp("init", tmp_path / "file" / "work", "--source", SOURCE, "--target", TARGET)
    assert result.code == 1 and result.sentence.startswith("decamp: DCP-111: ")
