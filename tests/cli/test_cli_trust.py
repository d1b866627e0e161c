"""Workspaces that came from elsewhere: nothing in them is run, opened or approved until somebody here has agreed."""

import io
import json
import os
import select
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from migrate.cli.session import open_ledger
from migrate.cli.workspace import Workspace
from migrate.messages import codes
from migrate.trust.asks import host_of
from migrate.trust.consents import NAMED
from tests.cli.conftest import Decamp, Result
from tests.cli.wave_tenant import Tenant, change, planned_of

pytestmark = [pytest.mark.handed_over, pytest.mark.hostile]

PROGRAM = """#!/bin/sh
echo ran >> {ran}
"""


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """Where the programs of these policies leave a line."""
    return tmp_path / "ran"


@pytest.fixture
def own(decamp: Decamp, tmp_path: Path, ran: Path) -> Path:
    """A workspace that came into being here: planned, all servers approved, nothing of a program in it."""
    Tenant(1)
    root = planned_of(decamp, tmp_path / "own")
    approved(decamp, root)
    return root


def approved(decamp: Decamp, root: Path) -> None:
    done = decamp("-C", root, "approve", "cut-over", "--who", "Mallory")
    assert done.code == 0, done.err


def with_program(decamp: Decamp, root: Path, ran: Path, key: str = "before_stop") -> None:
    """Its maker's program is in the policy, and the plan and its approval are made with it."""
    script = root / "stop.sh"
    script.write_text(PROGRAM.format(ran=ran))
    script.chmod(0o755)
    change(root, rf"^  {key}: .*$", f'  {key}: {{"server:*": ["./stop.sh"]}}')
    assert decamp("-C", root, "plan").code == 0
    approved(decamp, root)


