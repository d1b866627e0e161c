"""Answers a shell that asks for completions, or for the script that makes it ask. Never fails."""

import os
import re
import shlex
from contextlib import suppress

from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from migrate.cli.completion.shell_scripts import SCRIPTS, VARIABLE
from migrate.cli.completion.stub_commands import stub_group
from migrate.cli.console import print_text

_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_NOT_PLAIN = re.compile(r"[^\w@%+=:,./-]", re.ASCII)


def answer(asked: str) -> int:
    """Prints the completions of the command line in the environment: `asked` is such as `bash_complete`.

    Returns the exit status: 1 for an unknown shell or question. Errors are silent, as the shell shows them amid what
    is being typed.
    """
    shell, _, question = asked.partition("_")
    if shell not in SCRIPTS or question not in {"complete", "source"}:
        return 1
    if question == "source":
        print_text(SCRIPTS[shell])
        return 0
    with suppress(Exception):
        print_text(_Answer(stub_group(), {}, "decamp", VARIABLE).complete(), keep="\n\t")
    return 0


class _Answer(ShellComplete):
    """Completions as tab-separated lines, for all three shells."""

    def get_completion_args(self) -> tuple[list[str], str]:
        # The letter keeps a last word that is still empty, and ends one that is quoted or escaped.
        words = split_arg_string(os.environ.get("COMP_LINE", "") + "x")
        own = next((at for at, word in enumerate(words) if word.rpartition("/")[2] == self.prog_name), 0)
        return words[own + 1 : -1], words[-1][:-1]

    def format_completion(self, item: CompletionItem) -> str:
        text, said = item.value, self.get_completion_args()[1]
        option, equals, value = said.partition("=") if said.startswith("--") else ("", "", said)
        shell = os.environ.get(VARIABLE, "").partition("_")[0]
        if shell == "bash" and item.type == "plain":
            text = _for_bash(text, value if equals else said)
        elif shell == "fish" and equals:
            text = f"{option}={text}"
        meaning = (item.help or "").partition(". ")[0].removesuffix(".")
        return "\t".join((item.type, text, meaning)) if text or item.type != "plain" else ""


def _for_bash(text: str, said: str) -> str:
    """The text as bash inserts it: escaped, and without the part before a colon, where its own words begin.

    Within quotes nothing is cut, and only plain text is offered.
    """
    try:
        shlex.split(os.environ.get("COMP_LINE", ""))
    except ValueError:
        return text if _PLAIN.fullmatch(text) else ""
    breaks = set(os.environ.get("DECAMP_BREAKS", ":=")) & {":", "="}
    cut = max((said.rfind(sign) + 1 for sign in breaks), default=0)
    return _NOT_PLAIN.sub(lambda found: f"\\{found[0]}", text[cut:])
