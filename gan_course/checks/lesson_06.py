"""Checks of lesson 06, when training fails: the Dirac-GAN, growth, Adam in a game, smoothing, packing, diagnoses."""

import numpy as np

from gan_course.checks.exercise import Mistake, Unattempted, Wrong, function_exercise

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
            "You have exchanged the two: return D's speed first, then G's.",
        ),
        Mistake(
            lambda psi, theta: (theta * _sigmoid(psi * theta), -psi * _sigmoid(psi * theta)),
            "Both signs are wrong: your D descends V, and your G ascends it. It is the other way round.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(psi * theta), -psi * _sigmoid(psi * theta)),
            "G's sign is wrong: G descends V, so its speed is minus the derivative with respect to θ.",
        ),
        Mistake(
            lambda psi, theta: (theta * _sigmoid(psi * theta), psi * _sigmoid(psi * theta)),
            "D's sign is wrong: D ascends V, and V decreases when ψθ increases.",
        ),
        Mistake(
            lambda psi, theta: (-psi * _sigmoid(psi * theta), theta * _sigmoid(psi * theta)),
            "By the chain rule, the derivative with respect to ψ has a factor θ, and the one with respect to θ has a "
            "factor ψ.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(-psi * theta), psi * _sigmoid(-psi * theta)),
            "The derivative of log(1 + e^s) is σ(s), but you have σ(−s), which belongs to the non-saturating loss.",
        ),
        Mistake(
            lambda psi, theta: (-theta * _sigmoid(psi * theta), psi * _sigmoid(-psi * theta)),
            "D's speed is right. G's speed is that of the non-saturating loss, σ(−ψθ), but here G descends V itself.",
        ),
        Mistake(
            lambda psi, theta: (-_sigmoid(psi * theta), _sigmoid(psi * theta)),
            "That is the derivative with respect to the score ψθ. The chain rule adds a factor: θ for D's parameter "
            "ψ, and ψ for G's parameter θ.",
        ),
        Mistake(
            lambda psi, theta: (-theta, psi + 0 * theta),
            "That is the field at a score of 0, up to a factor, where the players move on circles. Keep the factor "
            "σ(ψθ).",
        ),
        Mistake(
            lambda psi, theta: (
                -theta * _sigmoid(psi * theta) * _sigmoid(-psi * theta),
                psi * _sigmoid(psi * theta) * _sigmoid(-psi * theta),
            ),
            "σ(1 − σ) is the derivative of the sigmoid. V contains log(1 + eˢ), whose derivative is the sigmoid "
            "itself.",
        ),
        Mistake(
            lambda psi, theta: (-theta / 2, psi / 2),
            "That is the field close to the equilibrium, where σ = ½. Keep σ(ψθ), which is different farther out.",
        ),
        Mistake(
            lambda psi, theta: (-theta * np.exp(psi * theta), psi * np.exp(psi * theta)),
            "The derivative of log(1 + eˢ) is eˢ divided by 1 + eˢ. You have only the numerator.",
        ),
        Mistake(
            lambda psi, theta: (-theta * np.logaddexp(0, psi * theta), psi * np.logaddexp(0, psi * theta)),
            "You multiplied by log(1 + eˢ) itself. The speeds are derivatives of V: use the derivative of that "
            "logarithm.",
        ),
    ],
    right="In the rest of the lesson, look at the direction of these two speeds: it decides whether the players "
    "reach the equilibrium.",
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
            "You took the real part. Use the absolute value of the complex number, np.abs.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(rate * np.asarray(eigenvalues)).max(),
            "That is the length of a step. After the step, the distance is |1 + rate · λ| times the distance before "
            "it.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 - rate * np.asarray(eigenvalues)).max(),
            "The players follow the field, so the step is added: 1 + rate · λ.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).min(),
            "In the long run the direction with the largest factor decides. Take the maximum.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + np.asarray(eigenvalues)).max(),
            "The learning rate is missing: a step is rate times the field.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues).imag).max(),
            "You took only the imaginary part. np.abs of the complex number uses both parts.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).max() ** 2,
            "That is the square of the factor. The absolute value of a complex number is a square root, and np.abs "
            "takes it.",
        ),
        Mistake(
            lambda eigenvalues, rate: 1 + rate * np.abs(eigenvalues).max(),
            "Add first, and then take the absolute value: an eigenvalue of −1 makes its direction shrink, but with "
            "your formula it grows.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)[0]),
            "You used only the first eigenvalue. Take the largest factor of all of them.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * eigenvalues[np.argmax(np.abs(eigenvalues))]),
            "You chose the largest eigenvalue first. But a large negative one may make its direction shrink: compare "
            "the factors |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * eigenvalues[np.argmax(np.real(eigenvalues))]),
            "You chose the eigenvalue with the largest real part, which decides for very small steps. For steps of "
            "this size compare the factors |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.exp(rate * np.real(eigenvalues)).max(),
            "That is the growth for infinitely small steps. A step of this size has the factor |1 + rate · λ|.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).mean(),
            "You took the mean of the factors. In the long run the direction with the largest factor outgrows the "
            "others: take the maximum.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).prod(),
            "The product of the factors tells how an area grows. A distance grows by the largest factor.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.asarray(eigenvalues)).max() - 1,
            "You subtracted 1. Return the factor itself: it is 1 for a distance that stays the same.",
        ),
        Mistake(
            lambda eigenvalues, rate: np.abs(1 + rate * np.real(eigenvalues)).max(),
            "You left out the imaginary parts. They make the players move on a circle, and each straight step leads "
            "farther out.",
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
            "That is D* without smoothing. Where does the label belong?",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (label * p_data + p_model),
            "Only the numerator contains the label. There are as many real samples as before: a fraction 1 − label "
            "of them counts as generated, so the denominator stays the same.",
        ),
        Mistake(
            lambda p_data, p_model, label: (label * p_data + (1 - label) * p_model) / (p_data + p_model),
            "You smoothed the labels of both kinds of samples. Where only generated samples are, D* is then 1 − "
            "label instead of 0, so that they count as partly real.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_model / (p_data + p_model),
            "D* is the probability of a real sample: p_data is in the numerator.",
        ),
        Mistake(
            lambda p_data, p_model, label: (1 - label) * p_data / (p_data + p_model),
            "1 − label is the fraction of real samples with label 0. The numerator contains those with label 1.",
        ),
        Mistake(
            lambda p_data, p_model, label: np.minimum(p_data / (p_data + p_model), label),
            "Smoothing does not cut D* off at the label: it makes D* smaller everywhere.",
        ),
        Mistake(
            lambda p_data, p_model, label: p_data / (p_data + p_model) - (1 - label),
            "Smoothing does not subtract a fixed number: where no data is, D* would be negative. It multiplies D*.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (label * p_data + (1 - label) * p_model),
            "The label is not a prior. Real and generated samples are as frequent as before, but a fraction 1 − "
            "label of the real samples counts as generated.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (p_data + p_model) + (1 - label) / 2,
            "You moved both ends toward ½, as if both labels were smoothed. Here generated samples keep the label 0.",
        ),
        Mistake(
            lambda p_data, p_model, label: label * p_data / (p_data + p_model + 1e-8),
            "Where both densities are smaller than the small constant, it dominates the sum, and D* becomes almost 0 "
            "far out. Leave the constant out.",
        ),
    ],
    right="D* is never above the label, and where no data is, it is 0 as before.",
    hint="At one x, D's loss is −label · p_data · log D − ((1 − label) · p_data + p_model) · log(1 − D). Set its "
    "derivative to 0.",
)

