"""The order of the batches of a `fit`: what it depends on, and that a resumed training continues it."""

import numpy as np
import pytest

from gan_course.batches import Batches, Position, UnpairedBatches

pytestmark = pytest.mark.backends


def epochs(count=2, shuffle=True, seed=(0, 0), size=10, batch_size=4):
    """What the arrays 0, 1, ... and 100, 101, ... look like, epoch by epoch and batch by batch."""
    position = Position()
    position.begin(seed)
    numbers = np.arange(size)
    batches = Batches((numbers, numbers + 100), batch_size, shuffle, position)
    found = []
    for epoch in range(count):
        position.on_epoch_begin(epoch)
        batches.on_epoch_begin()
        found.append([batches[i] for i in range(batches.num_batches)])
    return found


def order(epoch):
    """The first array of an epoch, its batches one after the other."""
    return np.concatenate([batch[0] for batch in epoch]).tolist()


@pytest.mark.parametrize(("size", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 5, [3])])
def test_the_last_batch_takes_what_is_left(size, batch_size, sizes):
    (epoch,) = epochs(1, size=size, batch_size=batch_size)
    assert [len(batch[0]) for batch in epoch] == sizes
    assert sorted(order(epoch)) == list(range(size))


def test_each_epoch_is_a_permutation_of_its_own():
    first, second = map(order, epochs(2, size=50))
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert list(range(50)) not in (first, second)


def test_labels_stay_with_their_samples():
    for epoch in epochs(3):
        assert all((points + 100 == labels).all() for points, labels in epoch)


def test_the_order_depends_on_the_seed_alone():
    seeds = [(0, 0), (1, 0), (0, 1)]  # another GAN, and a later fit of the same one
    orders = [list(map(order, epochs(2, size=50, seed=seed))) for seed in seeds]
    assert orders[0] == list(map(order, epochs(2, size=50)))
    assert orders[0][0] not in (orders[1][0], orders[2][0])
    assert orders[1][0] != orders[2][0]


def test_an_epoch_has_the_same_order_when_a_training_begins_with_it():
    *_, third = map(order, epochs(3, size=50))
    position = Position()
    batches = Batches((np.arange(50),), 50, True, position)
    position.on_epoch_begin(2)
    batches.on_epoch_begin()
    assert batches[0][0].tolist() == third


def test_without_shuffling_the_order_is_that_of_the_array():
    assert list(map(order, epochs(2, shuffle=False))) == [list(range(10))] * 2


# ----------------------------------------------------------------------------------------------------- unpaired


def unpaired(epoch=0, shuffle=True, sizes=(10, 4), seed=(0, 0)):
    """Both arrays of an epoch, their batches one after the other: 0, 1, … and 100, 101, …."""
    position = Position()
    position.begin(seed)
    position.on_epoch_begin(epoch)
    batches = UnpairedBatches(tuple(100 * i + np.arange(n) for i, n in enumerate(sizes)), 3, shuffle, position)
    batches.on_epoch_begin()
    assert (batches.count, batches.num_batches) == (10, 4)
    return [np.concatenate(parts).tolist() for parts in zip(*(batches[i] for i in range(4)), strict=True)]


@pytest.mark.parametrize("sizes", [(10, 4), (4, 10), (10, 10)])
def test_the_longer_array_is_taken_once_and_the_shorter_one_as_often_as_needed(sizes):
    for i, (rows, size) in enumerate(zip(unpaired(sizes=sizes), sizes, strict=True)):
        assert len(rows) == 10
        for start in range(0, 11 - size, size):
            assert sorted(rows[start : start + size]) == list(range(100 * i, 100 * i + size))


def test_the_orders_of_unpaired_arrays_do_not_depend_on_each_other():
    first, second = unpaired(sizes=(10, 10))
    assert first != np.subtract(second, 100).tolist()
    assert unpaired() == unpaired()
    assert len({str(unpaired(epoch, seed=seed)) for epoch in (0, 1) for seed in ((0, 0), (1, 0), (0, 1))}) == 6


def test_without_shuffling_unpaired_arrays_keep_their_orders():
    assert unpaired(shuffle=False) == [list(range(10)), [100, 101, 102, 103, 100, 101, 102, 103, 100, 101]]


# --------------------------------------------------------------------------------------------------- Position


def walk(position, epoch, batches, start=0):
    """Go through batches of an epoch as `fit` does; which of them were trained on, and not skipped?"""
    if start == 0:
        position.on_epoch_begin(epoch)
    trained = []
    for batch in range(start, batches):
        position.on_train_batch_begin(batch)
        trained += [] if position.skip else [batch]
        position.on_train_batch_end(batch)
    return trained


def test_a_position_comes_back_as_it_was_saved():
    position, other = Position(), Position()
    position.begin((2**62 - 1, 7))
    walk(position, 3, 5)
    saved = position.save()
    assert (saved.dtype, saved.tolist()) == ("int64", [2**62 - 1, 7, 3, 5])
    other.load(saved)
    assert (other.seed, other.epoch, other.batch) == ((2**62 - 1, 7), 3, 5)


def test_a_new_fit_skips_nothing():
    position = Position()
    walk(position, 0, 3)
    position.begin((0, 3))
    assert walk(position, 0, 3) == [0, 1, 2]


def test_batches_that_were_seen_are_skipped_in_their_epoch_alone():
    position = Position()
    position.load([0, 0, 1, 3])
    assert walk(position, 1, 5) == [3, 4]
    assert walk(position, 2, 5) == [0, 1, 2, 3, 4]


def test_epochs_before_the_saved_one_are_skipped_whole():
    """After a second kill Keras may begin with epoch 0, though the weights are further on."""
    position = Position()
    position.load([0, 0, 2, 3])
    assert [walk(position, epoch, 5) for epoch in range(4)] == [[], [], [3, 4], [0, 1, 2, 3, 4]]


def test_a_position_that_is_saved_while_batches_are_skipped_is_the_old_one():
    position = Position()
    position.load([0, 0, 2, 3])
    walk(position, 0, 5)
    assert position.save().tolist() == [0, 0, 2, 3]
    walk(position, 2, 2)
    assert position.save().tolist() == [0, 0, 2, 3]
    walk(position, 2, 4, start=2)
    assert position.save().tolist() == [0, 0, 2, 4]
