"""Homework, from the release to the grades.

    python -m gan_course.homework release hw1                make the students' notebook, and test it
    python -m gan_course.homework release hw1 --variant 7    the same homework with other conventions, as hw1-v7
    python -m gan_course.homework collect hw1 FOLDER_OR_ZIP  collect submissions, also from Moodle, Canvas or Gradescope
    python -m gan_course.homework grade hw1                  grade the submissions; their code runs in a sandbox
    python -m gan_course.homework feedback hw1               write the page that each student gets back
    python -m gan_course.homework grades                     write grades.csv, and tables for Moodle and Canvas
    python -m gan_course.homework remove hw1 STUDENT         take a submission out again

Run these commands in the course's folder, `notebooks/homework`. Its README.md explains them.
`python -m gan_course.homework grade --help` shows the options of a command, here of `grade`.
"""

import argparse
import sys
import warnings

try:
    import nbgrader  # noqa: F401, imported first, so that the message below explains what is missing
except ImportError:
    sys.exit(
        "Expected nbgrader, which these commands need. Received: it is not installed. In the course's main folder run: "
        'pip install -e ".[instructor]"'
    )

from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from .collect import collect
from .course import Problem, open_course
from .feedback import feedback
from .grade import grade
from .grades import grades
from .release import release
from .remove import remove
from .sandbox import NoSandbox

_ASSIGNMENT = {"assignment": {"help": "name of the homework, for example hw1"}}
_STUDENT = {"--student": {"help": "id of one student, as collect printed it. Default: all students"}}

# Name of a command: the function, and its options as arguments of `ArgumentParser.add_argument`.
COMMANDS = {
    "release": (
        release,
        _ASSIGNMENT
        | {
            "--variant": {"type": int, "metavar": "N", "help": "release variant N, as the assignment hw1-vN"},
            "--students": {"metavar": "CSV", "help": "a list with the column id: each student gets a variant"},
        },
    ),
    "collect": (collect, _ASSIGNMENT | {"source": {"help": "a folder or a zip file with submissions"}}),
    "grade": (grade, _ASSIGNMENT | _STUDENT),
    "feedback": (feedback, _ASSIGNMENT | _STUDENT),
    "grades": (
        grades,
        {
            "assignment": {"nargs": "?", "help": "for example hw1. Default: all assignments"},
            "--to": {"default": "grades.csv", "help": "file to write. Default: grades.csv"},
        },
    ),
    "remove": (remove, _ASSIGNMENT | {"student": {"help": "id of the student, as collect printed it"}}),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the command line names.

    Args:
        arguments: the words of the command line. Defaults to None: those in `sys.argv`.

    Returns:
        The exit status: 0, or 1 where something could not be done.
    """
    options = vars(_parser().parse_args(arguments))
    function = options.pop("function")
    warnings.filterwarnings("ignore", module="nbgrader")  # its queries make SQLAlchemy warn for every submission
    for category in (DuplicateCellId, MissingIDFieldWarning):  # repair.py gives the ids
        warnings.filterwarnings("ignore", category=category)
    status = 0
    try:
        for said in function(open_course(), **options):
            print(said.text, flush=True)
            status |= not said.ok
    except (Problem, NoSandbox, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return status


def _parser():
    """The parser of the command line, made from `COMMANDS`."""
    parser = argparse.ArgumentParser(
        prog="python -m gan_course.homework",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, (function, options) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__.partition(".")[0])
        for option, settings in options.items():
            command.add_argument(option, **settings)
        command.set_defaults(function=function)
    return parser


if __name__ == "__main__":
    sys.exit(main())
