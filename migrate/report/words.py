"""Sentences and numbers in one language and format: HTML, text inside SVG, or plain text.

In HTML each number names its place in the JSON report: `<data value="3" data-of="/counts/done">3</data>`. `data-of` is
a JSON pointer (RFC 6901) into the JSON report of the same time; without its first slash it continues that of the
nearest enclosing element. A test follows every pointer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple

from markupsafe import Markup
from markupsafe import escape as escape_html

from migrate.messages import numbers
from migrate.messages.catalogue import phrases, pieces, plural, text
from migrate.printable_text import one_line, visible


class Form(StrEnum):
    """The form of a value. `DAY`: a time, with its weekday if there is room."""

    NAME = "name"
    COMMAND = "command"
    RESOURCE = "resource"
    CLASS = "class"
    COUNT = "count"
    SIZE = "size"
    RATE = "rate"
    SPAN = "span"
    CHANCE = "chance"
    MOMENT = "moment"
    DAY = "day"


class Fact(NamedTuple):
    """A value in a sentence, in no particular language. `of`: its place in the JSON report."""

    form: Form
    value: str | float | None
    of: str = ""


class Sentence(NamedTuple):
    """A phrase key with its facts."""

    key: str
    facts: Mapping[str, Fact] = {}


class Marks(StrEnum):
    """The markup around a number: `data` and `time` in HTML, `tspan` inside SVG, none in plain text."""

    HTML = "html"
    SVG = "svg"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Amount:
    """A formatted number or time. `exact`: its full value."""

    shown: str
    exact: str
    of: str
    marks: Marks
    value: float = 0.0
    is_moment: bool = False

    def __str__(self) -> str:
        return self.shown

    def __html__(self) -> str:
        if self.marks is Marks.TEXT:
            return self.shown
        name, attribute = ("time", "datetime") if self.is_moment else ("data", "value")
        if self.marks is Marks.SVG:
            name, attribute = "tspan", "data-at" if self.is_moment else "data-value"
        told = tuple(map(escape_html, (self.exact, self.of, self.shown)))
        return f'<{name} {attribute}="{told[0]}" data-of="{told[1]}">{told[2]}</{name}>'


class Words:
    """Writes in language `lang`, with times in `zone`. `escape`: escapes a stranger's plain text for the format.

    `names`: facts available in every sentence, such as the two clouds.
    """

    def __init__(
        self,
        lang: str,
        zone: tzinfo,
        marks: Marks = Marks.HTML,
        escape: Callable[[str], str] = escape_html,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.lang, self.zone, self.marks = lang, zone, marks
        self._escape, self._names = escape, names or {}

    @property
    def svg(self) -> "Words":
        """This writer, for text inside SVG."""
        return Words(self.lang, self.zone, Marks.SVG, self._escape, self._names)

    def marked(self, value: object) -> Markup:
        """A value as markup for the document: plain text is escaped, markup stays unchanged."""
        if isinstance(value, Markup):
            return value
        if hasattr(value, "__html__"):
            return Markup(value.__html__())
        return Markup(self._escape(visible(str(value))))

    # ---------------------------------------------------------------- text

    def say(self, key: str, /, **facts: object) -> Markup:
        """A phrase with its facts; `{s}` in it becomes the plural s for `count`."""
        given = {**self._names, **facts}
        shown = {name: Markup("—") if fact in ("", None) else self.marked(fact) for name, fact in given.items()}
        if "count" in given:
            count = given["count"]
            value = count.value if isinstance(count, Amount) else count
            shown["s"] = Markup(plural(int(value) if isinstance(value, int | float) else 0, self.lang))
        is_text, said = self.marks is Marks.TEXT, list[str]()
        for own, name in pieces(key, self.lang):
            said += [own if is_text else str(escape_html(own)), str(shown.get(name, "?")) if name else ""]
        return Markup(one_line("".join(said)) if is_text else "".join(said))

    def tell(self, sentence: Sentence) -> Markup:
        return self.say(sentence.key, **{name: self.fact(fact) for name, fact in sentence.facts.items()})

    def tell_all(self, sentences: Iterable[Sentence]) -> list[Markup]:
        """The sentences with a known phrase; a forecast of another version may have others."""
        return [self.tell(one) for one in sentences if one.key in phrases(self.lang)]

    def word(self, prefix: str, name: str) -> str:
        """The phrase `PREFIX.NAME` if it exists, else the name itself."""
        return phrases(self.lang).get(f"{prefix}.{name}", name)

    def text_of(self, code: str | None, facts: Mapping[str, str]) -> str | Markup:
        """The sentence of a finding or error; empty without a code."""
        if not code:
            return ""
        if self.marks is Marks.TEXT:
            return Markup(text(code, self.lang, facts, self.marked))
        return text(code, self.lang, facts)

    def code(self, of_program: str) -> Markup:
        """A command or setting, as an operator types it."""
        return Markup("`{}`" if self.marks is Marks.TEXT else "<code>{}</code>").format(self.marked(of_program))

    def strong(self, of_stranger: str) -> Markup:
        return Markup("**{}**" if self.marks is Marks.TEXT else "<b>{}</b>").format(self.marked(of_stranger))

    # ---------------------------------------------------------------- numbers

    def fact(self, fact: Fact) -> object:
        """The value in this format."""
        form, value, of = fact
        if value is None:
            return None
        match form:
            case Form.NAME:
                return str(value)
            case Form.COMMAND:
                return self.code(str(value))
            case Form.RESOURCE | Form.CLASS:
                return self.word(form.value, str(value))
            case Form.MOMENT | Form.DAY:
                return self.at(str(value), of, short=form is Form.MOMENT)
            case Form.COUNT:
                return self.count(int(value), of)
            case Form.SIZE:
                return self.size(float(value), of)
            case Form.RATE:
                return self.rate(float(value), of)
            case Form.SPAN:
                return self.span(float(value), of)
            case Form.CHANCE:
                return self.chance(float(value), of)

    def count(self, value: int, of: str = "") -> Amount:
        return self._number(value, of, numbers.number(value, self.lang))

    def size(self, value: float, of: str = "") -> Amount:
        return self._number(value, of, numbers.size(value, self.lang))

    def rate(self, value: float, of: str = "") -> Amount:
        return self._number(value, of, numbers.rate(value, self.lang))

    def span(self, value: float, of: str = "") -> Amount:
        return self._number(value, of, numbers.span(value, self.lang))

    def percent(self, value: float, of: str = "") -> Amount:
        return self._number(value, of, numbers.percent(value, self.lang))

    def chance(self, share: float, of: str = "", *, is_open: bool = True) -> Amount | Markup:
        """A share of simulated runs. While the work is unfinished, none is certain: `more than 99%`."""
        side, bound = numbers.bounded(share) if is_open else ("", share)
        shown = self._number(share, of, numbers.percent(bound, self.lang))
        return self.say(f"html.{side}", share=shown) if side else shown

    def decimal(self, value: float, of: str = "", digits: int = 2) -> Amount:
        return self._number(value, of, numbers.number(value, self.lang, digits))

    def places(self, value: float, of: str = "") -> Amount:
        """A number of slots: whole numbers without a decimal point."""
        return self.decimal(value, of, 0 if float(value).is_integer() else 1)

    def _number(self, value: float, of: str, shown: str) -> Amount:
        exact = str(int(value)) if float(value).is_integer() else repr(value)
        return Amount(shown, exact, of, self.marks, value)

    def at(self, moment: str, of: str = "", *, short: bool = False) -> Amount:
        """A time (RFC 3339) in the reader's time zone; short in plain text."""
        local = numbers.moment(moment).astimezone(self.zone)
        write = numbers.short_day_and_time if short or self.marks is Marks.TEXT else numbers.day_and_time
        return Amount(write(local, self.lang), moment, of, self.marks, is_moment=True)


def pointer(*parts: object) -> str:
    """A JSON pointer made of these parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