@pytest.fixture
def theirs(decamp: Decamp, own: Path, tmp_path: Path, ran: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a stranger has made on a machine of his own, with a program and an approval, packed, and unpacked here."""
    with_program(decamp, own, ran)
    assert decamp("-C", own, "pack", tmp_path / "theirs.tar").code == 0
    monkeypatch.setenv(NAMED, str(tmp_path / "trust"))
    assert decamp("unpack", tmp_path / "theirs.tar", tmp_path / "theirs").code == 0
    return tmp_path / "theirs"


@pytest.mark.timeout(60)  # what is sent there is never answered
def test_nothing_signed_goes_to_the_s3_of_a_workspace_from_elsewhere(
    decamp: Decamp, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a question: it would carry a signature and a session's token of the operator's own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "operator")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        change(theirs, "^  objects:$", f"  objects:\n    s3: {{endpoint: '{endpoint}', region: x}}")
        for args in ("scan", "status", "run", "verify", "store check", "plan", "run", "report -o -", "doctor"):
            told = decamp("-C", theirs, *args.split())
            assert codes.UNEXPECTED not in told.err
            if args == "scan":
                held(told, codes.WORKSPACE_NOT_KNOWN)
        assert select.select([listener], [], [], 0)[0] == []


def typed(monkeypatch: pytest.MonkeyPatch, decamp: Decamp, root: Path, *lines: str, lang: str = "en") -> Result:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return decamp("-C", root, "--lang", lang, "wizard", "--plain")


def held(result: Result, code: str) -> None:
    assert result.code == 2 and f"decamp: {code}: " in result.err, (result.code, result.err)


def approvals(root: Path) -> int:
    with closing(sqlite3.connect(root / "ledger.db")) as db:
        return int(db.execute("SELECT count(*) FROM approvals").fetchone()[0])


# ---------------------------------------------------------------- a stranger's workspace


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--execute"),
        ("cut-over", "wave-1", "--execute"),
        ("rollback", "wave-1", "--execute", "--who", "me"),
        ("accept", "wave-1", "--who", "me"),
        ("approve", "cut-over", "--who", "me"),
        ("verify",),
        ("clean", "--execute"),
        ("store", "prune", "--execute"),
        ("test-launch", "wave-1", "--execute"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_what_changes_anything_waits_for_an_agreement(
    decamp: Decamp, theirs: Path, ran: Path, words: tuple[str, ...]
) -> None:
    result = decamp("-C", theirs, *words)
    held(result, codes.WORKSPACE_NOT_KNOWN)
    assert f"decamp -C {theirs} trust --agree" in result.err and not ran.exists()


def test_what_only_looks_works_and_a_dry_run_says_what_would_hold_it_up(
    decamp: Decamp, theirs: Path, ran: Path
) -> None:
    for words in (("status",), ("scan",), ("check",), ("plan",), ("approve",), ("report",)):
        assert decamp("-C", theirs, *words).code in {0, 3}, words
    dry = decamp("-C", theirs, "run")
    assert dry.code == 0 and codes.WORKSPACE_NOT_KNOWN in dry.err and not ran.exists()


def test_the_wizard_with_nobody_answering_runs_nothing(
    decamp: Decamp, theirs: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("move: yes\n")
    (theirs / "answers.yaml").write_text("version: 1\nanswers:\n  move: {answer: move}\n")
    empty = typed(monkeypatch, decamp, theirs)
    held(empty, codes.ANSWER_MISSING)
    assert "./stop.sh" in empty.err and "program" in empty.err
    held(decamp("-C", theirs, "wizard", "--answers", given), codes.WORKSPACE_NOT_KNOWN)
    assert not ran.exists() and approvals(theirs) == 1
    left = typed(monkeypatch, decamp, theirs, "?", "yes", "q")
    assert left.code == 0 and "type agree exactly" in left.err and not ran.exists()
    held(decamp("-C", theirs, "run", "--execute"), codes.WORKSPACE_NOT_KNOWN)


def test_the_wizard_takes_neither_approvals_nor_deeds_that_came_along(
    decamp: Decamp, theirs: Path, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = "version: 1\nanswers:\n  tenant: {answer: 'yes'}\n  move: {answer: move}\n  wave.wave-1: {answer: tool-1}\n"
    (theirs / "answers.yaml").write_text(kept)
    result = typed(monkeypatch, decamp, theirs, "consentir", lang="fr")
    assert result.code == 2 and codes.ANSWER_MISSING in result.err
    answers = (theirs / "answers.yaml").read_text()
    assert "tenant" in answers and "move" not in answers and "wave" not in answers
    assert approvals(theirs) == 0 and not ran.exists()


def test_approvals_that_came_along_hold_only_if_somebody_says_so(decamp: Decamp, theirs: Path, ran: Path) -> None:
    asked = decamp("-C", theirs, "trust", "--agree")
    held(asked, codes.APPROVALS_CAME_ALONG)
    assert "Mallory" in asked.err
    held(decamp("-C", theirs, "run", "--execute"), codes.WORKSPACE_NOT_KNOWN)
    dropped = decamp("-C", theirs, "trust", "--agree", "--drop-approvals")
    assert dropped.code == 0 and "Withdrew 1 approval " in dropped.err and approvals(theirs) == 0
    assert decamp("-C", theirs, "run", "--execute").code == 3 and not ran.exists()
    # From here on it is as good as one of this machine's own.
    approved(decamp, theirs)
    assert decamp("-C", theirs, "run", "--execute").code == 0 and ran.read_text() == "ran\n"


@pytest.mark.parametrize("said", ["--drop-approvals", "--keep-approvals"])
def test_answers_that_came_along_move_nothing_and_change_no_policy(decamp: Decamp, theirs: Path, said: str) -> None:
    """Nor after an agreement at the command line. Who keeps the approvals says that it is his own."""
    answers = {
        "tenant": {"answer": "yes"},
        "move": {"answer": "move"},
        "wave.wave-1": {"answer": "wave-1", "about": ["server:1"]},
        "start": {"answer": "twin", "after": {"target_cloud": "evil", "store": "/elsewhere"}},
    }
    (theirs / "answers.yaml").write_text(json.dumps({"version": 1, "answers": answers, "unwritten": "start"}))
    policy = (theirs / "policy.yaml").read_text()
    assert decamp("-C", theirs, "trust", "--agree", said).code == 0
    kept = (theirs / "answers.yaml").read_text()
    assert ("evil" in kept, "move" in kept) == ((True, True) if said == "--keep-approvals" else (False, False))
    assert (theirs / "policy.yaml").read_text() == policy


def test_approvals_in_a_ledger_that_others_work_with_are_not_taken_from_them(
    decamp: Decamp, own: Path, tmp_path: Path
) -> None:
    there = tmp_path / "shared.db"
    shutil.move(own / "ledger.db", there)
    for ending in ("-wal", "-shm"):
        (own / f"ledger.db{ending}").unlink(missing_ok=True)
    change(own, r"^ledger:.*$", f'ledger: "sqlite:////{str(there).lstrip("/")}"')
    assert decamp("-C", own, "trust", "--withdraw").code == 0
    assert decamp("-C", own, "trust", "--agree", "--drop-approvals").code == 0
    with closing(sqlite3.connect(there)) as db:
        assert db.execute("SELECT count(*) FROM approvals").fetchone() == (1,)


def test_approvals_are_kept_for_whoever_goes_on_on_another_machine(decamp: Decamp, theirs: Path, ran: Path) -> None:
    assert decamp("-C", theirs, "trust", "--agree", "--keep-approvals").code == 0
    assert decamp("-C", theirs, "run", "--execute").code == 0 and ran.read_text() == "ran\n"


def test_what_it_asks_for_is_listed(decamp: Decamp, theirs: Path) -> None:
    shown = decamp("-C", theirs, "-f", "json", "trust")
    lines = {(one["kind"], one["what"]): one["agreed"] for one in json.loads(shown.out)}
    assert shown.code == 3
    assert lines["program", "./stop.sh"] is False
    assert {kind for kind, _ in lines} == {"workspace", "cloud", "program"}
    assert decamp("-C", theirs, "trust", "--agree", "--keep-approvals").code == 0
    after = decamp("-C", theirs, "-f", "json", "trust")
    assert after.code == 0 and False not in [one["agreed"] for one in json.loads(after.out)]
    assert "NON" not in decamp("-C", theirs, "--lang", "fr", "trust").out


# ---------------------------------------------------------------- what an agreement covers


def test_a_workspace_of_this_machine_needs_none_until_it_names_a_program(decamp: Decamp, own: Path, ran: Path) -> None:
    assert decamp("-C", own, "trust").code == 0
    with_program(decamp, own, ran)
    assert codes.PROGRAM_NOT_AGREED in decamp("-C", own, "run").err
    for words in (("run", "--execute"), ("cut-over", "wave-1", "--execute")):
        result = decamp("-C", own, *words)
        held(result, codes.PROGRAM_NOT_AGREED)
        assert "./stop.sh" in result.err and not ran.exists()
    # One's own approvals are no question.
    assert decamp("-C", own, "trust", "--agree").code == 0
    assert decamp("-C", own, "run", "--execute").code == 0 and ran.exists()


def _changes_the_program(root: Path) -> None:
    with (root / "stop.sh").open("a") as file:
        file.write("# more\n")


def _adds_an_argument(root: Path) -> None:
    change(root, r"\[\"./stop.sh\"\]", '["./stop.sh", "now"]')


def _names_another(root: Path) -> None:
    shutil.copy(root / "stop.sh", root / "other.sh")
    change(root, r"\[\"./stop.sh\"\]", '["./other.sh"]')


def _withdrawn(root: Path) -> None:
    next((Path(os.environ[NAMED]) / "workspaces").glob("*")).unlink()


def _copied(root: Path) -> None:
    """Away and back: the folder is another one, at the same place."""
    shutil.copytree(root, root.with_name("copy"))
    root.rename(root.with_name("before"))
    root.with_name("copy").rename(root)


def _unpacked_in_its_place(root: Path) -> None:
    """The same folder, with other content, as on a file system that gives out its number again."""
    for path in root.iterdir():
        if path.name == "private":
            shutil.rmtree(path)
    (root / "private").mkdir(mode=0o700)


def _moved_into_another_folder(root: Path) -> None:
    """With the very file that holds the word."""
    root.rename(root.with_name("before"))
    root.mkdir(mode=0o700)
    for path in root.with_name("before").iterdir():
        path.rename(root / path.name)


def _of_another_word(root: Path) -> None:
    """In the very file that was there."""
    (root / "private" / "consent").write_text("0" * 32)


def _given_away(root: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives folders away")
    os.chown(root, 12345, 12345)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (_changes_the_program, codes.PROGRAM_NOT_AGREED),
        (_adds_an_argument, codes.PROGRAM_NOT_AGREED),
        (_names_another, codes.PROGRAM_NOT_AGREED),
        (_withdrawn, codes.WORKSPACE_NOT_KNOWN),
        (_copied, codes.WORKSPACE_NOT_KNOWN),
        (_unpacked_in_its_place, codes.WORKSPACE_NOT_KNOWN),
        (_moved_into_another_folder, codes.WORKSPACE_NOT_KNOWN),
        (_of_another_word, codes.WORKSPACE_NOT_KNOWN),
        (_given_away, codes.WORKSPACE_NOT_KNOWN),
    ],
)
def test_it_ends_with(
    decamp: Decamp,
    own: Path,
    ran: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: Callable[[Path], None],
    code: str,
) -> None:
    monkeypatch.setenv(NAMED, str(tmp_path / "trust"))
    with_program_agreed(decamp, own, ran)
    how(own)
    decamp("-C", own, "plan")
    held(decamp("-C", own, "run", "--execute"), code)
    assert not ran.exists()


def with_program_agreed(decamp: Decamp, root: Path, ran: Path) -> None:
    assert decamp("-C", root, "trust", "--agree", "--keep-approvals").code == 0
    with_program(decamp, root, ran)
    assert decamp("-C", root, "trust", "--agree").code == 0
    assert decamp("-C", root, "trust").code == 0


def test_it_is_taken_back(decamp: Decamp, own: Path) -> None:
    assert decamp("-C", own, "trust", "--withdraw").code == 0
    held(decamp("-C", own, "run", "--execute"), codes.WORKSPACE_NOT_KNOWN)
    assert "Nothing was agreed to" in decamp("-C", own, "trust", "--withdraw").err


def test_a_file_of_the_workspace_among_the_arguments_counts_as_well(decamp: Decamp, own: Path, ran: Path) -> None:
    (own / "stop.py").write_text("pass\n")
    change(own, r"^  before_stop: .*$", '  before_stop: {"server:*": ["python3", "stop.py"]}')
    assert decamp("-C", own, "plan").code == 0
    approved(decamp, own)
    assert decamp("-C", own, "trust", "--agree").code == 0
    (own / "stop.py").write_text(f"open({str(ran)!r}, 'w')\n")
    held(decamp("-C", own, "run", "--execute"), codes.PROGRAM_NOT_AGREED)
    assert not ran.exists()


@pytest.mark.parametrize("key", ["before_stop", "after_up"])
def test_a_program_that_changes_while_the_run_is_under_way_is_not_run(
    decamp: Decamp, own: Path, ran: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run may last for days. Its last look is in the moment before."""
    with_program(decamp, own, ran, key)
    assert decamp("-C", own, "trust", "--agree").code == 0

    def changed_meanwhile(*_: object) -> None:
        _changes_the_program(own)

    # The predictions are kept once everything is open, just before the first step.
    monkeypatch.setattr("migrate.cli.commands.run.keep_predictions", changed_meanwhile)
    result = decamp("-C", own, "run", "--execute")
    assert result.code == 3 and not ran.exists()
    assert "nobody has agreed to it on this machine" in decamp("-C", own, "status", "--wide").out


def test_a_check_of_health_is_not_run_either(decamp: Decamp, own: Path, ran: Path) -> None:
    script = own / "look.sh"
    script.write_text(PROGRAM.format(ran=ran))
    script.chmod(0o755)
    change(own, r"^  health: .*$", '  health: {"server:*": [{check: command, run: ["./look.sh"]}]}')
    assert decamp("-C", own, "plan").code == 0
    approved(decamp, own)
    result = decamp("-C", own, "run", "--execute")
    held(result, codes.PROGRAM_NOT_AGREED)
    assert "./look.sh" in result.err
    assert decamp("-C", own, "trust", "--agree").code == 0
    assert decamp("-C", own, "run", "--execute").code == 0 and ran.exists()


@pytest.mark.parametrize("words", ['["./stop.sh", "../seen.log"]', '["sh", "stop.sh"]', '["ls", "evidence"]'])
def test_what_no_word_names_a_folder_or_a_file_elsewhere_does_not_end_it(
    decamp: Decamp, own: Path, ran: Path, words: str
) -> None:
    with_program(decamp, own, ran)
    change(own, r'\["./stop.sh"\]', words)
    assert decamp("-C", own, "plan").code == 0
    approved(decamp, own)
    assert decamp("-C", own, "trust", "--agree").code == 0
    for name in ("seen.log", "../seen.log", "evidence/more"):
        (own / name).write_text("what the first call has written")
    assert decamp("-C", own, "run", "--execute").code == 0


@pytest.mark.parametrize(
    "words",
    [
        *('"/bin/sh", "hook.sh"', '"/usr/bin/env", "sh", "-e", "hook.sh"', '"sh", "-x", "hook.sh"'),
        *('"sh", "first.sh", "hook.sh"', '"/usr/bin/timeout", "9", "/bin/sh", "hook.sh"', '"./first.sh", "hook.sh"'),
        *(
            '"make", "-f", "hook.sh"',
            '"make", "-fhook.sh"',
            '"make", "--file=hook.sh"',
            '"env", "-C", ".", "./hook.sh"',
        ),
        *('"sh", "-c", ". ./hook.sh"', '"sh", "-c", "A=1;`./hook.sh`"', '"bash", "-c", "{./hook.sh,}"'),
        '"python3", "-c", "exec(open(\'hook.sh\').read())"',
    ],
)
def test_each_file_of_the_workspace_among_the_words_counts(decamp: Decamp, own: Path, ran: Path, words: str) -> None:
    """However an interpreter is named, and behind whatever else: nobody can tell from here which of them it reads."""
    (own / "hook.sh").write_text("exit 0")
    for name in ("-x", "first.sh"):
        (own / name).write_text("exit 0")
        (own / name).chmod(0o755)
    change(own, r"^  before_stop: .*$", f'  before_stop: {{"server:*": [{words}]}}')
    assert decamp("-C", own, "trust", "--agree").code == 0 == decamp("-C", own, "trust").code
    (own / "hook.sh").write_text(PROGRAM.format(ran=ran))
    assert decamp("-C", own, "trust").code == 3


def test_what_a_link_in_the_workspace_leads_to_counts(decamp: Decamp, own: Path, ran: Path, tmp_path: Path) -> None:
    (tmp_path / "share.sh").write_text("exit 0")
    (own / "hook.sh").symlink_to(tmp_path / "share.sh")
    change(own, r"^  before_stop: .*$", '  before_stop: {"server:*": ["sh", "hook.sh"]}')
    assert decamp("-C", own, "trust", "--agree").code == 0
    (tmp_path / "share.sh").write_text(PROGRAM.format(ran=ran))
    assert decamp("-C", own, "trust").code == 3


def test_a_terabyte_of_nothing_is_not_read(decamp: Decamp, own: Path) -> None:
    with (own / "huge").open("wb") as file:
        file.truncate(1 << 40)
    change(own, r"^  before_stop: .*$", '  before_stop: {"server:*": ["python3", "huge"]}')
    assert decamp("-C", own, "trust").code == 3 and decamp("-C", own, "trust", "--agree").code == 3


@pytest.mark.parametrize(
    "text",
    ["clouds: {old-cloud: [1]}", "clouds: {old-cloud: {auth: text}}", "clouds: {old-cloud: null}", "[", "clouds: 1"],
)
def test_odd_logins_are_named_or_none(decamp: Decamp, theirs: Path, text: str) -> None:
    folder = theirs / "private" / "login"
    folder.mkdir(parents=True)
    for name in ("clouds.yaml", "secure.yaml"):
        (folder / name).write_text(text)
    shown = decamp("-C", theirs, "trust")
    assert shown.code in {2, 3} and codes.UNEXPECTED not in shown.err


def test_the_address_of_a_login_that_came_along_is_listed(decamp: Decamp, theirs: Path) -> None:
    folder = theirs / "private" / "login"
    folder.mkdir(parents=True)
    (folder / "clouds.yaml").write_text("clouds: {old-cloud: {auth: {auth_url: 'https://auth.example.com/v3'}}}")
    assert "https://auth.example.com/v3" in decamp("-C", theirs, "--wide", "trust").out


# ---------------------------------------------------------------- the ledger


@pytest.mark.parametrize("address", ["", "?hostaddr=127.0.0.1&host=db.example", "?sslmode=disable"])
def test_a_ledger_elsewhere_is_not_called_before_its_address_is_agreed_to(
    decamp: Decamp, own: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "the operator's")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"postgresql://decamp@127.0.0.1:{listener.getsockname()[1]}/decamp{address}"
        change(own, r"^ledger:.*$", f'ledger: "{url}"')
        assert decamp("-C", own, "plan").code == 0
        for words in (("status",), ("run",), ("run", "--execute"), ("watch", "--once"), ("store", "check")):
            result = decamp("-C", own, *words)
            assert codes.LEDGER_NOT_AGREED in result.out + result.err, (words, result)
        with pytest.raises(TimeoutError):
            listener.accept()
        assert "127.0.0.1" in decamp("-C", own, "trust").out


@pytest.mark.parametrize("path", ["/{there}", "../there/ledger.db", "linked/ledger.db"])
def test_a_ledger_file_outside_is_not_opened_before_it_is_agreed_to(
    decamp: Decamp, own: Path, tmp_path: Path, path: str
) -> None:
    there = tmp_path / "there" / "ledger.db"
    there.parent.mkdir()
    (own / "linked").symlink_to(there.parent)
    shutil.copy(own / "ledger.db", there)
    before = there.read_bytes()
    change(own, r"^ledger:.*$", f'ledger: "sqlite:///{path.format(there=there)}"')
    assert decamp("-C", own, "plan").code == 0
    held(decamp("-C", own, "status"), codes.LEDGER_NOT_AGREED)
    assert there.read_bytes() == before and not list(there.parent.glob("*-wal"))
    assert decamp("-C", own, "trust", "--agree").code == 0
    assert decamp("-C", own, "status").code == 0


def test_a_ledger_file_inside_needs_no_agreement(decamp: Decamp, own: Path) -> None:
    change(own, r"^ledger:.*$", "ledger: sqlite:///other.db")
    assert decamp("-C", own, "plan").code == 0 and decamp("-C", own, "status").code == 0
    assert decamp("-C", own, "trust").code == 0


# ---------------------------------------------------------------- what is kept


@pytest.mark.parametrize("what", ["damaged", "of_others"])
def test_a_record_that_nobody_can_rely_on_is_named(
    decamp: Decamp, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv(NAMED, str(tmp_path / "trust"))
    assert decamp("-C", own, "trust", "--agree", "--keep-approvals").code == 0
    (record,) = (tmp_path / "trust" / "workspaces").iterdir()
    assert record.stat().st_mode & 0o777 == 0o600 and record.parent.stat().st_mode & 0o777 == 0o700
    if what == "damaged":
        record.write_text("{}")
    else:
        record.chmod(0o666)
    result = decamp("-C", own, "run", "--execute")
    held(result, codes.CONSENT_UNREADABLE)
    assert str(record) in result.err
    record.unlink()
    assert decamp("-C", own, "trust", "--agree", "--keep-approvals").code == 0


def test_without_a_place_to_keep_it_a_new_workspace_is_made_and_the_operator_told(
    decamp: Decamp, clouds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(NAMED, str(tmp_path / "file" / "trust"))
    root = tmp_path / "new"
    made = decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small")
    assert made.code == 0 and "must be agreed to later" in made.err and (root / "policy.yaml").exists()
    lacking = decamp("-C", root, "trust", "--agree")
    assert lacking.code == 1 and codes.CANNOT_WRITE in lacking.err


def test_a_folder_whose_name_is_no_letters(decamp: Decamp, clouds: None, tmp_path: Path) -> None:
    root = os.fsencode(tmp_path) + b"/migr\xe9"
    named = os.fsdecode(root)
    made = decamp("-C", named, "init", "--source", "memory:source/small", "--target", "memory:target/small")
    assert made.code == 0 and decamp("-C", named, "trust").code == 0


def test_the_place_where_it_is_kept_is_no_folder_of_the_workspace(
    decamp: Decamp, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMED, "private")
    held(decamp("-C", own, "run", "--execute"), codes.CONSENT_UNREADABLE)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Auth.example.com/v3", "https://auth.example.com:443"),
        ("http://10.0.0.1:5000", "http://10.0.0.1:5000"),
        ("https://[2001:db8::1]:5000/v3", "https://[2001:db8::1]:5000"),
        ("https://evil.example\\@auth.example.com/v3", ""),
        ("https://auth.example.com@evil.example/v3", ""),
        ("https://evil.example\t.auth.example.com", ""),
        ("https://evil.example:99999", ""),
        ("https://\ud800.example", ""),
        ("ftp://auth.example.com", ""),
        (" https://auth.example.com", ""),
        ("", ""),
    ],
)
def test_which_host_an_address_leads_to(url: str, host: str) -> None:
    """Where two readers could see two hosts, it is none."""
    assert host_of(url) == host


def test_a_policy_made_in_a_folder_that_somebody_has_filled_is_not_known(
    decamp: Decamp, own: Path, clouds: None, tmp_path: Path
) -> None:
    root = tmp_path / "filled"
    root.mkdir()
    shutil.copy(own / "plan.json", root)
    made = decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small")
    assert made.code == 0 and decamp("-C", root, "trust").code == 3


@pytest.mark.parametrize(
    "words",
    [
        ("--agree", "--withdraw"),
        ("--keep-approvals",),
        ("--agree", "--keep-approvals", "--drop-approvals"),
        ("--address", "https://a.example", "--withdraw"),
        ("--address", "nowhere"),
        ("--address", "https://"),
        ("--address", "https://[::1"),
    ],
)
def test_odd_wishes_are_refused(decamp: Decamp, own: Path, words: tuple[str, ...]) -> None:
    held(decamp("-C", own, "trust", *words), codes.USAGE)


def test_an_agreement_survives_what_the_operator_does_with_the_workspace(decamp: Decamp, own: Path) -> None:
    """The first move, a second look, and the ledger as another process sees it."""
    for words in (("run", "--execute"), ("scan",), ("plan",), ("run", "--execute"), ("verify",)):
        assert decamp("-C", own, *words).code == 0, words
    with open_ledger(Workspace(own), Workspace(own).policy()) as ledger:
        assert ledger.states()
