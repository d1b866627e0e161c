"""No name of a tenant acts on the terminal, on a table, on a log or on a report, whatever characters it holds."""

import ast
import io
import json
import logging
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from migrate.cli.failures import run_guarded
from migrate.cli.log_file import ScrubbedFormatter
from migrate.cli.main import make_group
from migrate.cli.progress_bars import BarMonitor
from migrate.demo.small_tenant import two_clouds
from migrate.messages.catalogue import phrase, text
from migrate.report.words import Words
from tests.cli.conftest import Decamp
from tests.cli.hostile import ATTACKS, EVIL, MARKUP, fill

pytestmark = pytest.mark.hostile

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "scan": "scan",
    "scan again": "scan --diff {before}",
    "scan in French": "--lang fr scan --objects",
    "scan as JSON": "scan -f json",
    "check": "check",
    "check in French": "--lang fr check",
    "check as JSON": "check -f json",
    "plan": "plan",
    "plan as JSON": "plan -f json",
    "forecast": "forecast",
    "rehearsal": "run",
    "run before the word": "run --execute",
    "status of what waits": "status",
    "status of what waits as JSON": "status -f json",
    "gates": "approve",
    "gates as JSON": "approve -f json",
    "approval": "approve cut-over --who {evil}",
    "an unknown server": "approve cut-over --server {evil}",
    "an unknown step": "run --only {evil}",
    "an unknown command": "{evil}",
    "an unknown workspace": "-C {evil} check",
    "run": "run --execute -v",
    "status": "status",
    "status as JSON": "status -f json",
    "verify": "verify",
    "verify as JSON": "verify -f json",
    "report as Markdown": "report -f md -o -",
    "report as HTML": "report -f html -o -",
    "report as JSON": "report -f json -o -",
    "clean": "clean",
    "clean as JSON": "clean -f json",
    "store": "store check",
}
COUNTS_ALONE = {
    *("scan", "scan as JSON", "scan in French", "status", "status as JSON", "clean", "clean as JSON", "store"),
    "the log",
}
"""What tells no name of this tenant, as it goes well."""
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that the commands have printed, and the files that people read."""
    source, _ = two_clouds(0.02)
    fill(source)
    root = tmp_path_factory.mktemp("hostile") / "work"
    run("init", str(root), "--source", "memory:source/small", "--target", "memory:target/small")
    run("-C", str(root), "scan")
    before = root / "before.json"
    before.write_bytes((root / "source.json").read_bytes())
    # The names have changed since that first scan.
    found: dict[str, str] = {}
    for title, line in COMMANDS.items():
        args = [arg.format(evil=EVIL, before=before) for arg in line.split()]
        if title == "scan again":
            fill(source, " ".join(MARKUP))
        found[title] = run("-C", str(root), *args)
    found["the log"] = (root / "private" / "decamp.log").read_text()
    for name in ("source.json", "plan.json", "evidence/verify.json"):
        found[name] = (root / name).read_text()
    return found


def run(*args: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run_guarded(make_group(), list(args))
    assert "Traceback" not in err.getvalue()
    return out.getvalue() + err.getvalue()


def as_json(raw: str) -> str:
    return "".join(json.dumps(sign)[1:-1] if unicodedata.category(sign) in HIDDEN else sign for sign in raw)


FILES = ("the log", "source.json", "plan.json", "evidence/verify.json")


def test_a_name_is_shown_and_never_acts(told: dict[str, str]) -> None:
    """One test for all: workers that share them would each move the tenant."""
    for channel in (*COMMANDS, *FILES):
        assert wrong_with(told[channel], channel) == [], channel


def wrong_with(text: str, channel: str) -> list[str]:
    """The attacks whose signs are there as they are, and those that are not shown."""
    found = ["FORGED"] if re.search("^FORGED", text, re.MULTILINE) else []
    signs = set(text)
    # But for what Markdown and JSON put before signs of their own.
    plain = text.replace("\\", "")
    for attack, (raw, shown) in ATTACKS.items():
        acting = {sign for sign in raw if unicodedata.category(sign) in HIDDEN and sign not in "\n\t"}
        if acting & signs or raw in text:
            found.append(f"{attack}: acts")
        if channel not in COUNTS_ALONE:
            shown = as_json(raw) if channel.endswith(("as JSON", ".json")) else shown
            if shown.replace("\\", "") not in plain:
                found.append(f"{attack}: is not shown")
    return found


def test_the_markdown_report_holds_no_link_no_image_no_html_and_no_emphasis_by_a_name(told: dict[str, str]) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = list(flat(reader.parse(told["report as Markdown"])))
    kinds = {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "em_open", "s_open", "fence", "code_block"}
    live = re.compile(r"//|www\.|\w@\w|mailto:", re.IGNORECASE)
    assert not [token.content for token in tokens if token.type == "text" and live.search(token.content)]
    shown = "".join(token.content for token in tokens if token.type in {"text", "code_inline"})
    for name in MARKUP:
        assert name in shown


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_bar_shows_a_name_and_lets_nothing_of_it_act(attack: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    raw, shown = ATTACKS[attack]
    screen = Terminal()
    monitor = BarMonitor(10, raw, screen)
    monitor.item_started("server:1", raw, 10)
    monitor.item_advanced("server:1", 5)
    monitor.note(raw)
    monitor.item_finished("server:1", "done")
    monitor.close()
    # But for what tqdm itself moves the cursor with.
    told = re.sub(r"\x1b\[A|\r(?!FORGED)", "", screen.getvalue())
    assert raw not in told and shown in told and not re.search("^FORGED", told, re.MULTILINE)


@pytest.mark.parametrize("tracebacks", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_record_of_the_log_is_one_line(attack: str, tracebacks: bool) -> None:
    raw, shown = ATTACKS[attack]
    try:
        raise ValueError(f"503: {raw}\nssh-ed25519 AAAA forged")
    except ValueError:
        record = logging.LogRecord("decamp", logging.ERROR, "f", 1, "failed facts=%s", (raw,), sys.exc_info())
    line = ScrubbedFormatter(tracebacks=tracebacks).format(record)
    assert len(line.splitlines()) == 1 and line.count(shown) == (2 if tracebacks else 1)
    assert not [sign for sign in line if unicodedata.category(sign) in HIDDEN]


def test_a_folder_whose_name_is_no_text_is_named_all_the_same(decamp: Decamp, tmp_path: Path) -> None:
    result = decamp("-C", os.fsdecode(os.fsencode(tmp_path) + b"/a\xffb\x1b[2J"), "check")
    assert result.code == 2 and r"a\udcffb\x1b[2J" in result.sentence


def test_a_fact_cannot_stand_in_for_another() -> None:
    for sign in ("{name}", "{other}", "%(name)s", "{0}", "{", "}"):
        assert f"a={sign}" in text("DCP-999", "en", {"a": sign, "name": "swapped"})
        assert "swapped" not in phrase("report.title", "en", source=sign, target="b", name="swapped")
    words = Words("en", ZoneInfo("UTC"))
    for sign in ("\ue0000\ue001", "\ue0001\ue001", "{target}", "{source}"):
        assert words.say("report.title", source=sign, target="<b>").count("&lt;b&gt;") == 1
        assert words.say("report.title", source="<a>", target=sign).count("&lt;a&gt;") == 1


def test_nothing_but_the_console_and_the_progress_writes() -> None:
    """So that no command can forget to show names as they are."""
    writing = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}
    texts = {path: path.read_text() for path in sorted((ROOT / "migrate").rglob("*.py"))}
    # No other file need be parsed: most have none of these words.
    words = re.compile(r"\bprint\b|\bclick\b.*echo|\bstd(out|err)\b\s*\.\s*write", re.DOTALL)
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, text in texts.items()
        if path.name not in {"console.py", "progress_bars.py"} and words.search(text)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in writing
    ]
    assert not found
