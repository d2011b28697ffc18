"""Submissions are found in folders and in the zips of Moodle and Canvas, and what is not taken is named."""

import io
import os
import zipfile

import pytest

from gan_course.homework.collect import MOST_BYTES, find, student_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Ada Lovelace_4711_assignsubmission_file/hw1.ipynb", ("4711", "Ada Lovelace")),
        ("Ada Lovelace_4711_assignsubmission_file_/hw1.ipynb", ("4711", "Ada Lovelace")),
        ("Ada Lovelace_4711_assignsubmission_file_hw1.ipynb", ("4711", "Ada Lovelace")),
        ("Émilie du Châtelet_12_assignsubmission_file/my hw1 (2).ipynb", ("12", "Émilie du Châtelet")),
        ("lovelaceada_4711_990_hw1.ipynb", ("4711", "lovelaceada")),
        ("lovelaceada_LATE_4711_990_hw1-1.ipynb", ("4711", "lovelaceada")),
        ("lovelaceada_4711_990_my_hw1.ipynb", ("4711", "lovelaceada")),
        ("ada/hw1.ipynb", ("ada", "")),
        ("ada/work/hw1 (1).ipynb", ("ada", "")),
        ("ada@uni.edu/hw1.ipynb", ("ada@uni.edu", "")),
        ("hw1_ada.ipynb", ("ada", "")),
        ("ada-hw1.ipynb", ("ada", "")),
        ("Ada L./hw1.ipynb", ("Ada-L", "")),
        ("hw1.ipynb", None),
        ("../hw1.ipynb", None),
        ("./hw1.ipynb", None),
        # What a student may choose names nobody else.
        ("evil/hw1_grace.ipynb", ("evil", "")),
        ("evil/x_4711_2_hw1.ipynb", ("evil", "")),
        ("Eve_1_assignsubmission_file/Grace_2_assignsubmission_file/hw1.ipynb", ("1", "Eve")),
    ],
)
def test_who_handed_in(path, expected):
    assert student_of(path, "hw1") == expected


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def save(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


MOODLE = {
    "Ada Lovelace_1_assignsubmission_file/hw1.ipynb": b"ada",
    "Grace Hopper_2_assignsubmission_file/work.zip": zipped({"deep/hw1.ipynb": b"grace", "__MACOSX/._hw1.ipynb": b"x"}),
    "Alan Turing_3_assignsubmission_file/essay.pdf": b"no notebook",
    "Emmy Noether_4_assignsubmission_file/broken.zip": b"PK not a zip",
}


@pytest.mark.parametrize("top", ["", "Course-HW1-99/"])
@pytest.mark.parametrize("packed", [True, False])
def test_what_moodle_exports(tmp_path, top, packed):
    files = {top + name: content for name, content in MOODLE.items()}
    if packed:
        (tmp_path / "all.zip").write_bytes(zipped(files))
    found, refused = find(tmp_path / "all.zip" if packed else save(tmp_path, files), "hw1")
    assert [(item.student, item.name, item.data) for item in found] == [
        ("1", "Ada Lovelace", b"ada"),
        ("2", "Grace Hopper", b"grace"),
    ]
    essay, broken = sorted(refused)
    assert essay == f"{top}Alan Turing_3_assignsubmission_file/essay.pdf: no notebook, which ends in .ipynb"
    assert broken.startswith(f"{top}Emmy Noether_4_assignsubmission_file/broken.zip: a zip file that cannot be opened")


@pytest.mark.parametrize("top", ["", "submissions/"])
def test_what_canvas_exports(tmp_path, top):
    files = {
        f"{top}lovelaceada_1_90_hw1.ipynb": b"ada",
        f"{top}hoppergrace_LATE_2_91_hw1-1.ipynb": b"grace",
        f"{top}noetheremmy_3_92_work.zip": zipped({"hw1.ipynb": b"emmy"}),
    }
    (tmp_path / "submissions.zip").write_bytes(zipped(files))
    found, refused = find(tmp_path / "submissions.zip", "hw1")
    assert [(item.student, item.name, item.data) for item in found] == [
        ("1", "lovelaceada", b"ada"),
        ("2", "hoppergrace", b"grace"),
        ("3", "noetheremmy", b"emmy"),
    ]
    assert refused == []


def test_folders_with_students_names(tmp_path):
    save(tmp_path, {"inbox/ada/work/x.ipynb": b"ada", "inbox/bob/work/x.ipynb": b"bob"})
    assert [item.student for item in find(tmp_path, "hw1")[0]] == ["ada", "bob"]
    save(tmp_path / "one", {"ada/hw1.ipynb": b"ada"})
    assert [item.student for item in find(tmp_path / "one", "hw1")[0]] == ["ada"]


def test_a_students_zip_names_nobody_else(tmp_path):
    evil = zipped({"hoppergrace_2_91_hw1.ipynb": b"evil", "Grace_2_assignsubmission_file/hw1.ipynb": b"evil"})
    (tmp_path / "all.zip").write_bytes(zipped({"eve_1_90_work.zip": evil, "hoppergrace_2_91_hw1.ipynb": b"grace"}))
    assert {item.student: item.data for item in find(tmp_path / "all.zip", "hw1")[0]} == {"1": b"evil", "2": b"grace"}


def test_the_only_student_is_still_the_platforms(tmp_path):
    files = {"Eve_1_assignsubmission_file/hw1_grace.ipynb": b"eve"}
    (tmp_path / "eve.zip").write_bytes(zipped(files))
    assert [(item.student, item.name) for item in find(tmp_path / "eve.zip", "hw1")[0]] == [("1", "Eve")]
    files = {f"Course/Ada L_1_assignsubmission_file/{name}.ipynb": b"ada" for name in ("project/hw1", "other/x")}
    (tmp_path / "ada.zip").write_bytes(zipped(files))
    assert [(item.student, item.name) for item in find(tmp_path / "ada.zip", "hw1")[0]] == [("1", "Ada L")]


def test_of_two_by_one_student_the_newer_is_taken(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"old", "ada/hw1 (1).ipynb": b"new", "bob/hw1.ipynb": b"bob"})
    os.utime(tmp_path / "ada" / "hw1.ipynb", (1e9, 1e9))
    found, refused = find(tmp_path, "hw1")
    assert [item.data for item in found] == [b"new", b"bob"]
    assert refused == ["ada/hw1.ipynb: ada handed in twice; ada/hw1 (1).ipynb was taken"]


