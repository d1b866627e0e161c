"""Sparse bytes: disks of volumes and servers, and files of images.

A disk is a dict of 64 KiB blocks; a missing block is a hole, and blocks of zeros are not stored. Blocks are immutable,
so a clone only copies the dict, and a qcow2 file shares its data clusters with its disk.
"""

from collections.abc import Iterator

BLOCK = 64 * 1024
_ZEROS = bytes(BLOCK)


class Disk:
    """A sparse disk of fixed size. Reads past the end are short; writes past it raise ValueError."""

    def __init__(self, size_bytes: int, blocks: dict[int, bytes] | None = None) -> None:
        self.size_bytes = size_bytes
        self.blocks: dict[int, bytes] = blocks if blocks is not None else {}

    def clone(self, size_bytes: int | None = None) -> "Disk":
        """A copy, extended to `size_bytes` if that is larger."""
        return Disk(max(self.size_bytes, size_bytes or 0), dict(self.blocks))

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size_bytes)
        parts: list[bytes] = []
        while offset < end:
            index, start = divmod(offset, BLOCK)
            stop = min(BLOCK, start + end - offset)
            block = self.blocks.get(index, _ZEROS)
            parts.append(block if (start, stop) == (0, BLOCK) else block[start:stop])
            offset += stop - start
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def write(self, offset: int, data: bytes) -> None:
        if offset < 0 or offset + len(data) > self.size_bytes:
            raise ValueError(f"write of {len(data)} bytes at {offset} goes behind the end {self.size_bytes}")
        view, done = memoryview(data), 0
        while done < len(data):
            index, start = divmod(offset + done, BLOCK)
            count = min(BLOCK - start, len(data) - done)
            piece = bytes(view[done : done + count])
            if count < BLOCK:
                old = self.blocks.get(index, _ZEROS)
                piece = old[:start] + piece + old[start + count :]
            self.put_block(index, piece)
            done += count

    def put_block(self, index: int, block: bytes) -> None:
        """Writes a whole block; zeros make a hole."""
        if block == _ZEROS:
            self.blocks.pop(index, None)
        else:
            self.blocks[index] = block

    def pieces(self, start: int = 0, end: int | None = None, piece_bytes: int = BLOCK) -> Iterator[bytes]:
        """Bytes [start, end) in order, in pieces of at most `piece_bytes`."""
        end = self.size_bytes if end is None else min(end, self.size_bytes)
        while start < end:
            data = self.read(start, min(piece_bytes, end - start))
            start += len(data)
            yield data

    def used_bytes(self) -> int:
        """The size of all blocks that are not holes."""
        return len(self.blocks) * BLOCK
