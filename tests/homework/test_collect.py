"""Submissions are found in folders and in the zips of Moodle and Canvas. Files that are not collected are named."""

import io
import json
import os
import shutil
import stat
import struct
import tarfile
import tracemalloc
import unicodedata
import zipfile

import pytest

pytest.importorskip("nbgrader", reason="the command `collect` needs nbgrader, on the instructor's side")

from gan_course.homework import archives, names
from gan_course.homework.archives import MOST_BYTES
from gan_course.homework.collect import find_submissions
from gan_course.homework.names import display_name, student_id, student_of


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
        # A group, or whoever is in none; an underscore in either; who may choose a file's name chooses nothing else.
        ("Lab 7-Ada Lovelace_4711_assignsubmission_file/hw1.ipynb", ("4711", "Lab 7-Ada Lovelace")),
        ("Lab_7-Ada Lovelace_4711_assignsubmission_file/hw1.ipynb", ("4711", "Lab_7-Ada Lovelace")),
        ("Lab_7_4711_assignsubmission_file/hw1.ipynb", ("4711", "Lab_7")),
        ("Default group_assignsubmission_file/hw1.ipynb", ("Default group", "")),
        ("Participant_4711_assignsubmission_file/hw1.ipynb", ("4711", "Participant")),
        ("Ada Lovelace_4711_assignsubmission_onlinetext/onlinetext.html", ("4711", "Ada Lovelace")),
        ("Eve_1_assignsubmission_file_Grace_2_assignsubmission_file_hw1.ipynb", ("1", "Eve")),
        ("<img src=x onerror=alert(1)>_5_assignsubmission_file/hw1.ipynb", ("5", "img src=x onerror=alert(1)")),
        ("Lab_7_4711_assignsubmission_file_hw1.ipynb", None),  # Moodle's 4711, or Canvas' 7?
        ("eve_1_90_x_2_assignsubmission_file.ipynb", None),
        ("van_der_berg_4711_990_hw1.ipynb", ("4711", "van_der_berg")),
        ("müllerjürgen_LATE_4711_990_7_hw1.ipynb", ("4711", "müllerjürgen")),
        ("anon_x1Y2z_990_hw1.ipynb", ("anon_x1Y2z", "")),
        ("LATE_anon_12345_990_hw1.ipynb", ("anon_12345", "")),
        ("ada/hw1.ipynb", ("ada", "")),
        ("ada/work/hw1 (1).ipynb", ("ada", "")),
        ("ada@uni.edu/hw1.ipynb", ("ada@uni.edu", "")),
        ("hw1_ada.ipynb", ("ada", "")),
        ("ada-hw1.ipynb", ("ada", "")),
        ("Ada L./hw1.ipynb", ("Ada L~ddd52c", "Ada L.")),
        ("hw1.ipynb", None),
        ("hw1-v7_ada.ipynb", ("ada", "")),
        ("Ada Lovelace - HW1-v12 (2).ipynb", ("Ada Lovelace", "")),
        ("hw1-v7.ipynb", None),
        ("HW1_bob.ipynb", ("bob", "")),
        ("Hw1-ada.ipynb", ("ada", "")),
        ("ada hw1.ipynb", ("ada", "")),
        ("Ada Lovelace - HW1.ipynb", ("Ada Lovelace", "")),
        ("hw1_ada lovelace.IPYNB", ("ada lovelace", "")),
        ("hw1_ada (1).ipynb", ("ada", "")),
        ("hw1 (1)_ada.ipynb", ("ada", "")),
        ("hw1_ada(2).ipynb", ("ada", "")),
        ("hw1_ada - Copy.ipynb", ("ada", "")),
        ("hw1_ada - Copy (2).ipynb", ("ada", "")),
        ("hw1_ada-Copy1.ipynb", ("ada", "")),
        ("hw1_ada copy 2.ipynb", ("ada", "")),
        ("hw1_ada – Kopie.ipynb", ("ada", "")),
        ("Copy of hw1_ada.ipynb", ("ada", "")),
        ("Copy of Copy of hw1_ada.ipynb", ("ada", "")),
        ("Kopie von ada-hw1.ipynb", ("ada", "")),
        ("hw1_ada.ipynb.txt", ("ada", "")),
        ("hw1_ada.zip", ("ada", "")),
        ("hw1_4711.ipynb", ("4711", "")),
        # These name nobody.
        *(
            (name, None)
            for name in ("Copy of hw1.ipynb", "hw1 (1).ipynb", "hw1-Copy1.ipynb", "hw1.ipynb.txt", "ada.zip")
        ),
        *((name, None) for name in ("hw1_final.ipynb", "my_hw1.ipynb", "hw10_ada.ipynb", "hw1ada.ipynb", "_hw1.ipynb")),
        ("hw1/hw1.ipynb", None),
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


