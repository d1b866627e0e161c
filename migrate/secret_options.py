"""Secrets on command lines that only the program's own options tell: `mysql -pSECRET`, `echo SECRET | chpasswd`. Pure.

Options that say it themselves, as `--password SECRET`, are found by their key (`migrate.redaction`). Each line is read
a fixed number of times.
"""

import re
from collections.abc import Iterator
from itertools import chain

_VALUE = r"""(?P<value>\\?"[^"\n]*+"?|'[^'\n]*+'?|[^\s"'|;&<>]++)"""
_TO_NEXT = r"""(?:\\?["'],\s?|[\s=]{0,8})"""
"""To the next argument, of a shell's line or a list in JSON."""
_OPTIONS = tuple(
    (
        re.compile(rf"(?<![\w.-])(?:{programs})(?![\w.-])", re.IGNORECASE),
        re.compile(rf"""(?<=[\s"'\\,;(\[])(?:{option}){_TO_NEXT}{_VALUE}"""),
    )
    for programs, option in (
        (r"sshpass|mysql\w*|maria[\w-]+|xtrabackup|innobackupex|mongo\w*|useradd|usermod|7z\w?|rdesktop", "-p"),
        (r"(?:docker|podman|helm|skopeo|buildah|nerdctl)(?=[^\n]{1,60}\blogin)", "-p"),
        (r"zip|unzip|ipmitool", "-P"),
        (r"ldap\w+", "-w"),
        (r"redis-cli", "-a"),
        (r"snmp\w+", "-[AXc]"),
        (r"ssh-keygen", "-[NP]"),
        (r"\w*freerdp\w*", "/p:"),
        (r"openssl", r"-pass(?:in|out)?[ =]{1,4}pass:|-k"),
        (r"htpasswd", r"-[a-zA-Z]{0,9}b[a-zA-Z]{0,9}\s{1,8}(?:[^\s|;&]{1,256}\s{1,8}){1,2}(?=\S+\s*(?:$|[|;&\"'\n]))"),
        (r"curl", r"-[a-zA-Z]{0,9}[uU][ =]{0,8}[\"']?[^\s:\"']{1,256}:"),
        (r"lftp", r"-u {0,8}[\"']?[^\s,\"']{1,256},"),
        (r"smb\w+|rpcclient|net", r"-U {0,8}[\"']?[^\s%\"']{1,256}%"),
        (r"identified|password|role|user", r"(?i:by|password)\s{1,4}(?=\\?['\"])"),  # SQL
        (r"keytool|jarsigner", r"-(?:store|key)pass\w*"),
        (r"login(?=[ \t]{1,8}[^\s:]{1,256}[ \t]{1,8}password\s)", r"password\s{1,4}"),  # ~/.netrc
    )
)
"""The program or first word, and what stands before a secret behind it."""
_INPUTS = tuple(
    re.compile(one)
    for one in (
        r"\b(?:echo|printf)\s{1,8}(?P<value>[^|\n]{1,200}+)\|\s{0,8}(?:sudo\s{1,8})?"
        r"(?:-S|chpasswd|passwd|cryptsetup|docker|podman|helm|gpg|openssl|kinit|su|mount|htpasswd|vault)\b",
        r"<<<\s{0,8}(?P<value>\"[^\"\n]*+\"?|'[^'\n]*+'?|[^\s|;&]++)",
        r"\bchpasswd\b[^\n]{0,200}?<<-?\s{0,8}[\"']?(?P<end>\w+)\b[^\n]*\n(?P<value>(?:(?!\s*(?P=end)\b)[^\n]*\n)*+)",
    )
)
"""What a program reads from its standard input."""
_LINE = re.compile(r"(?:[^\n\\]|\\\r?\n?)++")
"""With those that a backslash at its end continues it by."""


def option_values(text: str) -> Iterator[tuple[int, int]]:
    """The positions of the secrets, in order, none inside another."""
    given = (one.span("value") for pattern in _INPUTS for one in pattern.finditer(text))
    end = 0
    for begin, until in sorted(chain(given, _of_options(text))):
        if begin >= end:
            yield begin, until
            end = until


def _of_options(text: str) -> Iterator[tuple[int, int]]:
    programs_here = [pair for pair in _OPTIONS if pair[0].search(text)]
    for line in _LINE.finditer(text) if programs_here else ():
        for programs, option in programs_here:
            if program := programs.search(text, *line.span()):
                yield from (one.span("value") for one in option.finditer(text, program.end(), line.end()))
