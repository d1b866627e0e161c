"""`answers.yaml`: what has been answered, without secrets; read, written and taken back. Pure.

The policy is what counts: an answer that concerns it records the values before and after, so that it can be taken back,
and so that a kill between the two files is noticed.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import yaml
from msgspec.structs import replace

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Record
from migrate.plain_yaml import read_yaml
from migrate.policy.policy_records import Policy
from migrate.wizard.question_records import LATER

MOST_BYTES = 1 << 20
_HEAD = "# What was answered in `decamp wizard`; no secrets. `decamp wizard --answers FILE` answers with it.\n"


class Answer(Record, frozen=True, kw_only=True):
    """`about`: the items that were decided on.   `before`, `after`: fields of the policy, as plain values."""

    answer: str
    about: tuple[str, ...] = ()
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class Answers(Record, frozen=True, kw_only=True):
    """The content of `answers.yaml`: answers by the question's id, in the order given; `done`: notes of acts.

    `unwritten`: the answer that was being written to the policy.
    """

    version: int = 1
    answers: dict[str, Answer] = {}
    done: tuple[str, ...] = ()
    unwritten: str = ""

    def of(self, question: str) -> str:
        """The answer to a question; empty if there is none."""
        found = self.answers.get(question)
        return found.answer if found else ""

    def settles(self, question: str, about: tuple[str, ...]) -> bool:
        """Whether the question was answered for all of these items."""
        found = self.answers.get(question)
        return found is not None and set(about) <= set(found.about)

    def with_answer(self, question: str, answer: Answer) -> "Answers":
        """With this answer as the last one."""
        others = {key: one for key, one in self.answers.items() if key != question}
        return replace(self, answers={**others, question: answer})

    def without(self, *questions: str) -> "Answers":
        return replace(self, answers={key: one for key, one in self.answers.items() if key not in questions})

    def with_note(self, note: str) -> "Answers":
        return self if not note or note in self.done else replace(self, done=(*self.done, note))

    def without_note(self, note: str) -> "Answers":
        return replace(self, done=tuple(one for one in self.done if one != note))

    @property
    def put_off(self) -> tuple[str, ...]:
        """The questions to be decided later."""
        return tuple(key for key, one in self.answers.items() if one.answer == LATER)


@lru_cache(maxsize=4)
def read_answers(text: str, name: str) -> Answers:
    """Kept, as the wizard asks before and after each question. Raises ConfigError DCP-241: not what it wrote."""
    try:
        found = msgspec.convert(read_yaml(text) or {}, Answers)
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError) as err:
        raise ConfigError(codes.ANSWERS_UNREADABLE, path=name, why=_where(err)) from err
    if found.version != 1:
        raise ConfigError(codes.DOCUMENT_VERSION, path=name, expected="answers.yaml 1")
    return found


def read_given(text: str, name: str) -> dict[str, Answer]:
    """Answers for `--answers`: `id: answer` lines, or another workspace's answers.yaml. Raises as `read_answers`."""
    try:
        # All scalars are texts: YAML takes a bare `yes` for a truth value, and a day for a date.
        lines = yaml.load(text, Loader=yaml.BaseLoader) or {}
        if isinstance(lines, dict) and isinstance(lines.get("answers"), dict):
            return msgspec.convert(read_yaml(text), Answers).answers
        return {key: Answer(answer=said) for key, said in msgspec.convert(lines, dict[str, str]).items()}
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError) as err:
        raise ConfigError(codes.ANSWERS_UNREADABLE, path=name, why=_where(err)) from err


def _where(err: Exception) -> str:
    """The line of a mistake; never its text, which may quote a password."""
    mark = getattr(err, "problem_mark", None)
    if mark:
        return f"YAML, line {mark.line + 1}"
    return str(err).splitlines()[0] if isinstance(err, msgspec.ValidationError) else type(err).__name__


def render_answers(answers: Answers) -> str:
    """The file's text."""
    values = msgspec.to_builtins(answers)
    if not answers.unwritten:
        del values["unwritten"]
    values["answers"] = {
        key: {name: said for name, said in one.items() if said} for key, one in values["answers"].items()
    }
    return _HEAD + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=118)


def without_deeds(answers: Answers) -> Answers:
    """Without what somebody else has answered about moving, stopping and removing, or would change in the policy."""
    kept = {
        key: replace(one, before={}, after={})
        for key, one in answers.answers.items()
        if key not in {"move", "clean"} and not key.startswith("wave.")
    }
    return replace(answers, answers=kept, unwritten="")


def is_deed(question: str) -> bool:
    """Whether an answer other than the recommended one may agree, approve, move, stop, accept a loss or remove."""
    return question in {"trust", "move", "clean"} or question.startswith(("wave.", "finding.", "unused."))


# ---------------------------------------------------------------- the policy


def plain(record: Record) -> dict[str, Any]:
    """The record's plain values."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return found


def fields_of(policy: Policy, names: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of these fields of the policy, as a file has them: lists, and no tuples."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({name: getattr(policy, name) for name in names}))
    return found


def with_fields(policy: Policy, fields: Mapping[str, Any]) -> Policy:
    """The policy with these plain values. Raises msgspec.ValidationError: they do not fit."""
    return msgspec.convert({**msgspec.to_builtins(policy), **fields}, Policy)


def settled(policy: Policy, answers: Answers) -> tuple[Policy, Answers]:
    """Both, after what a kill or `init` has left to do: an answer that was not written to the policy yet is written.

    What a person has edited since an answer stays, also if it is what was there before the answer.
    """
    for key, one in answers.answers.items():
        if not one.after:
            continue
        now = fields_of(policy, one.after)
        if not one.before:
            # Answered before there was a policy: `init` wrote some of it.
            first = fields_of(Policy(migration="", source_cloud="", target_cloud=""), one.after)
            answers = replace(answers, answers={**answers.answers, key: replace(one, before=first)})
            policy = with_fields(policy, one.after)
        elif key == answers.unwritten and now == one.before:
            policy = with_fields(policy, one.after)
    return policy, replace(answers, unwritten="")


def taken_back(policy: Policy | None, answers: Answers, question: str) -> tuple[Policy | None, Answers]:
    """Both without this answer: its fields have their former values again, unless a person has edited them since."""
    one = answers.answers[question]
    if policy is not None and one.after and fields_of(policy, one.after) == one.after:
        policy = with_fields(policy, one.before)
    return policy, answers.without(question)
