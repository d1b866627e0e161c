"""Health checks of moved servers, through the command line: asked at real addresses of this machine."""

import json
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.messages import codes
from tests.cli.conftest import Decamp, Kept
from tests.cli.health_move import NEW, Move
from tests.health.programs import script
from tests.health.services import nobody, says, web


@pytest.fixture
def move(decamp: Decamp, tmp_path: Path) -> Move:
    return Move(decamp, tmp_path / "work")


_refused: list[tuple[Kept, int]] = []
"""The tenant once its server is up and two of its three checks have found nobody at a port, and that port."""


@pytest.fixture
def refused(decamp: Decamp, tmp_path: Path) -> tuple[Move, int]:
    root = tmp_path / "work"
    if _refused:
        kept, port = _refused[0]
        root.mkdir()
        kept.restore(root)
        return Move(decamp, root, is_made=True), port
    move, port = Move(decamp, root), nobody(NEW)
    move.checks("check: active", f"check: tcp, port: {port}", f"check: http, port: {port}")
    said = move("run", "--execute", code=3)
    assert codes.HEALTH_PORT in said.out + said.err
    _refused.append((Kept(root), port))
    return move, port


def test_a_server_is_checked_once_it_is_made_and_what_was_seen_is_kept(move: Move) -> None:
    script(move.root, 'cat > seen.json; echo "all right"', "look.sh")
    with web(says(200, b"the shop is open"), NEW) as shop:
        move.checks(
            "check: active",
            'check: console, matches: "^web-1 login:"',
            f"check: tcp, port: {shop.port}",
            f"check: http, port: {shop.port}, host: shop.example, text: is open",
            "check: command, run: [./look.sh]",
        )
        rehearsed = move("run").out
        assert "would run its health checks" in rehearsed and not (move.root / "evidence" / "health").exists()
        move("run", "--execute")
        assert shop.asked == [("/", f"shop.example:{shop.port}")]
    kept = move.evidence()
    assert [(one["check"], one["address"], one["tries"], one["code"]) for one in kept["results"]] == [
        ("active", "", 1, ""),
        ("console", "", 1, ""),
        ("tcp", NEW, 1, ""),
        ("http", NEW, 1, ""),
        ("command", "", 1, ""),
    ]
    assert kept["target_id"] == move.server().id and kept["planned"] == 5
    told = json.loads((move.root / "seen.json").read_text())
    assert told["server"]["name"] == "web-1" and told["server"]["target_id"] == move.server().id
    assert [(one["kind"], one["old"], one["new"]) for one in told["addresses"]] == [
        ("fixed", "10.20.0.21", "10.20.0.21"),
        ("floating", "203.0.113.2", NEW),
    ]
    (row,) = [row for row in move.json("verify")["rows"] if row["kind"] == "server"]
    assert [one["check"] for one in row["health"]] == ["active", "console", "tcp", "http", "command"]
    assert "health checks passed: 5" in " ".join(move("verify").out.split())
    assert "Health checks: 1 of 1 server passed, 0 failed" in move("status").out
    (row,) = move.json("status")["health"]
    assert (row["state"], row["passed"], row["planned"], row["code"]) == ("done", 5, 5, None)


def test_one_that_fails_is_mended_and_run_again(refused: tuple[Move, int]) -> None:
    move, port = refused
    failed = move.failed()
    assert failed["code"] == codes.HEALTH_PORT and failed["step_id"].endswith(":health")
    assert failed["facts"] == {"address": NEW, "port": str(port), "seen": "refused", "name": "web-1", "tries": "1"}
    text = " ".join(move("status").out.split())
    assert f"web-1 accepts no connection at {NEW}, port {port} (health check tcp, the connection was refused" in text
    assert "Health checks: 0 of 1 server passed, 1 failed" in text
    # Not reached, and not claimed.
    assert [(one["check"], one["code"]) for one in move.evidence()["results"]] == [
        ("active", ""),
        ("tcp", codes.HEALTH_PORT),
    ]
    made = move.server()
    assert made.status == "ACTIVE"
    # A server that is not checked through counts as down.
    assert [one["name"] for one in move.json("status")["down"]] == ["web-1"]
    told = move("verify", code=3)
    assert "1 server did not pass a health check" in told.err and "health check tcp" in " ".join(told.out.split())
    before = len(move.target.log)
    with web(says(200), NEW, port=port) as shop:
        move("run", "--execute")
        assert len(shop.asked) == 1
    changes = [entry[:2] for entry in move.target.log[before:] if entry[0] not in ("GET", "HEAD")]
    assert [path for method, path in changes if path.startswith("compute") or method == "DELETE"] == []
    assert move.server() == made and move.evidence()["results"][-1]["code"] == ""
    move("verify")
    assert move.json("status")["down"] == []


