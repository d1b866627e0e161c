"""User data of a stack's servers, from its template, the only place where a tenant can read it. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.errors import MessageError
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

from migrate.inventory.evaluate_template import Template, Unresolved, as_json, check_length
from migrate.model import Record, StackSource, name_id

_SERVERS = {"OS::Nova::Server": "user_data", "AWS::EC2::Instance": "UserData"}
_SOFTWARE_CONFIG, _CLOUD_CONFIG, _MULTIPART = (
    "OS::Heat::SoftwareConfig",
    "OS::Heat::CloudConfig",
    "OS::Heat::MultipartMime",
)
_CONFIGS = {_SOFTWARE_CONFIG, _CLOUD_CONFIG, _MULTIPART}
_MOST_DEPTH, _MOST_PARTS = 10, 1000


class UserData(Record, frozen=True, kw_only=True):
    """The user data of one server: `text`, empty for none; or None, with the reason in `why`."""

    server_id: str
    text: str | None
    why: str = ""


def user_data_of(stack: StackSource) -> tuple[UserData, ...]:
    """One record for each server created by this stack itself; nested stacks have their own.

    The text is what the template's author wrote, without Heat's own agent parts, which are useless elsewhere; a
    multipart message is rebuilt and may differ in its boundaries, a cloud-config in its spelling.
    """
    servers = {name: found for name, found in stack.resources.items() if found[0] in _SERVERS and found[1]}
    try:
        template = Template(stack)
    except Unresolved as err:
        return tuple(UserData(server_id=i, text=None, why=str(err)) for _, (_, i) in sorted(servers.items()))
    return tuple(_one(template, name, kind, server_id) for name, (kind, server_id) in sorted(servers.items()))


def _one(template: Template, name: str, kind: str, server_id: str) -> UserData:
    definition = template.resources.get(name)
    try:
        if not isinstance(definition, dict):
            raise Unresolved("a resource that the template does not name")
        node = _properties(template, name).get(_SERVERS[kind])
        text = _content(template, node, 0)
        if _is_uuid(text):
            raise Unresolved("the configuration of another stack")
        return UserData(server_id=server_id, text=text)
    except Unresolved as err:
        return UserData(server_id=server_id, text=None, why=str(err))


def _is_uuid(text: str) -> bool:
    """Whether the text is a bare UUID, which Heat takes for a software configuration."""
    return len(text) == 36 and text.count("-") == 4 and text.replace("-", "").isalnum()


def _content(template: Template, node: Any, depth: int) -> str:
    """The text of a property, given directly or by reference to a configuration in the same template."""
    if depth > _MOST_DEPTH:
        raise Unresolved("nested too deeply")
    referred = _referred(node)
    if referred is None or _kind(template, referred) not in _CONFIGS:
        return template.text(node)
    properties = _properties(template, referred)
    match _kind(template, referred):
        case "OS::Heat::SoftwareConfig":
            return _content(template, properties.get("config"), depth + 1)
        case "OS::Heat::CloudConfig":
            # JSON is YAML, so cloud-init reads it the same way.
            return "#cloud-config\n" + as_json(template.value(properties.get("cloud_config") or {}), indent=1) + "\n"
        case _:
            return _multipart(template, properties.get("parts"), depth + 1)


def _referred(node: Any) -> str | None:
    """The name in {get_resource: NAME}, {Ref: NAME} or {get_attr: [NAME, config]}."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    ((function, argument),) = node.items()
    if function in {"get_resource", "Ref"}:
        return str(argument)
    if function == "get_attr" and isinstance(argument, list) and argument[1:] == ["config"]:
        return str(argument[0])
    return None


def _kind(template: Template, name: str) -> str:
    definition = template.resources.get(name)
    return str(definition.get("type") or definition.get("Type") or "") if isinstance(definition, dict) else ""


def _properties(template: Template, name: str) -> dict[str, Any]:
    definition = template.resources[name]
    found = definition.get("properties") or definition.get("Properties") or {}
    if not isinstance(found, dict):
        raise Unresolved("properties that are no map")
    return found


# ---------------------------------------------------------------- multipart messages


def _multipart(template: Template, parts: Any, depth: int) -> str:
    if not isinstance(parts, list):
        raise Unresolved("a multipart message without parts")
    made: list[Message] = []
    length = 0
    for part in parts:
        if not isinstance(part, dict):
            raise Unresolved("a part that is no map")
        text = _content(template, part.get("config"), depth)
        if _is_uuid(text):
            raise Unresolved("the configuration of another stack")
        length += len(text)
        check_length(length)
        kind, subtype, filename = (template.text(part.get(name)) for name in ("type", "subtype", "filename"))
        with _refused_message():
            made += _inner_parts(text) if kind == "multipart" else [_part(text, subtype, filename)]
        _check_number(made)
    with _refused_message():
        # A boundary derived from the content: the same template gives the same bytes and digest.
        boundary = "=" * 15 + name_id("".join(part.as_string() for part in made)) + "=="
        return MIMEMultipart(boundary=boundary, _subparts=made).as_string()


@contextmanager
def _refused_message() -> Iterator[None]:
    """For what the library raises for headers with line ends, and for messages within messages without end."""
    try:
        yield
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as err:
        raise Unresolved("a multipart message that cannot be rebuilt") from err


def _check_number(parts: list[Message]) -> None:
    if len(parts) > _MOST_PARTS:
        raise Unresolved("a multipart message of too many parts")


def _inner_parts(text: str) -> list[Message]:
    inner = message_from_string(text)
    if not inner.is_multipart():
        return []
    parts = [part for part in inner.get_payload() if isinstance(part, Message)]
    _check_number(parts)
    return [_part(_payload(part), part.get_content_subtype(), part.get_filename() or "") for part in parts]


def _payload(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _part(text: str, subtype: str, filename: str) -> Message:
    message = MIMEText(text, _subtype=subtype or "plain", _charset="us-ascii" if text.isascii() else "utf-8")
    if filename:
        message.add_header("Content-Disposition", "attachment", filename=filename)
    return message
