"""How Sphinx makes the course's web site. From the project's folder:

    pip install -e ".[site]" && python -m sphinx site site/_build

Nothing is executed: the pages show the notebooks' stored outputs. Nothing comes from the network: MathJax is in the
package sphinx-mathjax-offline, and everything else in Sphinx and its theme.
"""

import importlib.metadata
import os
import sys
import tomllib
from pathlib import Path

SITE = Path(__file__).resolve().parent
ROOT = SITE.parent
sys.path[:0] = [str(SITE / "extensions"), str(ROOT)]

with open(ROOT / "pyproject.toml", "rb") as file:
    home = tomllib.load(file)["project"]["urls"]["Homepage"]

project = "The GAN course"
author = "The gan-course authors"
copyright = "the gan-course authors, under the MIT license"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "mirror",  # this one and those below it are in extensions/
    "api_pages",
    "course_links",
    "live_pages",
    "pictures",
    "playground",
    "slim",
]
exclude_patterns = ["_build", "jupyter_execute", ".jupyter_cache"]
templates_path = ["_templates"]

# Notebooks and Markdown
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 4

# The reference, from the docstrings. Of the three backends, JAX is the smallest to install and the quickest to import.
os.environ["KERAS_BACKEND"] = "jax"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
add_module_names = False
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
# Sentences stand under "Returns", in which a colon does not come after a type.
napoleon_custom_sections = [("Attributes", "params_style"), "Returns", "Yields"]

# Formulas. MathJax is one file here, so its menu, which would load further ones, is off.
_mathjax = importlib.metadata.distribution("sphinx-mathjax-offline")
mathjax_file = Path(_mathjax.locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg.js"))
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

# Pages
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static", str(mathjax_file)]
html_css_files = ["icons.css", "site.css"]
html_favicon = "_static/icon.svg"
html_copy_source = False
html_show_search_summary = False  # it reads pages with `fetch`, which browsers forbid for file://
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system
html_theme_options = {
    "repository_url": home,
    "repository_branch": "main",
    "use_repository_button": True,
    "use_download_button": False,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "show_toc_level": 2,
    "max_navbar_depth": 2,
    "collapse_navbar": True,
    "navbar_persistent": [],
    "footer_content_items": ["copyright.html"],
}
