"""SVG elements as values: text is always escaped, and only our own output counts as markup."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from migrate.printable_text import visible

Content = object
"""Plain text, markup, an object with `__html__`, None for nothing, or an iterable of these."""


def join(*parts: Content) -> Markup:
    """All parts, joined."""
    return Markup("".join(_text(part) for part in parts))


def element(name: str, /, *parts: Content, **attributes: object) -> Markup:
    """One element. In attribute names `_` becomes `-`, and a final `_` is dropped (`class_`); None omits an
    attribute.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(value if hasattr(value, "__html__") else str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(*parts)
    return Markup(f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>")


def _text(part: Content) -> str:
    if part is None:
        return ""
    if hasattr(part, "__html__"):
        return str(part.__html__())
    if isinstance(part, str):
        return str(escape(visible(part)))
    if isinstance(part, Iterable):
        return "".join(_text(one) for one in part)
    raise TypeError(f"{type(part).__name__} is nothing that SVG can hold")
