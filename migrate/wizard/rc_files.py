"""RC files (openrc.sh) and pasted RC lines, read as text. Nothing in them is ever executed.

Only assignments of `OS_*` variables count. What bash might read in another way is unknown, such as `$(…)` or a variable
of the environment; the wizard says so, and asks for a secret. From a line on that is more than simple commands, such as
a condition, every variable that is named is unknown; and all are where even the end of a line is not certain (a
function, an open quote), or where other text may be run (`. FILE`, `eval`, a command that a variable holds).
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

MOST_BYTES = 64 * 1024
"""An RC file has about 2 KiB."""
_LONGEST = 4096
"""A longer value is none: a few lines can double one again and again."""

_NAME = r"OS_[A-Z0-9_]{1,60}"
_NAMES = re.compile(_NAME)
_ASSIGNED = re.compile(rf"({_NAME})(\+?)=")
_DECLARED = re.compile(r"-|[A-Za-z_]\w*(?:\+?=|$)", re.ASCII)
_SETS = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_ESCAPED = re.compile(r"'(?:[^'\\]|\\.)*+'", re.DOTALL)
"""What follows the dollar sign of `$'it\\'s'`."""
_BATCH = re.compile(rf"\s*(?:set|setx)\s+({_NAME})=(.*)", re.DOTALL)
_DOLLAR = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?:(:?-)([\w./:@-]*|\"[\w ./:@-]*\"))?\}|([A-Za-z_]\w*))", re.ASCII)
_COMMAND = re.compile(r"\$\((?:[\w ./:@=~|-]|'[^'\n]*'|\"[\w ./:@=-]*\")*\)|`[\w ./:@=-]*`", re.ASCII)
"""`$(pass show cloud)`: it runs something, and its end is certain."""
_FORGETS_LOGIN = re.compile(
    r"\A(?:\s|#[^\n]*\n)*for (\w+) in \$\( *set *\| *awk '[^'\n]*' *\) *; *do unset \$\1 *; *done *\n"
)
"""How files of kolla-ansible and TripleO begin: in a new shell it does nothing."""
_COMPUTED = re.compile(r"[\w*@#?$!'\"\\-]")
"""What makes a dollar sign before it more than a dollar sign."""
_UNSET_IF_EMPTY = re.compile(
    rf'(?<!\\\n)^[ \t]*if \[ -z "\$\{{?({_NAME})\}}?" \]; then unset ({_NAME}); fi[ \t]*$', re.MULTILINE
)
"""As every RC file of Horizon has it."""
_RESERVED = frozenset(
    [
        *("if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "case", "esac", "select"),
        *("function", "{", "}", "[[", "]]", "!", "time", "coproc"),
    ]
)
_LOSES_ALL = frozenset(
    [
        *(".", "source", "eval", "exec", "exit", "return", "alias", "unalias", "trap", "shopt", "set", "builtin"),
        *("command", "enable", "hash", "jobs"),
    ]
)
"""After these nothing is certain: other text is run, or none."""
_QUOTING = re.compile(r"\\\n|[\\'\"]")
_OTHER_TEXT = re.compile(
    r"(?:^|[\s;&|(){}!`])(?:\.|source|eval|trap|enable|builtin|command|jobs)(?=[\s;&|(){}`]|$)|"
    r"(?:^|[\n;&|({!`]|\b(?:then|do|else|elif|if|while|until|time|coproc)\s)[ \t]*[$`]|"
    r"\b(?:export|unset|readonly|declare|typeset|local|read|printf|let|getopts|mapfile|readarray|wait)\b[^\n]*[$`]|"
    r"\b(?:declare|typeset|local)\b[^\n]*\s-\w*n|\{[^}\s]*(?:,|\.\.)"
)
"""Where text that is not here may be run, or a variable be set that another one names. Looked for without quotes."""
_READONLY = frozenset(["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID", "POSIXLY_CORRECT"])
"""Setting one ends what bash reads, or makes it read otherwise."""
_COMPUTED_COMMAND = re.compile(r"[$`{*?]|\[.")
"""What makes other words of a command's first one: `{.,FILE}` is `. FILE`."""
_OF_SET = frozenset(["-a", "-x", "+e", "+u", "+a", "+x"])
"""Options of `set` that change no value, and end nothing."""
_BUILTINS = _LOSES_ALL | {
    *("export", "readonly", "declare", "typeset", "local", "unset", "read", "printf", "getopts", "mapfile"),
    *("readarray", "let", "wait"),
}
"""What may change a variable."""


