"""The command `python -m gan_course doctor script.py`: runs a script, finds its players by itself, and reports."""

import argparse
import gc
import os
import runpy
import sys

import keras

from gan_course.doctor import hooks
from gan_course.doctor.structure import contains, output_shape
from gan_course.doctor.visit import Visit
from gan_course.doctor.waiting import Waiting
from gan_course.validate import input_shapes, shapes_fit


def main(arguments):
    """Run a script under a visit, and print the report, also if the script raises an exception, which then goes on.

    Args:
        arguments: list of strings: the path of the script, and the script's own arguments.
    """
    parser = argparse.ArgumentParser(prog="python -m gan_course doctor", description=__doc__)
    parser.add_argument("script", help="a Python file that trains a GAN with Keras 3")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of the script")
    given = parser.parse_args(arguments)
    if not os.path.isfile(given.script):
        parser.error(f"No such script. Expected the path of a Python file. Received: {given.script!r}.")
    matchmaker = Matchmaker()
    hooks.add(matchmaker)
    before = sys.argv, sys.path[0]
    sys.argv, sys.path[0] = [given.script, *given.arguments], os.path.dirname(os.path.abspath(given.script))
    try:
        runpy.run_path(given.script, run_name="__main__")
    except BaseException as error:
        matchmaker.failed(error)
        raise
    finally:
        sys.argv, sys.path[0] = before
        hooks.remove(matchmaker)
        print(matchmaker.report())


class Matchmaker(Waiting):
    """Looks at the models that are alive before training events, until it finds two that play with each other.

    Attributes:
        visit: the `Visit` of the two, or None as long as they are not found.
    """

    def __init__(self):
        super().__init__(self.find)
        self.visit, self.events = None, 0

    def find(self):
        """Look for the players at events 1, 2, 3, 4, 8, 16, …. Returns the recorder of their visit, or None."""
        self.events += 1
        if self.events > 4 and self.events & (self.events - 1):
            return None
        pairs = find_players(living_models())
        if len(pairs) != 1:
            return None
        generator, discriminator, combined = pairs[0]
        self.visit = Visit({"generator": generator, "discriminator": discriminator}, combined, None, None, None, None)
        self.visit.begin()
        return self.visit.recorder

    def failed(self, error):
        """Keep the exception that ended the script, but not its regular end by `sys.exit()`."""
        if self.visit is not None and not (isinstance(error, SystemExit) and error.code in (None, 0)):
            self.visit.error = f"{type(error).__name__}: {error}".splitlines()[0]

    def report(self):
        """The report as text; where no players were found, what to do."""
        if self.visit is not None:
            self.visit.end()
            return str(self.visit)
        return advice(living_models())


def living_models():
    """All Keras models that exist in this process, without the functional model that a `Sequential` keeps inside."""
    models = [thing for thing in gc.get_objects() if issubclass(type(thing), keras.Model)]
    sequential = {_weights(m) for m in models if isinstance(m, keras.Sequential)}
    return [m for m in models if isinstance(m, keras.Sequential) or not m.built or _weights(m) not in sequential]


def _weights(model):
    """Identities of a model's variables."""
    return tuple(id(v) for v in model.variables)


def find_players(models):
    """Models that play against each other.

    A generator's output fits a discriminator's input, and a discriminator returns one score per sample or per patch.
    Parts of larger networks do not count. If a third model holds both, such as a combined model or one with a
    `train_step`, the pairs without such a model are left out.

    Args:
        models: list of Keras models.

    Returns:
        List of triples of generator, discriminator, and combined model or None.
    """
    built = [m for m in models if m.built and m.weights and output_shape(m) and input_shapes(m)]
    inside = {id(m): [other for other in models if other is not m and contains(other, m)] for m in models}
    pairs = [(g, d) for g in built for d in built if g is not d and _fit(g, d) and _outermost(g, d, inside)]
    held = [(g, d) for g, d in pairs if _holders(g, d, inside)]
    return [(g, d, _combined(_holders(g, d, inside))) for g, d in held or pairs]


def _fit(generator, discriminator):
    """Whether one model's samples fit the other one, which returns scores."""
    made, scored, taken = output_shape(generator), output_shape(discriminator), input_shapes(discriminator)[0]
    return (
        isinstance(taken, tuple)
        and shapes_fit(made, taken)
        and len(scored) > 1
        and scored[-1] == 1
        and (made[1:] != scored[1:])
    )


def _holders(g, d, inside):
    """Models that hold both."""
    return [m for m in inside[id(g)] if any(m is other for other in inside[id(d)])]


def _outermost(g, d, inside):
    """Whether every model that holds one of the two holds the other one, too."""
    count = len(_holders(g, d, inside))
    return len(inside[id(g)]) == count == len(inside[id(d)])


def _combined(holders):
    """The combined model among the models that hold both players: one without a `train_step` of its own."""
    plain = [m for m in holders if type(m).train_step is keras.Model.train_step]
    return plain[0] if plain else None


def advice(models):
    """What to do where the players were not found.

    Args:
        models: list of Keras models that were seen.
    """
    seen = "\n".join(f"   {m.name}: {input_shapes(m)} → {output_shape(m)}" for m in models if m.built)
    return (
        "Doctor's report: it is not clear which two Keras models play against each other.\n"
        f"These models were there:\n{seen or '   none that is built'}\n"
        "Name them yourself, around the training in your script:\n\n"
        "    from gan_course import doctor\n"
        "    with doctor.watch(generator=..., discriminator=..., real=..., latent_dim=...) as visit:\n"
        "        ...  # your training loop, indented\n"
        "    print(visit)\n\n"
        "If a third model trains the generator through the discriminator, pass it as combined=, too."
    )
