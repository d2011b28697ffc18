"""Files that are written whole or not at all, and what is said of those that cannot be written."""

import pytest

from gan_course.train.files import Failures, write_whole


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "new" / "file"
    for content in (b"first", b"second"):
        write_whole(path, content)
        assert path.read_bytes() == content
    assert [*path.parent.iterdir()] == [path]


def test_where_it_cannot_be_written_the_older_file_is_kept(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"older")
    (tmp_path / "file.part").mkdir()  # in the way
    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"older"


def test_failures_are_said_and_forgotten_after_a_success():
    said = []
    failures = Failures(said.append)
    with failures.kept("a"):
        raise OSError(28, "No space left on device")
    with failures.kept("b", "It is lost."):
        raise OSError(5, "Input/output error")
    assert said == [
        "Could not write a: No space left on device. Training goes on.",
        "Could not write b: Input/output error. It is lost.",
    ]
    assert failures.paths == {"a", "b"}
    with failures.kept("a"):
        pass
    assert failures.paths == {"b"}


def test_other_errors_go_on():
    with pytest.raises(ValueError, match="no file"), Failures().kept("a"):
        raise ValueError("no file is to blame")