def test_of_two_the_one_with_the_homeworks_name_is_taken(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"homework", "ada/scratch.ipynb": b"scratch", "bob/hw1.ipynb": b"bob"})
    os.utime(tmp_path / "ada" / "hw1.ipynb", (1e9, 1e9))
    assert [item.data for item in find(tmp_path, "hw1")[0]] == [b"homework", b"bob"]


def test_of_two_in_a_zip_the_newer_is_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for year, name in ((2026, "ada/new.ipynb"), (2025, "ada/old.ipynb"), (2025, "bob/hw1.ipynb")):
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
    assert [item.path for item in find(tmp_path / "all.zip", "hw1")[0]] == ["ada/new.ipynb", "bob/hw1.ipynb"]


def test_a_file_beside_a_zip_of_the_same_student(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"file", "ada/work.zip": zipped({"hw1.ipynb": b"zip"}), "bob/hw1.ipynb": b"b"})
    found, refused = find(tmp_path, "hw1")
    assert [item.student for item in found] == ["ada", "bob"]
    assert "handed in twice" in refused[0]


def test_a_notebook_that_is_too_large_is_named_and_not_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/hw1.ipynb", bytes(MOST_BYTES + 1))
    found, refused = find(tmp_path / "all.zip", "hw1")
    assert (found, len(refused)) == ([], 1)
    assert "20 MB" in refused[0]


def test_what_is_damaged_in_a_zip_is_named_and_stops_nobody(tmp_path):
    data = bytearray(zipped({"ada/hw1.ipynb": b"ada's work", "bob/hw1.ipynb": b"bob"}))
    place = bytes(data).index(b"ada's work")
    data[place] ^= 1  # the checksum no longer fits
    (tmp_path / "all.zip").write_bytes(data)
    found, refused = find(tmp_path / "all.zip", "hw1")
    assert [item.student for item in found] == ["bob"]
    assert refused[0].startswith("ada/hw1.ipynb: cannot be read")


def test_an_encrypted_file_is_named(tmp_path):
    data = bytearray(zipped({"ada/hw1.ipynb": b"secret", "bob/hw1.ipynb": b"bob"}))
    first = bytes(data).index(b"PK\x01\x02")
    data[6] |= 1  # the flag for encryption, in both of the first file's headers
    data[first + 8] |= 1
    (tmp_path / "all.zip").write_bytes(data)
    found, refused = find(tmp_path / "all.zip", "hw1")
    assert [item.student for item in found] == ["bob"]
    assert "encrypted" in refused[0]


def test_a_path_that_climbs_out_stays_inside(tmp_path):
    (tmp_path / "evil.zip").write_bytes(zipped({"../../hw1.ipynb": b"evil", "..\\..\\x/hw1.ipynb": b"evil"}))
    for item in find(tmp_path / "evil.zip", "hw1")[0]:
        assert not {"/", "\\"} & set(item.student)
        assert not item.student.startswith(".")


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret.ipynb").write_text("secret")
    (tmp_path / "inbox" / "ada").mkdir(parents=True)
    (tmp_path / "inbox" / "ada" / "hw1.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert find(tmp_path / "inbox", "hw1") == ([], [])


def test_a_notebook_of_nobody_is_named(tmp_path):
    (tmp_path / "hw1.ipynb").write_text("whose?")
    found, refused = find(tmp_path, "hw1")
    assert found == []
    assert "nothing says whose it is" in refused[0]


def test_neither_folder_nor_zip(tmp_path):
    (tmp_path / "file.txt").write_text("text")
    for name in ("file.txt", "nothing"):
        with pytest.raises(FileNotFoundError, match="Expected a folder or a zip file"):
            find(tmp_path / name, "hw1")


def test_an_empty_folder(tmp_path):
    assert find(tmp_path, "hw1") == ([], [])
