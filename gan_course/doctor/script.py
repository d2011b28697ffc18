"""The command `python -m gan_course doctor script.py`: runs a script, finds its players by itself, and reports."""

import argparse
import gc
import os
import runpy
import sys
import sysconfig
import traceback
import weakref

import keras

from gan_course.doctor import hooks, names, summary
from gan_course.doctor.structure import contains, is_wrapper, output_shape
from gan_course.doctor.visit import Visit
from gan_course.doctor.waiting import Waiting
from gan_course.validate import input_shapes, layers_of, shapes_fit

DESCRIPTION = """\
Run a script that trains a GAN with Keras 3, and say what is wrong with the GAN. The script needs no change, and its
training is not changed."""

EPILOG = """\
The doctor looks for two models that play against each other. If it cannot tell which they are, it says so at the end.
Then name them, by their variables in the script or by their Keras names:

    python -m gan_course doctor --generator g --discriminator d script.py --epochs 3

The doctor's options stand before the script, and the script's own behind it.

exit status:
  0   the doctor found nothing worse than a note
  1   it found an illness or a risk, or the script failed: then the report comes first, and the error goes on
  2   it could not judge: wrong command line, it is not clear which models play, or it found nothing, but had no real
      data (give them with --real), or the generator's samples are not like the data yet (train longer)
"""

ROLES = ("generator", "discriminator", "combined")

# The command line


class Parser(argparse.ArgumentParser):
    """A parser that prints the whole help where the command line is wrong."""

    def error(self, message):
        self.print_help(sys.stderr)
        self.exit(2, f"\n{self.prog}: {message}\n")


def command_line():
    """The parser of the command."""
    form = argparse.RawDescriptionHelpFormatter
    parser = Parser("python -m gan_course doctor", None, DESCRIPTION, EPILOG, formatter_class=form)
    parser.add_argument("--generator", metavar="NAME", help="the model that makes samples")
    parser.add_argument("--discriminator", metavar="NAME", help="the model that scores samples")
    parser.add_argument("--combined", metavar="NAME", help="a model that trains the one through the other")
    parser.add_argument("--real", metavar="NAME", help="the variable that holds the real data, an array")
    parser.add_argument("script", help="a Python file that trains a GAN with Keras 3")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    return parser


def main(arguments):
    """Run a script under a visit, and print the report, also if the script raises an exception, which then goes on.

    Args:
        arguments: list of strings: options, the path of the script, and the script's own arguments.

    Returns:
        The exit status: 0 for nothing above a note, 1 for findings, 2 if it is not clear which models play, or there
        were no findings, but no real data either, or samples that are not like them.

    Raises:
        SystemExit: with status 2 for a wrong command line, after the help.
    """
    parser = command_line()
    given = parser.parse_args(arguments)
    if not os.path.isfile(given.script):
        parser.error(f"No such script. Expected the path of a Python file. Received: {given.script!r}.")
    matchmaker = Matchmaker({role: name for role in (*ROLES, "real") if (name := getattr(given, role))})
    hooks.add(matchmaker)
    try:
        run(given.script, given.arguments)
    except BaseException as error:
        matchmaker.failed(error)
        if not ended_well(error):
            raise
    finally:
        hooks.remove(matchmaker)
        print(f"\n{matchmaker.report()}", flush=True)
    return matchmaker.status()


def run(script, arguments):
    """Run a script as `python script.py` does.

    Args:
        script: its path.
        arguments: list of its own arguments.
    """
    before = sys.argv, sys.path[0]
    sys.argv, sys.path[0] = [script, *arguments], os.path.dirname(os.path.abspath(script))
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.argv, sys.path[0] = before