def test_a_report_tells_of_the_checks_in_both_languages(refused: tuple[Move, int]) -> None:
    move, _ = refused
    for lang, kind, title, seen in (
        ("en", "md", "Checks passed", f"web-1 accepts no connection at {NEW}"),
        ("fr", "html", "Contrôles réussis", f"web-1 n'accepte pas de connexion sur {NEW}"),
    ):
        text = " ".join(move("report", "--lang", lang, "-f", kind, "-o", "-").out.split())
        plain = text.replace("&#39;", "'").replace("`", "")
        assert title in plain and seen in plain, (lang, kind)
    (row,) = json.loads(move("report", "-f", "json", "-o", "-").out)["health"]
    assert (row["passed"], row["planned"], row["code"]) == (1, 3, codes.HEALTH_PORT) and row["text"]


def test_a_server_that_is_made_again_is_checked_again(move: Move) -> None:
    script(move.root, "echo x >> asked", "look.sh")
    move.checks("check: command, run: [./look.sh]")
    move("run", "--execute")
    first, asked = move.server(), move.root / "asked"
    assert asked.read_text() == "x\n"
    move("run", "--execute")
    assert asked.read_text() == "x\n"
    source = worlds["source"]
    (old,) = [row.record for row in source.servers.rows.values() if row.record.name == "web-1"]
    source.power(old.id, "ACTIVE")
    source.write_root_disk(old.id, 1 << 20, b"written since")
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute")):
        move(*command)
    assert move.server().id != first.id
    assert asked.read_text() == "x\nx\n" and move.evidence()["target_id"] == move.server().id


def test_what_cannot_be_checked_is_told_before_the_run(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(move.root))
    move.checks(
        "check: ping", 'check: tcp, port: 1, address: "network:nowhere"', "check: command, run: [./gone.sh]", code=3
    )
    told = [
        (one["code"], one["facts"])
        for one in move.json("check", code=3)
        if codes.HEALTH_ADDRESS_MISSING <= one["code"] <= codes.HEALTH_CHECKS_UNUSED
    ]
    assert told == [
        (codes.HEALTH_ADDRESS_MISSING, {"check": "tcp", "address": "network:nowhere"}),
        (codes.HEALTH_PROGRAM_MISSING, {"program": "./gone.sh"}),
        (codes.HEALTH_PROGRAM_MISSING, {"program": "ping"}),
    ]
    assert codes.FINDINGS_BLOCK in move("run", "--execute", code=2).sentence
    assert not move.target.servers.rows


def test_a_policy_that_gets_checks_later_adds_nothing_but_them(decamp: Decamp, moved: Path) -> None:
    move = Move(decamp, moved, is_made=True)
    made = move.server("tool-1")
    move.checks("check: active")
    steps = [row["step_id"] for row in move.json("run")["steps"] if row["state"] != "done"]
    assert steps == [step for step in steps if step.endswith(":health")] and len(steps) == 1
    move("run", "--execute")
    assert move.server("tool-1") == made and move.evidence()["results"][0]["check"] == "active"


@pytest.mark.hostile
def test_what_a_server_says_acts_on_no_terminal_and_is_kept_nowhere(refused: tuple[Move, int]) -> None:
    move, _ = refused
    script(move.root, r"printf '\033[2J\033]0;owned\007down\n'; exit 4", "look.sh")
    evil = "\x1b[2J\x1b]0;owned\x07root password: hunter2\u202e\n"
    with web(says(200, b"\x1b[2Jhunter2"), NEW) as shop:
        for check, code in (
            ("check: console, matches: never", codes.HEALTH_CONSOLE),
            (f"check: http, port: {shop.port}, text: login", codes.HEALTH_TEXT),
            ("check: command, run: [./look.sh]", codes.HEALTH_COMMAND),
        ):
            move.checks(check)
            for row in move.target.servers.rows.values():
                row.extra["console"] = evil
            shown = [move("run", "--execute", code=3), move("status"), move("verify", code=3)]
            assert move.failed()["code"] == code
            assert not any(set("\x1b\x07\u202e") & set(one.out + one.err) for one in shown)
    kept = [path for path in move.root.rglob("*") if path.is_file() and path.suffix in {".json", ".md", ".log", ".db"}]
    assert len(kept) > 5 and not [path for path in kept if b"hunter2" in path.read_bytes()]


def test_a_check_that_the_policy_gives_up_counts_no_longer(refused: tuple[Move, int]) -> None:
    move, _ = refused
    policy = move.root / "policy.yaml"
    above, _, rest = policy.read_text().partition("\n  health:")
    policy.write_text(above + "\n  health: {}" + rest[rest.index("\n\n") :])
    move("plan")
    move("run", "--execute")
    move("verify")
