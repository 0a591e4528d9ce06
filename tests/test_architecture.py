"""The house stands as CONTRIBUTING draws it: layers, doors, sizes and names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PDMODEL = ROOT / "pdmodel"
PACKAGES = ("pdmodel", "equations", "fits", "applications")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# The only module or package that may import a library. import-linter knows whole distributions
# only, so that parts of SciPy are looked at here.
DOORS = {
    "anyio": "pdmodel.explore.server",
    "distributed": "pdmodel.executors",
    "dynesty": "pdmodel.inference.posterior.nested",
    "jinja2": "pdmodel.report.page",
    "lmfit": "pdmodel.inference",
    "h5netcdf": "pdmodel.engine.runs.cohort_files",
    "libsbml": "pdmodel.interchange",
    "llvmlite": "pdmodel.engine",
    "matplotlib": "pdmodel.plots",
    "numba": "pdmodel.engine.codegen.numba_door",
    "packaging": "pdmodel.cli.verbs.doctor_checks",
    "petab": "pdmodel.interchange",
    "petab_select": "pdmodel.interchange.petab.selection",
    "pint": "pdmodel.units",
    "platformdirs": "pdmodel.storage.files.answers",
    "rich": "pdmodel.cli",
    "starlette": "pdmodel.explore.server",
    "scipy.integrate": "pdmodel.engine.scipy_runs.integrators",
    "symengine": "pdmodel.engine.codegen.symengine_door",
    "typer": "pdmodel.cli",
    "uvicorn": "pdmodel.explore.server",
    "zarr": "pdmodel.engine.runs.cohort_files",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
MOST_LINES = 450
MOST_FILES = 15
# The page of docs that names every file of a room; of a folder and one in it the inner one counts.
PAGES = {
    "": "commands.md", "cli": "commands.md", "dosing": "models.md", "engine": "engine.md",
    "explore": "explorer.md",
    "hypotheses": "hypotheses.md", "inference": "fits.md",
    "inference/population": "populations.md", "inference/profile": "profiles.md",
    "inference/targets": "targets.md", "interchange": "interchange.md",
    "model": "models.md", "plots": "plots.md", "report": "plots.md", "storage": "folders.md",
    "templates": "commands.md", "trial": "trials.md",
}  # fmt: skip
MOST_BODY_LINES = 40


def test_contracts_hold() -> None:
    """import-linter keeps every contract of setup.cfg."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT, capture_output=True, encoding="utf-8",  # libraries of C may change the locale
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout
    assert "Contracts: 0 kept" not in done.stdout


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    """A library is imported behind its door, and nowhere else, at whatever depth of the file."""
    users = {
        module(path)
        for path in SOURCES
        for name in imported(path)
        if name == library or name.startswith(f"{library}.")
    }
    door = DOORS[library]
    assert users, f"nothing imports {library}: drop its door and its dependency"
    assert {user for user in users if user != door and not user.startswith(f"{door}.")} == set()


def test_equations_know_no_engine() -> None:
    """The science needs SymPy and arrays, no other library, and of ours only model and dosing."""
    common = {"sympy", "numpy", "pandas", "xarray", *sys.stdlib_module_names}
    ours = {"equations", "pdmodel.model", "pdmodel.dosing"}
    for path in sorted((ROOT / "equations").glob("*.py")):
        for name in imported(path):
            allowed = name.partition(".")[0] in common or any(
                name == own or name.startswith(f"{own}.") for own in ours
            )
            assert allowed, f"{path.name} imports {name}"


def test_applications_use_public_words_only() -> None:
    """A package to copy imports arrays, SymPy, itself, and of ours what four rooms publish."""
    common = {"sympy", "numpy", "pandas", "xarray", *sys.stdlib_module_names}
    public = {f"pdmodel.{room}" for room in ("model", "inference", "trial", "hypotheses")}
    for path in sorted((ROOT / "applications").rglob("*.py")):
        own = path.relative_to(ROOT / "applications").parts[0]
        for name in imported(path):
            first = name.partition(".")[0]
            assert first in {own, *common} or name in public, f"{path.name} imports {name}"


