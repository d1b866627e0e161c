"""User data out of a stack's template: worked out as Heat does, or said why it cannot be."""

import json
import textwrap
from email import message_from_string

import pytest

from migrate.inventory.stack_user_data import user_data_of
from migrate.model import StackSource
from tests.inventory.heat import RESOURCES, hot, told


@pytest.mark.parametrize(
    ("user_data", "text"),
    [
        ("|\n  #!/bin/sh\n  echo hello", "#!/bin/sh\necho hello\n"),
        ("{get_param: name}", "web-1"),
        ("{get_param: left_out}", "a default"),
        ("{get_param: 'OS::stack_name'}", "shop"),
        ("{get_param: [map, host, port]}", "80"),
        ("{get_param: [list, 1]}", "b"),
        ("{str_replace: {template: 'a $x b $xy $x', params: {$x: 1, $xy: {get_param: name}}}}", "a 1 b web-1 1"),
        ("{str_replace: {template: 'on $net', params: {$net: {get_resource: net}}}}", "on net-id"),
        ("{str_replace: {template: 'x', params: {x: {a: [1]}}}}", '{"a": [1]}'),
        ("{str_replace: {template: 'ab', params: {a: b, b: c}}}", "bc"),
        ("{str_replace: {template: 'abcd', params: {ab: 1, bcd: 2}}}", "a2"),
        ("{str_replace: {template: 'x=X', params: {X: null}}}", "x="),
        ("{list_join: ['-', [a, {get_param: name}], [b]]}", "a-web-1-b"),
        ("{list_join: ['-', {get_param: list}]}", "a-b"),
        (
            "{list_join: ['', ['#cloud-config', \"\\n\", {str_replace: {template: T, params: {T: t}}}]]}",
            "#cloud-config\nt",
        ),
        ("null", ""),
        ("42", "42"),
    ],
)
def test_what_the_template_tells(user_data: str, text: str) -> None:
    assert told(hot(user_data)) == text


@pytest.mark.parametrize(
    ("user_data", "why"),
    [
        ("{get_file: boot.sh}", "a file that only the client had"),
        ("{get_attr: [net, show]}", "an attribute that only the cloud knows"),
        ("{get_param: password}", "the hidden parameter password"),
        ("{str_replace: {template: $p, params: {$p: {get_param: password}}}}", "the hidden parameter password"),
        ("{get_param: nowhere}", "the parameter nowhere"),
        ("{get_param: [map, host, none]}", "a part of the parameter map"),
        ("{str_replace: {template: $h, params: {$h: {get_resource: handle}}}}", "a reference to handle"),
        ("{yaql: {expression: 1, data: 2}}", "the function yaql"),
        ("{list_join: ['-', 5]}", "a join of another kind"),
        ("{a: b, c: d}", "no text"),
        ("6ea98324-0f14-49f6-97c0-885d1b8dc517", "the configuration of another stack"),
    ],
)
def test_what_it_cannot_tell_is_said_and_never_half_told(user_data: str, why: str) -> None:
    assert told(hot(user_data)) == f"unknown: {why}"


def test_no_reason_holds_a_value() -> None:
    """Reasons go into the log."""
    stack = StackSource(
        id="s",
        name="s",
        template=hot("{get_param: [secret, 1]}"),
        parameters={"secret": "hunter2"},
        resources={"server": RESOURCES["server"]},
    )
    (one,) = user_data_of(stack)
    assert one.text is None and "hunter2" not in one.why


def test_a_software_configuration() -> None:
    config = """
    config:
      type: OS::Heat::SoftwareConfig
      properties:
        config: {str_replace: {template: 'echo $n', params: {$n: {get_param: name}}}}
    """
    for reference in ("{get_resource: config}", "{get_attr: [config, config]}"):
        assert told(hot(reference, textwrap.dedent(config))) == "echo web-1"


def test_a_cloud_config_is_yaml_that_says_the_same() -> None:
    config = """
    config:
      type: OS::Heat::CloudConfig
      properties: {cloud_config: {hostname: {get_param: name}, packages: [nginx]}}
    """
    text = told(hot("{get_resource: config}", textwrap.dedent(config)))
    head, _, body = text.partition("\n")
    assert head == "#cloud-config"
    assert json.loads(body) == {"hostname": "web-1", "packages": ["nginx"]}


MULTIPART = """
inner:
  type: OS::Heat::SoftwareConfig
  properties: {config: "#!/bin/sh\\necho été"}
both:
  type: OS::Heat::MultipartMime
  properties:
    parts:
      - {config: {get_resource: inner}, filename: boot.sh, subtype: x-shellscript}
      - {config: {get_param: name}}
outer:
  type: OS::Heat::MultipartMime
  properties: {parts: [{config: {get_resource: both}, type: multipart}, {config: last}]}
"""


def test_a_multipart_message_and_one_inside_another() -> None:
    text = told(hot("{get_resource: outer}", MULTIPART))
    assert text == told(hot("{get_resource: outer}", MULTIPART)), "the same bytes each time"
    parts = message_from_string(text).get_payload()
    assert isinstance(parts, list)
    contents = [part.get_payload(decode=True).decode() for part in parts]  # type: ignore[union-attr]
    assert contents == ["#!/bin/sh\necho été", "web-1", "last"]
    assert parts[0].get_filename() == "boot.sh"  # type: ignore[union-attr]
    assert parts[0].get_content_type() == "text/x-shellscript"  # type: ignore[union-attr]


def test_a_template_of_the_other_kind() -> None:
    template = {
        "HeatTemplateFormatVersion": "2012-12-12",
        "Parameters": {"name": {"Type": "String"}},
        "Resources": {
            "server": {
                "Type": "AWS::EC2::Instance",
                "Properties": {
                    "UserData": {
                        "Fn::Base64": {
                            "Fn::Replace": [
                                {"NAME": {"Ref": "name"}},
                                {"Fn::Join": ["", ["a ", "NAME ", {"Ref": "net"}]]},
                            ]
                        }
                    }
                },
            },
            "net": {"Type": "OS::Neutron::Net"},
        },
    }
    resources = {**RESOURCES, "server": ("AWS::EC2::Instance", "server-id")}
    assert told(json.dumps(template), resources) == "a web-1 net-id"


@pytest.mark.parametrize("template", ["", "a: [", "[1, 2]", "{" * 100_000, "resources: {other: {type: x}}"])
def test_a_template_that_cannot_be_read_leaves_its_servers_unknown(template: str) -> None:
    assert told(template).startswith("unknown: ")


def test_a_server_without_user_data_was_given_none() -> None:
    assert told("resources: {server: {type: 'OS::Nova::Server'}}") == ""


def test_servers_that_were_never_made_are_left_out() -> None:
    stack = StackSource(id="s", name="s", template=hot("x"), resources={"server": ("OS::Nova::Server", "")})
    assert user_data_of(stack) == ()