def zipped(files, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
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
    found, refused = find_submissions(tmp_path / "all.zip" if packed else save(tmp_path, files), "hw1")
    assert [(item.student, item.name, item.data) for item in found] == [
        ("1", "Ada Lovelace", b"ada"),
        ("2", "Grace Hopper", b"grace"),
    ]
    essay, broken = sorted(refused)
    assert (
        essay == f"{top}Alan Turing_3_assignsubmission_file/essay.pdf: not a notebook: its name does not end in .ipynb"
    )
    assert broken.startswith(f"{top}Emmy Noether_4_assignsubmission_file/broken.zip: this zip cannot be opened")


@pytest.mark.parametrize("top", ["", "submissions/"])
def test_what_canvas_exports(tmp_path, top):
    files = {
        f"{top}lovelaceada_1_90_hw1.ipynb": b"ada",
        f"{top}hoppergrace_LATE_2_91_hw1-1.ipynb": b"grace",
        f"{top}noetheremmy_3_92_work.zip": zipped({"hw1.ipynb": b"emmy"}),
    }
    (tmp_path / "submissions.zip").write_bytes(zipped(files))
    found, refused = find_submissions(tmp_path / "submissions.zip", "hw1")
    assert [(item.student, item.name, item.data) for item in found] == [
        ("1", "lovelaceada", b"ada"),
        ("2", "hoppergrace", b"grace"),
        ("3", "noetheremmy", b"emmy"),
    ]
    assert refused == []


def test_folders_with_students_names(tmp_path):
    save(tmp_path, {"inbox/ada/work/x.ipynb": b"ada", "inbox/bob/work/x.ipynb": b"bob"})
    assert [item.student for item in find_submissions(tmp_path, "hw1")[0]] == ["ada", "bob"]
    save(tmp_path / "one", {"ada/hw1.ipynb": b"ada"})
    assert [item.student for item in find_submissions(tmp_path / "one", "hw1")[0]] == ["ada"]


def test_a_students_zip_names_nobody_else(tmp_path):
    evil = zipped({"hoppergrace_2_91_hw1.ipynb": b"evil", "Grace_2_assignsubmission_file/hw1.ipynb": b"evil"})
    (tmp_path / "all.zip").write_bytes(zipped({"eve_1_90_work.zip": evil, "hoppergrace_2_91_hw1.ipynb": b"grace"}))
    assert {item.student: item.data for item in find_submissions(tmp_path / "all.zip", "hw1")[0]} == {
        "1": b"evil",
        "2": b"grace",
    }


def test_the_only_student_is_still_the_platforms(tmp_path):
    files = {"Eve_1_assignsubmission_file/hw1_grace.ipynb": b"eve"}
    (tmp_path / "eve.zip").write_bytes(zipped(files))
    assert [(item.student, item.name) for item in find_submissions(tmp_path / "eve.zip", "hw1")[0]] == [("1", "Eve")]
    files = {f"Course/Ada L_1_assignsubmission_file/{name}.ipynb": b"ada" for name in ("project/hw1", "other/x")}
    (tmp_path / "ada.zip").write_bytes(zipped(files))
    assert [(item.student, item.name) for item in find_submissions(tmp_path / "ada.zip", "hw1")[0]] == [("1", "Ada L")]


def test_of_two_by_one_student_the_newer_is_taken(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"old", "ada/hw1 (1).ipynb": b"new", "bob/hw1.ipynb": b"bob"})
    os.utime(tmp_path / "ada" / "hw1.ipynb", (1e9, 1e9))
    found, refused = find_submissions(tmp_path, "hw1")
    assert [item.data for item in found] == [b"new", b"bob"]
    assert refused == ["ada/hw1.ipynb: ada handed in more than once; ada/hw1 (1).ipynb was collected"]


