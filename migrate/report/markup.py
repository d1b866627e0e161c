"""HTML as values: text is escaped wherever it is put, and only what was made here counts as markup."""

from collections.abc import Iterable
from html import escape

from migrate.printable_text import visible

# Without a closing tag.
_VOID_HTML = frozenset({"meta", "br", "hr"})
_VOID = _VOID_HTML | {"line", "rect", "polyline", "polygon"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Markup | None | Iterable["Content"]


def join(*parts: Content) -> Markup:
    """All parts, one behind the other; plain text is escaped, None is nothing."""
    return Markup("".join(_text(part) for part in parts))


def tag(name: str, /, *parts: Content, **attributes: object) -> Markup:
    """One element. In attributes `_` stands for `-`, a last `_` is dropped (`class_`); None and False leave one out."""
    said = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{escape(visible(str(value)))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inner = join(*parts)
    if name in _VOID and not inner:
        return Markup(f"<{name}{said}>" if name in _VOID_HTML else f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{inner}</{name}>")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(part: Content) -> str:
    if part is None:
        return ""
    if isinstance(part, Markup):
        return part
    if isinstance(part, str):
        return escape(visible(part), quote=False)
    return "".join(_text(one) for one in part)
