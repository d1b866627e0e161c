"""RC files (openrc.sh) and pasted RC lines, read as text. Nothing in them is ever executed.

Only assignments of `OS_*` variables count. What bash might read in another way is unknown, such as `$(…)` or a variable
of the environment; the wizard says so, and asks for a secret. Commands are taken whose effect is known: assignments,
`export`, `unset`, `read`, what prints, other programs, and `if`, after which what it may have set is unknown. Others
may run text that is not here, compute with what a variable holds, or end the reading: then no variable is known,
neither those before it nor those after.
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
_DECLARED = re.compile(r"([A-Za-z_]\w*)(?:\+?=|\Z)", re.ASCII)
_SETS = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_INDEXED = re.compile(r"[A-Za-z_]\w*\[", re.ASCII)
_ESCAPED = re.compile(r"'(?:[^'\\]|\\.)*+'", re.DOTALL)
"""What follows the dollar sign of `$'it\\'s'`."""
_BATCH = re.compile(rf"\s*(?:set|setx)\s+({_NAME})=(.*)", re.DOTALL)
_BATCH_TOO = re.compile(
    r"\s*(?:@?(?:(?:rem|echo|setlocal|pause|cls)\b|setx?\s+\w+=)[^$;&|<>()`]*|::.*)?", re.IGNORECASE
)
"""A line that a file for Windows may have too."""
_DOLLAR = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?:(:?-)([\w./:@-]*|\"[\w ./:@-]*\"))?\}|([A-Za-z_]\w*))", re.ASCII)
_COMMAND = re.compile(r"\$\(((?:[\w ./:@=~|-]|'[^'\n]*'|\"[\w ./:@=-]*\")*)\)|`([\w ./:@=-]*)`", re.ASCII)
"""`$(pass show cloud)`: it runs something, and its end is certain."""
_FORGETS_LOGIN = re.compile(
    r"\A(?:\s|#[^\n]*\n)*for ([a-z]+) in \$\( *set *\| *awk '[^'\n]*' *\) *; *do unset \$\1 *; *done *\n"
)
"""How files of kolla-ansible and TripleO begin: in a new shell it does nothing."""
_COMPUTED = re.compile(r"[\w*@#?$!'\"\\-]")
"""What makes a dollar sign before it more than a dollar sign."""
_UNSET_IF_EMPTY = re.compile(
    rf'(?<!\\\n)^[ \t]*if \[ -z "\$\{{?({_NAME})\}}?" \]; then unset ({_NAME}); fi[ \t]*$', re.MULTILINE
)
"""As every RC file of Horizon has it."""
_UNSETS_EMPTY = "\0unset"
"""What stands for it. No text has such a command: one with a NUL is not read."""
_AFTER = {"then": ("if",), "elif": ("then",), "else": ("then",), "fi": ("then", "else")}
"""What an `if` has come to when such a word may follow."""
_RESERVED = frozenset(
    [
        *("if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "case", "esac", "select"),
        *("function", "{", "}", "[[", "]]", "!", "time", "coproc"),
    ]
)
_BUILTINS = frozenset(
    [
        *(".", ":", "[", "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen", "complete"),
        *("compopt", "continue", "declare", "dirs", "disown", "echo", "enable", "eval", "exec", "exit", "export"),
        *("false", "fc", "fg", "getopts", "hash", "help", "history", "jobs", "kill", "let", "local", "logout"),
        *("mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly", "return", "set", "shift"),
        *("shopt", "source", "suspend", "test", "times", "trap", "true", "type", "typeset", "ulimit", "umask"),
        *("unalias", "unset", "wait"),
    ]
)
"""All that bash has. What is none of them is another program, which changes no variable here."""
_CHANGES_NONE = frozenset([":", "cd", "echo", "false", "pwd", "true"])
_CHECKED = tuple(
    re.compile(command, re.ASCII)
    for command in (
        r"set(?: -a| \+[aeux])+",
        r"(?:\[|test) (?:-[a-uw-z] W|W (?:=|==|!=) W)(?: \])?".replace("W", r"(?:\"[^\"\\]*\"|'[^']*'|[\w./:]+)"),
        r"printf (?:\"(?:[\w .,:]|%s|\\n)*\"|'(?:[\w .,:]|%s|\\n)*')(?: .*)?",
    )
)
"""Builtins that change no variable if they are called so: `test -v` and `printf -v` compute an array's index."""
_READ = re.compile(r"read(?: -[ers]+| -[ers]*p ?(?:\"[^\"\\]*\"|'[^']*'))*((?: [A-Za-z_]\w*)*)", re.ASCII)
_PLAIN = re.compile(r"[\w./+:-]+|\[", re.ASCII)
"""A command that is spelt as it is called: no `{.,FILE}`, no `~`, nothing in quotes."""
_OF_BASH = re.compile(
    r"_|BASH\w*|COMP_\w*|COMPREPLY|DIRSTACK|EPOCH\w*|EUID|FUNCNAME|FUNCNEST|GLOBIGNORE|GROUPS|HIST\w*|histchars|LINENO|MAPFILE|"
    r"OPTARG|OPTERR|OPTIND|PIPESTATUS|POSIXLY_CORRECT|PPID|PROMPT_\w*|PS[024]|RANDOM|READLINE_\w*|REPLY|SECONDS|SHELLOPTS|SHLVL|"
    r"SRANDOM|TIMEFORMAT|TMOUT|UID",
    re.ASCII,
)
"""Setting one may end what bash reads, make it read otherwise, or compute."""
_LOCALE = re.compile(r"LANG|LC_\w+", re.ASCII)
_REDIRECTED = re.compile(
    r"(?<=[ \t])[012]?(?:>&[ \t]*[12]|(?:>>?|<)[ \t]*/dev/(null|tty|stdin|stdout|stderr))(?=[ \t\n;|&]|\Z)"
)
_QUOTING = re.compile(r"\\\n|[\\'\"]")