def test_of_two_the_one_with_the_homeworks_name_is_taken(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"homework", "ada/scratch.ipynb": b"scratch", "bob/hw1.ipynb": b"bob"})
    os.utime(tmp_path / "ada" / "hw1.ipynb", (1e9, 1e9))
    assert [item.data for item in find_submissions(tmp_path, "hw1")[0]] == [b"homework", b"bob"]


def test_of_two_in_a_zip_the_newer_is_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for year, name in ((2026, "ada/new.ipynb"), (2025, "ada/old.ipynb"), (2025, "bob/hw1.ipynb")):
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
    assert [item.path for item in find_submissions(tmp_path / "all.zip", "hw1")[0]] == [
        "ada/new.ipynb",
        "bob/hw1.ipynb",
    ]


def test_a_file_beside_a_zip_of_the_same_student(tmp_path):
    save(tmp_path, {"ada/hw1.ipynb": b"file", "ada/work.zip": zipped({"hw1.ipynb": b"zip"}), "bob/hw1.ipynb": b"b"})
    found, refused = find_submissions(tmp_path, "hw1")
    assert [item.student for item in found] == ["ada", "bob"]
    assert "handed in more than once" in refused[0]


def test_a_notebook_that_is_too_large_is_named_and_not_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/hw1.ipynb", bytes(MOST_BYTES + 1))
    found, refused = find_submissions(tmp_path / "all.zip", "hw1")
    assert (found, len(refused)) == ([], 1)
    assert "20 MB" in refused[0]


def test_what_is_damaged_in_a_zip_is_named_and_stops_nobody(tmp_path):
    data = bytearray(zipped({"ada/hw1.ipynb": b"ada's work", "bob/hw1.ipynb": b"bob"}))
    place = bytes(data).index(b"ada's work")
    data[place] ^= 1  # the checksum no longer fits
    (tmp_path / "all.zip").write_bytes(data)
    found, refused = find_submissions(tmp_path / "all.zip", "hw1")
    assert [item.student for item in found] == ["bob"]
    assert refused[0].startswith("ada/hw1.ipynb: it cannot be read")


def test_an_encrypted_file_is_named(tmp_path):
    data = bytearray(zipped({"ada/hw1.ipynb": b"secret", "bob/hw1.ipynb": b"bob"}))
    first = bytes(data).index(b"PK\x01\x02")
    data[6] |= 1  # the flag for encryption, in both of the first file's headers
    data[first + 8] |= 1
    (tmp_path / "all.zip").write_bytes(data)
    found, refused = find_submissions(tmp_path / "all.zip", "hw1")
    assert [item.student for item in found] == ["bob"]
    assert "encrypted" in refused[0]


def test_an_encrypted_file_in_a_students_zip_is_named(tmp_path):
    data = bytearray(zipped({"hw1.ipynb": b"secret"}))
    data[6] |= 1
    data[bytes(data).index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "all.zip").write_bytes(zipped({"ada/work.zip": bytes(data), "bob/hw1.ipynb": b"bob"}))
    found, refused = find_submissions(tmp_path / "all.zip", "hw1")
    assert [item.student for item in found] == ["bob"]
    assert refused == ["ada/work.zip/hw1.ipynb: it is encrypted; ask for it without a password"]


def test_a_path_that_climbs_out_stays_inside(tmp_path):
    (tmp_path / "evil.zip").write_bytes(zipped({"../../hw1.ipynb": b"evil", "..\\..\\x/hw1.ipynb": b"evil"}))
    for item in find_submissions(tmp_path / "evil.zip", "hw1")[0]:
        assert not {"/", "\\"} & set(item.student)
        assert not item.student.startswith(".")


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret.ipynb").write_text("secret")
    (tmp_path / "inbox" / "ada").mkdir(parents=True)
    (tmp_path / "inbox" / "ada" / "hw1.ipynb").symlink_to(tmp_path / "secret.ipynb")
    found, refused = find_submissions(tmp_path / "inbox", "hw1")
    assert found == []
    assert refused == ["ada/hw1.ipynb: it is a link, and links are not followed; put the file itself there"]


