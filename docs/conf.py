"""How Sphinx builds the site: `make docs` runs it, and docs/_build/html/index.html opens it.

Nothing is loaded from the network, neither while it is built nor while it is read: mathematics is
MathML, search is of the theme, and the explorer on the first page is one file. What is written by
the code (pages of the interface, of commands, of models, of references) lies in docs/made.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import pdmodel  # noqa: E402

project = "pdmodel"
author = "The pdmodel developers"
copyright = author
release = version = pdmodel.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "docs.extensions.mathml",
    "docs.extensions.made",
    "docs.extensions.name_links",
    "docs.extensions.site_only",
    "docs.extensions.source_links",
]

root_doc = "index"
exclude_patterns = ["_build", "made/examples", "made/gallery/*.py", "made/static"]
suppress_warnings = ["config.cache"]  # the gallery sorts by a function

# Pages ------------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
smartquotes_action = "qe"  # dashes stay: --out is an option
default_role = "py:obj"  # what is no name stays a literal
add_module_names = False
toc_object_entries_show_parents = "hide"
python_use_unqualified_type_names = True

# Docstrings -------------------------------------------------------------------------------------

autodoc_typehints = "none"  # numpydoc tells what each argument is
autodoc_member_order = "bysource"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Examples ---------------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": [str(HERE / "made" / "examples")],
    "gallery_dirs": ["made/gallery"],
    "filename_pattern": r"\.py$",
    "image_scrapers": ("docs.extensions.gallery.saved_figures",),
    "reset_modules": ("docs.extensions.gallery.watch_figures",),
    "reset_modules_order": "both",
    "abort_on_example_error": True,
    "backreferences_dir": None,
    "copyfile_regex": r".*\.(csv|xml|sedml)",
    "download_all_examples": False,
    "min_reported_time": 1_000,
    "plot_gallery": True,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
}

# Looks ------------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "pdmodel"
html_static_path = ["static", "made/static"]  # Sphinx wants both before anything is made
(HERE / "made" / "static").mkdir(parents=True, exist_ok=True)
html_css_files = ["pdmodel.css"]
html_sidebars: dict[str, list[str]] = {
    "made/models/*": []
}  # its tables need the room; the page of all models leads
html_copy_source = html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "pygments_dark_style": "a11y-dark",
    "pygments_light_style": "a11y-high-contrast-light",
    "secondary_sidebar_items": ["page-toc"],
    "show_nav_level": 1,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
