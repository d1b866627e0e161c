"""Encrypted stores: the format to the byte, what an attacker at the store can do, and keys that do not fit."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from migrate.clouds.folder.object_store import FolderStore
from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.disks.store.container import KEY_MARK, StoreContainer
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.encrypted_container import EncryptedContainer
from migrate.disks.store.encrypted_format import HEAD_BYTES, SEGMENT_BYTES, TAG_BYTES, plain_bytes, stored_bytes
from migrate.disks.store.encryption_key import StoreKey, parse_key, spell_key
from migrate.disks.store.manifest import CHUNK_BYTES
from migrate.disks.store.store_check import What, check
from migrate.errors import ConfigError, IntegrityError, TransientError
from migrate.execute.store_room import room_for
from migrate.messages import codes
from migrate.model import Image
from migrate.model.steps import CaptureImage, Step
from tests.disks.store.faulty_stores import DISK, KEY, Disk, Faulty, disk_store, keeps_disks, memory, names, packs, raw

OTHER = StoreKey(bytes(range(1, 33)))
STORED = SEGMENT_BYTES + TAG_BYTES
PLANTED = hashlib.sha512(b"a pattern on a customer's disk").digest()


@pytest.fixture(autouse=True)
def encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.disks.store.faulty_stores.KEYS.key", KEY)


@pytest.fixture
def objects() -> ObjectStore:
    objects = memory()
    objects.put_container("store", {})
    return objects


@pytest.fixture
def box(objects: ObjectStore) -> EncryptedContainer:
    return EncryptedContainer(objects, "store", KEY)


def stored(box: StoreContainer, name: str) -> bytes:
    with box.objects.get("store", name) as (_, chunks):
        return b"".join(chunks)


def place(box: StoreContainer, name: str, data: bytes) -> None:
    """What an attacker at the store can put there."""
    box.objects.put("store", ObjectInfo(name=name, size_bytes=len(data), etag="", content_type="x/y"), [data])


def content(length: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(length))


# ---------------------------------------------------------------- the format


def derived(purpose: bytes, length: int, salt: bytes = b"") -> bytes:
    """HKDF-SHA256 (RFC 5869) of the key in `faulty_stores`, by hand."""
    prk = hmac.digest(salt or bytes(32), bytes(range(32)), "sha256")
    blocks, last = b"", b""
    for number in range(1, -(-length // 32) + 1):
        last = hmac.digest(prk, last + b"decamp store " + purpose + bytes([number]), "sha256")
        blocks += last
    return blocks[:length]


def opened(data: bytes, name: str) -> bytes:
    """The plain bytes of a stored object, by docs/formats/store.md and AES-GCM alone."""
    magic, key_id, salt, length = struct.unpack(">8s8s32sQ", data[:56])
    assert (magic, key_id) == (b"DECAMPE1", derived(b"id", 8))
    key, body, plain = derived(b"object", 32, salt), data[56:], b""
    for number, at in enumerate(range(0, len(body), 65552)):
        segment = body[at : at + 65552]
        nonce = number.to_bytes(11, "big") + (b"\1" if at + 65552 >= len(body) else b"\0")
        cipher = Cipher(algorithms.AES(key), modes.GCM(nonce, segment[-16:])).decryptor()
        cipher.authenticate_additional_data(data[:56] + name.encode())
        plain += cipher.update(segment[:-16]) + cipher.finalize()
    assert len(plain) == length
    return plain


@pytest.mark.parametrize("length", [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])
def test_whoever_has_the_key_and_the_format_reads_an_object_without_us(box: EncryptedContainer, length: int) -> None:
    data = content(length)
    box.put("disks/volume-1/o1/manifest.json", [data[:100], data[100:], b""])
    sealed = stored(box, "disks/volume-1/o1/manifest.json")
    assert opened(sealed, "disks/volume-1/o1/manifest.json") == data
    assert (len(sealed), plain_bytes(len(sealed))) == (stored_bytes(length), length)
    assert (box.get("disks/volume-1/o1/manifest.json"), box.size("disks/volume-1/o1/manifest.json")) == (data, length)


def test_the_same_key_name_and_content_give_known_bytes(box: EncryptedContainer) -> None:
    box.put("disks/volume-1/o1/manifest.json", [b"plain"])
    name, data = "disks/volume-1/o1/manifest.json", stored(box, "disks/volume-1/o1/manifest.json")
    assert data.hex() == (
        "444543414d504531"  # DECAMPE1
        "14299eadb23dc0e6"
        "71c5bdfe90d91221bebffef57b703e4644456600b6604c19cb198f67981cca64"
        "0000000000000005"
        "21cdc9703093cd01ef1e5c9d248cceea44622fdf03"
    )
    spelt = len(name).to_bytes(4, "big") + name.encode() + hashlib.sha256(b"plain").digest()
    assert data[16:48] == hmac.digest(derived(b"salts", 32), spelt, "sha256")


def siv(beside: bytes, digest: bytes) -> bytes:
    """AES-SIV (RFC 5297) of a digest, by hand."""
    keys = derived(b"names", 64)

    def mac(data: bytes) -> int:
        cmac = CMAC(algorithms.AES(keys[:32]))
        cmac.update(data)
        return int.from_bytes(cmac.finalize(), "big")

    zeros = mac(bytes(16))
    doubled = (zeros << 1) % (1 << 128) ^ (0x87 if zeros >> 127 else 0)
    mixed = int.from_bytes(digest[-16:], "big") ^ doubled ^ mac(beside)
    tag = mac(digest[:-16] + mixed.to_bytes(16, "big"))
    start = tag & ~(1 << 31 | 1 << 63)
    cipher = Cipher(algorithms.AES(keys[32:]), modes.CTR(start.to_bytes(16, "big"))).encryptor()
    return tag.to_bytes(16, "big") + cipher.update(digest)


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("disks/volume-1/o1/table-00000000-DIGEST", "disks/volume-1/o1"),
        ("disks/volume-1/o1/part-DIGEST", "disks/volume-1/o1"),
        ("packs/PP/DIGEST", ""),
        ("packs/PP/DIGEST.damaged", ""),
        ("index/PP/DIGEST", ""),
    ],
)
def test_a_digest_in_a_name_is_hidden_by_the_key(box: EncryptedContainer, name: str, beside: str) -> None:
    digest = hashlib.sha256(b"chunk").digest()
    hidden = base64.b32encode(siv(beside.encode(), digest)).decode().lower().rstrip("=")
    shown = name.replace("PP", digest.hex()[:2]).replace("DIGEST", digest.hex())
    there = name.replace("PP", hidden[:2]).replace("DIGEST", hidden)
    assert box.stored_name(shown) == there
    box.put(shown, [b"x"])
    assert [one.name for one in box.entries("")] == [shown]
    assert [one.name for one in box.objects.entries("store")] == [there]
    box.delete(shown)
    assert box.get(shown) is None and list(box.entries("")) == []


@pytest.mark.parametrize("length", range(0, 5 * STORED, 997))
def test_an_object_of_any_other_length_is_none(length: int) -> None:
    whole = plain_bytes(length)
    assert whole is None or stored_bytes(whole) == length
    assert plain_bytes(stored_bytes(length)) == length


def test_a_part_of_an_object_is_read_by_whole_segments(box: EncryptedContainer) -> None:
    data = content(3 * SEGMENT_BYTES + 10)
    box.put("x", [data])
    for start, end in ((0, 1), (5, SEGMENT_BYTES), (SEGMENT_BYTES - 1, SEGMENT_BYTES + 1), (0, len(data)), (7, 7)):
        assert box.read("x", start, end) == data[start:end]
    assert box.read("x", len(data) - 10, len(data)) == data[-10:]
    with pytest.raises(TransientError):
        box.read("x", 0, len(data) + 1)


def test_an_object_that_is_put_again_is_the_same_to_the_byte(box: EncryptedContainer) -> None:
    """By another machine as well: who reads it meanwhile gets one or the other."""
    box.put("x", [b"a", b"b"])
    first = stored(box, "x")
    EncryptedContainer(box.objects, "store", KEY).put("x", [b"ab"])
    assert stored(box, "x") == first
    box.put("x", [b"ac"])
    assert stored(box, "x")[16:48] != first[16:48], "one salt, and so one nonce, for two contents"


# ---------------------------------------------------------------- whoever has the store


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    **{f"a flipped bit at {at}": flipped(at) for at in (0, 8, 16, 48, 55, 56, 60, 56 + STORED - 1, 56 + STORED, -1)},
    "cut behind a segment": lambda data: data[: HEAD_BYTES + STORED],
    "cut behind the head": lambda data: data[:HEAD_BYTES],
    "cut within a segment": lambda data: data[:-7],
    "nothing left": lambda data: b"",
    "two segments swapped": lambda data: (
        data[:56] + data[56 + STORED : 56 + 2 * STORED] + data[56 : 56 + STORED] + data[56 + 2 * STORED :]
    ),
    "a segment twice": lambda data: data[: 56 + STORED] + data[56:],
    "a segment left out": lambda data: data[:56] + data[56 + STORED :],
    "something appended": lambda data: data + bytes(STORED),
    "the length of less": lambda data: data[:48] + (SEGMENT_BYTES).to_bytes(8, "big") + data[56 : 56 + STORED],
    "the length of no machine": lambda data: data[:48] + b"\xff" * 8 + data[56:],
    "not encrypted": lambda data: content(3 * SEGMENT_BYTES + 10),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_changed_in_the_store_is_never_given_out(box: EncryptedContainer, attack: str) -> None:
    data = content(3 * SEGMENT_BYTES + 10)
    box.put("x", [data])
    assert box.read("x", 0, len(data)) == data, "its head is kept"
    place(box, "x", ATTACKS[attack](stored(box, "x")))
    for looking in (box, EncryptedContainer(box.objects, "store", KEY)):
        with pytest.raises(IntegrityError) as caught:
            looking.get("x")
        assert caught.value.code == codes.BYTES_DIFFER and "store/x" in str(caught.value)
        assert looking.whole("x") is None
        for first in range(3):
            start = first * SEGMENT_BYTES
            try:
                found = looking.read("x", start, start + SEGMENT_BYTES)
            except (IntegrityError, TransientError):
                continue
            assert found in (data[start : start + SEGMENT_BYTES], bytes(SEGMENT_BYTES))


def test_an_object_is_not_taken_for_another(box: EncryptedContainer) -> None:
    first, second = (f"disks/volume-1/{origin}/manifest.json" for origin in ("o1", "o2"))
    box.put(first, [b"one"])
    box.put(second, [b"two"])
    place(box, second, stored(box, first))
    with pytest.raises(IntegrityError, match="not what was stored under this name"):
        box.get(second)


def test_an_object_of_another_key_is_damage_by_that_name(box: EncryptedContainer) -> None:
    EncryptedContainer(box.objects, "store", OTHER).put("x", [b"theirs"])
    with pytest.raises(IntegrityError, match=f"encrypted with the key {OTHER.id}, and the store with {KEY.id}"):
        box.get("x")


def test_an_encrypted_object_in_a_plain_store_is_damage(box: EncryptedContainer) -> None:
    box.put("x", [b"ours"])
    with pytest.raises(IntegrityError, match="it is encrypted, and the store is not"):
        StoreContainer(box.objects, "store").get("x")


def test_plain_packs_tables_and_manifests_in_an_encrypted_store_are_named_and_never_used(tmp_path: Path) -> None:
    objects, disk = memory(), Disk(1)
    plain = DiskStore(objects, "store", tmp_path / "plain")
    plain.prepare("m")
    disk.capture(plain, "o1")
    store = DiskStore(objects, "store", tmp_path / "cache", KEY)
    store.container.claim()
    orphans = [name for name in names(plain) if name.startswith(("packs/", "index/"))]
    found = {(store.container.stored_name(one.item), one.what) for one in check(store, True)}
    manifest = ("disks/volume-0b1c/o1/manifest.json", What.DAMAGED_MANIFEST)
    assert found == {manifest, *((name, What.STRAY) for name in orphans)}
    assert store.packs.index.packs() == {}
    with pytest.raises(IntegrityError, match="it is not encrypted, and the store is"):
        store.manifest(DISK)


def test_a_damaged_head_that_this_process_had_read_before_is_found_by_a_check(tmp_path: Path) -> None:
    store = disk_store(memory(), tmp_path)
    disk = Disk(1)
    manifest = disk.capture(store)
    (name,) = packs(store)
    assert disk.is_whole_in(store, manifest)
    place(store.container, store.container.stored_name(name), flipped(20)(raw(store, name)))
    assert {(one.item, one.what) for one in check(store, True)} == {(name, What.DAMAGED_PACK)}


def test_a_flipped_bit_costs_what_shares_its_64_kib_and_no_more(tmp_path: Path) -> None:
    store, disk = disk_store(memory(), tmp_path), Disk(1)
    disk.noise(range(64))
    disk.capture(store)
    (name,) = packs(store)
    place(store.container, store.container.stored_name(name), flipped(HEAD_BYTES + 10 * STORED + 5)(raw(store, name)))
    (hit,) = check(store, True)
    assert (hit.item, hit.disk, hit.what) == (name, DISK, What.DAMAGED_PACK)
    assert 0 < hit.end - hit.start <= 3 * CHUNK_BYTES


# ---------------------------------------------------------------- disks


def test_a_folder_keeps_encrypted_disks(tmp_path: Path) -> None:
    objects = FolderStore(tmp_path / "objects", keeps_md5=False)
    objects.put_container("store", {})
    keeps_disks(objects, "store", tmp_path)


@pytest.mark.parametrize("key", [KEY, None])
def test_no_byte_of_a_disk_and_no_digest_of_it_is_in_an_encrypted_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: StoreKey | None
) -> None:
    """Both are found without a key: the search works."""
    monkeypatch.setattr("tests.disks.store.faulty_stores.KEYS.key", key)
    store, disk = disk_store(FolderStore(tmp_path / "objects", keeps_md5=False), tmp_path / "cache"), Disk(1)
    disk.noise(range(64))
    disk.other[3] = disk.other[3][:100] + PLANTED + disk.other[3][164:]
    manifest = disk.capture(store)
    digest = hashlib.sha256(disk.other[3]).digest()
    told = (PLANTED, digest, manifest.tree_digest.encode(), manifest.tables[0].digest.encode())
    files = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    everything = b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)
    assert [secret in everything for secret in told] == [key is None] * 4


def test_the_room_that_is_asked_for_is_enough_for_what_does_not_shrink(tmp_path: Path) -> None:
    objects, disk = FolderStore(tmp_path / "objects", keeps_md5=False), Disk(9)
    disk.noise(range(9 * 64))
    store, image = (
        disk_store(objects, tmp_path / "cache"),
        Image(id="i", name="i", status="active", size_bytes=disk.size_bytes),
    )
    step = Step(id="image:i", name="i", action=CaptureImage(image=image), sides=("source",), size_bytes=disk.size_bytes)
    room = room_for(store, [step])
    manifest = disk.capture(store)
    prefix = len(raw(store, f"disks/volume-0b1c/{manifest.origin.image_id}/manifest.json"))
    taken = sum(entry.size_bytes for entry in objects.entries("store")) - prefix
    assert room is not None and taken <= room.most_bytes < taken + 9 * 64 * HEAD_BYTES


def test_a_pack_that_was_stored_before_a_kill_is_matched_and_none_is_stored_twice(tmp_path: Path) -> None:
    faulty, disk = Faulty(memory()), Disk(40).thin()
    store = disk_store(faulty, tmp_path / "one")

    def kill(count: int, name: str) -> None:
        if name.startswith("disks/"):
            raise KeyboardInterrupt

    faulty.before_put = kill
    with pytest.raises(KeyboardInterrupt):
        disk.capture(store)
    first = {name: raw(store, name) for name in packs(store)}
    faulty.before_put = lambda count, name: None
    elsewhere = disk_store(faulty, tmp_path / "another machine")
    manifest = disk.capture(elsewhere)
    assert disk.is_whole_in(elsewhere, manifest) and list(check(elsewhere, True)) == []
    assert first and all(raw(elsewhere, name) == data for name, data in first.items())


# ---------------------------------------------------------------- keys


def test_a_store_says_at_once_that_the_key_is_another_or_missing(tmp_path: Path) -> None:
    objects = memory()
    disk_store(objects, tmp_path / "a")
    for key, code, said in ((OTHER, codes.STORE_KEY_DIFFERS, KEY.id), (None, codes.STORE_KEY_MISSING, KEY.id)):
        store = DiskStore(objects, "store", tmp_path / "b", key)
        for ask in (store.check_key, lambda store=store: store.prepare("m")):
            with pytest.raises(ConfigError) as caught:
                ask()
            assert (caught.value.code, caught.value.facts["found"]) == (code, said)


@pytest.mark.parametrize("harm", ["gone", "damaged", "another's"])
def test_a_store_whose_mark_of_the_key_is_lost_is_known_by_its_objects(tmp_path: Path, harm: str) -> None:
    """Nothing is lost with it: with the right key it is made anew, and with another one refused."""
    objects, disk = memory(), Disk(1)
    store = disk_store(objects, tmp_path / "a")
    manifest, mark = disk.capture(store), raw(store, KEY_MARK)
    objects.delete("store", KEY_MARK)
    if harm == "damaged":
        place(store.container, KEY_MARK, b"DECAMP")
    if harm != "another's":
        with pytest.raises(ConfigError, match=codes.STORE_KEY_DIFFERS):
            DiskStore(objects, "store", tmp_path / "b", OTHER).prepare("m")
        again = disk_store(objects, tmp_path / "c")
        assert raw(again, KEY_MARK) == mark and disk.is_whole_in(again, manifest)
        return
    EncryptedContainer(objects, "store", OTHER).claim()
    with pytest.raises(ConfigError, match=OTHER.id):
        disk_store(objects, tmp_path / "d")
    with pytest.raises(IntegrityError, match=f"encrypted with the key {KEY.id}"):
        DiskStore(objects, "store", tmp_path / "e", OTHER).manifest(DISK)


@pytest.mark.parametrize("is_marked", [True, False])
def test_without_a_key_an_encrypted_store_is_never_taken_for_a_plain_one(tmp_path: Path, is_marked: bool) -> None:
    objects = memory()
    Disk(1).capture(disk_store(objects, tmp_path / "a"))
    if not is_marked:
        objects.delete("store", KEY_MARK)
    plain = DiskStore(objects, "store", tmp_path / "b")
    for ask in (plain.check_key, lambda: plain.prepare("m")):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert (caught.value.code, caught.value.facts["found"]) == (codes.STORE_KEY_MISSING, KEY.id)


def test_a_store_that_holds_plain_disks_is_not_encrypted_later(tmp_path: Path) -> None:
    objects = memory()
    plain = DiskStore(objects, "store", tmp_path / "a")
    plain.prepare("m")
    encrypted = DiskStore(objects, "store", tmp_path / "b", KEY)
    encrypted.check_key()  # nothing is in it yet
    Disk(1).capture(plain)
    before = names(plain)
    for ask in (encrypted.check_key, lambda: encrypted.prepare("m")):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert caught.value.code == codes.STORE_NOT_ENCRYPTED
    assert names(plain) == before


@pytest.mark.parametrize("spelt", [bytes(range(32)).hex(), bytes(range(32)).hex().upper(), spell_key(bytes(range(32)))])
def test_a_key_is_read_in_hex_and_base64(spelt: str) -> None:
    key = parse_key(f"  {spelt}\n")
    assert key is not None and key.id == KEY.id == derived(b"id", 8).hex()
    assert spelt[:8] not in repr(key)


@pytest.mark.parametrize("text", ["", "correct horse battery staple", "00" * 31, "00" * 33, "AAAA", "A" * 42, "A" * 45])
def test_nothing_else_is_a_key(text: str) -> None:
    assert parse_key(text) is None