def test_a_notebook_of_nobody_is_named(tmp_path):
    (tmp_path / "hw1.ipynb").write_text("whose?")
    found, refused = find_submissions(tmp_path, "hw1")
    assert found == []
    assert "the path does not say whose notebook it is" in refused[0]


def test_neither_folder_nor_zip(tmp_path):
    (tmp_path / "file.txt").write_text("text")
    for name in ("file.txt", "nothing"):
        with pytest.raises(FileNotFoundError, match="Expected a folder or a zip file"):
            find_submissions(tmp_path / name, "hw1")


def test_an_empty_folder(tmp_path):
    assert find_submissions(tmp_path, "hw1") == ([], [])


def written(path, files):
    """A zip of `files`, written to a path."""
    path.write_bytes(zipped(files))
    return path


def found_in(path, assignment="hw1"):
    """{student: bytes} of what is found, and the lines of what is not."""
    found, refused = find_submissions(path, assignment)
    assert len({item.student for item in found}) == len(found)
    return {item.student: item.data for item in found}, refused


NAMES = (
    *("रीमा", "रमा", "रम", "राम", "র-ম", "र-म", "สมชาย", "สมชัย", "நிலா", "نیلوفر", "Nguyễn Văn Á", "Nguyen Van A"),
    *(
        "René",
        "Rene",
        "Ana Maria",
        "Ana-Maria",
        "Ana_Maria",
        "Ana  Maria",
        "AnaMaria",
        "Ana.Maria",
        "Ana Maria.",
        "张伟",
        "張偉",
    ),
    *(
        "Strauß",
        "Strauss",
        "O'Neil",
        "O Neil",
        "ada@uni.edu",
        "ada+x@uni.edu",
        "ada/",
        "ada\u200b",
        "ada\u202e",
        "\u202eada",
    ),
    *(
        "mi\u200cn",
        "min",
        "con",
        "CON1",
        "nul.txt",
        "com1",
        "LPT9.x",
        "aux",
        "ada",
        "ada ",
        " ada",
        "ada.",
        "-ada",
        ".ada",
    ),
    *("a*", "a?", "a[b]", "a{b}", "a#", "a%41", "a&b", 'a"b', "a<b>", "a|b", "a:b", "a;b", "a,b", "a\tb", "a\x00b"),
    *(
        "x" * 300,
        "x" * 299 + "y",
        "न" * 80,
        "न" * 79 + "म",
        "ᄒ\u115f",
        "ᄒ",
        "가",
        "각",
        "a\ufe0f",
        "=1+1",
        "@ada",
        "+ada",
    ),
    *("ren\udce9", "ren\udce8"),  # as Python has names that are not in UTF-8
)


def test_different_names_get_different_ids_that_everything_takes():
    ids = {name: student_id(name) for name in NAMES}
    assert len(set(ids.values())) == len(NAMES)
    for student in ids.values():
        assert 0 < len(student.encode()) <= 130
        assert unicodedata.is_normalized("NFC", student)
        assert student.isprintable()
        assert not set(student) & set('/\\*?[]{}#%&"<>|:;,=!$`')
        assert student == student.strip(" .")
        assert not student.startswith((".", "-"))
        assert student.partition(".")[0].lower() not in ("con", "nul", "aux", "com1", "lpt9")


