"""The man pages: one for each command, with all its options, and nothing that roff trips over."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from migrate.cli.main import TABLE
from tests.docs.commands import SHARE, files
from tests.docs.man_pages import FOLDER, man_pages

PAGES = sorted(FOLDER.glob("*.1"))


def shown(page: Path) -> str:
    """The page as a terminal shows it, in lines that are not broken."""
    if not shutil.which("groff"):
        pytest.skip("groff is not there")
    # What `man` calls; `man` itself keeps some warnings back.
    program = ["groff", "-man", "-ww", "-Tutf8", "-rLL=1000n", str(page)]
    done = subprocess.run(program, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)


def test_there_is_one_for_each_command_and_no_other() -> None:
    """`python -m tests.docs.commands` makes them; tests/cli/test_cli_completion.py compares the content."""
    assert {path for path in SHARE.rglob("*") if path.is_file()} == {path for path in files() if SHARE in path.parents}
    assert {"decamp", *(f"decamp-{name}" for name in TABLE)} <= {path.stem for path in man_pages()}
    assert {"decamp-store-check", "decamp-store-key", "decamp-store-prune"} <= {path.stem for path in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_is_shown_without_a_warning(page: Path) -> None:
    text = shown(page)
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "SEE ALSO"):
        assert f"\n{heading}\n" in text, heading
    assert f"{page.stem} - " in text and "--lang" in text and "`" not in text
    assert re.search(r"^ +130 +stopped by Ctrl-C", text, re.MULTILINE)


def test_options_and_signs_come_out_as_they_are_typed() -> None:
    text = shown(FOLDER / "decamp-completion.1")
    assert 'eval "$(decamp completion bash)" in ~/.bashrc' in text
    text = shown(FOLDER / "decamp-run.1")
    assert "--set-again WHAT" in text and "[default: 60]" in text
    assert "decamp-cut-over(1)" in shown(FOLDER / "decamp.1")


def test_a_page_with_a_mistake_is_found(tmp_path: Path) -> None:
    page = tmp_path / "wrong.1"
    page.write_text((FOLDER / "decamp-run.1").read_text() + ".NOSUCHMACRO x\n")
    with pytest.raises(AssertionError, match="NOSUCHMACRO"):
        shown(page)
