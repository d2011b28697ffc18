"""Gradescope: reads the names in its export, and makes an autograder that hands back the results of this course.

Gradescope's guides describe no import of a table of grades. What it takes is an autograder: a zip with `setup.sh` and
`run_autograder`, which writes `results.json` for one submission. Ours grades nothing. It looks up the submission's
number and hands back what this course found. The formats are documented at
https://gradescope-autograders.readthedocs.io/en/latest/specs/ and .../en/latest/submission_metadata/.
"""

import json
import re
from collections.abc import Mapping

from .names import display_name
from .platforms import zipped

METADATA = "submission_metadata.yml"  # a file of Gradescope's "Export Submissions", beside the folders
_SETUP = "#!/bin/sh\napt-get update && apt-get install -y python3\n"
_RUN = """#!/usr/bin/env python3
import json, pathlib, sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")
number = json.loads((root / "submission_metadata.json").read_text())["id"]
path = root / "source" / "results" / f"{number}.json"
waits = json.dumps({"score": 0, "output": "This submission has not been graded yet."})
(root / "results" / "results.json").write_text(path.read_text() if path.exists() else waits)
"""


def submitters(metadata: bytes) -> dict[str, str]:
    """Read who handed in which folder of Gradescope's export.

    Args:
        metadata: content of the file `submission_metadata.yml`.

    Returns:
        {name of the folder: name of the first person who handed it in}.
    """
    text = metadata.decode(errors="replace")
    parts = re.split(r"^(submission_\d+):", text, flags=re.MULTILINE)
    found = {}
    for folder, block in zip(parts[1::2], parts[2::2], strict=True):
        if match := re.search(r":name: *(.+)", block):
            found[folder] = display_name(match[1].strip(" '\""))
    return found


def autograder(results: Mapping[str, dict]) -> bytes:
    """Make the zip that an instructor uploads as the assignment's autograder.

    Args:
        results: {Gradescope's number of a submission: the content of its `results.json`}.
    """
    texts = {f"results/{number}.json": json.dumps(content, ensure_ascii=False) for number, content in results.items()}
    return zipped({"setup.sh": _SETUP, "run_autograder": _RUN, **texts})