def test_names_stay_readable():
    for name in (
        "रीमा",
        "র-ম",
        "สมชัย",
        "نیلوفر",
        "Nguyễn Văn Á",
        "Ana Maria",
        "Ana-Maria",
        "O'Neil",
        "张伟",
        "ada+x@uni.edu",
    ):
        assert student_id(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("nothing", ["", ".", "..", "---", "\u200b", "💥", "???", "   "])
def test_what_holds_no_name_is_nobodys(nothing):
    assert student_id(nothing) == ""
    assert student_of(f"{nothing}/hw1.ipynb", "hw1") is None


def test_a_name_does_nothing_in_a_page_and_fits_the_grade_book():
    assert display_name("<b>Ada</b> & \x1b[1mco\u202e") == "b Ada /b [1mco"
    assert len(display_name("x" * 1000)) == names.MOST_BYTES


@pytest.mark.parametrize("packed", [True, False])
def test_students_with_similar_names_stay_apart(tmp_path, packed):
    similar = ["रीमा", "रमा", "रम", "Rene\u0301", "Rene", "Ana Maria", "Ana-Maria", "Ana_Maria", "Ada L.", "Ada L"]
    files = {f"{name}/hw1.ipynb": name.encode() for name in similar}
    path = written(tmp_path / "all.zip", files) if packed else save(tmp_path, files)
    found, refused = found_in(path)
    assert sorted(found.values()) == sorted(files.values())
    assert refused == []
    assert found["René"] == "Rene\u0301".encode()


def test_one_name_in_two_normal_forms_is_one_student_who_handed_in_twice(tmp_path):
    found, refused = found_in(written(tmp_path / "all.zip", {"René/hw1.ipynb": b"1", "Rene\u0301/hw1.ipynb": b"2"}))
    assert list(found) == ["René"]
    assert "René handed in more than once" in refused[0]


@pytest.mark.parametrize(
    "two",
    [
        ("ada/hw1.ipynb", "Ada/hw1.ipynb"),  # one folder on macOS and Windows
        ("hw1_ADA.ipynb", "ada/hw1.ipynb"),
        ("grace_2_90_hw1.ipynb", "x_2_1_90_hw1.ipynb"),  # a name that was chosen to look like another's number
        ("Grace_2_assignsubmission_file/hw1.ipynb", "Eve_2_assignsubmission_file/hw1.ipynb"),
    ],
)
def test_two_names_that_would_become_one_student_are_named_and_not_taken(tmp_path, two):
    found, refused = found_in(written(tmp_path / "all.zip", {**dict.fromkeys(two, b"x"), "bob/hw1.ipynb": b"bob"}))
    assert list(found) == ["bob"]
    assert {line.partition(": ")[0] for line in refused} == {*two}
    assert all("would become one student, so none of them was collected" in line for line in refused)


def test_a_name_that_was_another_before_is_named(tmp_path):
    path = written(tmp_path / "all.zip", {"Ada/hw2.ipynb": b"ada", "bob/hw2.ipynb": b"bob"})
    found, refused = find_submissions(path, "hw2", known={"ada", "bob"})
    assert [item.student for item in found] == ["bob"]
    assert refused[0].startswith("Ada/hw2.ipynb: 'Ada' and 'ada' would become one student")


@pytest.mark.parametrize(
    ("archive", "files", "students"),
    [
        ("all.zip", ["sub/hw1_ada.ipynb"], ["ada"]),
        ("all.zip", ["sub/hw1_ada.ipynb", "sub/readme.txt"], ["ada"]),
        ("all.zip", ["sub/ada/hw1.ipynb", "sub/bob/hw1.ipynb", "readme.txt", "list.csv"], ["ada", "bob"]),
        ("all.zip", ["sub/ada/hw1.ipynb", "sub/bob/hw1.ipynb", "hw1.ipynb"], ["ada", "bob"]),
        ("all.zip", ["sub/ada/hw1.ipynb", "sub/hw1.ipynb"], ["ada"]),
        ("sub.zip", ["sub/ada/hw1.ipynb"], ["ada"]),
        ("sub (1).zip", ["sub/ada/hw1.ipynb"], ["ada"]),
        ("all.zip", ["hw1/ada/hw1.ipynb"], ["ada"]),
        ("all.zip", ["ada/hw1/hw1.ipynb"], ["ada"]),
        ("all.zip", ["./ada/hw1.ipynb", "./bob/hw1.ipynb"], ["ada", "bob"]),
        ("all.zip", ["/ada/hw1.ipynb", "/bob/hw1.ipynb"], ["ada", "bob"]),
        ("all.zip", ["ada\\hw1.ipynb"], ["ada"]),
        ("all.zip", ["sub\\ada\\hw1.ipynb", "sub\\bob\\hw1.ipynb"], ["ada", "bob"]),
        ("all.zip", ["hw1_ada.ipynb", "hw1_ada (1).ipynb", "HW1_bob.ipynb"], ["ada", "bob"]),
        ("all.zip", ["sub/ada/hw1.ipynb"], []),  # sub's or ada's?
        ("sub.zip", ["sub/hw1.ipynb"], []),
        ("all.zip", ["hw1/hw1.ipynb"], []),
    ],
)
def test_an_outer_folder_is_nobody(tmp_path, archive, files, students):
    found, refused = found_in(written(tmp_path / archive, {name: name.encode() for name in files}))
    assert sorted(found) == students
    for line in refused:
        assert (
            "handed in more than once" in line
            or "whose notebook it is" in line
            or "not a notebook" in line
            or "may be 'sub' or 'ada'" in line
        )
    assert len(found) + len(refused) == len(files)


def test_a_file_with_a_backslash_that_was_unpacked_on_linux(tmp_path):
    if os.sep == "\\":
        pytest.skip("a backslash is a separator here")
    for name in ("ada", "bob"):
        (tmp_path / f"{name}\\hw1.ipynb").write_text(name)
    assert found_in(tmp_path)[0] == {"ada": b"ada", "bob": b"bob"}


def test_of_a_copy_and_its_original_the_newer_counts_and_is_no_other_student(tmp_path):
    save(tmp_path, {"hw1_ada.ipynb": b"old", "hw1_ada (1).ipynb": b"new"})
    os.utime(tmp_path / "hw1_ada.ipynb", (1e9, 1e9))
    assert found_in(tmp_path) == (
        {"ada": b"new"},
        ["hw1_ada.ipynb: ada handed in more than once; hw1_ada (1).ipynb was collected"],
    )


def test_a_second_ending_that_a_browser_added(tmp_path):
    found, refused = found_in(
        save(tmp_path, {"ada/hw1.ipynb.txt": b"ada", "bob/hw1.ipynb.json": b"bob", "cy/x.txt": b""})
    )
    assert found == {"ada": b"ada", "bob": b"bob"}
    assert refused == ["cy/x.txt: not a notebook: its name does not end in .ipynb"]


@pytest.mark.parametrize("ending", ["7z", "rar", "tar", "tar.gz", "tgz", "tar.xz"])
def test_another_archive_is_named_with_advice(tmp_path, ending):
    save(tmp_path, {f"ada/work.{ending}": b"?", "bob/hw1.ipynb": b"bob"})
    found, refused = found_in(tmp_path)
    assert list(found) == ["bob"]
    advice = "this kind of archive cannot be opened here; unpack it and collect again, or ask for a zip"
    assert refused == [f"ada/work.{ending}: {advice}"]
    with pytest.raises(FileNotFoundError, match="Unpack it first"):
        find_submissions(tmp_path / "ada" / f"work.{ending}", "hw1")


def test_a_tar_as_the_source_is_refused_and_not_read(tmp_path):
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(save(tmp_path, {"ada/hw1.ipynb": b"ada"}) / "ada", "ada")
    with pytest.raises(FileNotFoundError, match="Unpack it first"):
        find_submissions(tmp_path / "all.tar", "hw1")


def test_what_macos_and_windows_add_is_no_file(tmp_path):
    added = ("__MACOSX/ada/._hw1.ipynb", "ada/._hw1.ipynb", "ada/.DS_Store", "Thumbs.db", "ada/desktop.ini")
    added += ("ada/.ipynb_checkpoints/hw1-checkpoint.ipynb",)
    files = {"ada/hw1.ipynb": b"ada", "bob/hw1.ipynb": b"bob", **dict.fromkeys(added, b"x")}
    assert found_in(written(tmp_path / "all.zip", files)) == ({"ada": b"ada", "bob": b"bob"}, [])
    assert found_in(save(tmp_path / "folder", files)) == ({"ada": b"ada", "bob": b"bob"}, [])


@pytest.mark.parametrize(
    "name", ["../ada/hw1.ipynb", "ada/../../hw1.ipynb", "..\\ada\\hw1.ipynb", "C:\\ada\\hw1.ipynb", "c:/hw1.ipynb"]
)
@pytest.mark.parametrize("inner", [True, False])
def test_a_name_that_leads_out_of_a_zip_is_named(tmp_path, name, inner):
    files = {name: b"out", "bob/hw1.ipynb": b"bob"}
    if inner:
        files = {"eve/work.zip": zipped({name: b"out"}), "bob/hw1.ipynb": b"bob"}
    found, (line,) = found_in(written(tmp_path / "all.zip", files))
    assert list(found) == ["bob"]
    assert "its path leads out of the zip" in line


def test_a_link_in_a_zip_is_named(tmp_path):
    link = zipfile.ZipInfo("ada/hw1.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bob/hw1.ipynb", "bob")
    found, refused = found_in(tmp_path / "all.zip")
    assert list(found) == ["bob"]
    assert refused == ["ada/hw1.ipynb: it is a link, and links are not followed; ask for the file itself"]


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_zips_in_zips(tmp_path, depth):
    data = {"hw1.ipynb": b"ada"}
    for _ in range(depth):
        data = {"work.zip": zipped(data)}
    files = {f"ada/{name}": content for name, content in data.items()} | {"bob/hw1.ipynb": b"bob"}
    found, refused = found_in(written(tmp_path / "all.zip", files))
    assert found == ({"ada": b"ada", "bob": b"bob"} if depth <= archives.MOST_DEPTH else {"bob": b"bob"})
    assert len(refused) == (depth > archives.MOST_DEPTH)


def as_if_written_in(encoding, name):
    """A zip with a name in some encoding and without the flag that says UTF-8, as many programs write it."""
    raw = name.encode(encoding)
    data = zipped({"x" * len(raw): b"{}", "bob/hw1.ipynb": b"bob"})
    return data.replace(b"x" * len(raw), raw)


def test_names_in_utf8_or_cp437_without_a_word_about_it(tmp_path):
    for number, encoding in enumerate(("utf-8", "cp437")):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(as_if_written_in(encoding, "René/hw1.ipynb"))
        assert sorted(found_in(path)[0]) == ["René", "bob"]
    path.write_bytes(as_if_written_in("utf-8", "रमा/hw1.ipynb"))
    assert sorted(found_in(path)[0]) == ["bob", "रमा"]


NOTEBOOK = json.dumps(
    {"cells": [], "metadata": {"title": "Über œ"}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False
)


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "converted from utf-16 to UTF-8"),
        ("utf-16-le", "converted from utf-16-le to UTF-8"),
        ("utf-32", "converted from utf-32 to UTF-8"),
        ("cp1252", "converted from cp1252 to UTF-8"),
    ],
)
def test_a_notebook_in_another_encoding_is_read(tmp_path, encoding, remark):
    save(tmp_path, {"ada/hw1.ipynb": NOTEBOOK.encode(encoding), "bob/hw1.ipynb": b"bob"})
    ada, bob = find_submissions(tmp_path, "hw1")[0]
    assert (ada.data, ada.remark) == (NOTEBOOK.encode(), remark)
    assert (bob.data, bob.remark) == (b"bob", "")


