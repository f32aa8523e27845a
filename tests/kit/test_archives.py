from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from incidentbase.kit.archives import ArchiveRefused, Limits, unpacked

FILES = {"top/a.txt": b"one\n", "top/deep/b.bin": bytes(range(256)) * 40}


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode="w", **options) -> Path:
    with tarfile.open(path, mode, **options) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name: str, content: bytes = b"x", **attributes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, content


def zipped(path: Path, *members: tuple[str, bytes], **attributes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = attributes.pop("compress_type", zipfile.ZIP_DEFLATED)
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return path


def good_tar(path: Path, mode: str, **options) -> Path:
    folder = member("top", b"", type=tarfile.DIRTYPE)
    dotted = [member(f"./{name}", content) for name, content in FILES.items()]
    return tar(path, folder, *dotted, mode=mode, **options)


def refusal(path: Path, into: Path, **options) -> str:
    into.mkdir(exist_ok=True)
    with (
        pytest.raises(ArchiveRefused) as caught,
        unpacked(path, into=into, **options),
    ):
        pass
    assert list(into.iterdir()) == []
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_gives_its_files_and_leaves_nothing_behind(tmp_path, mode, form):
    path = good_tar(tmp_path / "any.name", mode, format=form)
    with unpacked(path, into=tmp_path) as folder:
        assert contents(folder) == FILES
    assert not folder.exists()


def test_a_zip_gives_its_files_and_leaves_nothing_behind(tmp_path):
    path = zipped(tmp_path / "any.name", ("top/", b""), *FILES.items())
    with unpacked(path, into=tmp_path) as folder:
        assert contents(folder) == FILES
    assert not folder.exists()


def test_a_folder_gives_itself_and_stays(tmp_path):
    with unpacked(tmp_path) as folder:
        assert folder == tmp_path
    assert tmp_path.is_dir()


def test_the_folder_goes_also_when_its_user_fails(tmp_path):
    path = good_tar(tmp_path / "a.tar", "w")
    with pytest.raises(KeyError), unpacked(path, into=tmp_path) as folder:
        raise KeyError
    assert not folder.exists()


@pytest.mark.parametrize(
    "make", [lambda p: good_tar(p, "w:gz"), lambda p: zipped(p, *FILES.items())]
)
def test_only_wanted_files_are_written(tmp_path, make):
    path = make(tmp_path / "a")
    with unpacked(path, wanted=lambda name: name.endswith(".txt")) as folder:
        assert list(contents(folder)) == ["top/a.txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("//server/share", "absolute"),
        ("../up", "out of"),
        ("a/../../up", "out of"),
        ("a/..", "out of"),
        ("C:/windows", "absolute"),
        ("c:evil", "absolute"),
        ("..\\up", "backslash"),
        ("a\\b", "backslash"),
        ("a\nb", "control"),
        ("a\x1b[2Jb", "control"),
        ("a\u202eb", "cannot be shown"),
        ("a" * 256, "too long"),
        ("a/" * 600 + "b", "too long"),
        (".", "without a name"),
    ],
)
def test_hostile_names_are_refused(tmp_path, name, reason):
    in_tar = tar(tmp_path / "a.tar", member(name))
    in_zip = zipped(tmp_path / "a.zip", (name, b"x"))
    assert reason in refusal(in_tar, tmp_path / "into")
    assert reason in refusal(in_zip, tmp_path / "into")


def test_a_name_with_a_nul_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("good.txtX.exe", b"x"))
    path.write_bytes(path.read_bytes().replace(b"good.txtX.exe", b"good.txt\0.exe"))
    assert "control" in refusal(path, tmp_path / "into")
    named = tar(tmp_path / "a.tar", member("x", pax_headers={"path": "a\0b"}))
    assert "control" in refusal(named, tmp_path / "into")


def test_bytes_that_are_no_text_are_refused_as_names(tmp_path):
    path = tar(tmp_path / "a.tar", member("a\udcffb"), format=tarfile.GNU_FORMAT)
    assert "cannot be shown" in refusal(path, tmp_path / "into")


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    path = tar(tmp_path / "a.tar", member("a", b"", type=kind, linkname="/etc/passwd"))
    if kind == tarfile.CONTTYPE:  # an old word for a plain file
        with unpacked(path) as folder:
            assert contents(folder) == {"a": b""}
    else:
        assert "link or a device" in refusal(path, tmp_path / "into")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, kind):
    attributes = {"create_system": 3, "external_attr": (kind | 0o777) << 16}
    path = zipped(tmp_path / "a.zip", ("a", b"/etc/passwd"), **attributes)
    assert "link or a device" in refusal(path, tmp_path / "into")


def test_a_sparse_file_is_refused(tmp_path):
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "99"}
    content = b"1\n0\n1\n".ljust(512, b"\0") + b"x"
    path = tar(tmp_path / "a.tar", member("a", content, pax_headers=headers))
    assert "link or a device" in refusal(path, tmp_path / "into")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("a", "a"), "twice"),
        (("a", "./a"), "twice"),
        (("a", "A"), "twice"),
        (("Zo\u00e9", "Zoe\u0301"), "twice"),
        (("a", "a/b"), "inside of a file"),
        (("a/b", "a"), "twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_meet_are_refused(tmp_path, names, reason):
    in_tar = tar(tmp_path / "a.tar", *map(member, names))
    in_zip = zipped(tmp_path / "a.zip", *((name, b"x") for name in names))
    assert reason in refusal(in_tar, tmp_path / "into")
    assert reason in refusal(in_zip, tmp_path / "into")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(members=2), "more than 2 members"),
        (Limits(member_bytes=9), "larger than 9 bytes"),
        (Limits(total_bytes=25), "more than 25 bytes in all"),
    ],
)
@pytest.mark.parametrize("wanted", [None, lambda _name: False])
def test_limits_hold_for_wanted_and_unwanted_files(tmp_path, limits, reason, wanted):
    names = ("a", "b", "c")
    in_tar = tar(tmp_path / "a.tar", *(member(name, bytes(10)) for name in names))
    in_zip = zipped(tmp_path / "a.zip", *((name, bytes(10)) for name in names))
    assert reason in refusal(in_tar, tmp_path / "into", limits=limits, wanted=wanted)
    assert reason in refusal(in_zip, tmp_path / "into", limits=limits, wanted=wanted)


