"""How Sphinx turns the pages that ``build.py`` writes into a site that needs no network.

The pages are generated, so they are not beside this file: ``sphinx-build -c docs -W SOURCE OUT``.
"""

import importlib.metadata
from pathlib import Path

HERE = Path(__file__).parent

project = "varproof"
author = "The varproof authors"
copyright = author  # noqa: A001 - Sphinx reads this name
version = release = importlib.metadata.version("varproof")
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # copies MathJax into the site and points there
]
myst_enable_extensions = [
    "amsmath",
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
]
myst_heading_anchors = 3

# Every unresolved reference is a warning, and the build runs with warnings as errors.
nitpicky = True
# The types of parameters are words; those that have an entry are linked.
nitpick_ignore_regex = [("py:.*", ".*")]

math_numfig = True
numfig = True

html_theme = "furo"
html_title = f"varproof {release}"
html_static_path = [str(HERE / "_static")]
html_css_files = ["report.css"]
# They need the formulas' source: deferred like MathJax, and before it.
html_js_files = [
    ("copy_latex.js", {"priority": 100, "defer": "defer"}),
    ("narrow.js", {"priority": 101, "defer": "defer"}),
    ("filter.js", {"priority": 102, "defer": "defer"}),
]
html_use_index = False  # the page of the ledger is the index
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_search_summary = False  # read from disk, a page may not fetch another
html_last_updated_fmt = None  # the same inputs give the same bytes
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {"color-brand-primary": "#1f5f8b", "color-brand-content": "#1f5f8b"},
    "dark_css_variables": {"color-brand-primary": "#8cc4ec", "color-brand-content": "#8cc4ec"},
}
pygments_style = "a11y-high-contrast-light"  # of the theme's own requirements
pygments_dark_style = "monokai"
