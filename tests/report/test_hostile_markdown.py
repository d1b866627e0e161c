"""Whatever signs a name is made of, a reader of Markdown finds nothing in it but text and code."""

import random
import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from migrate.report.markdown import escape

pytestmark = pytest.mark.hostile

SIGNS = [
    *"\\|`*_[]<>()!&;#:/@~$ .w-+1a{}%'\"=",
    *("http://", "www.", "](", "![", "<b>", "&lt;", "&#58;", "``", "**", "~~", "mailto:", "\n", "\x1b", "\u202e"),
]
LIVE = re.compile(r"//|www\.|@|mailto:|xmpp:", re.IGNORECASE)


def test_no_name_of_any_signs_is_markup() -> None:
    reader, dice = MarkdownIt("commonmark").enable(["table", "strikethrough"]), random.Random(13)
    for _ in range(4000):
        name = "".join(dice.choices(SIGNS, k=dice.randint(1, 14)))
        tokens = list(
            flat(reader.parse(f"| a | b |\n| --- | --- |\n| {escape(name)} | x |\n\nsaid {escape(name)} end\n"))
        )
        kinds = {token.type for token in tokens}
        assert not kinds & {"link_open", "image", "html_inline", "em_open", "strong_open", "s_open"}, name
        assert sum(token.type == "td_open" for token in tokens) == 2, name
        assert not [one.content for one in tokens if one.type == "text" and LIVE.search(one.content)], name


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])
