"""What every command shares: the folder, the language, the format, the flag that stops. Light to import."""

import re
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from migrate.cli.console import echo
from migrate.messages.catalogue import DEFAULT, language, phrase, text
from migrate.monitor import StopFlag

_LANGUAGE_LINE = re.compile(r"^language:\s*[\"']?(en|fr)\b", re.MULTILINE)


@dataclass
class App:
    """The shared options of one call, and how it stops.

    `stops_softly` is set by a command whose work asks the flag itself: then the first Ctrl-C only sets the flag.
    """

    directory: Path = field(default_factory=Path)
    lang_option: str | None = None
    format: str = "table"
    verbose: bool = False
    stop: StopFlag = field(default_factory=StopFlag)
    stops_softly: bool = False

    @property
    def lang(self) -> str:
        """--lang, else the policy's language, else English; a broken policy still tells its language."""
        if self.lang_option:
            return language(self.lang_option)
        try:
            found = _LANGUAGE_LINE.search((self.directory / "policy.yaml").read_text("utf-8", "replace"))
        except OSError:
            return DEFAULT
        return found[1] if found else DEFAULT

    @property
    def is_json(self) -> bool:
        return self.format == "json"

    def say(self, key: str, **facts: object) -> str:
        """A phrase in the operator's language."""
        return phrase(key, self.lang, **facts)

    def text(self, code: str, facts: dict[str, Any] | None = None) -> str:
        """The sentence of a code in the operator's language."""
        return text(code, self.lang, facts)

    def explain(self, code: str | None, facts: dict[str, Any] | None = None) -> str:
        """A code and its sentence, for a cell of a table; empty without a code."""
        return f"{code}: {self.text(code, facts)}" if code else ""

    def tell(self, key: str, **facts: object) -> None:
        """A phrase for the operator: on stderr, as everything that is not data."""
        echo(self.say(key, **facts), err=True)

    @property
    def prefix(self) -> str:
        """How a command that is shown to the operator must begin to work from here: `decamp`, or `decamp -C DIR`."""
        return "decamp" if self.directory == Path() else f"decamp -C {shlex.quote(str(self.directory))}"

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        return sys.stdin.isatty()


pass_app = click.make_pass_decorator(App, ensure=True)
