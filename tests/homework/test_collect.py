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
        ("Course-HW1-99/Émilie du Châtelet_12_assignsubmission_file/my hw1 (2).ipynb", ("12", "Émilie du Châtelet")),
        ("lovelaceada_4711_990_hw1.ipynb", ("4711", "lovelaceada")),
        ("lovelaceada_LATE_4711_990_hw1-1.ipynb", ("4711", "lovelaceada")),
        ("submissions/lovelaceada_4711_990_my_hw1.ipynb", ("4711", "lovelaceada")),
        ("ada/hw1.ipynb", ("ada", "")),
        ("inbox/ada/hw1 (1).ipynb", ("ada", "")),
        ("ada@uni.edu/hw1.ipynb", ("ada@uni.edu", "")),
        ("hw1_ada.ipynb", ("ada", "")),
        ("ada-hw1.ipynb", ("ada", "")),
        ("Ada L./hw1.ipynb", ("Ada-L", "")),
        ("hw1.ipynb", None),
        ("../hw1.ipynb", None),
        ("./hw1.ipynb", None),
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


MOODLE = {
    "Ada Lovelace_1_assignsubmission_file/hw1.ipynb": b"ada",
    "Grace Hopper_2_assignsubmission_file/work.zip": zipped({"deep/hw1.ipynb": b"grace", "__MACOSX/._hw1.ipynb": b"x"}),
    "Alan Turing_3_assignsubmission_file/essay.pdf": b"no notebook",
    "Emmy Noether_4_assignsubmission_file/broken.zip": b"PK not a zip",
}


def test_moodles_zip(tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped(MOODLE))
    found, refused = find(tmp_path / "all.zip", "hw1")
    assert [(item.student, item.name, item.data) for item in found] == [
        ("1", "Ada Lovelace", b"ada"),
        ("2", "Grace Hopper", b"grace"),
    ]
    assert refused == ["Emmy Noether_4_assignsubmission_file/broken.zip: a zip file that cannot be opened"]


def test_the_same_unpacked(tmp_path):
    for name, content in MOODLE.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(content)
    found, refused = find(tmp_path, "hw1")
    assert [item.data for item in found] == [b"ada", b"grace"]
    assert len(refused) == 1


def test_canvas_zip_holds_all_in_one_folder(tmp_path):
    files = {"lovelaceada_1_90_hw1.ipynb": b"ada", "hoppergrace_LATE_2_91_hw1-1.ipynb": b"grace"}
    (tmp_path / "submissions.zip").write_bytes(zipped(files))
    assert [(item.student, item.name) for item in find(tmp_path / "submissions.zip", "hw1")[0]] == [
        ("1", "lovelaceada"),
        ("2", "hoppergrace"),
    ]


def test_of_two_by_one_student_the_newer_is_taken(tmp_path):
    for age, name in ((100, "hw1.ipynb"), (0, "hw1 (1).ipynb")):
        path = tmp_path / "ada" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        os.utime(path, (1e9 - age, 1e9 - age))
    found, refused = find(tmp_path, "hw1")
    assert [item.data for item in found] == [b"hw1 (1).ipynb"]
    assert refused == ["ada/hw1.ipynb: ada handed in twice; ada/hw1 (1).ipynb is newer"]


def test_of_two_in_a_zip_the_newer_is_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for year, name in ((2026, "ada/new.ipynb"), (2025, "ada/old.ipynb")):
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
    assert [item.path for item in find(tmp_path / "all.zip", "hw1")[0]] == ["ada/new.ipynb"]


def test_a_notebook_that_is_too_large_is_named_and_not_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/hw1.ipynb", bytes(MOST_BYTES + 1))
    found, refused = find(tmp_path / "all.zip", "hw1")
    assert (found, len(refused)) == ([], 1)
    assert "20 MB" in refused[0]


def test_a_path_that_climbs_out_names_no_student(tmp_path):
    (tmp_path / "evil.zip").write_bytes(zipped({"../../hw1.ipynb": b"evil", "..\\..\\x/hw1.ipynb": b"evil"}))
    found, refused = find(tmp_path / "evil.zip", "hw1")
    assert all("/" not in item.student and not item.student.startswith(".") for item in found)
    assert len(refused) >= 1


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
