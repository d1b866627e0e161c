"""Heat templates."""

import textwrap

from migrate.inventory.stack_user_data import user_data_of
from migrate.model import StackSource

RESOURCES = {
    "server": ("OS::Nova::Server", "server-id"),
    "net": ("OS::Neutron::Net", "net-id"),
    "handle": ("OS::Heat::WaitConditionHandle", "handle-id"),
    "config": ("OS::Heat::SoftwareConfig", "config-id"),
}


def hot(user_data: str, more: str = "") -> str:
    """A template whose one server has this user data, in YAML."""
    return f"""
heat_template_version: 2015-04-30
parameters:
  name: {{type: string, default: by default}}
  flavor: {{type: string}}
  left_out: {{type: string, default: a default}}
  list: {{type: comma_delimited_list}}
  map: {{type: json}}
  password: {{type: string, hidden: true, default: open}}
resources:
  net: {{type: OS::Neutron::Net}}
  handle: {{type: OS::Heat::WaitConditionHandle}}
{textwrap.indent(more, "  ")}
  server:
    type: OS::Nova::Server
    properties:
      flavor: {{get_param: flavor}}
      user_data_format: RAW
      user_data:
{textwrap.indent(textwrap.dedent(user_data), "        ")}
"""


PARAMETERS = {
    "name": "web-1",
    "flavor": "m1.small",
    "list": "a,b",
    "map": '{"host": {"port": 80}}',
    "password": "******",
    "OS::stack_name": "shop",
}


def told(template: str, resources: dict[str, tuple[str, str]] | None = None) -> str:
    stack = StackSource(
        id="stack-id", name="shop", template=template, parameters=PARAMETERS, resources=resources or RESOURCES
    )
    (one,) = user_data_of(stack)
    assert one.server_id == "server-id"
    assert (one.text is None) == bool(one.why)
    return one.text if one.text is not None else f"unknown: {one.why}"
