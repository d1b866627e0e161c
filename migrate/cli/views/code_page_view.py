"""The page of a code as headings with sentences, for the screen and for docs/codes/."""

import re
from collections.abc import Iterator

from migrate.messages.catalogue import phrase
from migrate.messages.code_page import CodePage
from migrate.messages.codes.registry import ENTRIES
from migrate.policy.policy_records import Policy
from migrate.policy.schema import keys_of

_KEY = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)+")
Part = tuple[str, tuple[str, ...]]
"""A heading and the sentences below it."""


def title(page: CodePage, lang: str) -> str:
    """The code and what it is: `DCP-611 (finding: changes)`."""
    if page.level:
        return phrase("explain.finding", lang, code=page.code, level=phrase(f"level.{page.level}", lang))
    return phrase("explain.error", lang, code=page.code)


def parts(page: CodePage, lang: str) -> Iterator[Part]:
    """The parts of a page, from the cause to the keys of the policy; empty ones are left out."""
    told: dict[str, tuple[str, ...]] = {
        "cause": (page.cause,),
        "example": (page.example,),
        "consequence": page.consequences,
        "remedy": (page.remedy,) if page.remedy else (),
        "decision": tuple(phrase("explain.line", lang, line=line, meaning=what) for line, what in page.decisions),
        "settings": tuple(
            f"`{key}`" + (f" ({phrase('explain.setting', lang, example=f'`{example}`')})" if example else "")
            for key, example in settings_of(page.code).items()
        ),
    }
    for name, sentences in told.items():
        if sentences:
            yield phrase(f"explain.{name}", lang), sentences


def settings_of(code: str) -> dict[str, str]:
    """The keys of policy.yaml that the sentence of a code names, each with an example, empty if it has none."""
    examples = {".".join(field.path): field.key.example for field in keys_of(Policy)}
    named = dict.fromkeys(found.rstrip(".") for found in _KEY.findall(ENTRIES[code].en))
    return {key: examples[key] for key in named if key in examples}
