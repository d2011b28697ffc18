"""How often the doctor is right: it visits every case of the corpus in `tests/doctor`, ill and healthy.

    KERAS_BACKEND=tensorflow python -m benchmarks doctor    the cases that run on TensorFlow

The same with jax and torch, which may have cases of their own.
oneDNN is switched off, as in the tests, so `pytest -m corpus` makes the same visits as seed 0 here.
The table is written into assets, the numbers into gan_course/results. Finished visits are kept, those of other backends
too, so three calls make the whole table.
"""

import os
import sys
import time
import warnings

import matplotlib.pyplot as plt

from benchmarks import report
from gan_course import plots

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # before anything imports TensorFlow

SEEDS = (0, 2, 3)  # the rules were tuned with seed 1; see `markdown`
CORPUS = report.PROJECT / "tests" / "doctor"


def cases():
    """The corpus: dictionary from a title to its case."""
    if str(CORPUS) not in sys.path:
        sys.path.insert(0, str(CORPUS))
    import corpus

    return {case.title: case for case in corpus.CASES}


def visit(case, seed, train=None):
    """Let the doctor visit one case.

    Args:
        case: a case of the corpus.
        seed: an integer.
        train: function that trains a patient. Defaults to None: the patient's own training alone.

    Returns:
        Dictionary that JSON can hold: the findings' names, those above a note, the evidence of the right one, seconds.
    """

    from gan_course import doctor

    patient, error = case.admit(seed), None
    given = {name: getattr(patient, name) for name in ("combined", "real", "latent_dim", "labels", "sample")}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with doctor.watch(patient.generator, patient.discriminator, **given) as seen:
                train(patient) if train else patient.train()
                trained = time.perf_counter()
    except Exception as raised:  # some patients end with an error, and the report comes all the same
        error, trained = type(raised).__name__, time.perf_counter()
    seconds = round(time.perf_counter() - trained, 1)
    return record(case, seed, seen.findings) | {"error": error, "examination_seconds": seconds}


def record(case, seed, findings):
    """What a visit found, a dictionary that JSON can hold.

    Args:
        case: a case of the corpus.
        seed: an integer.
        findings: list of the doctor's findings.
    """
    import keras

    right = next((f for f in findings if f.name == case.illness), next(iter(findings), None))
    return {
        "backend": keras.config.backend(),
        "case": case.title,
        "illness": case.illness,
        "source": case.source,
        "seed": seed,
        "found": [f.name for f in findings],
        "alarms": [f.name for f in findings if f.severity != "note"],
        "evidence": right.evidence if right else "",
    }


def is_found(run):
    """Whether the right illness is among the findings; of a healthy GAN, whether there is no alarm."""
    return run["illness"] in run["found"] if run["illness"] else not run["alarms"]


def is_first(run):
    """Whether the right illness stands first; of a healthy GAN, whether there is no alarm."""
    return run["found"][:1] == [run["illness"]] if run["illness"] else not run["alarms"]


def share(runs, right):
    """A share of runs in words, such as "95.0 % (19 of 20)"."""
    count = sum(map(right, runs))
    return f"{count / max(len(runs), 1):.1%} ({count} of {len(runs)})"


SEEDS_USED = """\
The thresholds of the rules were chosen with seed 1, which is not in this table. Two rules were mended after visits with
seed 0, so for these it is not held out: a squared error behind a sigmoid is found by the slope of its formula, and mode
collapse also where G jumps from one sample to another. Seeds 2 and 3 were held out. Their visits on TensorFlow found 94
of 96 illnesses and named 92 of them first, without a false alarm. Only then two more rules were mended, which put
another name first: a player that pauses is not slow, and G's own steps are not judged by a D that looks at the whole
batch. Two rules were widened after visits with seeds 0 and 2: a D that says one half to everything late in the training
is blind, too, and a G whose samples are all the same at the end has collapsed, even if they were a little more varied
just before. The table shows the rules as they are now."""


