"""A manifest that version 1 wrote stays readable. The file is never edited."""

from pathlib import Path

from migrate.documents import read_document
from migrate.store.manifest import ZERO, DiskManifest, tree_digest


def test_a_manifest_of_version_1_is_read() -> None:
    manifest = read_document(Path(__file__).parent / "golden" / "manifest-v1.json", DiskManifest)
    assert (manifest.disk, manifest.content, manifest.size_bytes) == ("volume:v1", "disk", 4194404)
    assert manifest.segments[1].digest == ZERO
    assert manifest.tree_digest == tree_digest(manifest.segments)
    assert manifest.origin.properties == {"hw_disk_bus": "virtio"}
