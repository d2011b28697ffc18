"""nbgrader's settings for this course, for its own commands and for `python -m gan_course.homework`."""

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
)

from gan_course.homework.canaries import SaveGrades
from gan_course.homework.limits import LimitOutputs
from gan_course.homework.preprocessors import Execute, KeepTestsHidden, Repair
from gan_course.homework.rendering import SafeExporter, guard_formgrader

c = get_config()  # noqa: F821, nbgrader defines it

c.CourseDirectory.course_id = "gan-course"

# nbgrader's own steps, and five of the course: Repair, Execute, LimitOutputs, SaveGrades and KeepTestsHidden.
c.Autograde.sanitize_preprocessors = [
    Repair,
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    Execute,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    LimitOutputs,
    SaveGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
c.GenerateFeedback.preprocessors = [KeepTestsHidden, GetGrades, CSSHTMLHeaderPreprocessor]

# The feedback and the form for grading show what students wrote, but run nothing of it.
c.GenerateFeedback.exporter_class = SafeExporter
guard_formgrader()

# Limits for a student's code. A slow machine needs more time: `release` says how long the instructor's answers take.
c.Execute.seconds = 60  # for a whole notebook
c.Execute.timeout = 45  # for a cell
c.KernelManager.memory = 4 * 2**30  # bytes, for each process
c.KernelManager.unprotected = False  # True: grade without bubblewrap, too. README.md tells the risk