def markdown(runs, about):
    """The results as Markdown."""
    ill, healthy = ([run for run in runs if bool(run["illness"]) == is_ill] for is_ill in (True, False))
    backends = ("all", *sorted({run["backend"] for run in runs}))
    parts = [
        "# The doctor and its patients\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks doctor`.\n",
        f"{len({r['case'] for r in ill})} ill GANs, each written after a public report, and "
        f"{len({r['case'] for r in healthy})} healthy ones. {' '.join(SEEDS_USED.split())} A false alarm is a finding "
        "above a note in a healthy GAN.\n",
        report.table(
            ("backend", "seeds", "illness found", "and named first", "false alarms"),
            [_summary(name, [run for run in runs if name in ("all", run["backend"])]) for name in backends],
        ),
        f"{_mistakes(runs)}\n",
        report.table(("illness", "patient", "found", "first", "evidence"), _rows(runs)).replace("---:", "---"),
    ]
    return "\n".join(parts)


def _summary(name, runs):
    """One row of the first table: how often these runs are right."""
    ill, healthy = ([run for run in runs if bool(run["illness"]) == is_ill] for is_ill in (True, False))
    seeds = ", ".join(map(str, sorted({run["seed"] for run in runs})))
    alarms = f"{sum(bool(run['alarms']) for run in healthy)} of {len(healthy)}"
    return name, seeds, share(ill, is_found), share(ill, is_first), alarms


def _mistakes(runs):
    """A list of the visits in which the illness was not found, or a healthy GAN raised an alarm."""
    said = [
        f"- {run['case'].replace('_', ' ')} ({run['backend']}, seed {run['seed']}): "
        + (f"{run['illness']} was not found" if run["illness"] else f"false alarm {run['alarms'][0]}")
        for run in sorted(runs, key=lambda run: (run["case"], run["backend"], run["seed"]))
        if not is_found(run)
    ]
    return "\n".join(["Wrong visits:\n", *said]) if said else "No visit was wrong."


def _rows(runs):
    """One row per case, the ill ones first."""
    titles = sorted({(run["illness"] or "~", run["case"]) for run in runs})
    for illness, title in titles:
        mine = [run for run in runs if run["case"] == title]
        counts = [f"{sum(map(right, mine))} of {len(mine)}" for right in (is_found, is_first)]
        name = "healthy" if illness == "~" else illness
        yield name, f"[{title.replace('_', ' ')}]({mine[0]['source']})", *counts, mine[0]["evidence"].replace("|", "/")


def plot(runs):
    """Draw for each illness how many visits there were, and in how many it was found. Returns the figure."""
    plots.use_style()
    names = sorted({run["illness"] or "healthy" for run in runs}, reverse=True)
    groups = [[run for run in runs if (run["illness"] or "healthy") == name] for name in names]
    figure, ax = plt.subplots(figsize=(7, 5))
    ax.barh(names, [len(group) for group in groups], color=plots.MUTED, label="visits")
    ax.barh(
        names, [sum(map(is_found, group)) for group in groups], color=plots.DISCRIMINATOR, label="right", height=0.5
    )
    ax.set(title="How often the doctor was right", xlabel="visits")
    ax.legend()
    return figure


def run(folder, chosen, seeds=SEEDS):
    """Visit what the folder does not hold yet, and write the table.

    Args:
        folder: where the table and, unless this is `assets`, the numbers go.
        chosen: dictionary from a title to a case.
        seeds: integers. Defaults to (0, 2, 3).
    """
    import keras

    about = {"machine": report.machine("keras", "tensorflow", "jax", "torch", "numpy")}
    stored, backend = report.Runs(report.numbers_of(folder, "doctor"), about), keras.config.backend()
    here = {title: case for title, case in chosen.items() if backend in case.backends}
    stored.fill(
        [{"case": title, "seed": seed, "backend": backend} for title in here for seed in seeds],
        lambda case, seed, backend: visit(here[case], seed),
    )
    report.write(folder, "doctor", markdown(stored.runs, about), plot(stored.runs))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    known = cases()
    parser = report.command_line("doctor", "How often the doctor is right about ill and healthy GANs.")
    report.add_choice(parser, "--case", known)
    parser.add_argument("--seeds", nargs="+", type=int, default=[*SEEDS])
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {title: known[title] for title in given.case}, given.seeds)