# --------------------------------------------------------------------------------------------- Adam in a game


def _adam_game(steps, d_rate, g_rate, beta_1, gamma):
    point, mean, square, path = np.ones(2), np.zeros(2), np.zeros(2), []
    for t in range(1, steps + 1):
        for player, rate in ((0, d_rate), (1, g_rate)):  # D first; G then sees D's new ψ
            psi, theta = point
            d_speed = -theta / (1 + np.exp(-psi * theta)) - gamma * psi
            g_speed = psi / (1 + np.exp(psi * theta))
            speed = (d_speed, g_speed)[player]
            mean[player] = beta_1 * mean[player] + (1 - beta_1) * speed
            square[player] = 0.999 * square[player] + 0.001 * speed**2
            step = mean[player] / (1 - beta_1**t) / (np.sqrt(square[player] / (1 - 0.999**t)) + 1e-7)
            point[player] = point[player] + rate * step
        path.append(point.copy())
    return np.array(path)


def _variant(steps, d_rate, g_rate, beta_1, gamma, **wrong):
    """Play as `_adam_game` does, but with one mistake."""
    point, mean, square, path = np.ones(2), np.zeros(2), np.zeros(2), []
    for t in range(1, steps + 1):
        before = point.copy()
        for player, rate in ((0, d_rate), (1, g_rate)):
            psi, theta = before if wrong.get("at_once") else point
            push = psi / (1 + np.exp(-psi * theta)) if wrong.get("saturating") else psi / (1 + np.exp(psi * theta))
            penalty = 0 if wrong.get("no_penalty") else gamma * psi
            speed = (-theta / (1 + np.exp(-psi * theta)) - penalty, push)[player] * wrong.get("sign", 1)
            old = 1 if wrong.get("sum") else 1 - beta_1
            mean[player] = speed if wrong.get("no_mean") else beta_1 * mean[player] + old * speed
            square[player] = 0.999 * square[player] + 0.001 * speed**2
            power = 1 if wrong.get("power_one") else t
            first, second = 1 - beta_1**power, 1 - 0.999**power
            if wrong.get("uncorrected"):
                first = second = 1
            size = square[player] / second
            size = 1 if wrong.get("plain") else size if wrong.get("no_root") else np.sqrt(size)
            point[player] = point[player] + rate * mean[player] / first / (size + 1e-7)
        path.append(point.copy())
    path = np.array(path)
    return np.hypot(*path.T) if wrong.get("distance") else path[-1] if wrong.get("last") else path


