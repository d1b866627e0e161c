"""`decamp wizard` on the two clouds: from two openrc files to verified evidence, by recommended answers alone."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from migrate.messages import codes
from tests.lab.harness import HOME, ROOT, fresh, openstack, run
from tests.matrix import rest

pytestmark = pytest.mark.lab

PROJECT = "test-wizard"
RECOMMENDED = {
    "tenant": "go-on",
    "flavors": "proposed",
    "start": "cut-over",
    "waves": "proposed",
    "windows": "any",
    "put-off": "go-on",
    "move": "yes",
    "clean": "yes",
}


def openrc(path: Path, cloud: str) -> str:
    """The RC file that a dashboard would give for this entry of the lab, with the password in it."""
    entry = yaml.safe_load((HOME / "clouds.yaml").read_text())["clouds"][cloud]
    auth = {f"OS_{key.upper()}": value for key, value in entry["auth"].items()}
    lines = {**auth, "OS_REGION_NAME": entry["region_name"], "OS_IDENTITY_API_VERSION": 3}
    path.write_text("".join(f"export {key}='{value}'\n" for key, value in lines.items()))
    return str(path)


TINY, FIVE = ROOT / "tests/kill/tiny.json", ROOT / "tests/lab/five.json"


@pytest.mark.parametrize("tenant", [TINY, *rest(FIVE)], ids=lambda path: path.stem)
def test_from_two_openrc_files_to_verified_evidence(tmp_path: Path, lab: None, tenant: Path) -> None:
    fresh(str(tenant), PROJECT, "--target-quota", "generous")
    given = {
        "source.login": f"rc:{openrc(tmp_path / 'old-openrc.sh', f'source-{PROJECT}')}",
        "target.login": f"rc:{openrc(tmp_path / 'new-openrc.sh', f'target-{PROJECT}')}",
        "deadline": "2099-02-01 00:00 Europe/Paris",
        **RECOMMENDED,
    }
    root, answers = tmp_path / "move", tmp_path / "answers.yaml"
    asked: list[str] = []
    while True:
        answers.write_text(yaml.safe_dump(given))
        command = (sys.executable, "-m", "migrate.cli.main", "-C", root, "wizard", "--answers", answers)
        done = run(*command, check=False, cwd=tmp_path, without=["OS_CLIENT_CONFIG_FILE"])
        if done.returncode == 0:
            break
        assert codes.ANSWER_MISSING in done.stderr, done.stdout + done.stderr
        question = done.stderr.rpartition(codes.ANSWER_MISSING)[2].partition(",")[0].split()[-1]
        assert question not in asked, done.stderr
        asked.append(question)
        kind, _, name = question.partition(".")
        if kind == "wave":
            # All is copied, and nothing is stopped before its word.
            stopped = [
                one["Name"] for one in openstack(f"source-{PROJECT}", "server", "list") if one["Status"] != "ACTIVE"
            ]
            assert not stopped or (len(asked) > 1 and asked[-2].startswith("wave."))
            given[question] = name
        else:
            given[question] = {"finding": "later", "unused": "keep"}[kind]
    kept = yaml.safe_load((root / "answers.yaml").read_text())["answers"]
    assert len(kept) <= 25 and any(one.startswith("wave.") for one in kept), list(kept)
    rows = json.loads((root / "evidence" / "verify.json").read_text())["rows"]
    assert {row["verdict"] for row in rows} <= {"same", "not re-read"}
    secret = "lab-secret"
    files = [path for path in root.rglob("*") if path.is_file() and "store" not in path.parts]
    assert [path.name for path in files if secret.encode() in path.read_bytes()] == ["secure.yaml"]
