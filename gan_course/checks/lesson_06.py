"""Checks of lesson 06, when training fails: the Dirac-GAN's field, growth by eigenvalues, smoothing, packing."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

# --------------------------------------------------------------------------------------- the field of a game


def _sigmoid(score):
    return 1 / (1 + np.exp(-np.asarray(score, float)))


def _dirac_field(psi, theta):
    slope = 1 / (1 + np.exp(-psi * theta))
    return -theta * slope, psi * slope


dirac_field = function_exercise(
    _dirac_field,
    cases=[(1.0, 0.5), (-2.0, 1.5), (0.3, -0.7), (0.0, 2.0)],
    mistakes=[
        Mistake(
            lambda psi, theta: (psi * _sigmoid(psi * theta), -theta * _sigmoid(psi * theta)),
            "The two have changed places: return D's speed first, then G's.",
        ),
        Mistake(
            lambda psi, theta: (theta * _sigmoid(psi * theta), -psi * _sigmoid(psi * theta)),
            "Both signs are turned: here D descends V and G ascends it.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(psi * theta), -psi * _sigmoid(psi * theta)),
            "G's sign is turned: G descends V, so its speed is minus the derivative by θ.",
        ),
        Mistake(
            lambda psi, theta: (theta * _sigmoid(psi * theta), psi * _sigmoid(psi * theta)),
            "D's sign is turned: D ascends V, and V falls where ψθ grows.",
        ),
        Mistake(
            lambda psi, theta: (-psi * _sigmoid(psi * theta), theta * _sigmoid(psi * theta)),
            "By the chain rule, the derivative by ψ brings down a factor θ, and the one by θ a factor ψ.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(-psi * theta), psi * _sigmoid(-psi * theta)),
            "The derivative of log(1 + e^s) is σ(s), and you have σ(−s), the slope of the non-saturating loss.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(psi * theta), psi * _sigmoid(-psi * theta)),
            "D's speed is right. G's is that of the non-saturating loss, σ(−ψθ); here G descends V itself.",
        ),
        Mistake(
            lambda psi, theta: (-_sigmoid(psi * theta), _sigmoid(psi * theta)),
            "That is the derivative by the score ψθ. The chain rule adds a factor: θ for D's knob, ψ for G's.",
        ),
        Mistake(
            lambda psi, theta: (-theta, psi + 0 * theta),
            "That is the circle that the field becomes at scores of 0 (up to a factor). Keep the slope σ(ψθ).",
        ),
        Mistake(
            lambda psi, theta: (
                -theta * _sigmoid(psi * theta) * _sigmoid(-psi * theta),
                psi * _sigmoid(psi * theta) * _sigmoid(-psi * theta),
            ),
            "σ(1 − σ) is the slope of the sigmoid. V holds log(1 + eˢ), and its slope is the sigmoid itself.",
        ),
        Mistake(
            lambda psi, theta: (-theta / 2, psi / 2),
            "That is the field close to the equilibrium, where σ = ½. Keep σ(ψθ): farther out it matters.",
        ),
        Mistake(
            lambda psi, theta: (-theta * np.exp(psi * theta), psi * np.exp(psi * theta)),
            "The chain rule for log(1 + eˢ): eˢ is divided by 1 + eˢ. You have the numerator alone.",
        ),
        Mistake(
            lambda psi, theta: (-theta * np.logaddexp(0, psi * theta), psi * np.logaddexp(0, psi * theta)),
            "You multiplied by log(1 + eˢ) itself. The speeds are derivatives of V: take the slope of that logarithm.",
        ),
    ],
    right="Keep an eye on where these two speeds point: it decides the rest of the story.",
    hint="V = −log 2 − log(1 + exp(ψθ)), and the derivative of log(1 + eˢ) is 1 / (1 + e⁻ˢ). D ascends, G descends.",
)

# ----------------------------------------------------------------------------------------- growth in a step


def _growth(eigenvalues, rate):
    return np.abs(1 + rate * np.asarray(eigenvalues)).max()


growth = function_exercise(
    _growth,
    cases=[
        (np.array([0.5j, -0.5j]), 0.2),
        (np.array([-0.25 + 0.4j, -0.25 - 0.4j]), 0.5),
        (np.array([-3.0, -0.1]), 1.0),
        (np.array([-0.5, 0.3]), 0.1),
        (np.array([0.2 + 0.9j, -2.5, 0.2 - 0.9j]), 0.4),
    ],
    mistakes=[
        Mistake(
            lambda eigenvalues, rate: (1 + rate * np.real(eigenvalues)).max(),
            "You took the real part. The size of a complex number is its absolute value, np.abs.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(rate * np.asarray(eigenvalues)).max(),
            "That is how far a step goes. After the step you are at 1 + rate · λ times where you were.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 - rate * np.asarray(eigenvalues)).max(),
            "The players follow the field, so the step is added: 1 + rate · λ.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).min(),
            "In the long run the direction that shrinks least decides. Take the largest.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + np.asarray(eigenvalues)).max(),
            "The learning rate is missing: a step is rate times the field.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues).imag).max(),
            "You took the imaginary part alone. np.abs of the complex number takes both.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).max() ** 2,
            "That is the square of the factor. The size of a complex number is a root: np.abs takes it.",
        ),
        Mistake(
            lambda eigenvalues, rate: 1 + rate * np.abs(eigenvalues).max(),
            "First add, then take the size: an eigenvalue of −1 shrinks what it touches, and you made it grow.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)[0]),
            "You looked at the first eigenvalue alone. Take the largest factor of all of them.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * eigenvalues[np.argmax(np.abs(eigenvalues))]),
            "You chose the largest eigenvalue first. A large negative one may shrink what it touches: compare the "
            "factors |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * eigenvalues[np.argmax(np.real(eigenvalues))]),
            "You chose the eigenvalue with the largest real part, which decides for tiny steps. For this step compare "
            "the factors |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.exp(rate * np.real(eigenvalues)).max(),
            "That is how the flow grows, in infinitely small steps. A step of this size has the factor |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).mean(),
            "In the long run the average means nothing: the direction with the largest factor outgrows the others.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).prod(),
            "The product says how an area grows. A distance grows by the largest factor.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).max() - 1,
            "That is by how much it grows. Return the factor itself, 1 for a distance that stays.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.real(eigenvalues)).max(),
            "You left the imaginary parts out. They make the players circle, and straight steps lead out of a circle.",
        ),
    ],
    right="Below 1 the players arrive, above 1 they leave, and at 1 this number alone cannot tell.",
    hint="A step takes a direction with eigenvalue λ to 1 + rate · λ times itself. How large is that complex number?",
)

# ------------------------------------------------------------------------------------ one-sided label smoothing


def _smoothed_best(p_data, p_model, label):
    return label * p_data / (p_data + p_model)


smoothed_best = function_exercise(
    _smoothed_best,
    cases=[
        (np.array([1.0, 0.2, 3.0]), np.array([1.0, 0.6, 0.1]), 0.9),
        (np.array([0.5]), np.array([2.0]), 0.7),
        (np.array([3e-30, 1e-30]), np.array([1e-30, 3e-30]), 0.8),  # far out, as in lesson 02
    ],
    mistakes=[
        Mistake(
            lambda p_data, p_model, label: p_data / (p_data + p_model),
            "That is D* without smoothing. Where does the label come in?",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (label * p_data + p_model),
            "Only the numerator: real samples still come as often as before, a share 1 − label of them "
            "speaks for the other side.",
        ),
        Mistake(
            lambda p_data, p_model, label: (label * p_data + (1 - label) * p_model) / (p_data + p_model),
            "You smoothed both sides: where only G is, D* is then 1 − label and not 0, so that samples far from the "
            "data count as a little bit real.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_model / (p_data + p_model),
            "D* is the probability of real: p_data stands in the numerator.",
        ),
        Mistake(
            lambda p_data, p_model, label: (1 - label) * p_data / (p_data + p_model),
            "1 − label is the share that is labeled 0. In the numerator stands what is labeled 1.",
        ),
        Mistake(
            lambda p_data, p_model, label: np.minimum(p_data / (p_data + p_model), label),
            "Smoothing is no lid: it lowers D* everywhere, not only above the label.",
        ),
        Mistake(
            lambda p_data, p_model, label: p_data / (p_data + p_model) - (1 - label),
            "Smoothing takes no fixed amount away: where no data is, D* would fall below 0. It scales D*.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (label * p_data + (1 - label) * p_model),
            "The label is no prior: generated samples keep their weight, and so do real ones. A share 1 − label of the "
            "real ones is counted as generated.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (p_data + p_model) + (1 - label) / 2,
            "You pulled both ends toward ½, as smoothing both labels does. Here generated samples keep the label 0.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (p_data + p_model + 1e-8),
            "The small constant wins where both densities are smaller than it: D* would fall to 0 far out. Leave it "
            "out.",
        ),
    ],
    right="D is never surer than the label, and where no data is it says 0, as before.",
    hint="At one x: −label · p_data · log D − ((1 − label) · p_data + p_model) · log(1 − D). Set its derivative to 0.",
)

# --------------------------------------------------------------------------------------------------- packing


def _pack(samples, size):
    return samples.reshape(len(samples) // size, -1)


_BATCH = np.arange(24.0).reshape(12, 2)

pack = function_exercise(
    _pack,
    cases=[(_BATCH, 2), (_BATCH, 3), (np.arange(24.0).reshape(8, 3), 4)],
    mistakes=[
        Mistake(
            lambda samples, size: samples.reshape(size, -1),
            "You made `size` rows. There should be one row for every `size` samples.",
        ),
        Mistake(
            lambda samples, size: samples.reshape(-1, size),
            "Each row has `size` numbers. It should have `size` samples, of d numbers each.",
        ),
        Mistake(
            lambda samples, size: np.hstack(np.split(samples, size)),
            "Right shape, other packs: you put samples together that lie far apart in the batch. Take neighbors.",
        ),
        Mistake(
            lambda samples, size: np.tile(samples, size),
            "That is each sample next to itself. A pack holds different samples.",
        ),
        Mistake(
            lambda samples, size: samples.reshape(len(samples) // size, size, -1).mean(axis=1),
            "A mean hides whether the samples were alike. Put them side by side, so that D sees each.",
        ),
        Mistake(
            lambda samples, size: samples.reshape(len(samples) // size, size, -1),
            "Nearly: one axis too many. D's first layer takes one row of numbers for a pack.",
        ),
        Mistake(
            lambda samples, size: (
                samples.reshape(len(samples) // size, size, -1).swapaxes(1, 2).reshape(len(samples) // size, -1)
            ),
            "You sorted by coordinate: all x, then all y. Right for a dense D, but keep the samples whole here.",
        ),
        Mistake(
            lambda samples, size: samples[: len(samples) // size],
            "You threw samples away. Every sample of the batch goes into a pack.",
        ),
        Mistake(
            lambda samples, size: samples.reshape(-1, 2 * size),
            "Right for points of the plane. Samples may have any number of coordinates: count the rows instead.",
        ),
        Mistake(
            lambda samples, size: samples.T.reshape(len(samples) // size, -1),
            "You transposed first, so that a row holds one coordinate of many samples. Leave the samples as they lie.",
        ),
        Mistake(
            lambda samples, size: np.stack([samples[i : i + size].ravel() for i in range(len(samples) - size + 1)]),
            "Your packs overlap: a window that moves on by one. Each sample belongs to one pack.",
        ),
        Mistake(
            lambda samples, size: np.hstack([np.roll(samples, -i, axis=0) for i in range(size)]),
            "Each sample begins a pack of its own, and turns up in others as well. n samples make n / size packs.",
        ),
        Mistake(
            lambda samples, size: samples.reshape(len(samples) // size, -1).T,
            "The packs stand in columns. D takes one row for a pack.",
        ),
    ],
    right="D judges a handful at a time, and a handful of the same gives itself away.",
    hint="A batch of 12 points of the plane becomes 6 rows of 4 numbers: one reshape.",
)
