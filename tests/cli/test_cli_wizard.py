"""`decamp wizard` on clouds in memory: from an empty folder to verified evidence, left and resumed at each question."""

import ast
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from migrate.cli.wizard.asking import GivenAsker
from migrate.clouds.ports import NewServer
from migrate.demo.memory import MemoryCloud, worlds
from migrate.demo.small_tenant import noise, two_clouds
from migrate.errors import ConfigError, Denied, TransientError
from migrate.messages import codes
from migrate.messages.catalogue import phrases
from migrate.model import FixedIp, Port
from migrate.policy.reader import parse_policy
from migrate.trust.consents import agree
from migrate.wizard.kept_answers import Answer, read_answers
from migrate.wizard.question_records import Part, Question, Said
from tests.cli.conftest import Decamp, Kept, Result
from tests.matrix import rest

ROOT = Path(__file__).parents[2]
ANSWERS = {
    "source.login": "entry:memory:source/main",
    "target.login": "entry:memory:target/main",
    "deadline": "2099-02-01",
    "zone": "Europe/Paris",
    "tenant": "1",
    "flavors": "1",
    "start": "1",
    "windows": "1",
    "move": "1",
    "wave.web-1": "web-1",
}
"""Of the tenant `main`, in the order of the questions."""
Wizard = Callable[..., Result]


class Ended(io.StringIO):
    """Lines that end with Ctrl-C."""

    def readline(self, *_: object) -> str:  # type: ignore[override]
        line = super().readline()
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.fixture
def root(clouds: None, tmp_path: Path) -> Path:
    return tmp_path / "move"


