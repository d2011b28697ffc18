"""nbgrader's settings for this course: its own commands read them, and so does `python -m gan_course.homework`."""

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

c = get_config()  # noqa: F821, nbgrader brings it

c.CourseDirectory.course_id = "gan-course"

# nbgrader's own steps, with five of the course's: Repair, Execute, LimitOutputs, SaveGrades and KeepTestsHidden.
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

# Pages that show what students wrote run nothing of it: the feedback, and the form for grading.
c.GenerateFeedback.exporter_class = SafeExporter
guard_formgrader()

# Limits of a student's code. On a slow machine give more time: `release` says how long the instructor's answers take.
c.Execute.seconds = 60  # for a whole notebook
c.Execute.timeout = 45  # for a cell
c.KernelManager.memory = 4 * 2**30  # bytes, for each process
c.KernelManager.unprotected = False  # True: run it even where there is no bubblewrap; README.md says what that means
