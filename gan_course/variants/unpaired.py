"""What games with two sets of pictures share: their data, pictures of two kinds that do not belong together."""

from typing import ClassVar

import keras
from keras import ops

from gan_course.backend import input_dtype
from gan_course.batches import UnpairedBatches
from gan_course.samples import as_samples, refuse_weights, require_batch_shape, require_samples


class UnpairedPictures:
    """Mixin before `GAN`: `fit`, `evaluate` and `validation_data` take two sets of pictures, of any sizes.

    An epoch goes through the larger set once. The two random orders do not depend on each other. Without `shuffle`,
    and in `evaluate`, both orders are those of the arrays. There is no noise, so `generate` and `predict` are not
    supported.

    Attributes:
        kinds: tuple of what the pictures of both sets are called in messages.
        translation: the call that makes pictures from pictures, for messages.
    """

    kinds: ClassVar[tuple] = ("pictures of A", "pictures of B")
    translation: ClassVar[str] = ""

    def _takers(self):
        """Two networks: one that takes pictures of the first kind, and one that takes those of the second."""
        raise NotImplementedError

    def generate(self, *args, **kwargs):
        """Not supported, since there is no noise: pictures are made from pictures.

        Args:
            *args: ignored.
            **kwargs: ignored.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"A {type(self).__name__} makes pictures from pictures. Expected a call of {self.translation}. Received: a "
            f"call that starts from noise. Call {self.translation}."
        )

    predict = predict_on_batch = generate

    # What `Fitting` asks for: here the second array holds pictures of its own

    @property
    def _sample_shape(self):
        return self._takers()[0].input_shape[1:]

    def _checked_arrays(self, x, y, call=None):
        first, second = self.kinds
        if y is None:
            raise ValueError(
                f"No {second}. Expected {first} and {second}, which need not belong together. "
                f"Received: None in place of the {second}. Call fit({', '.join(self.kinds).replace(' ', '_')})."
            )
        taken = zip(self.kinds, (x, y), self._takers(), strict=True)
        return tuple(checked_pictures(*each) for each in taken)

    def _batches(self, arrays, batch_size, shuffle):
        return UnpairedBatches(arrays, batch_size, shuffle, self.position)

    def _check_first_batch(self, dataset):
        if isinstance(dataset, keras.utils.PyDataset) and dataset.num_batches:
            self._checked_arrays(*self._unpack(dataset[0]))

    def _unpack(self, data):
        """The pictures of both kinds in a batch of a data set."""
        first, second, weights = keras.utils.unpack_x_y_sample_weight(data)
        refuse_weights(sample_weight=weights)
        for part in (first, second):
            if part is None or isinstance(part, (dict, list, tuple)):
                raise ValueError(
                    f"Invalid batch. Expected a tuple ({', '.join(self.kinds)}). Received: a {type(part).__name__} in "
                    "place of one of them. Change the data set, for example with tf.data.Dataset.zip(dataset_of_the_"
                    "first_kind, dataset_of_the_second)."
                )
        return first, second

    def _to_tensors(self, data):
        return [_to_tensor(*pair) for pair in zip(self._unpack(data), self._takers(), strict=True)]


def checked_pictures(kind, given, network):
    """Pictures as a NumPy array that a network can take.

    Args:
        kind: what the pictures are called in messages, for example "pictures of A".
        given: anything array-like.
        network: `keras.Model` whose only input they are.

    Returns:
        NumPy array `(n, ...)`, n at least 1.

    Raises:
        ValueError: for pictures of another shape or range, and for none.
    """
    shape = network.input_shape[1:]
    try:
        pictures = as_samples(given, shape)
        require_samples(pictures, shape)
    except ValueError as error:
        raise ValueError(f"In the {kind}: {error}") from error
    if not len(pictures):
        raise ValueError(
            f"No {kind}. Expected at least one. Received: an array of shape {pictures.shape}. Give some pictures."
        )
    return pictures


def _to_tensor(pictures, network):
    """Pictures of a batch in the dtype that a network takes."""
    require_batch_shape(pictures, network.input_shape[1:])
    return ops.cast(ops.convert_to_tensor(pictures), input_dtype(network))
