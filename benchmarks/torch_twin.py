"""The same networks in PyTorch, layer by layer with random weights, and a plain loop that trains them.

PyTorch is imported where it is used. Without it, the other benchmarks still run, and the table says what is missing.
"""

import keras
import numpy as np

from benchmarks import report


def loop(generator, discriminator, batch):
    """Train PyTorch's twins of two Keras networks as in PyTorch's DCGAN tutorial. The steps are those of `GAN.fit`."""
    import torch

    torch.set_num_threads(report.cores())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    step = _step(twin(generator).to(device), twin(discriminator).to(device), generator.input_shape[-1], device)

    def train(images, epochs=1, after_step=None):
        images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device)
        for _ in range(epochs):
            order = torch.randperm(len(images), device=device)
            for chosen in order.split(batch):
                loss = step(images[chosen])
                if after_step is not None and after_step():
                    return
        loss.item()  # waits for the last step

    return train


def _step(generator, discriminator, latent_dim, device):
    """A function that trains D and then G on a batch of real images, and returns G's loss."""
    import torch
    from torch.nn.functional import softplus

    d_optimizer, g_optimizer = (
        torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7)
        for network in (discriminator, generator)
    )

    def step(real):
        with torch.no_grad():
            fake = generator(torch.randn(len(real), latent_dim, device=device))
        d_optimizer.zero_grad()
        d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
        d_loss.backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        g_loss = softplus(-discriminator(generator(torch.randn(len(real), latent_dim, device=device)))).mean()
        g_loss.backward()
        g_optimizer.step()
        return g_loss

    return step


def twin(network):
    """A `torch.nn.Sequential` with the layers of a Keras model that is a plain stack. Its images have channels first.

    Raises:
        NotImplementedError: for a layer that has no counterpart here.
    """
    from torch import nn

    return nn.Sequential(*(part for layer in network.layers for part in _parts(layer, nn)))


def _parts(layer, nn):
    """The PyTorch layers that correspond to one Keras layer: a list."""
    kind = type(layer).__name__
    if kind == "Dense":
        parts = [nn.Linear(layer.input.shape[-1], layer.units, bias=layer.use_bias)]
    elif kind in ("Conv2D", "Conv2DTranspose"):
        parts = _convolution(layer, nn)
    elif kind == "BatchNormalization":
        normalization = nn.BatchNorm2d if len(layer.input.shape) == 4 else nn.BatchNorm1d
        parts = [normalization(layer.input.shape[-1], eps=layer.epsilon, momentum=1 - layer.momentum)]
    elif kind == "LeakyReLU":
        parts = [nn.LeakyReLU(layer.negative_slope)]
    elif kind == "ReLU":
        parts = [nn.ReLU()]
    elif kind == "Dropout":
        parts = [nn.Dropout(layer.rate)]
    elif kind == "Flatten":
        parts = [nn.Flatten()]
    elif kind == "Reshape":
        height, width, channels = layer.target_shape
        parts = [nn.Unflatten(1, (channels, height, width))]
    elif kind == "MinibatchStandardDeviation":
        parts = [_minibatch_standard_deviation(nn)]
    elif kind == "InputLayer":
        parts = []
    else:
        raise NotImplementedError(f"no PyTorch twin of the layer {kind}")
    if getattr(layer, "activation", None) is keras.activations.tanh:
        parts.append(nn.Tanh())
    return parts


def _convolution(layer, nn):
    """A convolution with Keras' padding="same": a stride s divides the sides by s; transposed, it multiplies them."""
    (kernel, _), (stride, _), channels = layer.kernel_size, layer.strides, layer.input.shape[-1]
    if type(layer).__name__ == "Conv2DTranspose":
        padding = -(-(kernel - stride) // 2)
        options = {"padding": padding, "output_padding": 2 * padding - (kernel - stride), "bias": layer.use_bias}
        return [nn.ConvTranspose2d(channels, layer.filters, kernel, stride, **options)]
    total = max(kernel - stride, 0)  # for sides that the stride divides
    before, after = total // 2, total - total // 2
    return [
        nn.ZeroPad2d((before, after, before, after)) if before != after else nn.Identity(),
        nn.Conv2d(
            channels, layer.filters, kernel, stride, padding=before if before == after else 0, bias=layer.use_bias
        ),
    ]


def _minibatch_standard_deviation(nn):
    """The twin of `gan_course.networks.MinibatchStandardDeviation`."""
    import torch

    class MinibatchStandardDeviation(nn.Module):
        def forward(self, features):
            deviation = torch.sqrt(features.var(0, keepdim=True, unbiased=False) + 1e-8)
            return torch.cat([features, deviation.expand_as(features)], dim=1)

    return MinibatchStandardDeviation()
