"""YAML that a stranger may have written: texts, numbers, truth values, lists and maps, of bounded size.

Source: YAML 1.1, which PyYAML, the SDK and Heat read.
"""

from typing import Any

import yaml

MOST_NODES, MOST_TEXT = 500_000, 8 << 20
"""The limits for a document whose aliases (`*name`) are written out: its values, and the characters in them."""
_LONGEST_NUMBER = 1000
"""Python writes no number of more than 4,300 digits, and `1:1:1` and 0xff count in fewer signs than decimals."""
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = ("null", "bool", "int", "float", "str", "seq", "map", "merge", "value")
_DATE = "tag:yaml.org,2002:timestamp"


class TooMuchYamlError(yaml.YAMLError):
    """A few lines that stand for more than any machine holds."""


class PlainLoader(_Base):  # type: ignore[misc]
    """Builds nothing but plain values; dates stay texts."""


PlainLoader.yaml_constructors = {
    tag: build
    for tag, build in _Base.yaml_constructors.items()
    if tag is None or tag.removeprefix("tag:yaml.org,2002:") in _PLAIN
}
PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def _bounded_number(kind: str) -> None:
    tag = f"tag:yaml.org,2002:{kind}"
    build = _Base.yaml_constructors[tag]

    def bounded(loader: Any, node: Any) -> Any:
        if len(node.value) > _LONGEST_NUMBER:
            raise yaml.MarkedYAMLError(problem="a number that is too long", problem_mark=node.start_mark)
        return build(loader, node)

    PlainLoader.add_constructor(tag, bounded)


_bounded_number("int")
_bounded_number("float")


def read_yaml(text: str) -> Any:
    """The document. Raises yaml.YAMLError: it is no YAML, has other values than plain ones, or stands for too much."""
    try:
        # The library's reader refuses what is no character.
        loader = PlainLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return None
            _check_size(root)
            return loader.construct_document(root)
        finally:
            loader.dispose()
    # For a tag such as !!bool on invalid text, and a number of base 60, the library raises any of these.
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as err:
        raise yaml.YAMLError(type(err).__name__) from err


def _check_size(root: Any) -> None:
    """Counts aliases as if they were written out, before anything is built, because merges (`<<`) write them out."""
    nodes, characters, open_nodes = 0, 0, [root]
    while open_nodes:
        node = open_nodes.pop()
        nodes += 1
        if isinstance(node, yaml.ScalarNode):
            characters += len(node.value)
        elif isinstance(node, yaml.SequenceNode):
            open_nodes += node.value
        else:
            open_nodes += [one for pair in node.value for one in pair]
        if nodes > MOST_NODES or characters > MOST_TEXT:
            raise TooMuchYamlError("a document that stands for too much")
