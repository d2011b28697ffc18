"""The data set that TensorFlow trains on has batches and shapes of `Batches`, however many come at once."""

import keras
import numpy as np
import pytest

from gan_course import input_pipeline
from gan_course.batches import Batches, Position

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="only TensorFlow has such a data set")


def new_batches(count, epoch):
    position = Position()
    position.begin((7, 0))
    position.on_epoch_begin(epoch)
    arrays = np.arange(2 * count, dtype="float32").reshape(count, 2), np.arange(count)
    return Batches(arrays, 4, True, position)


@pytest.mark.parametrize("bytes_at_once", [1, 130, 10_000])  # one batch of 64 bytes, two, all
@pytest.mark.parametrize(("count", "size"), [(12, 4), (20, 4), (18, None)])
def test_batches_come_in_their_order_and_with_their_shapes(monkeypatch, count, size, bytes_at_once):
    monkeypatch.setattr(input_pipeline, "_BYTES_AT_ONCE", bytes_at_once)
    given = new_batches(count, 0)
    dataset = input_pipeline.input_pipeline(given)
    assert [spec.shape.as_list() for spec in dataset.element_spec] == [[size, 2], [size]]
    assert len(dataset) == given.num_batches
    for epoch in (0, 1):
        given.position.on_epoch_begin(epoch)
        expected = new_batches(count, epoch)
        expected.on_epoch_begin()
        found = list(dataset.as_numpy_iterator())
        assert len(found) == given.num_batches
        for number, parts in enumerate(found):
            for part, right in zip(parts, expected[number], strict=True):
                assert part.dtype == right.dtype
                np.testing.assert_array_equal(part, right)
