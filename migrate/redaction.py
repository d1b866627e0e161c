"""Removes secrets from a text by their form: after a typical key, after a login scheme, or by their own look.

For logs and crash files, whose lines quote libraries and clouds. If in doubt it hides too much. A text is
read once from left to right, and no expression can backtrack more than a few words, so that the time is linear in the
length of any text.
"""

import re
from collections.abc import Callable, Iterator

from migrate.secret_encodings import encoded_secrets
from migrate.secret_options import option_values
from migrate.secret_words import FOREIGN

MASK = "***"
Span = tuple[int, int]

_KEY = re.compile(
    rf"{FOREIGN}|(?:api|access|secret|private|url|sync|auth|encryption|signing|master|account|shared|session|client)"
    r"[ ._-]?key|key[ ._-]?material|"
    r"passw(?:or)?d|passphrase|passcode|mot[ _-]?de[ _-]?passe|pwd|secret|token|authorization|cookie|credential|"
    r"user[_-]?data|signature|csrf|session[_-]?id|sessid|(?:admin|user|root|db|ssl|os)[_-]?pass|temp[_-]?url[_-]?sig|"
    r"(?:sshpass|rediscli_auth)(?==)|(?<![a-z])(?:sig|sid|pin|psk|otp|pass|pw)(?=[\"'\\\]]{0,8}\s?[:=])",
    re.IGNORECASE,
)
"""Parts of keys for secrets. `pass` has another meaning here, and only counts before a sign."""
_WORD = re.compile(r"[\w.-]*")
_LETTER = re.compile(r"\w")
_BETWEEN = re.compile(
    r"""(?P<end>\\{0,7}["']|%22)?\]?[ \t\u00a0\u202f]{0,8}"""
    r"""(?P<sign>:=|[=-]>|[:=,|：]|%(?:25)?3[ADad])[ \t\r\u00a0\u202f]{0,8}"""
)
"""French puts a no-break space before a colon; `%3A` and `%3D` are the signs in an address, and what clients of
OpenStack print is `| adminPass | … |`.
"""
_OPTION = re.compile(r"[ \t]{1,8}(?![-\s])")
_ELEMENT = re.compile(r"[^<>\n]{0,200}>(?=[^<]*</)")
_INSIDE = re.compile(r"[^<]*")
_OPENING = re.compile(r"""[bBuUrRfF]{0,2}(\\{0,7})(["'])""")
_QUOTE = re.compile(r"""(?<!\\)(\\*)(["'])""")
_GOES_ON = re.compile(r"""(?:[ \t]{0,8}\r?\n[ \t]{1,99})?["']""")
"""What may follow a closing quote: a doubled or tripled quote, or the next part of a shell word or literal."""
_BRACKET = re.compile(r"""(?<!\\)(\\*)(["'])|[{}\[\]()]""")
_BARE = re.compile(r"""[^\s"'<]*""")
_LINE = re.compile(r"[^\n]*")
_BLOCK = re.compile(r"[|>][-+\d]{0,3}[ \t]{0,8}\r?(?=\n)")
_LINE_END = re.compile(r"[ \t\r]{0,8}(?=\n)")
_DEEPER = re.compile(r"\n([ \t]*)([^\n]*)")
_INDENTED = re.compile(r"\n(?:[ \t][^\n]*)?")
_TO_THE_END = re.compile(r"authorization|cookie", re.IGNORECASE)

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_URL = re.compile(r"(?::|(?<![\w:/.]))//[^\s\"'<>]*")
_CURL = re.compile(r"(?<!\S)(?:-u|--user|--proxy-user)[ \t=]{1,8}[\"']?[^\s:\"']{1,256}:(?=[^\s\"'])")
_BARE_WORD = re.compile(
    r"(?<![\w/.-])(?:passw(?:or)?d|passphrase|token|requirepass|mdp|mot de passe|jeton)[ \t]{1,8}"
    r"(?:(?:is|was|est|était)[ \t]{1,8})?[\"']?(?=([^\s\"'=:()<>]{5,256}+)(?![=:(<>]))",
    re.IGNORECASE,
)
_NO_WORD = re.compile(r"[\d!#$%&*+@^~]")
"""What stands in hardly any word of a sentence."""
_SCHEME = re.compile(r"\b(?:basic|bearer|negotiate|apikey)[ \t]{1,8}(?=([\w.~+/=-]{6,}))", re.IGNORECASE)
_BY_LOOK = re.compile(
    r"\bgAAAA[\w-]{16,}=*|\beyJ[\w-]{8,}[\w.-]*|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bgh[opsur]_\w{20,}|"
    r"\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}|\b[rs]k_(?:live|test)_\w{16,}|\bnpm_\w{30,}|\bhv[sb]\.[\w-]{20,}|"
    r"\bAGE-SECRET-KEY-1\w+|(?<![\w$])\$(?:1|2[aby]|5|6|y|argon2id?)\$[./\w$=,+-]{8,}"
)
"""Keystone tokens, JSON web tokens, keys of AWS, GitHub, GitLab, Slack, Stripe, npm, Vault and age, password hashes."""