@pytest.mark.parametrize("make", ["w:gz", "w:bz2", "zip"])
def test_a_bomb_is_refused(tmp_path, make):
    limits, content = Limits(ratio_free_bytes=1_000_000), bytes(30_000_000)
    path = tmp_path / "bomb"
    if make == "zip":
        zipped(path, ("a", content))
    else:
        tar(path, member("a", content), mode=make)
    assert "250 times" in refusal(path, tmp_path / "into", limits=limits)
    with unpacked(path) as folder:  # small bombs are harmless, and ordinary texts shrink well
        assert (folder / "a").stat().st_size == len(content)


def test_a_bomb_behind_the_last_file_is_refused(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(*(member("a")[:1]), io.BytesIO(b"x"))
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(packed.getvalue() + bytes(30_000_000)))
    limits = Limits(ratio_free_bytes=1_000_000)
    assert "250 times" in refusal(path, tmp_path / "into", limits=limits)


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path):
    path = tar(tmp_path / "a.tar", member("a", bytes(2_000_000), type=tarfile.XHDTYPE))
    assert "header that is too large" in refusal(path, tmp_path / "into")


def test_headers_within_headers_without_end_are_refused(tmp_path):
    names = (member("x", b"10 path=ab\n", type=tarfile.XHDTYPE) for _ in range(3000))
    path = tar(tmp_path / "a.tar", *names)
    refusal(path, tmp_path / "into")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "zip"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_archive_is_refused(tmp_path, mode, kept):
    path = tmp_path / "a"
    noise = {f"f{n}": bytes((n * i * 31 + i // 7) % 251 for i in range(9000)) for n in range(5)}
    if mode == "zip":
        zipped(path, *noise.items())
    else:
        tar(path, *(member(name, content) for name, content in noise.items()), mode=mode)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    refusal(path, tmp_path / "into")


def test_a_tar_cut_between_two_files_is_refused(tmp_path):
    path = tar(tmp_path / "a.tar", member("a", bytes(512)), member("b", bytes(512)))
    path.write_bytes(path.read_bytes()[:1024])
    assert "cut short" in refusal(path, tmp_path / "into")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "zip"])
def test_a_damaged_archive_is_refused(tmp_path, mode):
    path = tmp_path / "a"
    content = bytes(i * i % 253 for i in range(50_000))
    zipped(path, ("a", content)) if mode == "zip" else tar(path, member("a", content), mode=mode)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 8] = b"DAMAGED!"
    path.write_bytes(whole)
    refusal(path, tmp_path / "into")


def test_a_damaged_header_in_the_middle_is_refused(tmp_path):
    path = tar(tmp_path / "a.tar", member("a"), member("b"))
    whole = bytearray(path.read_bytes())
    whole[1024 + 148 : 1024 + 156] = b"99999999"
    path.write_bytes(whole)
    assert "damaged" in refusal(path, tmp_path / "into")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, world", "no archive"),
        (b"%PDF-1.7" + bytes(600), "no archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(600), "no archive"),
        (b"BZh9", "cut short"),
        (b"\x1f\x8b\x08", "cut short"),
        (b"PK\x03\x04", "cut short"),
        (gzip.compress(b"only text, no tar", mtime=0), "cut short"),
        (bytes(10240), "empty"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, reason):
    path = tmp_path / "a.tar.bz2"
    path.write_bytes(content)
    assert reason in refusal(path, tmp_path / "into")


def test_a_missing_file_is_refused(tmp_path):
    assert "no file" in refusal(tmp_path / "nothing.zip", tmp_path / "into")


def test_an_empty_zip_is_refused(tmp_path):
    assert "empty" in refusal(zipped(tmp_path / "a.zip"), tmp_path / "into")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("a", b"secret"))
    whole = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        whole[whole.index(mark) + place] |= 1
    path.write_bytes(whole)
    assert "encrypted" in refusal(path, tmp_path / "into")


def test_a_zip_packed_with_lzma_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("a", b"x"), compress_type=zipfile.ZIP_LZMA)
    assert "unknown way" in refusal(path, tmp_path / "into")


def test_a_zip_whose_list_would_fill_the_memory_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("a", b"x"))
    whole = bytearray(path.read_bytes())
    end = whole.rindex(b"PK\x05\x06")
    whole[end + 12 : end + 16] = (1 << 30).to_bytes(4, "little")
    path.write_bytes(whole)
    assert "list of members" in refusal(path, tmp_path / "into")


def test_a_large_zip_whose_list_would_fill_the_memory_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("a", b"x"))
    whole = path.read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    record = b"PK\x06\x06" + bytes(36) + (1 << 40).to_bytes(8, "little") + bytes(8)
    locator = b"PK\x06\x07" + bytes(16)
    path.write_bytes(whole[:end] + record + locator + whole[end:])
    assert "list of members" in refusal(path, tmp_path / "into")
    path.write_bytes(b"PK\x03\x04" + locator + whole[end:])
    assert "cut short" in refusal(path, tmp_path / "into")


def test_a_zip_member_that_lies_about_its_size_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", ("a", bytes(5000)))
    whole = path.read_bytes().replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(whole)
    assert "damaged" in refusal(path, tmp_path / "into")