def ended_well(error):
    """Whether an exception is the regular end of a script by `sys.exit()`."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


# Finding the players


class Matchmaker(Waiting):
    """Looks at the models that the script has made before training events, until two play with each other.

    Args:
        wanted: dictionary from "generator", "discriminator", "combined" and "real" to the names that the user gave on
            the command line. Roles without a name are left out.

    Attributes:
        visit: the `Visit` of the two, or None as long as they are not found.
        models: lines that describe the models that were seen last.
    """

    def __init__(self, wanted=None):
        super().__init__(self.find)
        self.wanted, self.visit, self.events, self.models = wanted or {}, None, 0, []
        self.has_trained, self.error = False, None
        self.older = weakref.WeakSet(living_models())

    def event(self, told, *call):
        self.has_trained |= told not in ("predicted", "layer_called", "function_called")  # predict() runs functions
        return super().event(told, *call)

    def find(self):
        """Look for the players at events 1, 2, 3, 4, 8, 16, …. Returns the recorder of their visit, or None."""
        self.events += 1
        if self.visit is not None or (self.events > 4 and self.events & (self.events - 1)):
            return None
        frames, models = names.callers(), [model for model in living_models() if model not in self.older]
        self.models = [line(model, names.name_of(model, frames)) for model in models if model.built]
        named = {role: find_named(name, frames, models) for role, name in self.wanted.items()}
        pairs = choose(models, {role: named[role] for role in ROLES if role in named})
        if len(pairs) != 1 or any(thing is None for thing in named.values()):
            return None
        things = dict(zip(ROLES, pairs[0], strict=True)) | {"real": named.get("real")}
        players = {role: things[role] for role in ROLES[:2]}
        called = names.names_of(things, frames) | self.wanted
        self.visit = Visit(players, things["combined"], things["real"], names=called)
        self.visit.begin()
        return self.visit.recorder

    def failed(self, error):
        """Keep the exception that ended the script, but not its regular end by `sys.exit()`."""
        if ended_well(error):
            return
        self.error = error
        if self.visit is not None:
            self.visit.error = said_in_a_line(error)

    def report(self):
        """The report as text; where no players were found, what to do."""
        if self.visit is not None:
            self.visit.end()
            self.has_trained = bool(self.visit.evidence.log.loops)
        if self.error is not None and not self.has_trained:
            return early_end(self.error)
        if self.visit is not None:
            return str(self.visit)
        return advice(self.models, self.wanted)

    def status(self):
        """The exit status: see `EPILOG`."""
        if self.visit is None:
            return 2
        if any(finding.severity != "note" for finding in self.visit.findings):
            return 1
        evidence = self.visit.evidence
        return 2 if evidence.outcome.real is None or summary.is_unlike(evidence) else 0


def living_models():
    """All Keras models of this process, without the functional ones that a `Sequential` makes as it grows."""
    models = [thing for thing in gc.get_objects() if issubclass(type(thing), keras.Model)]
    held = {id(part) for model in models for part in [*layers_of(model)][1:]}
    sequential = [_steps(model) for model in models if isinstance(model, keras.Sequential)]
    return [m for m in models if id(m) in held or isinstance(m, keras.Sequential) or not _begins(m, sequential)]


def _begins(model, sequential):
    """Whether the layers of a model are the first ones, or all, of a `Sequential`, given as lists of `_steps`."""
    steps = _steps(model)
    return bool(model.built and steps) and any(others[: len(steps)] == steps for others in sequential)


def _steps(model):
    """Identities of a model's layers, a list, without the layers that only stand for an input."""
    return [id(layer) for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def find_named(name, frames, models):
    """The object that the user calls by a name: a variable in the script, or else a model with this Keras name.

    Args:
        name: string, such as "g" or "gan.generator".
        frames: list of the frames of the user's code.
        models: list of the Keras models that exist.

    Returns:
        The object, or None where there is no such thing, or not yet.
    """
    value = names.value_of(name, frames)
    return value if value is not None else next((m for m in models if m.name == name), None)


def choose(models, named):
    """The pairs of players that agree with what the user named.

    Args:
        models: list of Keras models.
        named: dictionary from some of `ROLES` to a model, or to None for one that is not there.

    Returns:
        List of triples of generator, discriminator, and combined model or None.
    """
    g, d = (named.get(role) for role in ROLES[:2])
    if isinstance(g, keras.Model) and isinstance(d, keras.Model):
        inside = {id(m): holders(m, models) for m in (g, d)}
        ready = g.built and d.built and g.weights and d.weights
        return [(g, d, named.get("combined") or _combined(_holders(g, d, inside)))] if ready else []
    pairs = find_players(models, [model for model in named.values() if model is not None])
    return [pair for pair in pairs if all(pair[ROLES.index(role)] is model for role, model in named.items())]


def find_players(models, preferred=()):
    """Models that play against each other.

    A generator's output fits a discriminator's input, and a discriminator returns one score per sample or per patch.
    Parts of larger networks do not count; of a network and its wrappers one does, see `representatives`. If a third
    model holds both, such as a combined model or one with a `train_step`, the pairs without such a model are left out.

    Args:
        models: list of Keras models.
        preferred: list of models that the user named.

    Returns:
        List of triples of generator, discriminator, and combined model or None.
    """
    built = [m for m in models if m.built and m.weights and output_shape(m) and input_shapes(m)]
    built = representatives(built, preferred)
    inside = {id(m): holders(m, models) for m in built}
    pairs = [(g, d) for g in built for d in built if g is not d and _fit(g, d) and _outermost(g, d, inside)]
    held = [(g, d) for g, d in pairs if _holders(g, d, inside)]
    return [(g, d, _combined(_holders(g, d, inside))) for g, d in held or pairs]


def representatives(models, preferred=()):
    """One model of each network: of wrappers the one that was named, else one that is compiled, else the outermost one.

    Args:
        models: list of Keras models that are built.
        preferred: list of models that the user named.
    """
    kept = []
    for model in models:
        same = [m for m in models if is_wrapper(m, model)]
        ranks = [(any(m is p for p in preferred), m.compiled, sum(1 for _ in layers_of(m))) for m in same]
        if model is same[ranks.index(max(ranks))]:
            kept.append(model)
    return kept


def holders(network, models):
    """The models that have a network inside, apart from its wrappers."""
    return [other for other in models if contains(other, network) and not is_wrapper(other, network)]


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


# What to do where they were not found


def line(model, variable):
    """One line about a model: what the script calls it, its Keras name, and its shapes."""
    called = f"{variable} ({model.name})" if variable else model.name
    return f"{called}: {input_shapes(model)} → {output_shape(model)}"


def said_in_a_line(error):
    """An exception as one line: its kind, and the first line of what it says."""
    return f"{type(error).__name__}: {error}".splitlines()[0].strip()


def is_own(path):
    """Whether a file is the user's own, and not one of Python, of a library or of this package."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders = [*folders, os.path.dirname(os.path.dirname(__file__))]
    return not path.startswith("<") and not os.path.abspath(path).startswith(tuple(folders))


def early_end(error):
    """The report on a script that failed before any training: the error, and the line of the script.

    Args:
        error: the exception.
    """
    said = f"Doctor's report: the script failed before the training began.\n\n    {said_in_a_line(error)}\n"
    steps = [step for step in traceback.extract_tb(error.__traceback__) if is_own(step.filename)]
    if steps:
        last = steps[-1]
        said += f"    {last.filename}, line {last.lineno}, in {last.name}: {last.line}\n"
    return f"{said}\nRepair this first: there is no training yet that the doctor could watch."


def advice(models, wanted):
    """What to do where the players were not found.

    Args:
        models: list of lines that describe the models that were seen.
        wanted: dictionary from a role to the name that the user gave.
    """
    asked = ", ".join(f"--{role} {name}" for role, name in wanted.items())
    reason = f"what you named was not found, or does not fit: {asked}" if wanted else "it is not clear which two play"
    seen = "\n".join(f"    {model}" for model in models)
    return (
        f"Doctor's report: {reason}.\n"
        f"These Keras models were there when the training began:\n{seen or '    none that is built'}\n\n"
        "Name the generator and the discriminator, by their variables or by their Keras names:\n\n"
        "    python -m gan_course doctor --generator NAME --discriminator NAME script.py\n\n"
        "Or put this around the training in your script:\n\n"
        "    from gan_course import doctor\n"
        "    with doctor.watch(generator=..., discriminator=..., real=..., latent_dim=...) as visit:\n"
        "        ...  # your training loop, indented\n"
        "    print(visit)\n\n"
        "If a third model trains the generator through the discriminator, pass it as combined, too."
    )
