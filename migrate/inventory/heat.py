"""Heat templates: the functions that a text may be made with, worked out from the template and the stack's parameters.

Pure. What only the cloud knows (attributes, files of the client, hidden parameters) is `Unresolved`, with the reason.

Source: OpenStack Heat template guide, "HOT specification"; heat/engine/hot/functions.py, heat/engine/cfn/functions.py.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from migrate.model import StackSource

HIDDEN = "******"
"""What Heat shows instead of the value of a hidden parameter."""

_MOST_DEPTH = 40
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Types of resources that a template's reference stands for by their id; others stand for a name, a URL, a signature.
_BY_ID = ("OS::Neutron::", "OS::Nova::", "OS::Cinder::", "OS::Glance::")


class Unresolved(Exception):
    """The text cannot be told from the template; the message says why, and holds no value of a parameter."""


class Template:
    """A stack's template, HOT or CFN, JSON or YAML. Raises Unresolved: it cannot be read."""

    def __init__(self, stack: StackSource) -> None:
        self.stack = stack
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
        """The text that a node of the template stands for; nothing is an empty one. Raises Unresolved."""
        value = self._worked_out(node, 0)
        if isinstance(value, dict | list):
            raise Unresolved("no text")
        return _as_text(value)

    def value(self, node: Any) -> Any:
        """The node with every function in it worked out. Raises Unresolved."""
        return self._worked_out(node, 0)

    # ------------------------------------------------------------ inside

    def _worked_out(self, node: Any, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            raise Unresolved("nested too deeply")
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
        return _replaced(_as_text(text), {str(key): _as_text(value) for key, value in params.items()})

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
            if isinstance(each, str):  # a comma-delimited parameter
                each = each.split(",")
            if not isinstance(each, list):
                raise Unresolved("a join of another kind")
            parts += [_as_text(item) for item in each]
        return _as_text(delimiter).join(parts)


_OTHER_FUNCTIONS = frozenset(
    """
    and contains digest equals filter if list_concat list_concat_unique make_url map_merge map_replace not or repeat
    resource_facade str_split yaql
    """.split()  # noqa: SIM905 - a table of words
)
"""Of HOT, not worked out here; all of CFN begin with `Fn::`."""


def _unknown(why: str) -> Callable[[Any, int], Any]:
    def refuse(_argument: Any, _depth: int) -> Any:
        raise Unresolved(why)

    return refuse


def _parsed(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        try:
            body = yaml.load(text, Loader=_Loader)
        except (yaml.YAMLError, ValueError, RecursionError) as err:
            raise Unresolved("a template that is neither JSON nor YAML") from err
    except RecursionError as err:
        raise Unresolved("a template that is nested too deeply") from err
    return _mapping(body)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_text(value: Any) -> str:
    """As Heat spells a value within a text."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, Mapping | list) else str(value)


def _inside(value: Any, path: list[Any], name: str) -> Any:
    """A part of a parameter that is a map or a list; the stack shows both as text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = value.split(",")
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (LookupError, TypeError, ValueError) as err:
            raise Unresolved(f"a part of the parameter {name}") from err
    return value


def _replaced(text: str, params: dict[str, str]) -> str:
    """The longest name first; what was put in is not looked at again."""
    names = sorted((name for name in params if name), key=lambda name: (len(name), name), reverse=True)

    def replace(part: str, left: list[str]) -> str:
        if not left:
            return part
        name, *others = left
        return params[name].join(replace(piece, others) for piece in part.split(name))

    return replace(text, names)
