"""`compare`, `discriminate`, `report` and `list --hypotheses` from the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome

Command = Callable[..., Outcome]
pytestmark = pytest.mark.usefixtures("few_evaluations")
README = Path(__file__).parents[2] / "README.md"
SMALL = ("--starts", "1", "--patients", "8", "--jobs", "1")


class Page(HTMLParser):
    """What a page refers to: anchors, identities, images, and anything from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.places: set[str] = set()
        self.images: list[dict[str, str | None]] = []
        self.elsewhere: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element refers to."""
        known = dict(attrs)
        if tag not in {"meta", "img", "br", "link", "hr"}:
            self.open.append(tag)
        if tag == "a":
            self.anchors.append(str(known["href"]))
        if known.get("id"):
            self.places.add(str(known["id"]))
        if tag == "img":
            self.images.append(known)
        if tag in {"script", "link", "iframe", "object"}:
            self.elsewhere.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that elements are nested."""
        assert self.open.pop() == tag


def test_from_comparison_to_page(command: Command, tmp_path: Path) -> None:
    """Two hypotheses compared, told apart and reported: one page that needs nothing else."""
    told = command("compare", "response", "reference", "no_tolerance", *SMALL, "--out", "lab")
    assert told.code == 0
    assert "no_tolerance: refuted by" in told.out
    told = command(
        "discriminate", "response", "reference", "no_tolerance", "--from", "lab", "--members", "2",
        "--arms", "il6_blockade",
    )  # fmt: skip
    assert told.code == 0
    assert "power with 10 patients" in told.out
    assert command("report", "lab").code == 0
    text = (tmp_path / "lab" / "report.html").read_text("utf-8")
    page = Page(text)
    assert not page.open
    assert not page.elsewhere
    assert "http://" not in text
    assert all(anchor.removeprefix("#") in page.places for anchor in page.anchors)
    assert len(page.images) >= 6
    for image in page.images:
        assert str(image["src"]).startswith("data:image/png;base64,")
        assert image["alt"]
    assert "Fall, each by the patterns below: no_tolerance." in text
    for words in ("Fragile", "Most telling measurement 1", "il6_r_d7", "FERRAJOLI2008",
                  "model hash", "Seed 1"):  # fmt: skip
        assert words in text, words


def test_a_browser_opens_the_page(tmp_path: Path) -> None:
    """Where there is Chromium: no error on its console."""
    from pdmodel.report import Section, write_page

    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    page = write_page(tmp_path / "page.html", "a page", [Section("One", ("text",))])
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr
    assert "<h2>One</h2>" in done.stdout


def test_what_others_wrote_is_text(command: Command, tmp_path: Path) -> None:
    """Markup in a result is shown, not run; a damaged folder is one clear error."""
    from pdmodel.report import Section, write_page

    page = write_page(tmp_path / "x.html", "<script>", [Section("A", ("<img src=x>",))])
    assert "<script>" not in page.read_text("utf-8")
    lab = tmp_path / "lab"
    lab.mkdir()
    told = command("report", "lab")
    assert (told.code, "holds nothing finished" in told.err) == (2, True)
    (lab / "verdicts.json").write_text('{"hypotheses": []}')
    told = command("report", "lab")
    assert (told.code, "damaged" in told.err) == (2, True)
    assert command("report", "nowhere").code == 2


def test_errors_name_the_nearest(command: Command, tmp_path: Path) -> None:
    """Exit code 2, nothing written."""
    told = command("compare", "response", "referense")
    assert (told.code, "did you mean 'reference'" in told.err) == (2, True)
    assert command("compare", "respons").code == 2
    assert command("compare", "response", "--all", "reference").code == 2
    assert command("compare", "response", "reference", "--jobs", "-1").code == 2
    assert command("compare", "response", "reference", "--starts", "0").code == 2
    told = command("discriminate", "response")
    assert (told.code, "holds no finished comparison" in told.err) == (2, True)
    assert command("discriminate", "response", "reference").code == 2
    assert not (tmp_path / "results").exists()


def test_both_axes_are_listed(command: Command) -> None:
    """Mechanisms and differences, as words and as JSON."""
    told = command("list", "--hypotheses")
    assert "tone_and_inducibility" in told.out
    assert "the null model: the drug does nothing" in told.out
    data = json.loads(command("list", "--hypotheses", "--json").out)
    assert {"models", "differences", "comparisons"} == set(data)


def test_evidence_without_its_extra(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to install, and nothing written."""
    monkeypatch.setitem(sys.modules, "dynesty", None)
    told = command("evidence", "response", "reference", "null", "--out", "out")
    assert told.code == 2
    assert "pip install 'pdmodel[bayes]'" in told.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--live", "2"), "live must be at least 8, got 2"),
        (("reference", "--live", "8"), "8 live points are too few for 7 parameters: 16 or more"),
        (("reference", "--jobs", "0"), "jobs must be a whole number >= 1, got 0"),
        (("--runs", "0"), "runs must be at least 1, got 0"),
        (("refrence",), "did you mean 'reference'"),
        ((), "holds no finished comparison"),
    ],
)
def test_evidence_of_bad_input(command: Command, words: tuple[str, ...], message: str) -> None:
    """One clear error; nothing is written."""
    pytest.importorskip("dynesty")
    told = command("evidence", "response", *words)
    assert told.code == 2
    assert message in told.err
    assert told.err.count("\n") == 1
    assert not Path("results").exists()


@pytest.mark.usefixtures("blank_figures")
def test_the_tutorial_of_the_readme(command: Command, tmp_path: Path) -> None:
    """A mechanism and a difference of one's own, word for word, are compared with the reference."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    own = "\n".join(b for b in blocks if "il6_as_square_brake" in b or "less_brake" in b)
    (tmp_path / "my_models.py").write_text(own, encoding="utf-8")
    mixed = "my_models.py:square_brake@my_models.py:less_brake"
    told = command("compare", "response", "reference@my_models.py:less_brake", mixed, *SMALL,
                   "--out", "mine", "--json")  # fmt: skip
    assert told.code == 0, told.err
    rows = json.loads(told.out)["hypotheses"]
    assert [row["name"] for row in rows] == ["reference@less_brake", "square_brake@less_brake"]
    assert rows[0]["verdict"]["kind"] == "refuted", "TNF-alpha would be alike in both groups"
    assert rows[0]["claim"].startswith("effectors of responders are braked less")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reference@my_models.py:les_brake", "did you mean 'less_brake'"),
        ("reference@my_models.py:twin", "another difference is called 'tone'; rename yours"),
        ("reference@ton", "did you mean 'tone'"),
    ],
)
def test_differences_that_cannot_be_used(
    command: Command, tmp_path: Path, name: str, message: str
) -> None:
    """Unknown ones with the nearest match, and a namesake of another."""
    (tmp_path / "my_models.py").write_text(
        "from pdmodel.hypotheses import Difference\n"
        "less_brake = Difference('less_brake', ('il6_brake',), 'a', 'b')\n"
        "twin = Difference('tone', ('il6_brake',), 'a', 'b')\n",
        encoding="utf-8",
    )
    told = command("compare", "response", name, "--out", "mine")
    assert told.code == 2
    assert message in told.err
    assert not Path("mine").exists()