def scrub(text: str) -> str:
    """The text with `***` for everything that looks like a secret."""
    text = _without(text, _private_keys)
    text = _URL.sub(lambda found: _without_login(found[0]), text)
    for spans in _FINDERS:
        text = _without(text, spans)
    return text


def scrub_lines(text: str) -> str:
    """As `scrub`, for the words of any program: what stands behind a word for a secret, on its line, is hidden too.

    Where nothing stands behind it, the next line that is not empty is.
    """
    told, is_next = [], False
    for line in scrub(text).split("\n"):
        if is_next and line.strip():
            told.append(MASK)
            is_next = False
        elif key := _KEY.search(line):
            end = _end(_WORD, line, key.end())
            has_more = bool(_LETTER.search(line, end))
            told.append(f"{line[:end]} {MASK}" if has_more else line)
            is_next = not has_more and MASK not in line[end:]
        else:
            told.append(line)
    return "\n".join(told)


def secrets_in(text: str) -> list[str]:
    """The parts that `scrub` removes from the text."""
    found: list[str] = []

    def taken(text: str, spans: Callable[[str], Iterator[Span]]) -> str:
        found.extend(text[begin:end] for begin, end in spans(text))
        return _without(text, spans)

    text = taken(text, _private_keys)
    text = taken(text, _in_urls)
    for spans in _FINDERS:
        text = taken(text, spans)
    return found


def _in_urls(text: str) -> Iterator[Span]:
    for url in _URL.finditer(text):
        told = _without_login(url[0])
        if told != url[0]:
            begin = told.index(MASK)
            yield url.start() + begin, url.end() - (len(told) - begin - len(MASK))


def _without(text: str, spans: Callable[[str], Iterator[Span]]) -> str:
    told, at = [], 0
    for begin, end in spans(text):
        told += [text[at:begin], MASK]
        at = end
    return "".join([*told, text[at:]]) if told else text


def _private_keys(text: str) -> Iterator[Span]:
    """The text between the first and last line of a private key; the whole rest without a last line."""
    at = 0
    while begin := _PEM.search(text, at):
        end = _PEM_END.search(text, begin.end())
        at = end.start() if end else len(text)
        yield begin.end(), at


def _without_login(url: str) -> str:
    """A URL with its password hidden: `://user:***@host`, up to the next space."""
    if not url.startswith(":"):
        return _without_login(f":{url}")[1:]
    authority = re.split("[/?#]", url[3:], maxsplit=1)[0]
    user, colon, password = authority.partition(":")
    if "@" in authority:
        end = 3 + authority.rindex("@")
    elif colon and not password.isdigit() and not authority.startswith("[") and "@" in url:
        end = url.rindex("@")  # a password that contains a slash
    else:
        return url
    if ":" in url[3:end]:
        return f"://{user}:{MASK}{url[end:]}"
    return f"://{MASK}{url[end:]}" if end > 3 + 20 else url  # a token in place of the user; `git@` stays


def _of_curl(text: str) -> Iterator[Span]:
    for found in _CURL.finditer(text):
        yield found.end(), _end(_BARE, text, found.end())


def _behind_schemes(text: str) -> Iterator[Span]:
    for found in _SCHEME.finditer(text):
        said = found[1]
        # Only letters: an ordinary word, as in `basic authentication`.
        if not (said.isalpha() and (said.islower() or said.istitle())):
            yield found.start(1), found.end(1)


def _by_look(text: str) -> Iterator[Span]:
    for found in _BY_LOOK.finditer(text):
        yield found.span()


def _behind_bare_words(text: str) -> Iterator[Span]:
    for found in _BARE_WORD.finditer(text):
        if _NO_WORD.search(found[1]):
            yield found.span(1)


def _encoded(text: str) -> Iterator[Span]:
    yield from encoded_secrets(text, lambda inner: scrub(inner) != inner)


# ---------------------------------------------------------------- values of keys


def _spans_behind_keys(text: str) -> Iterator[Span]:
    at = 0
    while key := _KEY.search(text, at):
        word_end = _end(_WORD, text, key.end())
        span = _value(text, key.start(), word_end)
        at = word_end
        if span:
            yield span
            at = span[1]


