"""Two listings side by side: what of the source is still to be copied."""

from collections.abc import Iterator

from migrate.model import ObjectEntry


def merged(
    source: Iterator[ObjectEntry], target: Iterator[ObjectEntry]
) -> Iterator[tuple[ObjectEntry, ObjectEntry | None]]:
    """Every entry of the source with the target's of the same name, or None. Both are sorted by the name's bytes.

    One entry of each listing is held at a time. (Python orders text by code point, which is the order of UTF-8.)
    """
    there = next(target, None)
    for entry in source:
        while there is not None and there.name < entry.name:
            there = next(target, None)
        yield entry, there if there is not None and there.name == entry.name else None


def looks_same(source: ObjectEntry, target: ObjectEntry) -> bool:
    """Equal content and type. `last_modified` is never compared: it comes from two clocks."""
    return (source.etag, source.size_bytes, source.content_type) == (
        target.etag,
        target.size_bytes,
        target.content_type,
    )