def _with_mistake(**wrong):
    return lambda *arguments: _variant(*arguments, **wrong)


adam_game = function_exercise(
    _adam_game,
    cases=[
        (1, 0.01, 0.01, 0.0, 0.0),
        (3, 0.05, 0.02, 0.9, 0.0),
        (60, 0.02, 0.02, 0.5, 0.5),
        (200, 0.01, 0.03, 0.9, 0.2),
    ],
    mistakes=[
        Mistake(
            _with_mistake(at_once=True),
            "Your players move at once. Play in turns: compute G's speed from D's new ψ.",
        ),
        Mistake(
            _with_mistake(saturating=True),
            "G has the saturating loss in your game. With the non-saturating one its speed is ψ σ(−ψθ).",
        ),
        Mistake(
            _with_mistake(uncorrected=True),
            "The correction of the first steps is missing: divide the mean by 1 − β₁ᵗ, and the mean of the squares by "
            "1 − β₂ᵗ.",
        ),
        Mistake(
            _with_mistake(power_one=True),
            "The correction uses the number of the step: 1 − β₁ᵗ and 1 − β₂ᵗ, with t = 1, 2, 3, …",
        ),
        Mistake(
            _with_mistake(no_mean=True),
            "There is no momentum in your game: β₁ must act on a running mean of the speeds.",
        ),
        Mistake(
            _with_mistake(sum=True),
            "Your momentum adds up speeds. Adam keeps a running mean: β₁ · mean + (1 − β₁) · speed.",
        ),
        Mistake(
            _with_mistake(plain=True),
            "That is momentum without Adam. Divide the mean by the root of the mean of the squares.",
        ),
        Mistake(
            _with_mistake(no_root=True),
            "You divide by the mean of the squares. Adam divides by its square root.",
        ),
        Mistake(
            _with_mistake(sign=-1),
            "Both players go the wrong way. The speeds already say where they want to go: add the step.",
        ),
        Mistake(
            _with_mistake(no_penalty=True),
            "γ is missing: R1 adds −γψ to D's speed.",
        ),
        Mistake(
            _with_mistake(distance=True),
            "That is the distance from the equilibrium. Return the points themselves, ψ and θ after each step.",
        ),
        Mistake(
            _with_mistake(last=True),
            "That is the last point alone. Return the points after all steps, an array (steps, 2).",
        ),
    ],
    right="Now you can ask what Adam does to a game, and need not take our formulas for another optimizer.",
    hint="Keep for each player a mean and a mean of the squares, both 0 at first. In step t, first D, then G: "
    "mean = β₁ · mean + (1 − β₁) · speed, square = β₂ · square + (1 − β₂) · speed², and the player moves by "
    "rate · (mean / (1 − β₁ᵗ)) / (√(square / (1 − β₂ᵗ)) + 1e-7).",
    tolerance=1e-5,
)

# ------------------------------------------------------------------------------------------ diagnose the film


def _diagnosis(film):
    return {"A": 3, "B": 2, "C": 4, "D": 1}[film]


_WHY = {
    ("A", 1): "Film A: does anything swing or leave there? Compare its first picture with its last one.",
    ("A", 2): "Film A: the samples are close together, but are they sharp? Collapse sits on modes.",
    ("A", 4): "Film A: a healthy G has reached the modes by the end. Where are the samples of film A?",
    ("B", 1): "Film B: at the end nothing swings or leaves. Look at how the samples are spread over the modes instead.",
    ("B", 3): "Film B: the samples have moved a long way from where they began, so the push was there.",
    ("B", 4): "Film B: each sample is good. Now count the modes that have none.",
    ("C", 1): "Film C: look at the last pictures. Does anything still swing or leave the frame?",
    ("C", 2): "Film C: count the modes that have samples at the end.",
    ("C", 3): "Film C: its samples moved from the middle to the ring, so G was told where to go.",
    ("D", 2): "Film D: the samples come as one swarm, but are they sharp at the end? Collapse sits on modes.",
    ("D", 3): "Film D: the samples move a lot, so the push is there. What they lack is a goal that stays.",
    ("D", 4): "Film D: count the modes at the end, and the samples that are near none.",
}


def _diagnose_films(answer):
    for film in "ABCD":
        said = answer(film)
        if said is ...:
            raise Unattempted
        if said not in (1, 2, 3, 4):
            raise Wrong(f"Film {film}: expected 1, 2, 3 or 4. Received: {said!r}.")
        if said != _diagnosis(film):
            raise Wrong(_WHY[film, int(said)])


def _misjudged(film, said):
    return Mistake(lambda name: said if name == film else _diagnosis(name), _WHY[film, said])


diagnosis = function_exercise(
    _diagnosis,
    cases=[("A",), ("B",), ("C",), ("D",)],
    mistakes=[_misjudged(film, said) for film, said in _WHY],
    right="You looked at three things: do the samples move, where do they rest, and how many modes have some?",
    hint="Ask three questions of each film. Do the samples move at all? Do they come to rest? How many modes have "
    "samples at the end?",
    test_first=_diagnose_films,
)