class RcVariables(NamedTuple):
    """`values`: the variables with a known value.   `unknown`: names of those that a shell would compute."""

    values: Mapping[str, str]
    unknown: tuple[str, ...]


class _Lost(Exception):
    """The text cannot be read any further: of what is named from this line on nothing is certain."""


class _AllLost(_Lost):
    """Nothing is certain, not even what was read before."""


class _Word(NamedTuple):
    """A word of a command. `value`: None if a shell would compute it.   `text`: as it is written, on one line."""

    value: str | None
    text: str


def read_rc(text: str) -> RcVariables:
    """The `OS_*` variables of an RC file, as bash would set them. A later assignment replaces an earlier one."""
    variables = _Variables()
    # After a backslash, the end of a line of Windows is no end.
    text = re.sub(r"(?<!\\)\r\n", "\n", text).removesuffix("\r")
    if "\0" in text:
        variables.forget_all(text)
    elif _is_batch(text):
        variables.read_batch(text)
    else:
        variables.read_shell(_UNSET_IF_EMPTY.sub(_unset_if_empty, _FORGETS_LOGIN.sub("", text)))
    values = {name: value for name, value in variables.values.items() if value}
    return RcVariables(values, tuple(variables.unknown))


def _is_batch(text: str) -> bool:
    """Whether it is a file for Windows: `set OS_X=…`, which means something else to a shell."""
    lines = [line for line in text.split("\n") if _NAMES.search(line)]
    return bool(lines) and all(_BATCH.match(line) for line in lines)


def _unset_if_empty(found: "re.Match[str]") -> str:
    return f"unset-if-empty {found[1]}" if found[1] == found[2] else found[0]


