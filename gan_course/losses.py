"""What each player of a `GAN` minimizes in a step: the objective, the penalties, and what a variant adds to them."""

from keras import ops
from keras.backend import result_type

from gan_course.backend import with_labels
from gan_course.objectives import gradient_penalty, r1_penalty
from gan_course.stateless import preserved_weights


class Losses:
    """Mixin for `GAN`: one step of each player, and its loss. It fits `GAN` alone, whose attributes it uses.

    A variant of the game overrides `discriminator_penalty` and `generator_penalty`, or a whole loss.
    """

    def discriminator_step(self, real, labels=None):
        """Train D for one step on real samples and as many generated ones.

        Args:
            real: real samples `(batch, ...)`.
            labels: their labels `(batch, ...)`, or None.

        Returns:
            D's loss before the step, a scalar tensor.
        """
        return self.minimize(lambda: self.discriminator_loss(real, labels), self.discriminator, self.optimizer.d)

    def generator_step(self, real, labels=None):
        """Train G for one step on as many generated samples as there are real ones.

        Args:
            real: real samples `(batch, ...)`. The loss of `GAN` uses only their number.
            labels: the labels that are asked for, `(batch, ...)`, or None.

        Returns:
            G's loss before the step, a scalar tensor.
        """
        return self.minimize(lambda: self.generator_loss(real, labels), self.generator, self.optimizer.g)

    def discriminator_loss(self, real, labels=None, training=True):
        """D's loss on real samples and as many generated ones: its objective and all penalties.

        Args:
            real: real samples `(batch, ...)`.
            labels: their labels `(batch, ...)`, or None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        noise = self.noise(ops.shape(real)[0])
        with preserved_weights(self.generator):
            fake = ops.stop_gradient(self.generator(with_labels(noise, labels), training=training))
        scores = [self._scores(samples, labels, training) for samples in (real, fake)]
        loss = self.objective.d_loss(*scores)
        penalty = self.discriminator_penalty(real, fake, noise, labels, training)
        return loss + ops.cast(regularization(self.discriminator), loss.dtype) + ops.cast(penalty, loss.dtype)

    def generator_loss(self, real, labels=None, training=True):
        """G's loss: its objective and all penalties.

        Args:
            real: real samples `(batch, ...)`. As many are generated.
            labels: the labels that are asked for, `(batch, ...)`, or None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        noise = self.noise(ops.shape(real)[0])
        fake = self.generator(with_labels(noise, labels), training=training)
        with preserved_weights(self.discriminator, self.seed_generator):
            scores = self._scores(fake, labels, training)
            penalty = self.generator_penalty(real, fake, noise, labels, training)
        loss = self.objective.g_loss(scores)
        return loss + ops.cast(penalty, loss.dtype) + ops.cast(regularization(self.generator), loss.dtype)

    def discriminator_penalty(self, real, fake, noise, labels=None, training=True):
        """What is added to D's objective: the gradient penalties that `compile` was asked for.

        A subclass that overrides this adds its own terms to what this method returns.

        Args:
            real: real samples `(batch, ...)`.
            fake: generated samples `(batch, ...)`, through which no gradient passes to G.
            noise: the noise that they were made from, `(batch, latent_dim)`.
            labels: the labels of both, `(batch, ...)`, or None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar.
        """
        return self._gradient_penalties(self.discriminator, real, fake, labels, training)

    def _gradient_penalties(self, discriminator, real, fake, labels, training):
        """The penalties on the gradient of this discriminator that `compile` was asked for, each times its weight."""
        total = 0.0
        if self.gradient_penalty_weight:
            penalty = gradient_penalty(discriminator, real, fake, self.seed_generator, labels, training)
            total = total + self.gradient_penalty_weight * penalty
        if self.r1_weight:
            total = total + self.r1_weight * r1_penalty(discriminator, real, labels, training)
        return total

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """What is added to G's objective. It is 0 here, and there for subclasses to override.

        It may call the discriminator and its layers, whose weights and moving statistics do not change meanwhile, and
        draw random numbers with `self.seed_generator`. Call no other layer here that assigns values to its variables:
        they are lost, see `stateless.preserved_weights`.

        Args:
            real: real samples `(batch, ...)`, with the same labels.
            fake: generated samples `(batch, ...)`.
            noise: the noise that they were made from, `(batch, latent_dim)`.
            labels: the labels that were asked for, `(batch, ...)`, or None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar.
        """
        return 0.0

    def _scores(self, samples, labels, training):
        """D's scores, `(batch, 1)` or a map of each sample's, in the dtype in which losses are computed."""
        return in_loss_dtype(self.discriminator(with_labels(samples, labels), training=training))


def in_loss_dtype(tensor):
    """A tensor in the dtype in which losses are computed: float32, or its own where this is more exact."""
    return ops.cast(tensor, result_type(tensor.dtype, "float32"))


def regularization(network):
    """Sum of the penalties that the regularizers of a network's layers put on its trainable weights."""
    return sum((v.regularizer(v) for v in network.trainable_variables if v.regularizer is not None), 0.0)
