"""Heat templates: evaluates the functions in a text, from the template and the stack's parameters.

Pure. Values known only to the cloud (attributes, client files, hidden parameters) raise `Unresolved` with the reason.

Source: OpenStack Heat template guide, "HOT specification"; heat/engine/hot/functions.py, heat/engine/cfn/functions.py.
"""

import json
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

import msgspec
import yaml

from migrate.model import StackSource
from migrate.plain_yaml import MOST_NODES, TooMuchYamlError, read_yaml

HIDDEN = "******"
"""Heat's replacement for the value of a hidden parameter."""

_MOST_DEPTH = 40
_MOST_TEMPLATE, _MOST_TEXT, _MOST_MADE = 4 << 20, 1 << 20, 16 << 20
"""Limits for a template: its length (Heat's limit is 512 KiB), a single text (Nova's limit for user data is 64 KiB),
and all results together.
"""
_MOST_STEPS = 20_000_000
"""Names times pieces of text in one replacement: some seconds of CPU."""

# Types for which a template's reference gives their id; others give a name, a URL or a signature.
_BY_ID = ("OS::Neutron::", "OS::Nova::", "OS::Cinder::", "OS::Glance::")


class Unresolved(Exception):
    """The text cannot be derived from the template; the message says why, and never contains parameter values."""


