"""A folder of small images."""

import pytest
from small_images import write_images


@pytest.fixture
def folder(tmp_path):
    """A folder of the images that `write_images` writes."""
    write_images(tmp_path / "images")
    return tmp_path / "images"
