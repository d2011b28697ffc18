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
from gan_course.homework.preprocessors import Execute, KeepTestsHidden, Repair, Summarize
from gan_course.homework.rendering import SafeExporter, guard_formgrader

c = get_config()  # noqa: F821, nbgrader defines it

c.CourseDirectory.course_id = "gan-course"
c.CourseDirectory.ignore.append("handed_in_as.txt")  # where `collect` notes how the platform named a submission

# nbgrader's own steps, and six of the course: Repair, Execute, LimitOutputs, SaveGrades, KeepTestsHidden and Summarize.
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
c.GenerateFeedback.preprocessors = [KeepTestsHidden, GetGrades, Summarize, CSSHTMLHeaderPreprocessor]

# The feedback and the form for grading show what students wrote, but run nothing of it.
c.GenerateFeedback.exporter_class = SafeExporter
guard_formgrader()

# Limits for a student's code. A slow machine needs more time: `release` says how long the instructor's answers take.
c.Execute.seconds = 150  # for a whole notebook
c.Execute.timeout = 100  # for a cell
c.KernelManager.memory = 4 * 2**30  # bytes, for each process
c.KernelManager.unprotected = False  # True: grade without bubblewrap, too. README.md tells the risk
