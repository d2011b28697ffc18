"""The command `feedback`: writes the page that each student gets back, and what the platforms take back."""

from collections.abc import Iterator
from pathlib import Path

from nbgrader.apps import NbGraderAPI

from .course import Problem, Said, chosen_submissions, label_of, last_error, notebook_of, origin, place_of
from .gradescope import autograder
from .platforms import feedback_zip
from .preflight import require_graded
from .reports import gradescope_results, report


def feedback(api: NbGraderAPI, assignment: str, student: str | None = None) -> Iterator[Said]:
    """Write the feedback of graded submissions as HTML, without hidden tests.

    For submissions that came from Moodle, Canvas or Gradescope, it also writes a zip that can be uploaded there:
    feedback_hw1_moodle.zip, feedback_hw1_canvas.zip or feedback_hw1_gradescope.zip. These hold the submissions of all
    students, so they are not written for one student alone.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1".
        student: id of the only student. Defaults to None: all students.

    Yields:
        One line per submission: the path of the page, or why there is none. One line per rubric whose points add up to
        another number than the points of the answer. One line per zip.

    Raises:
        Problem: nobody handed in the assignment, or this student did not.
    """
    pages = {}
    for variant, name in chosen_submissions(api, assignment, student):
        label = label_of(api, name, variant)
        try:
            require_graded(api.coursedir, variant, name)
        except Problem as problem:
            yield Said(f"{label}: no feedback. {problem}", ok=False)
            continue
        result = api.generate_feedback(variant, name)
        if not result["success"]:
            yield Said(f"{label}: FAILED. {last_error(result)}", ok=False)
            continue
        pages[variant, name] = notebook_of(api.coursedir, "feedback", variant, name).with_suffix(".html")
        yield Said(f"{label}: {pages[variant, name].relative_to(api.coursedir.root)}")
        yield from (Said(f"{label}: {text}", ok=False) for text in _wrong_sums(api, variant, name))
    if student is None:
        yield from _zips(api, assignment, pages)


def _wrong_sums(api, assignment, student):
    """Lines about the rubrics whose points add up to another number than the points that were entered."""
    with api.gradebook as gradebook:
        made = report(gradebook, api.coursedir, assignment, student)
    parts = [part for exercise in made.exercises for part in exercise.parts if part.differs]
    for part in parts:
        total = sum(row.given for row in part.criteria)
        yield f"the points in the comment on {part.name} add up to {total:g}, but {part.score:g} points were entered"


def _zips(api, assignment, pages):
    """Write the zips for the platforms that the submissions came from. Yields a line for each.

    `pages` is {(assignment, student): path}, where the assignments are this one and its variants.
    """
    coursedir = api.coursedir
    by_platform = {}
    for name, page in pages.items():
        by_platform.setdefault(origin(coursedir, *name).platform, {})[name] = page
    for platform in sorted(by_platform.keys() - {""}):
        path = Path(coursedir.root) / f"feedback_{assignment}_{platform.lower()}.zip"
        chosen = by_platform[platform]
        if platform == "Gradescope":
            path.write_bytes(autograder(_gradescope_results(api, chosen)))
        else:
            places = {place_of(coursedir, *name): page for name, page in chosen.items()}
            path.write_bytes(feedback_zip(platform, places))
        yield Said(f"{path.name}: {len(chosen)} pages for {platform}")


def _gradescope_results(api, names):
    """{Gradescope's number of a submission: content of its results.json}, for submissions that wait for nobody."""
    results = {}
    with api.gradebook as gradebook:
        for name in names:
            made = report(gradebook, api.coursedir, *name)
            if not made.waits:
                results[origin(api.coursedir, *name).number] = gradescope_results(made)
    return results
