"""The report of a visit as text, as a table for notebooks, and as a figure."""

import html as escape
import re
import textwrap

from gan_course.doctor import summary

WIDTH = 100
"""Lines of the text are wrapped after so many characters."""


def text(visit):
    """The report as text: one paragraph for each finding, what was looked at, and what the words mean.

    Args:
        visit: a `Visit` whose block has ended.
    """
    if visit.evidence is None:
        return "The visit is still going on: print it after the `with` block."
    lines = _body(visit)
    words = summary.legend("\n".join(lines), visit.evidence)
    return "\n".join([*lines, "", "In this report:", *(line for word in words for line in _wrapped("", word))])


def _body(visit):
    """The lines of the report without the legend."""
    lines = [headline(visit), ""]
    for number, finding in enumerate(visit.findings, 1):
        lines += [f"{number}. {finding.name} ({finding.severity})"]
        lines += _wrapped("Measured: ", finding.evidence) + _wrapped("Cause:    ", finding.cause)
        lines += ["   Remedy:", *(f"       {line}" for line in finding.remedy.splitlines())]
        lines += [f"   Read on:  {finding.lesson}", ""]
    return lines + [line for sentence in looked_at(visit) for line in _wrapped("", sentence, 0)]


def looked_at(visit):
    """Sentences about what was seen and compared, a list. Without findings above a note they say more."""
    evidence, sentence = visit.evidence, summary.seen(visit.evidence)
    said = [sentence] if sentence else []
    if all(finding.severity == "note" for finding in visit.findings):
        said += [*summary.compared(evidence), *summary.limits(evidence)]
    return [*said, *visit.remarks]


def headline(visit):
    """The first line of a report: how many findings, after how much training."""
    count = {s: sum(f.severity == s for f in visit.findings) for s in ("illness", "risk", "note")}
    names = {"illness": ("illness", "illnesses"), "risk": ("risk", "risks"), "note": ("note", "notes")}
    parts = [f"{n} {names[s][n != 1]}" for s, n in count.items() if n]
    if visit.evidence.outcome.real is None and not count["illness"] + count["risk"]:
        parts = ["could not judge this GAN: most checks need real data", *parts]
    elif summary.is_unlike(visit.evidence) and not count["illness"] + count["risk"]:
        parts = ["no known fault found, but G's samples are not like the data yet", *parts]
    healthy = "nothing wrong found in what could be seen" if visit.evidence.noise_is_hidden else "nothing wrong found"
    found = ", ".join(parts) if parts else healthy
    loops = summary.loops_in_words(visit.evidence.log)
    return f"Doctor's report: {found} ({visit.ticks} training events; {loops})"


def _wrapped(label, sentence, margin=3):
    indent = " " * (margin + len(label))
    kept = re.sub(r"(\d) %", "\\1\u00a0%", sentence)  # a number and its % stay in one line
    lines = textwrap.wrap(kept, WIDTH, initial_indent=" " * margin + label, subsequent_indent=indent)
    return [line.replace("\u00a0", " ") for line in lines]


def html(visit):
    """The report as an HTML table, for notebooks. Whatever comes from the user's code is escaped.

    Args:
        visit: a `Visit`.
    """
    if visit.evidence is None:
        return f"<p>{escape.escape(text(visit))}</p>"
    rows = "".join(_row(finding) for finding in visit.findings)
    head = "<tr><th>finding</th><th>measured</th><th>cause</th><th>remedy</th></tr>"
    table = f"<table style='text-align:left'>{head}{rows}</table>" if rows else ""
    words = summary.legend("\n".join(_body(visit)), visit.evidence)
    said = "".join(f"<p>{escape.escape(sentence)}</p>" for sentence in (*looked_at(visit), " ".join(words)))
    return f"<p><b>{escape.escape(headline(visit))}</b></p>{table}{said}"


def _row(finding):
    name = f"<a href='{finding.lesson}'>{finding.name}</a><br>({finding.severity})"
    cells = [name, escape.escape(finding.evidence), escape.escape(finding.cause)]
    cells.append(f"<pre style='text-align:left'>{escape.escape(finding.remedy)}</pre>")
    return "<tr>" + "".join(f"<td style='text-align:left;vertical-align:top'>{cell}</td>" for cell in cells) + "</tr>"


def plot(visit):
    """Draw the course of a visit: above how far both players moved, below how well D told them apart.

    Args:
        visit: a `Visit` whose block has ended.

    Returns:
        Matplotlib's Figure.
    """
    import matplotlib.pyplot as plt

    from gan_course.plots import ACCENT, DISCRIMINATOR, GENERATED, MUTED

    evidence = visit.evidence
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
    ticks = [w.tick for w in evidence.windows]
    for player, color, style in (("generator", GENERATED, "-"), ("discriminator", DISCRIMINATOR, "--")):
        above.plot(ticks, evidence.pace(player), style, color=color, label=player)
    above.set(ylabel="movement per event", title="How far the weights move, relative to their size")
    above.set_yscale("symlog", linthresh=1e-7)
    above.legend()
    moments = evidence.outcome.moments
    below.plot([m.tick for m in moments], [m.auc for m in moments], "o-", color=ACCENT)
    below.axhline(0.5, color=MUTED, linestyle=":")
    below.set(xlabel="training events", ylabel="share of pairs", ylim=(-0.05, 1.05))
    below.set_title("How often D scores a real sample above a generated one")
    return figure
