"""Homework, from the release to the grades.

    python -m gan_course.homework release hw1                make the students' notebook, after trying it
    python -m gan_course.homework collect hw1 FOLDER_OR_ZIP  take submissions in, also as Moodle or Canvas export them
    python -m gan_course.homework grade hw1                  grade them, with their code in a sandbox
    python -m gan_course.homework feedback hw1               write what each student gets back
    python -m gan_course.homework grades                     write grades.csv

Run it in the course's folder, `notebooks/homework`: there lies nbgrader_config.py, and README.md says more.
"""

import argparse
import sys
import warnings

try:
    import nbgrader  # noqa: F401, asked for here so that its lack is explained
except ImportError:
    sys.exit(
        "Expected nbgrader, which these commands need. Received: none, it is not installed. In the project's folder "
        'run: pip install -e ".[instructor]"'
    )

from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from . import release as making
from .collect import find
from .course import Problem, Said, assignments, notebook_of, open_course, require_known, students
from .grade import add_student, feedback, grade, line
from .grades import Grades, summary
from .sandbox import NoWalls


def release(api, assignment):
    """Release an assignment. Yields what `release.release` says."""
    yield from map(Said, making.release(api, assignment))


def collect(api, assignment, source):
    """Take submissions in. Yields lines that say whose was taken, and what was not."""
    require_known(api, assignment)
    known = {student for other in assignments(api.coursedir) for student in students(api.coursedir, other)}
    found, refused = find(source, assignment, known)
    for item in found:
        path = notebook_of(api.coursedir, "submitted", assignment, item.student)
        verb = "replaced by" if path.exists() else "took"
        path.parent.mkdir(parents=True, exist_ok=True)
        if verb == "took" or path.read_bytes() != item.data:  # else it need not be graded again
            path.write_bytes(item.data)
        add_student(api, item.student, item.name)
        yield Said(line("; ".join(filter(None, (f"{item.student}: {verb} {item.path}", item.remark)))))
    yield from (Said(line(f"not taken: {text}", 500)) for text in refused)
    yield Said(f"{len(found)} submissions taken in, {len(refused)} files not taken", ok=bool(found))


def grades(api, assignment=None, to="grades.csv"):
    """Write the table of grades, of one assignment or of all. Yields what it says in a line."""
    if assignment:
        require_known(api, assignment)
    plugin = Grades(parent=api, to=str(to), assignment=[assignment] if assignment else [])
    with api.gradebook as gradebook:
        plugin.export(gradebook)
    yield Said(summary(to))


def main(arguments=None):
    """Do what the command line asks for. Returns the exit status: 1 where something could not be done."""
    parser = argparse.ArgumentParser(
        prog="python -m gan_course.homework",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for function in (release, collect, grade, feedback):
        command = commands.add_parser(function.__name__, help=function.__doc__.partition(".")[0])
        command.add_argument("assignment", help="such as hw1")
        if function is collect:
            command.add_argument("source", help="a folder, or a zip file")
        if function in (grade, feedback):
            command.add_argument("--student", help="only this one's")
        command.set_defaults(function=function)
    command = commands.add_parser("grades", help=grades.__doc__.partition(".")[0])
    command.add_argument("assignment", nargs="?", help="such as hw1; all if none is named")
    command.add_argument("--to", default="grades.csv", help="the file, grades.csv if none is named")
    command.set_defaults(function=grades)

    options = vars(parser.parse_args(arguments))
    function = options.pop("function")
    warnings.filterwarnings("ignore", module="nbgrader")  # its queries make SQLAlchemy warn, several times a submission
    for category in (DuplicateCellId, MissingIDFieldWarning):  # repair gives ids
        warnings.filterwarnings("ignore", category=category)
    status = 0
    try:
        for said in function(open_course(), **options):
            print(said.text, flush=True)
            status |= not said.ok
    except (Problem, NoWalls, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