class _Variables:
    """What is known after each command."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.unknown: list[str] = []
        self._odd: set[str] = set()

    def read_batch(self, text: str) -> None:
        for line in text.split("\n"):
            if found := _BATCH.match(line):
                value = found[2]
                is_plain = not set("%^\"'&|<>!") & set(value) and value == value.strip()
                self._set(found[1], value if is_plain else None)

    def read_shell(self, text: str) -> None:
        reader = _Reader(text, self.values)
        try:
            for words, is_certain in reader.commands():
                self._take(words, is_certain=is_certain)
        except _Lost as err:
            rest = _unquoted(text[reader.begun :])
            if isinstance(err, _AllLost) or _OTHER_TEXT.search(rest):
                self.forget_all(text)
            else:
                self._forget(rest)

    def forget_all(self, text: str) -> None:
        """Whatever was known, or is named in the text, may have any value."""
        self._forget(" ".join([text, _unquoted(text), *self.values]))

    # ------------------------------------------------------------ one command

    def _take(self, words: list[_Word], *, is_certain: bool) -> None:
        assigned = 0
        while assigned < len(words) and (found := _SETS.match(words[assigned].text)):
            if found[1] in _READONLY:
                raise _AllLost
            assigned += 1
        told = _unquoted(" ".join(word.text for word in words))
        if assigned == len(words):
            self._assign(words, is_certain=is_certain)
            return
        command, arguments = words[assigned], words[assigned + 1 :]
        is_spelt_otherwise = command.value != command.text and command.value in _BUILTINS
        is_harmless = command.text == "set" and bool(arguments) and all(word.text in _OF_SET for word in arguments)
        is_computed = _COMPUTED_COMMAND.search(command.text) is not None
        if is_computed or is_spelt_otherwise or (command.text in _LOSES_ALL and not is_harmless):
            raise _AllLost
        if assigned and command.text in _BUILTINS:
            self._forget(told)
            return
        self._forget(" ".join(word.text for word in words[:assigned]))
        if command.text == "export" and any(not _DECLARED.match(word.text) for word in arguments):
            # Which variable that is, the value of another one decides.
            raise _AllLost
        if command.text == "export" and not any(word.text.startswith("-") for word in arguments):
            named = [word for word in arguments if "=" in word.text]
            # Unlike in a plain assignment, {a,b} makes two words of one here.
            self._assign([_Word(None, w.text) if _has_braces(w.text) else w for w in named], is_certain=is_certain)
        elif command.text in ("unset", "unset-if-empty") and not assigned and is_certain:
            if not all(word.text.isascii() and word.text.isidentifier() for word in arguments):
                self._forget(" ".join(self.values))
                return
            for word in arguments:
                if command.text == "unset" or not self.values.get(word.text, "x"):
                    self._set(word.text, "")
        elif command.text in _BUILTINS:
            # It may have named a variable by the value of another, and `readonly` or `declare -u` lasts.
            if _OTHER_TEXT.search(told):
                raise _AllLost
            self._forget(told)
            if command.text != "read":
                self._odd.update(_NAMES.findall(told))
        else:
            # Another program changes nothing here; but `export` before a blank that is none looks like one.
            self._forget(command.text)
            for found in _ASSIGNED.finditer(told):
                self._set(found[1], None)

    def _assign(self, words: list[_Word], *, is_certain: bool) -> None:
        for word in words:
            if found := _ASSIGNED.match(word.text):
                name, value = found[1], word.value
                if value is not None:
                    value = value[found.end() :]
                    if found[2]:
                        value = None if name in self.unknown else self.values.get(name, "") + value
                self._set(name, value if is_certain else None)

    def _set(self, name: str, value: str | None) -> None:
        # What is not UTF-8 was replaced: a password would be another one.
        if value is not None and (len(value) > _LONGEST or not value.isprintable() or "\ufffd" in value):
            value = None
        if name in self._odd:
            value = None
        self.unknown = [one for one in self.unknown if one != name]
        self.values.pop(name, None)
        if value is None:
            self.unknown.append(name)
        else:
            self.values[name] = value

    def _forget(self, text: str) -> None:
        """Whatever is named there may have any value now."""
        for name in dict.fromkeys(_NAMES.findall(text)):
            self._set(name, None)


def _has_braces(text: str) -> bool:
    return "{" in re.sub(r"(?<!\\)\$\{", "", text)


def _unquoted(text: str) -> str:
    """The text without quotes and backslashes, as `OS_PASS"WORD"` names a variable too."""
    return _QUOTING.sub("", text)


class _Reader:
    """Splits a text into commands as bash does. `begun`: where the line that is being read began."""

    def __init__(self, text: str, known: Mapping[str, str]) -> None:
        self._text, self._known, self._at = text, known, 0
        self.begun = self._word_begun = 0

    def commands(self) -> Iterator[tuple[list[_Word], bool]]:
        """Simple commands, and whether bash runs each for certain, in itself. Of a line that it would refuse, none.

        Raises _Lost.
        """
        while self._at < len(self._text):
            self.begun = self._at
            found, is_certain, must_follow = [list[_Word]()], True, False
            while (sign := self._sign()) and sign != "\n":
                if sign in "()" or self._text.startswith(("<(", ">(", "<<"), self._at):
                    raise _AllLost
                if sign in "<>":
                    raise _Lost
                if sign not in ";&|":
                    found[-1].append(self._word())
                    continue
                if not found[-1]:
                    raise _Lost
                operator = self._operator()
                found.append([])
                is_certain = is_certain and operator == ";"
                must_follow = operator not in (";", "&")
            self._at += 1
            if (must_follow and not found[-1]) or any(words and words[0].text in _RESERVED for words in found):
                raise _Lost
            yield from ((words, is_certain) for words in found if words)

    def _operator(self) -> str:
        """What stands between two commands. Raises _Lost: nothing that can."""
        begun = self._at
        while self._at < len(self._text) and self._text[self._at] in ";&|":
            self._at += 1
        operator = self._text[begun : self._at]
        if operator not in (";", "&", "&&", "|", "||", "|&"):
            raise _Lost
        return operator

    def _sign(self) -> str:
        """The next sign that is no blank and in no comment; empty at the end."""
        while self._at < len(self._text):
            if self._text.startswith("\\\n", self._at):
                self._at += 2
            elif self._text[self._at] in " \t":
                self._at += 1
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return self._text[self._at]
        return ""

    def _word(self) -> _Word:
        begun = self._word_begun = self._at
        parts = list[str | None]()
        while self._at < len(self._text) and (sign := self._text[self._at]) not in " \t\n;&|()<>":
            if sign == "'":
                end = self._text.find("'", self._at + 1)
                if end < 0:
                    raise _AllLost
                parts.append(self._text[self._at + 1 : end])
                self._at = end + 1
            elif sign == '"':
                self._at += 1
                parts += self._double_quoted()
            elif sign == "\\":
                following = self._text[self._at + 1 : self._at + 2]
                parts.append("" if following == "\n" else following or "\\")
                self._at += 2
            elif sign in "$`":
                parts.append(self._dollar())
            elif sign == "[" and self._text[begun : self._at].isidentifier():
                raise _AllLost  # an array's index may go on for lines
            else:
                parts.append(None if sign == "~" and self._may_be_home(begun) else sign)
                self._at += 1
            if sum(len(part or "") for part in parts[-2:]) > _LONGEST or len(parts) > 4 * _LONGEST:
                parts = [None]
        known = [part for part in parts if part is not None]
        text = self._text[begun : self._at].replace("\\\n", "")
        return _Word("".join(known) if len(known) == len(parts) else None, text)

    def _may_be_home(self, begun: int) -> bool:
        """At the beginning of a word or of a value, and in a value after a colon."""
        before = self._text[begun : self._at].replace("\\\n", "")
        return not before or before[-1] in "=:"

    def _double_quoted(self) -> Iterator[str | None]:
        while self._at < len(self._text):
            sign, following = self._text[self._at], self._text[self._at + 1 : self._at + 2]
            if sign == '"':
                self._at += 1
                return
            if sign == "\\" and following in ('"', "\\", "$", "`", "\n"):
                self._at += 2
                yield "" if following == "\n" else following
            elif sign in "$`":
                yield self._dollar(in_quotes=True)
            else:
                self._at += 1
                yield sign
        raise _AllLost

    def _dollar(self, *, in_quotes: bool = False) -> str | None:
        """What `$NAME` and `${NAME:-word}` stand for, and a dollar sign that is one; None for what is computed.

        Raises _AllLost: it is not certain where that ends.
        """
        if computed := _COMMAND.match(self._text, self._at):
            self._at = computed.end()
            return None
        found = _DOLLAR.match(self._text, self._at)
        if found is None:
            sign, following = self._text[self._at], self._text[self._at + 1 : self._at + 2]
            self._at += 1
            if sign == "`" or following in ("(", "{", "["):
                raise _AllLost
            if not in_quotes and (escaped := _ESCAPED.match(self._text, self._at)):
                self._at = escaped.end()
                return None
            if following == '"' and in_quotes:
                return "$"
            if following and _COMPUTED.match(following):
                self._at += following not in ("'", '"', "\\")
                return None
            return "$"
        self._at = found.end()
        name, operator, other = found[1] or found[4], found[2], found[3]
        if name in self._text[self.begun : self._word_begun]:
            return None  # the same line may just have changed it
        value = self._known.get(name)
        # In a new shell it is not set, if nothing here has set it.
        if value is None and operator and _NAMES.fullmatch(name) and name not in self._text[: self._word_begun]:
            return other.strip('"')
        return other.strip('"') if value == "" and operator == ":-" else value