class Template:
    """A stack's template, HOT or CFN, JSON or YAML. Raises Unresolved: unreadable."""

    def __init__(self, stack: StackSource) -> None:
        self.stack = stack
        self._nodes_left, self._bytes_left = MOST_NODES, _MOST_MADE
        body = _parsed(stack.template)
        self.resources = _mapping(body.get("resources") or body.get("Resources"))
        self._parameters = _mapping(body.get("parameters") or body.get("Parameters"))
        self._functions: dict[str, Callable[[Any, int], Any]] = {
            "get_param": self._param,
            "get_resource": self._reference,
            "Ref": self._ref,
            "str_replace": self._str_replace,
            "str_replace_strict": self._str_replace,
            "str_replace_vstrict": self._str_replace,
            "list_join": self._list_join,
            "Fn::Join": self._list_join,
            "Fn::Replace": self._fn_replace,
            "Fn::Base64": self._worked_out,
            "get_file": _unknown("a file that only the client had"),
            "get_attr": _unknown("an attribute that only the cloud knows"),
            "Fn::GetAtt": _unknown("an attribute that only the cloud knows"),
        }

    def text(self, node: Any) -> str:
        """The text of a template node; empty for null. Raises Unresolved."""
        value = self._worked_out(node, 0)
        if isinstance(value, dict | list):
            raise Unresolved("no text")
        return self._spelt(value)

    def value(self, node: Any) -> Any:
        """The node with all functions evaluated. Raises Unresolved."""
        return self._worked_out(node, 0)

    # ------------------------------------------------------------ internals

    def _worked_out(self, node: Any, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            raise Unresolved("nested too deeply")
        self._spend(node)
        if isinstance(node, list):
            return [self._worked_out(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name in self._functions:
                return self._functions[name](argument, depth + 1)
            if str(name).startswith("Fn::") or name in _OTHER_FUNCTIONS:
                raise Unresolved(f"the function {name}")
        return {key: self._worked_out(item, depth + 1) for key, item in node.items()}

    def _spend(self, node: Any) -> None:
        """Limits the size of the result, because a few lines can expand to more than any machine holds."""
        self._nodes_left -= 1
        self._bytes_left -= len(node) if isinstance(node, str) else 8
        if self._nodes_left < 0 or self._bytes_left < 0:
            raise Unresolved("a template that stands for too much")

    def _made(self, text: str) -> str:
        check_length(len(text))
        self._spend(text)
        return text

    def _spelt(self, value: Any) -> str:
        return self._made(_as_text(value))

    def _param(self, argument: Any, depth: int) -> Any:
        path = [self._worked_out(item, depth) for item in (argument if isinstance(argument, list) else [argument])]
        if not path:
            raise Unresolved("a parameter without a name")
        value = self._parameter(str(path[0]))
        if len(path) == 1:
            return value
        return _inside(value, path[1:], str(path[0]))

    def _parameter(self, name: str) -> Any:
        stack = self.stack
        own = {"OS::stack_name": stack.name, "AWS::StackName": stack.name, "OS::stack_id": stack.id}
        declared = _mapping(self._parameters.get(name))
        if name in stack.parameters:
            value: Any = stack.parameters[name]
        elif name in own:
            value = own[name]
        elif "default" in declared or "Default" in declared:
            value = declared.get("default", declared.get("Default"))
        else:
            raise Unresolved(f"the parameter {name}")
        if value == HIDDEN:
            raise Unresolved(f"the hidden parameter {name}")
        self._spend(value)
        return value

    def _reference(self, argument: Any, depth: int) -> str:
        kind, physical_id = self.stack.resources.get(str(argument), ("", ""))
        if not physical_id or not kind.startswith(_BY_ID):
            raise Unresolved(f"a reference to {argument}")
        return physical_id

    def _ref(self, argument: Any, depth: int) -> Any:
        if str(argument) in self.resources:
            return self._reference(argument, depth)
        return self._parameter(str(argument))

    def _str_replace(self, argument: Any, depth: int) -> str:
        wanted = _mapping(argument)
        text = self._worked_out(wanted.get("template"), depth)
        params = self._worked_out(wanted.get("params"), depth)
        if not isinstance(params, dict) or isinstance(text, dict | list):
            raise Unresolved("a str_replace of another kind")
        return self._made(_replaced(self._spelt(text), {str(key): self._spelt(value) for key, value in params.items()}))

    def _fn_replace(self, argument: Any, depth: int) -> str:
        if not isinstance(argument, list) or len(argument) != 2:
            raise Unresolved("a Fn::Replace of another kind")
        return self._str_replace({"params": argument[0], "template": argument[1]}, depth)

    def _list_join(self, argument: Any, depth: int) -> str:
        if not isinstance(argument, list) or len(argument) < 2:
            raise Unresolved("a join of another kind")
        delimiter, *lists = (self._worked_out(item, depth) for item in argument)
        parts: list[str] = []
        for each in lists:
            if isinstance(each, str):  # a comma-delimited list parameter
                each = each.split(",")
            if not isinstance(each, list):
                raise Unresolved("a join of another kind")
            parts += [self._spelt(item) for item in each]
        between = self._spelt(delimiter)
        check_length(sum(map(len, parts)) + len(between) * len(parts))
        return self._made(between.join(parts))


_OTHER_FUNCTIONS = frozenset(
    """
    and contains digest equals filter if list_concat list_concat_unique make_url map_merge map_replace not or repeat
    resource_facade str_split yaql
    """.split()  # noqa: SIM905 - a table of words
)
"""HOT functions that are not evaluated; all CFN functions begin with `Fn::`."""


def _unknown(why: str) -> Callable[[Any, int], Any]:
    def refuse(_argument: Any, _depth: int) -> Any:
        raise Unresolved(why)

    return refuse


def check_length(length: int) -> None:
    """Raises Unresolved: no server was given a text of this length."""
    if length > _MOST_TEXT:
        raise Unresolved("a text larger than user data may be")


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > _MOST_TEMPLATE:
        raise Unresolved("a template larger than Heat takes")
    try:
        return _mapping(msgspec.json.decode(text))
    except msgspec.DecodeError:
        pass  # YAML
    except RecursionError as err:
        raise Unresolved("a template that is nested too deeply") from err
    try:
        return _mapping(read_yaml(text))
    except TooMuchYamlError as err:
        raise Unresolved("a template that stands for too much") from err
    except yaml.YAMLError as err:
        raise Unresolved("a template that is neither JSON nor YAML") from err


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_text(value: Any) -> str:
    """A value within a text, in Heat's spelling."""
    if value is None:
        return ""
    return as_json(value) if isinstance(value, Mapping | list) else str(value)


def as_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON, made piece by piece: all signs written as `\\u0041` take six times their place."""
    pieces: list[str] = []
    length = 0
    try:
        for piece in json.JSONEncoder(indent=indent).iterencode(value):
            pieces.append(piece)
            length += len(piece)
            check_length(length)
    except RecursionError as err:
        raise Unresolved("nested too deeply") from err
    return "".join(pieces)


def _inside(value: Any, path: list[Any], name: str) -> Any:
    """A part of a map or list parameter; the stack shows both as text."""
    if isinstance(value, str):
        check_length(len(value))
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            value = value.split(",")
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (LookupError, TypeError, ValueError, ArithmeticError) as err:
            raise Unresolved(f"a part of the parameter {name}") from err
    return value


def _replaced(text: str, params: dict[str, str]) -> str:
    """The text with all parameters replaced, longest names first; replacements are not searched again."""
    names = sorted((name for name in params if name), key=lambda name: (len(name), name), reverse=True)
    check_length(len(text))
    # Pieces of text still to be searched, and the replacements between them.
    pieces, put_in = [text], list[str]()
    for name in names:
        found, between = list[str](), list[str]()
        for at, piece in enumerate(pieces):
            parts = piece.split(name)
            found += parts
            between += [params[name]] * (len(parts) - 1) + put_in[at : at + 1]
        pieces, put_in = found, between
        check_length(sum(map(len, pieces)) + sum(map(len, put_in)))
        if len(names) * len(pieces) > _MOST_STEPS:
            raise Unresolved("a replacement of too many names")
    return "".join(one for pair in zip_longest(pieces, put_in, fillvalue="") for one in pair)