def test_what_is_no_notebook_stays_as_it_is(tmp_path):
    for data in (b"\x89PNG\r\n\x1a\n\xff", b"\xff\xfe{", b"", b"\xef\xbb\xbf"):
        save(tmp_path, {"ada/hw1.ipynb": data})
        assert find_submissions(tmp_path, "hw1")[0][0].data == data


# What unfolds to more than it may is not read to its end, whatever its header says.


def bomb(method=zipfile.ZIP_DEFLATED):
    return zipped({"hw1.ipynb": b"{" + b" " * 3 * MOST_BYTES}, method)


def peak_of(path):
    """What `find_submissions` says, and the most bytes that it held."""
    tracemalloc.start()
    try:
        return found_in(path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("outer", ["all", "eve/work"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_notebook_that_unfolds_too_far_is_named_and_not_held(tmp_path, method, outer):
    data = bomb(method)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        if outer == "all":
            info = zipfile.ZipInfo("eve/hw1.ipynb")
            info.compress_type = method
            archive.writestr(info, b"{" + b" " * 3 * MOST_BYTES)
        else:
            archive.writestr("eve/work.zip", data)
        archive.writestr("bob/hw1.ipynb", "bob")
    (found, refused), peak = peak_of(tmp_path / "all.zip")
    assert list(found) == ["bob"]
    assert len(refused) == 1
    assert ("20 MB" if method == zipfile.ZIP_DEFLATED else "compression method is not supported") in refused[0]
    assert peak < 2.2 * MOST_BYTES


def test_a_header_that_lies_about_the_size_helps_nobody(tmp_path):
    data = bytearray(bomb())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = bytes(data).index(mark) + offset
        data[place : place + 4] = struct.pack("<I", 100)
    (found, refused), peak = peak_of(
        written(tmp_path / "all.zip", {"eve/work.zip": bytes(data), "bob/hw1.ipynb": b"b"})
    )
    assert list(found) == ["bob"]
    assert len(refused) == 1
    assert peak < 2.2 * MOST_BYTES


def test_many_notebooks_and_zips_that_unfold_too_far_together(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_ZIP_BYTES", 50_000)
    inner = zipped({f"{number}/hw1.ipynb": b"{" + b" " * 9_000 for number in range(4)}, zipfile.ZIP_DEFLATED)
    path = written(
        tmp_path / "all.zip", {"eve/work.zip": zipped({"a.zip": inner, "b.zip": inner}), "bob/hw1.ipynb": b"b"}
    )
    found, refused = found_in(path)
    assert "bob" in found
    assert sum("more than 0.05 MB in all; ask for the notebook itself" in line for line in refused) == 3


def test_a_zip_of_very_many_files_is_named_and_not_listed(tmp_path):
    many = zipped({f"{number}.txt": b"" for number in range(archives.MOST_FILES + 1)})
    found, refused = found_in(written(tmp_path / "all.zip", {"eve/work.zip": many, "bob/hw1.ipynb": b"b"}))
    assert list(found) == ["bob"]
    assert refused == ["eve/work.zip: this zip contains more than 5,000 files; ask for the notebook itself"]


def test_a_source_that_only_looks_like_a_zip(tmp_path):
    whole = zipped({"ada/hw1.ipynb": b"ada" * 1000})
    for number, data in enumerate((b"PK", b"", whole[:-30], b"\0" * 100 + whole[-22:])):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        with pytest.raises(FileNotFoundError, match="Expected a folder or a zip file"):
            find_submissions(path, "hw1")


def test_a_long_path_does_not_hide_the_reason(tmp_path):
    _, (line,) = found_in(written(tmp_path / "all.zip", {"x" * 5000 + "/essay.pdf": b""}))
    assert line.endswith("essay.pdf: not a notebook: its name does not end in .ipynb")
    assert len(line) < 200


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("hw1_2025_03_ada.ipynb", "2025_03_ada"),
        ("HW1_2025_03_bob.ipynb", "2025_03_bob"),
        ("hw1a_2025_03_hw1.ipynb", "2025"),  # Canvas' name of a person
    ],
)
def test_a_date_behind_the_assignment_is_no_students_number(path, student):
    assert student_of(path, "hw1")[0] == student


def test_in_a_zip_that_is_named_like_a_notebook_only_notebooks_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_ZIP_BYTES", 100_000)
    (tmp_path / "in" / "ada").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "in" / "ada" / "hw1.ipynb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.csv", bytes(200_000))
        file.writestr("hw1.ipynb", b"{}")
    found, _ = find_submissions(tmp_path / "in", "hw1")
    assert [item.student for item in found] == ["ada"]


@pytest.mark.parametrize("zipped", [False, True])
def test_what_is_hidden_is_named_and_known_junk_is_not(tmp_path, zipped):
    names = [".ada/hw1.ipynb", "bob/hw1.ipynb", "bob/._hw1.ipynb", ".git/hw1.ipynb", "bob/.ipynb_checkpoints/hw1.ipynb"]
    for name in [*names, ".DS_Store", "__MACOSX/hw1.ipynb"]:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"{}")
    source = tmp_path / "in"
    if zipped:
        source = shutil.make_archive(tmp_path / "packed", "zip", tmp_path / "in")
    found, refused = find_submissions(source, "hw1")
    assert [item.student for item in found] == ["bob"]
    assert [line.partition(":")[0] for line in refused] == [".ada/hw1.ipynb"]


def test_names_that_many_file_systems_take_for_one_are_not_mixed(tmp_path):
    for name in ("Strauß", "STRAUSS"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hw1.ipynb").write_bytes(b"{}")
    assert find_submissions(tmp_path, "hw1")[0] == []
