"""Writes what the pages say about codes: `python -m tests.docs.codes`.

The tables of docs/output.md and docs/formats/plan.md, and the pages that `decamp explain` shows, in docs/codes/.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from migrate.cli.views.code_page_view import parts, title
from migrate.messages.catalogue import LANGUAGES
from migrate.messages.code_page import code_page
from migrate.messages.codes.registry import ENTRIES, Entry

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "docs" / "output.md"
CODES = ROOT / "docs" / "codes"
PLAN = ROOT / "docs" / "formats" / "plan.md"

_SECTIONS = {
    1: "This machine",
    2: "Input and documents",
    3: "Where a step stands",
    4: "The clouds",
    5: "The plan and the world",
    6: "Findings of `check`",
    7: "Verification",
    8: "Findings of `check`: what no tool carries, and rules of the target",
    9: "Findings of `check`: what hangs on something that was not listed; names of the DNS",
}
_MARKUP = re.compile(r"(`[^`]*`)|([*<\[])")
_FORM = re.compile(r"\{\w+:(?:after|near)\}|(?<=\w):\w+(?=\})")
"""How a fact is written, behind its name; and what may be missing."""
_BELOW = "### 1xx: "
_HEAD = "| code | level | out | facts | meaning |\n|---|---|---|---|---|\n"


def output_page() -> str:
    """docs/output.md with every code by its hundred: what a command ends with, or the finding's level, and the text."""
    above = OUTPUT.read_text().split(_BELOW)[0]
    return above + "\n".join(_section(hundred, title) for hundred, title in _SECTIONS.items())


def plan_page() -> str:
    """docs/formats/plan.md with what each finding means."""
    above, _, rest = PLAN.read_text().partition(_HEAD)
    below = re.sub(r"\A(\|.*\n)*", "", rest)
    return above + _HEAD + "".join(_findings()) + below


def _section(hundred: int, title: str) -> str:
    column = "Level" if hundred in (6, 8, 9) else "Exit"
    rows = [
        f"| [{number}](codes/{hundred}xx.md#{number.lower()}) | {_column(entry)} | {_FORM.sub('', entry.en)} |\n"
        for number, entry in sorted(ENTRIES.items())
        if number.startswith(f"DCP-{hundred}")
    ]
    return f"### {hundred}xx: {title}\n\n| Code | {column} | What it says |\n| --- | --- | --- |\n" + "".join(rows)


def _column(entry: Entry) -> str:
    return entry.spec.level if entry.spec else ", ".join(map(str, entry.exits)) or "-"


def _findings() -> Iterator[str]:
    for number, entry in sorted(ENTRIES.items()):
        if spec := entry.spec:
            out = "unless accepted" if spec.can_go_on else "yes" if spec.leaves_out else ""
            facts = ", ".join(f"`{fact}`" for fact in spec.facts)
            yield f"| {number} | {spec.level} | {out} | {facts} | {spec.meaning} |\n"


def code_pages() -> dict[Path, str]:
    """The pages of docs/codes/: one for each hundred, in English and, in fr/, in French."""
    return {
        CODES / ("" if lang == "en" else lang) / f"{hundred}xx.md": _page(hundred, lang)
        for lang in LANGUAGES
        for hundred in _SECTIONS
    }


def _page(hundred: int, lang: str) -> str:
    codes = [number for number in sorted(ENTRIES) if number.startswith(f"DCP-{hundred}")]
    head = f"# Codes {hundred}xx\n\n<!-- python -m tests.docs.codes -->\n"
    return head + "".join(_code(number, lang) for number in codes)


def _code(number: str, lang: str) -> str:
    page = code_page(number, lang)
    told = "".join(
        f"\n**{heading}**\n\n" + "".join(f"- {_plain(one)}\n" for one in all_of)
        for heading, all_of in parts(page, lang)
    )
    return f"\n## {number}\n\n{title(page, lang)}\n{told}"


def _plain(sentence: str) -> str:
    """A sentence whose signs are no markup."""
    return _MARKUP.sub(lambda found: found[1] or f"\\{found[2]}", sentence)


if __name__ == "__main__":
    OUTPUT.write_text(output_page())
    PLAN.write_text(plan_page())
    for path, text in code_pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