def _value(text: str, key: int, word_end: int) -> Span | None:
    """The position of a key's value; None if there is none."""
    word = _word_start(text, key)
    sign = text[word - 1 : word]
    if sign == "/":
        return None
    if sign == "<" or (sign == ":" and text[_word_start(text, word - 1) - 1 : word].startswith("<")):
        element = _ELEMENT.match(text, word_end)
        return (element.end(), _end(_INSIDE, text, element.end())) if element else None
    if text.startswith("-", word) and (gap := _OPTION.match(text, word_end)):
        return _valued(text, gap.end(), to_the_end=False)
    between = _BETWEEN.match(text, word_end)
    if not between:
        return None
    # A comma separates a pair of quoted texts: ('X-Auth-Token', '…').
    if between["sign"] == "," and not (between["end"] and _OPENING.match(text, between.end())):
        return None
    is_yaml = between["sign"] == ":" and not between["end"] and _begins_line(text, word)
    if is_yaml and (ends := _LINE_END.match(text, between.end())):
        end = _deeper_end(text, ends.end(), _indentation(text, word))
        return (ends.end(), end) if end > ends.end() else None
    to_the_end = is_yaml or bool(_TO_THE_END.search(text, key, word_end))
    return _valued(text, between.end(), to_the_end=to_the_end)


def _word_start(text: str, at: int) -> int:
    least = max(0, at - 80)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "_-."):
        at -= 1
    return at


def _begins_line(text: str, at: int) -> bool:
    least = max(0, at - 80)
    while at > least and text[at - 1] in " \t#>-":
        at -= 1
    return at == 0 or text[at - 1] == "\n"


def _valued(text: str, at: int, *, to_the_end: bool) -> Span | None:
    """The value that begins here: quoted, in brackets, a YAML block, else up to a space or the end of the line."""
    if block := _BLOCK.match(text, at):
        return at, _block_end(text, block.end())
    if opening := _OPENING.match(text, at):
        if not opening[1] and text.startswith(opening[2] * 2, opening.end()):
            end = text.find(opening[2] * 3, opening.end() + 2)  # triple quotes of Python or TOML
            return opening.end() + 2, end if end > 0 else len(text)
        return opening.end(), _quoted_end(text, opening.end(), len(opening[1]), opening[2])
    if text[at : at + 1] in {"{", "[", "("}:
        return at, _bracket_end(text, at)
    end = _end(_LINE if to_the_end else _BARE, text, at)
    if not to_the_end and text[end : end + 1] in {'"', "'"} and text[end - 1] in "([{=,:":
        return at, _quoted_end(text, end + 1, 0, text[end])  # SecretStr('…')
    return (at, end) if end > at else None


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _quoted_end(text: str, at: int, depth: int, quote: str) -> int:
    """The position of the closing quote, with as many backslashes as the opening one; else the end of the text."""
    while found := _QUOTE.search(text, at):
        at = found.end()
        if found[2] != quote or (len(found[1]) - depth) % (2 * (depth + 1)):
            continue
        more = None if depth else _GOES_ON.match(text, at)
        if not more:
            return found.end() - 1 - depth
        at, quote = more.end(), text[more.end() - 1]
    return len(text)


def _bracket_end(text: str, at: int) -> int:
    """The position after the closing bracket; else the end of the text."""
    open_ones = 0
    while found := _BRACKET.search(text, at):
        at = found.end()
        if found[2]:
            at = _quoted_end(text, at, len(found[1]), found[2]) + len(found[1]) + 1
            continue
        open_ones += 1 if found[0] in "{[(" else -1
        if not open_ones:
            return at
    return len(text)


def _indentation(text: str, at: int) -> int:
    """The blanks before a word that begins its line; the sign of a YAML list counts as two."""
    return at - (text.rfind("\n", 0, at) + 1)


def _deeper_end(text: str, at: int, indentation: int) -> int:
    """The position after all lines that are indented more, or empty."""
    while line := _DEEPER.match(text, at):
        if line[2].strip() and len(line[1]) <= indentation:
            break
        at = line.end()
    return at


def _block_end(text: str, at: int) -> int:
    """The position after all indented or empty lines."""
    while (line := _INDENTED.match(text, at)) and line.end() > at:
        if line[0] == "\n" and text[line.end() : line.end() + 1].strip():
            break
        at = line.end()
    return at


_FINDERS = (_of_curl, option_values, _behind_schemes, _spans_behind_keys, _behind_bare_words, _by_look, _encoded)
