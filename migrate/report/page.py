"""A page in one language: its words, and its numbers, each of which says where in the JSON report it stands.

`<data value="3" data-of="/counts/done">3</data>`: `data-of` is a JSON pointer (RFC 6901) into the JSON report of the
same moment, or, without its first slash, what follows the pointer of the nearest element around it that has one. A
test follows every one of them.
"""

from datetime import tzinfo

from migrate.messages import numbers
from migrate.messages.catalogue import phrases, pieces, plural
from migrate.report.markup import Content, Markup, join, tag


class Number(Markup):
    """A number as markup, which still knows its value."""

    __slots__ = ("value",)
    value: float

    def __new__(cls, markup: str, value: float) -> "Number":
        made = super().__new__(cls, markup)
        made.value = value
        return made


class Page:
    """Words and numbers in `lang`; moments in `zone`."""

    def __init__(self, lang: str, zone: tzinfo, *, in_svg: bool = False) -> None:
        self.lang, self.zone, self.in_svg = lang, zone, in_svg
        self.table_labels: list[list[str]] = []

    def new_table(self, labels: list[str]) -> str:
        """The id of one more table, whose columns are called so: on a phone each cell is told its column's name."""
        self.table_labels.append(labels)
        return f"t{len(self.table_labels)}"

    @property
    def svg(self) -> "Page":
        """The same page for text inside SVG, where `data` and `time` are no elements: there it is `tspan`."""
        return Page(self.lang, self.zone, in_svg=True)

    def say(self, key: str, /, **facts: Content | int) -> Markup:
        """A phrase with markup in it: plain facts are escaped, markup stays."""
        shown = {name: join(str(fact) if isinstance(fact, int) else fact) for name, fact in facts.items()}
        if "count" in facts:
            count = facts["count"]
            value = count.value if isinstance(count, Number) else count
            shown["s"] = Markup(plural(int(value) if isinstance(value, int | float) else 0, self.lang))
        shown = {name: fact or Markup("" if name == "s" else "—") for name, fact in shown.items()}
        return join(*((text, shown.get(name, "?") if name else "") for text, name in pieces(key, self.lang)))

    def word(self, prefix: str, name: str) -> str:
        """The phrase `PREFIX.NAME` where there is one, else the name itself."""
        return phrases(self.lang).get(f"{prefix}.{name}", name)

    # ---------------------------------------------------------------- numbers

    def count(self, value: int, of: str) -> Number:
        return self._number(value, of, numbers.number(value, self.lang))

    def size(self, value: float, of: str) -> Number:
        return self._number(value, of, numbers.size(value, self.lang))

    def rate(self, value: float, of: str) -> Number:
        return self._number(value, of, f"{numbers.size(value, self.lang)}/s")

    def span(self, value: float, of: str) -> Number:
        return self._number(value, of, numbers.span(value, self.lang))

    def percent(self, value: float, of: str) -> Number:
        return self._number(value, of, numbers.percent(value, self.lang))

    def chance(self, share: float, of: str, *, is_open: bool = True) -> Markup:
        """A share of simulated runs. As long as the work is open none of them is certain: `more than 99%`."""
        side, bound = numbers.bounded(share) if is_open else ("", share)
        shown = self._number(share, of, numbers.percent(bound, self.lang))
        return self.say(f"html.{side}", share=shown) if side else shown

    def decimal(self, value: float, of: str, digits: int = 2) -> Number:
        return self._number(value, of, numbers.number(value, self.lang, digits))

    def places(self, value: float, of: str) -> Number:
        """Places in a queue: whole ones without a decimal sign."""
        return self.decimal(value, of, 0 if float(value).is_integer() else 1)

    def _number(self, value: float, of: str, shown: str) -> Number:
        if self.in_svg:
            return Number(tag("tspan", shown, data_value=_plain(value), data_of=of), value)
        return Number(tag("data", shown, value=_plain(value), data_of=of), value)

    def at(self, text: str, of: str, *, short: bool = False) -> Markup:
        """A moment of the JSON report, in the page's zone."""
        moment = numbers.moment(text).astimezone(self.zone)
        told = (numbers.short_day_and_time if short else numbers.day_and_time)(moment, self.lang)
        if self.in_svg:
            return tag("tspan", told, data_at=text, data_of=of)
        return tag("time", told, datetime=text, data_of=of)


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def pointer(*parts: object) -> str:
    """A JSON pointer out of its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
