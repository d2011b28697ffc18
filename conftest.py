"""The environment of tests and notebooks, set before anything imports Keras; the kernels inherit it."""

import os

import matplotlib

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # TF_ENABLE_ONEDNN_OPTS=1 pytest: do the numbers hold with it?

# The lessons' kernels must keep their inline figures, so no backend may come from the environment; the tests
# themselves draw without a screen.
os.environ.pop("MPLBACKEND", None)
matplotlib.use("agg")

# What grading leaves in the homework's folder is nobody's lesson.
collect_ignore_glob = [f"notebooks/homework/{step}/*" for step in ("release", "submitted", "autograded", "feedback")]
