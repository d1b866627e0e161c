"""What may leave the machine: documents, policy, ledger rows and logs of a workspace, without secrets.

A secret goes by its place (values under keys that look like secrets), by its form (`redaction.py`), and by itself: what
this process knows of (`own_secrets.py`). Seals and digests cover the original values, from which a weak password could
be guessed: those that change are replaced everywhere, so that what belongs together still does.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import yaml

from migrate.documents import digest, document_bytes
from migrate.encrypted_values import PREFIX, revealed
from migrate.errors import DecampError
from migrate.model.steps import Plan
from migrate.own_secrets import hidden, hide_in_answers, known_spellings
from migrate.policy.reader import policy_values, read_policy
from migrate.policy.seal import policy_seal
from migrate.redaction import MASK, scrub, secrets_in
from migrate.secret_looking import is_secret, spells_secret, values_to_show
from migrate.secret_options import option_values

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_CONCEALED = re.compile(rf"{re.escape(PREFIX)}[\w:=-]*")
_PLAIN_WORD = re.compile(r"[a-z_-]{1,15}")
_SIGNS = re.compile(r"[\s'\"{}\[\],:=]+")
_NEVER = re.compile(r"(?!)")
_OUTPUT = re.compile(r"""(["']output["']:\s?)("(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?)""")
"""What a program has said, among the facts of its failure in a log."""
_LEAST_WORD, _LONGEST_KNOWN = 8, 4096
_DIGEST_COLUMNS = ("digest", "claimed_digest", "done_digest")


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the texts, the longest first, so that no part of one remains."""
    found = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else _NEVER


def _secret_arguments(arguments: Sequence[str]) -> Iterator[int]:
    """Which of a program's arguments are secrets: behind an option that says so, or that is this program's for one."""
    begin, line = 0, json.dumps(arguments)
    spans = list(option_values(line))
    for at, one in enumerate(arguments):
        before = arguments[at - 1] if at else ""
        said = before.startswith("-") and "=" not in before and is_secret(before)
        begin = line.index(spelt := json.dumps(one), begin)
        end = begin + len(spelt)
        if said or any(first < end and begin < last for first, last in spans):
            yield at
        begin = end


def _is_value_of(key: str, value: object) -> bool:
    """Whether the value is a secret by its key, as it would be in a line of a log."""
    return isinstance(value, str) and bool(value) and scrub(said := f"{key}={value}") != said


class Sharing:
    """The changes to one workspace's content. Call it for the inventories, the policy, the plan, then the rest.

    `program_output`: what programs have said stays, as far as it does not look like a secret.
    """

    def __init__(self, *, program_output: bool) -> None:
        self._program_output = program_output
        self._salt = os.urandom(16)
        self._new: dict[str, str] = {}
        self._kept: set[str] = set()
        self._known: frozenset[str] = frozenset()
        self._pattern = self._plain_words = _NEVER
        self._words: set[str] = set()

    def know_user_data(self, text: str) -> None:
        """Hides what looks like a secret in this user data; in logs each of its words too."""
        for found in secrets_in(text):
            if len(found) < _LONGEST_KNOWN:
                hide_in_answers(found.strip())
                self._words |= {word for word in _SIGNS.split(found) if len(word) >= _LEAST_WORD}

    def text(self, text: str) -> str:
        """A text without secrets, and with the new digests."""
        text = _CONCEALED.sub(MASK, self._pattern.sub(MASK, hidden(text)))
        text = scrub(text) if spells_secret(text) else text
        return _DIGEST.sub(lambda found: self._new.get(found[0], found[0]), text)

    def log(self, text: str) -> str:
        """Lines of a log; all that looks like a secret is hidden."""
        self._look_up_known()
        if not self._program_output:
            text = _OUTPUT.sub(rf"\1'{re.escape(MASK)}'", text)
        return scrub(self._plain_words.sub(MASK, self.text(text)))

    def _look_up_known(self) -> None:
        known = known_spellings()
        if known != self._known:
            self._known = known
            # A password may be a word such as `volume`, which documents need: it goes by its place alone there.
            self._pattern = _any_of(one for one in known if not _PLAIN_WORD.fullmatch(one))
            self._plain_words = _any_of(known | self._words)

    def values(self, value: Any) -> Any:
        """Plain values without secrets, keys included."""
        return self._texts(values_to_show(value))

    def _texts(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self._texts(one) for key, one in self._outputs_hidden(value).items()}
        if isinstance(value, list | tuple):
            told = [self._texts(one) for one in value]
            if all(isinstance(one, str) for one in value):
                for at in _secret_arguments(value):
                    told[at] = MASK
            return told
        return value

    def _outputs_hidden(self, values: dict[str, Any]) -> dict[str, Any]:
        is_hidden = not self._program_output and isinstance(values.get("output"), str)
        return {**values, "output": MASK} if is_hidden else values

    def document(self, raw: bytes) -> bytes | None:
        """A sealed document, sealed again; None if it is damaged."""
        try:
            body = msgspec.json.decode(raw)
            seal = body.pop("seal", None)
            if seal != digest(body):
                body = revealed(body)
            if seal != digest(body):
                return None
            self._look_up_known()
            told = self.values(body)
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError, RecursionError, DecampError):
            return None
        if told.get("format") == "decamp-plan":
            self._learn_steps(body, told)
        self._learn(seal, digest(told))
        return document_bytes(told)

    def policy(self, text: str) -> bytes | None:
        """The policy without its comments; None if it is no YAML."""
        self._look_up_known()
        try:
            told = yaml.safe_dump(self.values(policy_values(text)), sort_keys=False, allow_unicode=True)
            self._learn(policy_seal(read_policy(text).policy), policy_seal(read_policy(told).policy))
        except DecampError:
            return None
        return told.encode()

    def row(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """A row of the ledger. Digests of steps that are in no plan here become others, equal ones the same."""
        told = {name: self._cell(value) for name, value in row.items()}
        if table == "meta":
            # `pass:` alone would look like the key of a password.
            note, _, of = row["key"].partition(":")
            told["key"] = f"{note}:{self.text(of)}" if of else note
        if table in ("steps", "approvals"):
            told |= {name: self._step_digest(row[name]) for name in _DIGEST_COLUMNS if row.get(name)}
        return told

    def _cell(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value[:1] in {"{", "["}:
            try:
                told = self.values(msgspec.json.decode(value))
                if isinstance(told, dict):
                    told = {key: MASK if _is_value_of(key, one) else one for key, one in told.items()}
                return msgspec.json.encode(told).decode()
            except RecursionError:
                # Nobody can tell what is in it.
                return MASK
            except msgspec.DecodeError:
                pass
        return self.text(value)

    def _step_digest(self, old: str) -> str:
        if old in self._kept:
            return old
        return self._new.get(old) or hashlib.sha256(self._salt + old.encode()).hexdigest()

    def _learn(self, old: str | None, new: str) -> None:
        if old and old != new:
            self._new[old] = new

    def _learn_steps(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        try:
            before, after = msgspec.convert(old, Plan).steps, msgspec.convert(new, Plan).steps
        except msgspec.ValidationError:
            return
        for was, now in zip(before, after, strict=True):
            self._learn(was.digest, now.digest)
            if was.digest == now.digest:
                self._kept.add(now.digest)