class RcVariables(NamedTuple):
    """`values`: the variables with a known value.   `unknown`: names of those that a shell would compute."""

    values: Mapping[str, str]
    unknown: tuple[str, ...]


class _Lost(Exception):
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
    lines = text.split("\n")
    return any(map(_BATCH.match, lines)) and all(_BATCH.match(line) or _is_batch_too(line) for line in lines)


def _is_batch_too(line: str) -> bool:
    return _BATCH_TOO.fullmatch(line) is not None and not _NAMES.search(line)


def _unset_if_empty(found: "re.Match[str]") -> str:
    return f"{_UNSETS_EMPTY} {found[1]}" if found[1] == found[2] else found[0]


class _Variables:
    """What is known after each command. A name in neither is not set, as in a new shell."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.unknown: dict[str, None] = {}
        self._is_ascii = True

    def read_batch(self, text: str) -> None:
        for line in text.split("\n"):
            if found := _BATCH.match(line):
                value = found[2]
                is_plain = not set("%^\"'&|<>!") & set(value) and value == value.strip()
                self._set(found[1], value if is_plain else None)

    def read_shell(self, text: str) -> None:
        self._is_ascii = text.isascii()
        try:
            for words, is_certain in _Reader(text, self.values, self.unknown).commands():
                self._take(words, is_certain=is_certain)
        except _Lost:
            self.forget_all(text)

    def forget_all(self, text: str) -> None:
        """Whatever was known, or is named in the text, may have any value."""
        self._forget(" ".join([text, _unquoted(text), *self.values]))

    # ------------------------------------------------------------ one command

    def _take(self, words: list[_Word], *, is_certain: bool) -> None:
        """Raises _Lost: it is none whose effect is known."""
        assigned = 0
        while assigned < len(words) and (found := _SETS.match(words[assigned].text)):
            self._must_be_free(found[1])
            assigned += 1
        if assigned == len(words):
            self._assign(words, is_certain=is_certain)
            return
        # These are set for the command alone, or for longer if it sets something itself.
        self._forget(" ".join(word.text for word in words[:assigned]))
        command, arguments = words[assigned].text, words[assigned + 1 :]
        if command in ("declare", "typeset") and arguments and arguments[0].text == "-x":
            command, arguments = "export", arguments[1:]
        if command in ("export", "unset", "read", _UNSETS_EMPTY):
            if assigned:
                raise _Lost
            if command == "export":
                self._export(arguments, is_certain=is_certain)
            elif command == "read":
                self._read(words)
            else:
                self._unset(arguments, is_certain=is_certain, only_empty=command == _UNSETS_EMPTY)
            return
        told = " ".join([command, *(word.text for word in arguments)])
        is_harmless = command in _CHANGES_NONE or any(pattern.fullmatch(told) for pattern in _CHECKED)
        if not _PLAIN.fullmatch(command) or (command in _BUILTINS and not is_harmless):
            raise _Lost
        if command not in _BUILTINS:
            # It changes nothing here; but what is meant for another shell, such as `setenv`, is asked for.
            for found in _ASSIGNED.finditer(told):
                self._set(found[1], None)

    def _export(self, arguments: list[_Word], *, is_certain: bool) -> None:
        for word in arguments:
            if (found := _DECLARED.match(word.text)) is None:
                raise _Lost  # an option; or which variable that is, the value of another one decides
            self._must_be_free(found[1])
        # Unlike in a plain assignment, {a,b} makes two words of one here.
        self._assign([_Word(None, w.text) if _has_braces(w.text) else w for w in arguments], is_certain=is_certain)

    def _read(self, words: list[_Word]) -> None:
        found = _READ.fullmatch(" ".join(word.text for word in words))
        if found is None:
            raise _Lost
        for name in found[1].split():
            self._must_be_free(name)
        self._forget(found[1])

    def _unset(self, arguments: list[_Word], *, is_certain: bool, only_empty: bool) -> None:
        for name in [word.text for word in arguments]:
            if not (name.isascii() and name.isidentifier()):
                raise _Lost
            self._must_be_free(name)
            if only_empty and (name in self.unknown or self.values.get(name, "x")):
                continue
            if is_certain:
                self.values.pop(name, None)
                self.unknown.pop(name, None)
            else:
                self._forget(name)

    def _must_be_free(self, name: str) -> None:
        """Raises _Lost: more happens than that a variable is set."""
        if _OF_BASH.fullmatch(name) or (_LOCALE.fullmatch(name) and not self._is_ascii):
            raise _Lost

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
        self.unknown.pop(name, None)
        self.values.pop(name, None)
        if value is None:
            self.unknown[name] = None
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
    """Splits a text into commands as bash does."""

    def __init__(self, text: str, known: Mapping[str, str], unknown: Mapping[str, None]) -> None:
        self._text, self._known, self._unknown, self._at = text, known, unknown, 0
        self._named = set[str]()
        """Of the same line: it may just have changed them."""
        self._open = list[str]()
        """Of each `if` that is not at its end, what it has come to."""
        self._is_empty = False

    def commands(self) -> Iterator[tuple[list[_Word], bool]]:
        """Simple commands, and whether bash runs each for certain, in itself. Of a line that it would refuse, none.

        Raises _Lost.
        """
        while self._at < len(self._text):
            self._named.clear()
            parts, is_certain = self._line()
            found = list[tuple[list[_Word], bool]]()
            for number, (before, words) in enumerate(parts):
                is_last = number == len(parts) - 1
                words = self._clause(words, is_listed=before in ("", ";", "&"), is_last=is_last)
                if words:
                    found.append((words, is_certain and not self._open))
            yield from found
        if self._open:
            raise _Lost

    def _line(self) -> tuple[list[tuple[str, list[_Word]]], bool]:
        """The commands of a line, each with what stands before it; and whether each is run, in the shell itself."""
        parts, is_certain = [("", list[_Word]())], True
        while (sign := self._sign()) and sign != "\n":
            _, words = parts[-1]
            if words and (redirected := _REDIRECTED.match(self._text, self._at)):
                self._at = redirected.end()
                # Without a terminal the command is not run.
                is_certain = is_certain and redirected[1] == "null"
            elif sign in "()<>":
                raise _Lost
            elif sign not in ";&|":
                words.append(self._word())
            elif not words:
                raise _Lost
            else:
                operator = self._operator()
                parts.append((operator, []))
                is_certain = is_certain and operator == ";"
        self._at += 1
        operator, words = parts[-1]
        if not words and operator not in ("", ";", "&"):
            raise _Lost
        return parts, is_certain

    def _clause(self, words: list[_Word], *, is_listed: bool, is_last: bool) -> list[_Word]:
        """The command without `if`, `then`, `elif`, `else` and `fi` before it.

        Raises _Lost: bash would refuse it, or it is a loop or the like.
        """
        for at, (_, word) in enumerate(words):
            is_alone = at + 1 == len(words)
            if word not in _RESERVED:
                self._is_empty = False
                return words[at:]
            if word == "if":
                self._open.append(word)
            elif not is_listed or self._is_empty or not self._open or self._open[-1] not in _AFTER.get(word, ()):
                raise _Lost
            elif word == "fi":
                self._open.pop()
                if not is_alone:
                    raise _Lost
                return []
            else:
                self._open[-1] = "if" if word == "elif" else word
            self._is_empty = True
            if is_alone and not is_last:
                raise _Lost
        return []

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
        begun, parts, size = self._at, list[str | None](), 0
        while self._at < len(self._text) and self._text[self._at] not in " \t\n;&|()<>":
            part = self._part(begun)
            size += 1 if part is None else len(part) + 1
            parts.append(part)
            if size > 4 * _LONGEST:
                parts, size = [None], 0
        known = [part for part in parts if part is not None]
        text = self._text[begun : self._at].replace("\\\n", "")
        if _INDEXED.match(text):
            raise _Lost  # an array's index may go on for lines
        self._named.update(_NAMES.findall(_unquoted(text)))
        return _Word("".join(known) if len(known) == len(parts) else None, text)

    def _part(self, begun: int) -> str | None:
        """What the next sign, or what it quotes, is in a word that began there. None if a shell would compute it."""
        sign, following = self._text[self._at], self._text[self._at + 1 : self._at + 2]
        if sign in "$`":
            return self._dollar()
        if sign == "'":
            end = self._text.find("'", self._at + 1)
            if end < 0:
                raise _Lost
            quoted = self._text[self._at + 1 : end]
            self._at = end + 1
            return quoted
        self._at += 2 if sign == "\\" else 1
        if sign == '"':
            parts = list(self._double_quoted())
            known = [part for part in parts if part is not None]
            return "".join(known) if len(known) == len(parts) else None
        if sign == "\\":
            return "" if following == "\n" else following or "\\"
        # A folder at the beginning of a word or of a value, and in a value after a colon.
        is_home = sign == "~" and (self._at - 1 == begun or self._text[self._at - 2] in "=:'\"\n")
        return None if is_home else sign

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
        raise _Lost

    def _dollar(self, *, in_quotes: bool = False) -> str | None:
        """What `$NAME` and `${NAME:-word}` stand for, and a dollar sign that is one; None for what is computed.

        Raises _Lost: it is not certain where that ends.
        """
        if computed := _COMMAND.match(self._text, self._at):
            self._at = computed.end()
            if not _is_pipeline(computed[1] or computed[2] or ""):
                raise _Lost
            return None
        found = _DOLLAR.match(self._text, self._at)
        if found is None:
            sign, following = self._text[self._at], self._text[self._at + 1 : self._at + 2]
            self._at += 1
            if sign == "`" or following in ("(", "{", "["):
                raise _Lost
            if not in_quotes and following == "'":
                if (escaped := _ESCAPED.match(self._text, self._at)) is None:
                    raise _Lost
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
        if name in self._named or (found[4] and self._text.startswith("\\\n", self._at)):
            return None  # the same line may just have changed it; or its name goes on in the next one
        value = self._known.get(name)
        is_unset = value is None and _NAMES.fullmatch(name) and name not in self._unknown
        if operator and (is_unset or (value == "" and operator == ":-")):
            return other.strip('"')
        return value


def _is_pipeline(text: str) -> bool:
    """Whether it is commands, one into the next. Of any other text bash may refuse the whole file."""
    commands = [command.split() for command in text.split("|")]
    return all(words and words[0] not in _RESERVED for words in commands)