def test_no_text_is_run_and_no_pickle_read() -> None:
    """Neither eval nor exec of text, nor anything that loads pickles, in what we ship."""
    for path in SOURCES:
        loaded = {"pickle", "dill", "joblib", "shelve"} & imported(path)
        called = {"eval", "exec", "compile"} & calls(path)
        assert not loaded | called, f"{path.relative_to(ROOT)}: {sorted(loaded | called)}"


def test_files_import_each_other_one_way() -> None:
    """No circle of files in pdmodel, imports for type checkers and inside functions counted."""
    files = {module(path): path for path in SOURCES if path.stem != "__init__"}
    homes = {name: home for path in ROOT.glob("pdmodel/**/*.pyi") for name, home in stub(path)}
    graph = {
        name: {homes.get(other, other) for other in used(path)} & set(files) - {name}
        for name, path in files.items()
        if name.startswith("pdmodel.")
    }
    TopologicalSorter(graph).prepare()  # raises a CycleError that names the files of a circle


def test_no_file_is_a_drawer() -> None:
    """Every file is named for what it holds."""
    found = [path for path in (*SOURCES, *TESTS) if path.stem in FORBIDDEN_NAMES]
    assert found == []


def test_files_are_short() -> None:
    """No file has over 450 lines; a lower limit had cut single nouns into half files."""
    for path in (*SOURCES, *TESTS):
        lines = len(path.read_text("utf-8").splitlines())
        assert lines <= MOST_LINES, f"{path.relative_to(ROOT)} has {lines} lines: split it"


def test_folders_hold_few_files() -> None:
    """A folder is seen through at a glance; only the verbs are as many as there are commands."""
    for folder in {path.parent for path in SOURCES if path.is_relative_to(ROOT / "pdmodel")}:
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        aside = folder == ROOT / "pdmodel" / "cli" / "verbs"
        assert aside or len(files) <= MOST_FILES, f"{folder.relative_to(ROOT)}: {len(files)} files"


def test_no_module_has_the_name_of_what_its_package_hands_out() -> None:
    """Importing such a module would put it in the place of the function, in the midst of a run."""
    packages = [path for path in SOURCES if path.name == "__init__.py"]
    stubs = [path.with_suffix(".pyi") for path in packages if path.with_suffix(".pyi").is_file()]
    handed_out = [
        path.parent / alias.name
        for path in (*packages, *stubs)
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    ]
    assert len(handed_out) > 100
    for place in handed_out:
        assert not place.is_dir(), place
        assert not place.with_suffix(".py").is_file(), place


@pytest.mark.parametrize("page", sorted(set(PAGES.values())))
def test_a_page_names_every_file_of_its_rooms(page: str) -> None:
    """Who looks for something finds the file that holds it in the page of the room."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    files = [path for path in SOURCES if path.name != "__init__.py" and page_of(path) == page]
    assert files
    for path in files:
        assert re.search(rf"[`/]{re.escape(path.name)}`", text), f"docs/{page} lacks {path}"


def test_the_glossary_points_at_what_is_there() -> None:
    """Each file or folder that a word is said to live in exists."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rooms = re.findall(r"\| `([a-z_0-9/]+(?:\.py)?)` \|$", text, re.MULTILINE)
    assert len(rooms) > 20
    missing = [room for room in rooms if not any((at / room).exists() for at in (ROOT, PDMODEL))]
    assert missing == []


def test_no_two_classes_share_a_name() -> None:
    """One word, one thing, over all of pdmodel."""
    homes: dict[str, list[str]] = {}
    for path in (path for path in SOURCES if path.is_relative_to(PDMODEL)):
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module(path))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_variables_are_named_for_the_thing() -> None:
    """A word that stands for everything says nothing; a search may find something, though."""
    most = {"found": 10, "told": 10, "one": 25, "known": 30, "place": 100}
    counted = Counter(
        node.arg if isinstance(node, ast.arg) else node.id
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.arg)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    )
    assert {word: counted[word] for word in most if counted[word] > most[word]} == {}


