"""Templates of a stranger that would take more memory or time than any machine has: their servers stay unknown."""

import json
from collections.abc import Iterator

import pytest

from tests.bounds import bounded
from tests.inventory.heat import hot, told

pytestmark = pytest.mark.hostile


@pytest.fixture(autouse=True)
def within_bounds() -> Iterator[None]:
    with bounded():
        yield


def aliases(depth: int, wide: int = 10) -> str:
    lines = ["l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, depth):
        lines.append(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * wide)}]")
    return "\n".join(lines)


def merges(depth: int, wide: int = 10) -> str:
    lines = ["m0: &m0 {a: 1, b: 2}"]
    for level in range(1, depth):
        lines.append(f"m{level}: &m{level} {{<<: [{', '.join([f'*m{level - 1}'] * wide)}], k{level}: 1}}")
    return "\n".join(lines)


def nested_replace(depth: int) -> str:
    """Each level puts ten of the one before in place of one letter."""
    text = "{str_replace: {template: xxxxxxxxxx, params: {x: aaaaaaaaaa}}}"
    for _ in range(depth):
        text = f"{{str_replace: {{template: xxxxxxxxxx, params: {{x: {text}}}}}}}"
    return text


def nested_join(depth: int) -> str:
    text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    for _ in range(depth):
        text = f"{{list_join: [{text}, [a, b, c, d, e, f, g, h, i, j]]}}"
    return text


WIDE = "😀" * 14_000
"""In JSON a sign of it takes twelve letters."""


def whole_config(big: str, item: str) -> str:
    items = ", ".join([item] * 2200)
    return f"""
parameters: {{big: {{default: {big}}}}}
resources:
  config: {{type: OS::Heat::CloudConfig, properties: {{cloud_config: {{all: [{items}]}}}}}}
  server: {{type: OS::Nova::Server, properties: {{user_data: {{get_resource: config}}}}}}
"""


def message(text: str, part: str = "type: multipart") -> str:
    return f"""
resources:
  config: {{type: OS::Heat::MultipartMime, properties: {{parts: [{{config: {json.dumps(text)}, {part}}}]}}}}
  server: {{type: OS::Nova::Server, properties: {{user_data: {{get_resource: config}}}}}}
"""


BOMBS = {
    "aliases as a text": f"{hot('{get_param: name}')}\n{aliases(9)}",
    "aliases as a parameter": hot("{str_replace: {template: x, params: {x: {get_param: big}}}}").replace(
        "parameters:\n", f"{aliases(6)}\nparameters:\n  big: {{type: json, default: *l5}}\n", 1
    ),
    "merges of merges": f"{merges(12)}\n{hot('{get_param: name}')}",
    "ten times ten": hot(nested_replace(12)),
    "joined by what was joined": hot(nested_join(9)),
    "a long template": hot("{get_param: name}") + "#" + "x" * (5 << 20),
    "a parameter in many places": hot(
        "{str_replace: {template: %s, params: {x: {get_param: big}}}}" % ("x" * 900_000)
    ).replace("parameters:\n", f"parameters:\n  big: {{type: string, default: {'y' * 900_000}}}\n", 1),
    "nested deeper than anybody reads": hot("{a: " * 2000 + "1" + "}" * 2000),
    "a number of base 60": hot(":".join("1" * 3000)),
    "a fraction of base 60": hot(":".join("1" * 300) + ".5"),
    "a key of base 60": hot(f"{{{':'.join('1' * 3000)}: a}}"),
    "a number of thousands of digits": hot("0x" + "f" * 9000),
    "bytes": hot("{list_join: ['', [[!!binary aaaa]]]}"),
    "half a character": hot('"\\ud800"'),
    "half a character in a parameter": hot("{get_param: [halves, a]}").replace(
        "parameters:\n", 'parameters:\n  halves: {type: json, default: \'{"a": "\\ud800"}\'}\n', 1
    ),
    "a part without end": hot("{get_param: [list, .inf]}"),
    "a list that is its own": hot("&all [*all]"),
    "a long text in a thousand places": whole_config(f"&big {WIDE}", "*big"),
    "a long parameter in a thousand places": whole_config(WIDE, "{get_param: big}"),
    "a line end in a header": message("a", 'subtype: "x\\ny: z"'),
    "messages within messages": message(
        "".join(f"Content-Type: multipart/mixed; boundary=a{level}\n\n--a{level}\n" for level in range(3000))
    ),
    "a message of too many parts": message("Content-Type: multipart/mixed; boundary=a\n\n" + "--a\n\n\n" * 170_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_template_that_stands_for_too_much_leaves_its_servers_unknown(bomb: str) -> None:
    assert told(BOMBS[bomb]).startswith("unknown: ")


def test_a_day_in_a_list_is_a_text() -> None:
    assert told(hot("{list_join: [' ', [since, [2026-12-02]]]}")) == 'since ["2026-12-02"]'


def test_thousands_of_names_to_replace_are_replaced() -> None:
    """One within the other: the longest first."""
    params = {f"${'x' * (1 + number % 50)}{number}": str(number) for number in range(2000)}
    template = " ".join(params)
    text = f"{{str_replace: {{template: '{template}', params: {json.dumps(params)}}}}}"
    assert told(hot(text)) == " ".join(params.values())


@pytest.mark.parametrize("wide", [1, 9])
def test_an_alias_that_stands_for_little_is_none_of_them(wide: int) -> None:
    template = f"{aliases(3, wide)}\n{hot('{get_param: name}')}"
    assert told(template) == "web-1"