@pytest.fixture
def wizard(decamp: Decamp, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wizard:
    """Types lines into `decamp wizard --plain`, in an empty home, until they are used up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)

    def call(*lines: str, lang: str = "en", interrupted: bool = False) -> Result:
        typed = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr("sys.stdin", Ended(typed) if interrupted else io.StringIO(typed))
        return decamp("-C", root, "--lang", lang, "wizard", "--plain")

    return call


def asked(result: Result) -> str:
    """The question at which the typed lines ended."""
    assert result.code == 2 and codes.ANSWER_MISSING in result.err, result.err
    return result.err.rpartition(codes.ANSWER_MISSING)[2].partition(",")[0].split()[-1]


_led_to: dict[int, Kept] = {}


def led_to(wizard: Wizard, root: Path, count: int) -> Result:
    """The wizard after so many of the answers, at the question that comes next."""
    if count in _led_to:
        _led_to[count].restore(root)
        return wizard()
    result = wizard(*list(ANSWERS.values())[:count])
    _led_to[count] = Kept(root)
    return result


def evidence(root: Path) -> tuple[bool, int]:
    rows = json.loads((root / "evidence" / "verify.json").read_text())["rows"]
    return bool(rows), sum(row["verdict"] not in {"same", "reduced", "not re-read"} for row in rows)


def given(tmp_path: Path, answers: dict[str, str]) -> Path:
    path = tmp_path / "given.yaml"
    path.write_text(yaml.safe_dump(answers))
    return path


def words(answers: dict[str, str]) -> dict[str, str]:
    """The answers as the wizard keeps them."""
    meant = {"tenant": "go-on", "flavors": "proposed", "start": "cut-over", "windows": "any"}
    return {**answers, **meant, "move": "yes"}


def test_the_whole_story_by_a_file_of_answers(decamp: Decamp, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "as-written.yaml"
    lines = {key: f"{key}: {said}\n" for key, said in words(ANSWERS).items()}
    path.write_text("".join(line for key, line in lines.items() if key != "wave.web-1"))
    # Dates and words as a person writes them, where YAML has types of its own for them.
    assert "deadline: 2099-02-01\n" in path.read_text() and "move: yes\n" in path.read_text()
    assert asked(decamp("-C", root, "wizard", "--answers", path)) == "wave.web-1"
    result = decamp("-C", root, "wizard", "--answers", given(tmp_path, words(ANSWERS)))
    assert result.code == 0, result.err
    assert evidence(root) == (True, 0) and (root / "reports" / "report-en.html").exists()
    kept = read_answers((root / "answers.yaml").read_text(), "answers.yaml")
    assert {key: one.answer for key, one in kept.answers.items()} == words(ANSWERS)
    policy = parse_policy((root / "policy.yaml").read_text())
    assert policy.deadline == "2099-02-01T00:00:00+01:00" and policy.schedule.time_zone == "Europe/Paris"
    # A second call has nothing to ask.
    assert decamp("-C", root, "wizard", "--answers", given(tmp_path, {})).code == 0
    # What was kept answers the same questions elsewhere, and decides nothing about other servers.
    two_clouds(0.02)
    (tmp_path / "of-another-tenant.yaml").write_text(about_others((root / "answers.yaml").read_text()))
    again = decamp("-C", tmp_path / "again", "wizard", "--answers", tmp_path / "of-another-tenant.yaml")
    assert again.code == 2 and "wave.web-1" in again.err
    assert {row.record.status for row in worlds["source"].servers.rows.values()} == {"ACTIVE"}
    again = decamp("-C", tmp_path / "again", "wizard", "--answers", root / "answers.yaml")
    assert (
        again.code == 2
        and f"{codes.ANSWER_OF_A_WORKSPACE}: the wizard stopped at the question wave.web-1," in again.err
    )
    shutil.copy(root / "answers.yaml", tmp_path / "copied.yaml")
    again = decamp("-C", tmp_path / "again", "wizard", "--answers", tmp_path / "copied.yaml")
    assert again.code == 0 and evidence(tmp_path / "again") == (True, 0)


def about_others(kept: str) -> str:
    """The same answers, of a tenant with other servers."""
    text, count = re.subn(r"- server:\S+", "- server:another", kept)
    assert count
    return text


def test_left_by_ctrl_c_at_every_question_in_french(
    wizard: Wizard, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on there and asks nothing twice; French is French to the end, and fits 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    result = wizard(lang="fr")
    seen, told = [asked(result)], result.err
    for line in ANSWERS.values():
        result = wizard("?", line, lang="fr", interrupted=True)
        assert result.code in {0, 130}, result.err
        told += result.err
        result = wizard(lang="fr")
        told += result.err
        if result.code == 0:
            break
        seen.append(asked(result))
    assert seen == list(ANSWERS)
    assert evidence(root) == (True, 0) and result.code == 0
    assert "Tout est migré" in result.err and "6 sur 7 · La migration" in told
    ours = {key: text for key, text in phrases("en").items() if key.startswith("wizard.")}
    english = {text for text in ours.values() if len(text) > 25 and "{" not in text}
    assert not [text for text in english if text in told]
    lines = [line for line in told.splitlines() if "équivaut" not in line and str(root) not in line]
    assert max(map(len, lines)) <= 80


def test_left_at_every_question_it_goes_on_there_and_says_what_is_asked_and_what_is_wrong(
    wizard: Wizard, root: Path
) -> None:
    before: tuple[str, ...] = ()
    for question, line in ANSWERS.items():
        rubbish = "☃ nonsense \x1b[2J 99"
        result = wizard(*before, "?", rubbish)
        assert asked(result) == question
        told = result.err.partition("› ?")[2]
        assert "\x1b" not in result.err
        # The reason, the echo of the rubbish, and a sentence about it.
        assert len([one for one in told.splitlines() if one.strip()]) >= 4, told
        before = (line,)
    result = wizard(*before)
    assert result.code == 0 and evidence(root) == (True, 0) and "Everything is moved" in result.err


def test_back_takes_the_last_choice_back_and_restores_the_policy(wizard: Wizard, root: Path) -> None:
    assert asked(led_to(wizard, root, 5)) == "flavors"
    before = (root / "policy.yaml").read_text()
    assert asked(wizard("2")) == "flavor.n1.cw.standard-1"
    assert asked(wizard("3")) == "start"
    assert parse_policy((root / "policy.yaml").read_text()).mappings.flavors == {"n1.cw.standard-1": "b2-15"}
    assert asked(wizard("b")) == "flavor.n1.cw.standard-1"
    assert (root / "policy.yaml").read_text() == before
    assert asked(wizard("b")) == "flavors"
    assert asked(wizard("b", "b")) == "zone"
    assert parse_policy((root / "policy.yaml").read_text()).schedule.time_zone is None
    assert asked(wizard("Europe/London")) == "tenant"
    assert parse_policy((root / "policy.yaml").read_text()).deadline == "2099-02-01T00:00:00+00:00"
    # The clouds of a workspace are what it is.
    assert "another folder" in wizard("b", "b", "b").err


def test_what_a_person_edited_since_stays(wizard: Wizard, root: Path) -> None:
    assert asked(led_to(wizard, root, 6)) == "start"
    path = root / "policy.yaml"
    path.write_text(path.read_text().replace("start: cut-over", "start: twin"))
    assert asked(wizard()) == "start"
    assert parse_policy(path.read_text()).start == "twin"


def test_a_kill_between_answers_and_policy_is_made_good(wizard: Wizard, root: Path) -> None:
    assert asked(led_to(wizard, root, 7)) == "windows"
    before = (root / "policy.yaml").read_bytes()
    assert asked(wizard("2")) == "move"
    after = (root / "policy.yaml").read_bytes()
    assert b"daily 22:00-06:00 Europe/Paris" in after
    (root / "policy.yaml").write_bytes(before)
    with (root / "answers.yaml").open("a") as file:
        file.write("unwritten: windows\n")
    assert asked(wizard()) == "move"
    assert (root / "policy.yaml").read_bytes() == after and "unwritten" not in (root / "answers.yaml").read_text()
    # Without that note it was a person who put the policy back.
    (root / "policy.yaml").write_bytes(before)
    assert asked(wizard()) == "move"
    assert (root / "policy.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["--help\u200b ", *rest("web-1", "--help", "web ", "-a\u200bb")])
def test_nothing_stops_before_its_word_is_typed_and_what_is_put_off_is_asked_for_again(
    wizard: Wizard, root: Path, name: str
) -> None:
    """With a name that is odd, it is typed as it is shown."""
    for row in worlds["source"].servers.rows.values():
        if row.record.name == "web-1":
            row.change(name=name)
    typed = name.strip().replace("\u200b", r"\u200b")
    result = wizard(*list(ANSWERS.values())[:9])
    question = asked(result)
    assert question.startswith("wave.")
    assert asked(wizard("", "1", "yes", typed.upper(), f"{typed}x")) == question
    assert statuses() == {"ACTIVE"}
    result = wizard("s")
    assert result.code == 0 and f"put them off: {typed}" in result.err
    assert statuses() == {"ACTIVE"}
    assert asked(wizard()) == question
    result = wizard(typed)
    assert result.code == 0 and evidence(root) == (True, 0), result.err
    assert statuses() != {"ACTIVE"}


def statuses() -> set[str]:
    """Of the servers at the source."""
    return {row.record.status for row in worlds["source"].servers.rows.values()}


def test_a_tenant_that_changed_after_its_scan(wizard: Wizard, root: Path) -> None:
    assert asked(led_to(wizard, root, 8)) == "move"
    (volume,) = worlds["source"].volumes.rows.values()
    volume.change(size_gib=volume.record.size_gib + 1)
    result = wizard("1")
    assert asked(result) == "trouble", result.err
    result = wizard("2")
    assert asked(result) in {"wave.web-1", "move"}, result.err
    result = wizard("web-1")
    assert result.code == 0 and evidence(root) == (True, 0), result.err


def test_a_server_that_came_after_the_scan_is_seen_by_scanning_again(wizard: Wizard, root: Path) -> None:
    assert asked(led_to(wizard, root, 4)) == "tenant"
    add_servers("main", 1)
    result = wizard("2")
    assert asked(result) == "tenant" and "new-1" in result.err
    assert asked(wizard("1", "1", "1")) == "waves"


def add_servers(project: str, count: int) -> None:
    cloud = MemoryCloud(f"source/{project}", world=worlds["source"], project=project)
    (image, *_) = cloud.images.images()
    subnet = cloud.network.state().subnets[0]
    for number in range(1, count + 1):
        fixed = (FixedIp(subnet_id=subnet.id, ip_address=f"{subnet.cidr.rpartition('.')[0]}.{90 + number}"),)
        port_id = cloud.network.create_port(Port(id="", network_id=subnet.network_id, fixed_ips=fixed))
        new = NewServer(name=f"new-{number}", flavor_id="21", image_id=image.id, port_ids=(port_id,))
        server_id = cloud.compute.create_server(new)
        cloud.world.settle()
        cloud.world.write_root_disk(server_id, 1 << 20, noise(f"new{number}", 1 << 16))


def test_at_most_25_questions_for_five_servers(wizard: Wizard, root: Path) -> None:
    add_servers("main", 4)
    lines = [*list(ANSWERS.values())[:6], "1", *list(ANSWERS.values())[7:9], "1"]
    first = asked(wizard(*lines))
    waves = [wave["name"] for wave in json.loads((root / "plan.json").read_text())["waves"]]
    assert len(waves) == 5 and first == f"wave.{waves[0]}"
    # Each line answers one question.
    assert wizard(*waves).code == 0 and evidence(root) == (True, 0)
    assert len(lines) + len(waves) <= 25
    assert len(read_answers((root / "answers.yaml").read_text(), "").answers) == len(lines) + len(waves)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- a list", codes.ANSWERS_UNREADABLE),
        ("a: [1]", codes.ANSWERS_UNREADABLE),
        ("a: {b", codes.ANSWERS_UNREADABLE),
        ("source.login: entry:nowhere", codes.ANSWER_WRONG),
        ("source.login: rc:/no/such/file", codes.ANSWER_WRONG),
        ("source.login: 9", codes.ANSWER_WRONG),
        ("tenant: 1", codes.ANSWER_MISSING),
        ("source.login: '!!python/object/apply:os.system [touch ran]'", codes.ANSWER_WRONG),
        ("source.login: !!python/object/apply:os.system [touch ran]", codes.ANSWERS_UNREADABLE),
    ],
)
def test_answers_that_do_not_hold(decamp: Decamp, root: Path, tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(text)
    result = decamp("-C", root, "wizard", "--answers", path)
    assert result.code == 2 and f"decamp: {code}: " in result.err
    assert not (tmp_path / "ran").exists() and not Path("ran").exists()


def test_answers_of_the_workspace_that_do_not_hold(decamp: Decamp, root: Path, tmp_path: Path) -> None:
    root.mkdir()
    agree(root, ())
    for text in ("version: 9\n", "answers: [1]\n", "\x00", "a: {b\n"):
        (root / "answers.yaml").write_text(text)
        result = decamp("-C", root, "wizard", "--answers", given(tmp_path, {}))
        assert result.code == 2 and (codes.ANSWERS_UNREADABLE in result.err or codes.DOCUMENT_VERSION in result.err)


@pytest.mark.hostile
@pytest.mark.parametrize("leads_to", ["a pipe", "/dev/zero", "given.yaml", "nothing"])
def test_answers_of_the_workspace_that_are_no_file(wizard: Wizard, root: Path, tmp_path: Path, leads_to: str) -> None:
    """Before there is a policy, too."""
    root.mkdir()
    agree(root, ())
    (tmp_path / "given.yaml").write_text("version: 1\n")
    if leads_to == "a pipe":
        os.mkfifo(root / "answers.yaml")
    else:
        (root / "answers.yaml").symlink_to(tmp_path / leads_to)
    result = wizard()
    assert result.code == 2 and codes.NOT_A_WORKSPACE_FILE in result.err, result.err
    assert not (root / "answers.yaml").is_file() or (root / "answers.yaml").is_symlink()


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("written", codes.ANSWER_WRONG),
        ("nobody-writes", codes.ANSWER_MISSING),
        ("/dev/zero", codes.DOCUMENT_DAMAGED),
        ("endless", codes.DOCUMENT_DAMAGED),
    ],
)
def test_answers_come_out_of_a_pipe_as_long_as_they_end(
    decamp: Decamp, root: Path, tmp_path: Path, name: str, code: str
) -> None:
    """`--answers <(...)` is such a pipe."""
    if name == "nobody-writes":
        os.mkfifo(path := tmp_path / name)
        result = decamp("-C", root, "wizard", "--answers", path)
    elif name == "/dev/zero":
        result = decamp("-C", root, "wizard", "--answers", name)
    else:
        shell = "echo 'source.login: 9'" if name == "written" else "yes 'a: b'"
        with subprocess.Popen(["sh", "-c", f"sleep 0.2; exec {shell}"], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            result = decamp("-C", root, "wizard", "--answers", f"/dev/fd/{writer.stdout.fileno()}")
    assert result.code == 2 and f"decamp: {code}: " in result.err, result.err


@pytest.mark.hostile
@pytest.mark.parametrize("place", ["answers.yaml", "sub/given.yaml", "a link from outside", "another workspace"])
@pytest.mark.parametrize(
    ("question", "said", "led"),
    [("move", "yes", 8), ("move", "1", 8), ("wave.web-1", "web-1", 9)],
)
def test_nothing_is_moved_or_stopped_by_a_file_of_a_workspace(
    wizard: Wizard, decamp: Decamp, root: Path, tmp_path: Path, place: str, question: str, said: str, led: int
) -> None:
    """Whoever made the workspace may have put it there, under any name, and it may have been agreed to since."""
    led_to(wizard, root, led)
    inside = {"sub/given.yaml": root / place, "another workspace": tmp_path / "other" / "a.yaml"}.get(place, root / "g")
    inside.parent.mkdir(exist_ok=True)
    (tmp_path / "other").mkdir(exist_ok=True)
    (tmp_path / "other" / "policy.yaml").touch()
    inside.write_text(f"{question}: {said!r}\ntenant: go-on\n")
    path = inside
    if place == "a link from outside":
        (path := tmp_path / "link.yaml").symlink_to(inside)
    elif place == "answers.yaml":
        inside.write_text(json.dumps({"version": 1, "answers": {question: {"answer": said}}}))
    result = decamp("-C", root, "wizard", "--answers", path)
    assert result.code == 2 and f"{codes.ANSWER_OF_A_WORKSPACE}: the wizard stopped at the question {question}," in (
        result.err
    )
    assert question not in read_answers((root / "answers.yaml").read_text(), "").answers
    assert {row.record.status for row in worlds["source"].servers.rows.values()} == {"ACTIVE"}


def test_which_answers_agree_to_something() -> None:
    """Of a file in a workspace, the recommended ones and those that only say how are taken."""
    said = {"move": "yes", "clean": "yes", "finding.DCP-1": "accept", "unused.DCP-2": "leave", "start": "twin"}
    for question, answer in said.items():
        asked_for = Question(id=question, part=Part.MOVE, text=Said("x"), why=Said("x"), default="no")
        asker = GivenAsker({question: Answer(answer=answer)}, "w/given.yaml")
        if question == "start":
            assert asker.ask(asked_for) == answer
            continue
        with pytest.raises(ConfigError) as refused:
            asker.ask(asked_for)
        assert refused.value.code == codes.ANSWER_OF_A_WORKSPACE
        for harmless in ("no", "later"):
            assert GivenAsker({question: Answer(answer=harmless)}, "w/given.yaml").ask(asked_for) == harmless
        assert GivenAsker({question: Answer(answer=answer)}).ask(asked_for) == answer


# ---------------------------------------------------------------- what it says


def test_it_has_a_phrase_for_all_that_it_says_and_says_all_that_it_has() -> None:
    said = {key for path in sources() for key in keys_in(ast.parse(path.read_text()))}
    known = {key for key in phrases("en") if key.startswith("wizard.")}
    patterns = [re.compile(one) for one in said]
    assert {key for key in known if not any(one.fullmatch(key) for one in patterns)} == set()
    assert {one.pattern for one in patterns if not any(one.fullmatch(key) for key in known)} == set()


def sources() -> list[Path]:
    return [*sorted((ROOT / "migrate/wizard").glob("*.py")), *sorted((ROOT / "migrate/cli/wizard").glob("*.py"))]


def keys_in(tree: ast.AST) -> set[str]:
    """Patterns of the keys that the code names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+" for one in node.values]
            text = "".join(parts)
            found |= {text} if text.startswith("wizard\\.") else set()
        elif isinstance(node, ast.Constant) and re.fullmatch(r"wizard\..*[^.]", str(node.value)):
            found.add(re.escape(str(node.value)))
    return found


# ---------------------------------------------------------------- commands that fail


def test_a_scan_that_reads_nothing_is_not_tried_for_ever(wizard: Wizard, root: Path) -> None:
    worlds["source"].fail_next("GET", "/servers", TransientError(codes.CLOUD_UNAVAILABLE, what="no"), times=99)
    result = wizard(*list(ANSWERS.values())[:4])
    assert asked(result) == "trouble" and result.err.count("scan") < 9
    assert "`decamp scan` did not succeed" in result.err
    result = wizard("3")
    assert result.code == 0 and "To come back to this question" in result.err


def test_a_run_in_which_a_step_failed_asks_what_next(wizard: Wizard, root: Path) -> None:
    refused = Denied(codes.NOT_ALLOWED, what="no")
    worlds["target"].fail_next("PUT", "/www.shop", refused, times=1)
    result = wizard(*list(ANSWERS.values())[:9])
    assert asked(result) == "trouble" and codes.NOT_ALLOWED in result.err
    assert asked(wizard("1")) == "wave.web-1"


def test_an_address_with_a_login_is_kept_nowhere(decamp: Decamp, root: Path, tmp_path: Path) -> None:
    lines = {
        "source.login": "keys",
        "source.address": "http://me:s3cret-in-url@127.0.0.1:9/v3",
        "source.credential-id": "0123abcd",
    }
    result = decamp("-C", root, "wizard", "--answers", given(tmp_path, lines))
    assert result.code == 2 and "source.secret" in result.err, result.err
    kept = [path.read_text() for path in root.rglob("*") if path.is_file()]
    assert len(kept) >= 2 and not [one for one in kept if "s3cret-in-url" in one]


def test_pasted_lines_in_a_file_of_answers_are_not_shown(decamp: Decamp, root: Path, tmp_path: Path) -> None:
    rc = "OS_AUTH_URL=http://127.0.0.1:9/v3\nOS_USERNAME=me\nOS_PROJECT_NAME=p\nOS_PASSWORD=pasted-s3cret"
    result = decamp("-C", root, "wizard", "--answers", given(tmp_path, {"source.login": "paste", "source.paste": rc}))
    assert result.code == 2
    assert "pasted-s3cret" not in result.err + result.out
    assert "pasted-s3cret" in (root / "private" / "login" / "secure.yaml").read_text()


def test_all_secrets_of_an_entry_are_kept_with_the_secrets(
    wizard: Wizard, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = {
        "auth_url": "http://127.0.0.1:9/v3",
        "identity_provider": "idp",
        "protocol": "openid",
        "client_id": "decamp",
        "client_secret": "oidc-s3cret",
        "access_token_endpoint": "http://127.0.0.1:9/token",
        "username": "me",
        "password": "own-s3cret",
        "project_name": "p",
    }
    clouds = {"clouds": {"mine": {"auth_type": "v3oidcpassword", "auth": auth}}}
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(clouds))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    result = wizard("entry:mine")
    assert asked(result) == "source.again", result.err
    login = root / "private" / "login"
    assert "s3cret" not in (login / "clouds.yaml").read_text()
    assert "access_token_endpoint" not in (login / "clouds.yaml").read_text(), "one address is shown, and no other used"
    assert (login / "secure.yaml").read_text().count("s3cret") == 2


@pytest.mark.parametrize("answer", ["scan", "?", "b"])
def test_an_answer_that_leads_nowhere_is_not_given_for_ever(
    decamp: Decamp, root: Path, tmp_path: Path, answer: str
) -> None:
    result = decamp("-C", root, "wizard", "--answers", given(tmp_path, {**words(ANSWERS), "tenant": answer}))
    assert result.code == 2 and "tenant" in result.err


def test_comments_in_the_policy_stay(wizard: Wizard, root: Path) -> None:
    path = root / "policy.yaml"
    assert asked(led_to(wizard, root, 6)) == "start"
    path.write_text(path.read_text().replace("\nservers:", "\n# Agreed with the shop.\nservers:") + "\n# The end.\n")
    assert asked(wizard("2", "2")) == "move"
    policy = parse_policy(path.read_text())
    assert policy.start == "twin" and policy.waves.windows
    assert "# Agreed with the shop." in path.read_text() and path.read_text().endswith("\n# The end.\n")


def test_a_file_of_an_unknown_user_is_one_sentence(wizard: Wizard) -> None:
    result = wizard("rc", "~nobody-of-this-name/openrc.sh")
    assert asked(result) == "source.file" and codes.STOPPED_ON_REQUEST not in result.err


def test_an_rc_file_with_a_byte_order_mark_or_in_another_encoding(wizard: Wizard, root: Path, tmp_path: Path) -> None:
    lines = "OS_AUTH_URL=http://127.0.0.1:9/v3\r\nOS_USERNAME=me\r\nOS_PROJECT_NAME=p\r\nOS_PASSWORD=été2024!\r\n"
    path = tmp_path / "rc.sh"
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert asked(wizard("rc", str(path))) == "source.again"
    secure = root / "private" / "login" / "secure.yaml"
    assert yaml.safe_load(secure.read_text())["clouds"]["old-cloud"]["auth"]["password"] == "été2024!"
    # A password that cannot be read is asked for: a wrong one may lock the account.
    path.write_bytes(lines.encode("latin-1"))
    assert asked(wizard("b", "rc", str(path))) == "source.password"