def test_every_room_has_a_page() -> None:
    """A new room is described."""
    for path in SOURCES:
        if path.is_relative_to(ROOT / "pdmodel"):
            assert page_of(path) is not None, path


def test_examples_are_short() -> None:
    """An example fits on a screen."""
    for path in EXAMPLES:
        assert len(path.read_text("utf-8").splitlines()) < 40, path


def test_functions_are_short() -> None:
    """The body of a function, docstring aside, fits on a screen."""
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = body_lines(node)
                assert lines <= MOST_BODY_LINES, f"{module(path)}.{node.name}: {lines} lines"


def test_simulating_imports_little() -> None:
    """A simulation loads no fitting, plotting or unit library: they are most of a cold start.

    Nor does xarray load Dask for it, as it does to ask whose an array is; and numba is needed only
    where the integrator is not on disk.
    """
    code = """if True:
        import pdmodel
        patient = pdmodel.load_patient("responder")
        run = pdmodel.simulate(pdmodel.load("reference"), "10 mg daily", days=2, patient=patient)
        assert run["il6"].size > 3, "an empty run proves nothing"
    """
    loaded = modules_after(code)
    if "numba" in loaded:  # which has just compiled the integrator, for all runs to come
        loaded = modules_after(code)
    assert "symengine" in loaded
    heavy = {"lmfit", "pint", "matplotlib", "scipy.stats", "scipy.integrate", "dask.array", "numba"}
    assert loaded & heavy == set()


def test_treating_patients_imports_little() -> None:
    """A trial without pictures loads neither Dask nor pint to ask whose its arrays are."""
    code = """if True:
        from fits.trials import phase2
        assert len(phase2.run(patients=4).outcomes) == 4, "an empty trial proves nothing"
    """
    loaded = modules_after(code)
    assert "scipy.stats" in loaded
    assert loaded & {"dask.array", "pint", "matplotlib", "lmfit"} == set()


def test_figures_load_no_fitting() -> None:
    """Pictures of any result are there without what fits and the statistics of SciPy."""
    loaded = modules_after("import pdmodel.plots.figures")
    assert "matplotlib.figure" in loaded
    assert loaded & {"lmfit", "scipy.stats", "scipy.optimize"} == set()


def test_importing_the_package_is_free() -> None:
    """`import pdmodel` loads no library at all."""
    loaded = modules_after("import pdmodel")
    assert "pdmodel" in loaded
    assert loaded & {"numpy", "sympy", "xarray", "pandas"} == set()


def test_every_public_name_is_there() -> None:
    """What `pdmodel` lists it also has."""
    import pdmodel

    assert [name for name in pdmodel.__all__ if getattr(pdmodel, name, None) is None] == []


def modules_after(code: str) -> set[str]:
    """Return the names of all modules that a fresh Python has loaded after some code."""
    code += "\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def page_of(path: Path) -> str | None:
    """Return the page that names a file of pdmodel, if there is one."""
    if not path.is_relative_to(ROOT / "pdmodel"):
        return None
    parts = path.parent.relative_to(ROOT / "pdmodel").parts
    if not parts:
        return PAGES[""]
    rooms = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((PAGES[room] for room in rooms if room in PAGES), None)


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file; most tests look at all of them."""
    return ast.parse(path.read_text("utf-8"))


def module(path: Path) -> str:
    """Return the dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported(path: Path) -> frozenset[str]:
    """Return every name a file imports; `from a import b` counts as `a` and as `a.b`."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by the full name"
            assert node.module is not None
            yield node.module
            if node.module in {"scipy", "pdmodel"}:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def used(path: Path) -> set[str]:
    """Return every name that a file imports, `a.b.c` for `from a.b import c`, and `a.b` too."""
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    whole = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return whole | imported(path)


def stub(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each public name of a package, and the file that it comes from."""
    package = module(path.with_name("__init__.py"))
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{package}.{alias.name}", f"{package}.{node.module}"


def calls(path: Path) -> set[str]:
    """Return the plain names that a file calls."""
    found = (node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return {function.id for function in found if isinstance(function, ast.Name)}


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from its first statement after the docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
