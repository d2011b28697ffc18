"""Pictures from pictures, learned without pairs: CycleGAN. Its networks are those of `variants.translation`."""

import keras
import numpy as np
from keras import ops

from gan_course.arguments import require_count, require_number, require_one_of
from gan_course.gan import GAN
from gan_course.losses import in_loss_dtype, regularization
from gan_course.samples import call_in_parts
from gan_course.stateless import preserved_weights
from gan_course.validate import input_shapes, require_matching_networks, shapes_fit
from gan_course.variants.translation import mean_absolute_difference
from gan_course.variants.unpaired import UnpairedPictures, checked_pictures

PLAYERS = ("to_a", "to_b", "discriminator_a", "discriminator_b")


@keras.saving.register_keras_serializable(package="gan_course")
class CycleGAN(UnpairedPictures, GAN):
    """Two generators, from A to B and back, and two discriminators, which learn without pairs of pictures.

    Each generator plays against the discriminator of the pictures that it makes. This alone does not say which picture
    of B a picture of A becomes. The cycle loss does: a picture that was translated there and back has to be the picture
    that it was, λ · (E |to_a(to_b(a)) − a| + E |to_b(to_a(b)) − b|), means over all pixels and channels.

    The players of this `GAN` are pairs: `generator` is a model from `[a, b]` to `[to_a(b), to_b(a)]`, and
    `discriminator` one from `[a, b]` to the scores of both. Each loss is the sum over both games. There is no noise, so
    `generate` and `predict` are not supported; call `translate`. In place of samples and labels, `fit`, `evaluate` and
    `validation_data` take pictures of A and pictures of B. There may be more of one kind: an epoch then goes through
    the larger set once. The two random orders do not depend on each other. Without `shuffle` both orders are those of
    the arrays. `evaluate` does this, too.

    Args:
        to_a: `keras.Model` from pictures of B to pictures of A, in [-1, 1]. `unet_generator` builds one.
        to_b: `keras.Model` from pictures of A to pictures of B.
        discriminator_a: `keras.Model` from pictures of A to raw scores, one per patch or one per picture.
            `patch_discriminator` builds one.
        discriminator_b: the same for pictures of B.
        cycle_weight: λ ≥ 0, the factor of the cycle loss. Defaults to 10.0, as in the paper.
        seed: integer seed of the order of the pictures. Defaults to None: another seed each time.
        **kwargs: as in `GAN`.

    Attributes:
        to_a: as given. The names of all four networks are set to their names here.
        to_b: as given.
        discriminator_a: as given.
        discriminator_b: as given.

    Raises:
        ValueError: for networks that do not fit each other, one network in two places, or a negative weight.

    Example:
        ```python
        gray, color = (28, 28, 1), (28, 28, 3)
        translators = unet_generator(color, gray), unet_generator(gray, color)
        gan = CycleGAN(*translators, patch_discriminator(gray), patch_discriminator(color), seed=0)
        gan.compile()
        gan.fit(digits, colored_digits, epochs=5)
        gan.translate(digits, to="b")
        ```

    Reference: Zhu et al. 2017, equations 1 to 3, here without their history of 50 made pictures (section 4).
    """

    translation = "translate(pictures, to)"

    def __init__(
        self,
        to_a: keras.Model,
        to_b: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        cycle_weight: float = 10.0,
        seed: int | None = None,
        **kwargs,
    ):
        require_number(10.0, at_least=0, cycle_weight=cycle_weight)
        players = dict(zip(PLAYERS, (to_a, to_b, discriminator_a, discriminator_b), strict=True))
        _require_two_games(players)
        for name, network in players.items():
            network.name = name  # Keras wants layers of a model to have different names
        a, b = keras.Input(to_b.input_shape[1:], name="a"), keras.Input(to_a.input_shape[1:], name="b")
        translators = keras.Model([a, b], [to_a(b), to_b(a)], name="translators")
        judges = keras.Model([a, b], [discriminator_a(a), discriminator_b(b)], name="discriminators")
        super().__init__(translators, judges, seed=seed, **kwargs)
        self.to_a, self.to_b, self.discriminator_a, self.discriminator_b = players.values()
        self.cycle_weight, self.latent_dim = cycle_weight, None

    @staticmethod
    def _require_players(generator, discriminator):
        """The four networks have been checked before they were made two."""

    def compile(self, d_optimizer=None, g_optimizer=None, objective=None, **kwargs):
        """Do the same as `GAN.compile`, with another default objective.

        Args:
            d_optimizer: as in `GAN.compile`, for both discriminators.
            g_optimizer: as in `GAN.compile`, for both generators.
            objective: as in `GAN.compile`. Defaults to "least_squares", as in the paper.
            **kwargs: the other arguments of `GAN.compile`.
        """
        super().compile(d_optimizer, g_optimizer, "least_squares" if objective is None else objective, **kwargs)

    def discriminator_loss(self, real, labels=None, training=True):
        """The sum of both discriminators' losses: their objectives and all penalties.

        Args:
            real: pictures of A `(batch, ...)`.
            labels: pictures of B `(batch, ...)`. They do not belong to those of A.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        pictures = [real, labels]
        with preserved_weights(self.generator):
            fakes = [ops.stop_gradient(fake) for fake in self.generator(pictures, training=training)]
        scores = zip(self._both_scores(pictures, training), self._both_scores(fakes, training), strict=True)
        loss = sum(self.objective.d_loss(*pair) for pair in scores)
        loss = loss + ops.cast(regularization(self.discriminator), loss.dtype)
        for judge, *pair in zip((self.discriminator_a, self.discriminator_b), pictures, fakes, strict=True):
            loss = loss + ops.cast(self._gradient_penalties(judge, *pair, None, training), loss.dtype)
        return loss

    def generator_loss(self, real, labels=None, training=True):
        """The sum of both generators' losses: their objectives and the cycle loss.

        Args:
            real: pictures of A `(batch, ...)`.
            labels: pictures of B `(batch, ...)`. They do not belong to those of A.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        pictures = [real, labels]
        fakes = self.generator(pictures, training=training)
        back = self.generator(fakes, training=training) if self.cycle_weight else pictures
        with preserved_weights(self.discriminator):
            scores = self._both_scores(fakes, training)
        cycle = sum(mean_absolute_difference(*pair) for pair in zip(pictures, back, strict=True))
        loss = sum(self.objective.g_loss(each) for each in scores)
        return loss + ops.cast(self.cycle_weight * cycle + regularization(self.generator), loss.dtype)

    def translate(self, pictures, to: str, batch_size: int = 256) -> np.ndarray:
        """Turn pictures of one kind into pictures of the other kind.

        Args:
            pictures: pictures of the other kind, `(n, ...)`, in [-1, 1].
            to: "a" or "b", the kind that is made.
            batch_size: how many pictures to make at once, at least 1. Defaults to 256.

        Returns:
            NumPy array of n pictures, float32, made in inference mode.

        Raises:
            ValueError: for another `to`, pictures that `fit` would not accept either, or no pictures.
        """
        require_one_of(("a", "b"), to=to)
        require_count(256, batch_size=batch_size)
        network = self.to_a if to == "a" else self.to_b
        pictures = checked_pictures(self.kinds["ba".index(to)], pictures, network)
        return call_in_parts(network, [pictures], batch_size).astype("float32")

    def get_config(self):
        networks = {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in PLAYERS}
        return {**networks, "cycle_weight": self.cycle_weight, "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Build a CycleGAN from what `get_config` returned."""
        networks = {name: keras.saving.deserialize_keras_object(config[name], custom_objects) for name in PLAYERS}
        return cls(**{**config, **networks})

    def _both_scores(self, pictures, training):
        """The scores of pictures of A and of pictures of B, in the dtype in which losses are computed."""
        return [in_loss_dtype(scores) for scores in self.discriminator(pictures, training=training)]

    def _takers(self):
        return self.to_b, self.to_a


def _require_two_games(players):
    """Check that four different networks are two generators and their discriminators.

    Args:
        players: dictionary of the names in `PLAYERS` and the networks.

    Raises:
        ValueError: for networks that are not built or do not fit each other, and one network in two places.
    """
    if len({id(network) for network in players.values()}) < len(players):
        raise ValueError(
            f"Invalid networks. Expected four different ones: {', '.join(players)}. Received: one network in two "
            "places. Build a second one."
        )
    for kind in "ab":
        require_matching_networks(players[f"to_{kind}"], players[f"discriminator_{kind}"])
    takes = [input_shapes(players[name]) for name in ("to_a", "to_b")]
    made = [players[name].output_shape for name in ("to_b", "to_a")]
    if not all(len(shapes) == 1 and shapes_fit(shapes[0], out) for shapes, out in zip(takes, made, strict=True)):
        raise ValueError(
            "The generators do not fit each other. Expected each to take, as its only input, what the other makes. "
            f"Received: to_a takes {takes[0]} and to_b makes {made[0]}; to_b takes {takes[1]} and to_a makes "
            f"{made[1]}. Build them with unet_generator(shape_of_b, shape_of_a) and unet_generator(shape_of_a, "
            "shape_of_b)."
        )
