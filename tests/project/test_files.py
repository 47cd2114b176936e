"""The repository keeps its own rules: one version, living links, short modules, nothing stray."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from harness import broken, project
from harness.project import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PYPROJECT["project"]["version"]
LONGEST_MODULE, LONGEST_TESTS = 300, 700
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(name: str) -> str:
    """Read a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """List the anchors a page's headings make."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_somewhere(page: str) -> None:
    """Every link that stays in the repository names a file, and a heading where it says one."""
    broken = []
    for groups in LINK.findall(read(page)):
        target = "".join(groups)
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = ROOT / name if name else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(target)
    assert not broken


def test_readme_gives_the_two_commands_and_the_check_runs_the_second() -> None:
    """`.ci/run` runs what the README promises, to the letter."""
    commands = re.findall(r"^python3 -m pip install .* tox.*$", read("README.md"), re.MULTILINE)
    report, verify = commands
    assert report == f"{verify} run -e report"
    assert verify in read(".ci/run")


def test_version_is_stated_once_and_cited_equally() -> None:
    """The citation and the changelog name the version of the package."""
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == VERSION
    assert f"## [{VERSION}]" in read("CHANGELOG.md") or "## [Unreleased]" in read("CHANGELOG.md")
    quoted = re.compile(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])")
    modules = [path for path in project.files(".py") if "tests" not in path.parts]
    assert not [path.name for path in modules if quoted.search(path.read_text("utf-8"))]


def test_citation_has_what_the_format_requires() -> None:
    """The fields Citation File Format 1.2.0 demands are there and filled."""
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    # The sample of MNIST in the distribution has a licence of its own.
    assert PYPROJECT["project"]["license"] == f"{citation['license']} AND CC-BY-SA-3.0"
    assert all(citation[name] for name in ("message", "title", "authors"))
    assert all(author.keys() & {"name", "family-names"} for author in citation["authors"])


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    """Past the limit a module is two; tests of one subject, and tables, may stand together."""
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in project.files(".py")
        if path.parent != broken.FOLDER
    }
    most = {n: LONGEST_TESTS if n.startswith("tests/") else LONGEST_MODULE for n in lengths}
    assert {name: n for name, n in lengths.items() if n > most[name]} == {}


def test_every_relative_tolerance_says_from_where_on_it_is_absolute() -> None:
    """Unsaid, ``approx`` lets anything pass that is 1e-12 off: a variance of 1e-16, any value."""
    unsaid = []
    for path in project.files(".py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) != "pytest.approx":
                continue
            if not any(word.arg == "abs" for word in call.keywords):
                unsaid.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not unsaid


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """What works only where it was written is not committed."""
    private = re.compile(r"(?<![\w.~}/-])/(?:home|root|Users|opt|mnt|srv|work)/\w|[A-Z]:\\Users")
    found = []
    for path in project.files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit}" for hit in private.findall(text)]
    assert not found


def test_nothing_generated_is_kept() -> None:
    """Git holds no file that its own ignore list names."""
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_folders_at_the_top_are_those_the_readme_names() -> None:
    """The house has the rooms its plan shows."""
    top = {path.relative_to(ROOT).parts[0] for path in project.files()}
    folders = {name for name in top if (ROOT / name).is_dir() and not name.startswith(".")}
    assert folders == {"derivations", "docs", "impl", "tests", "varproof"}
    assert all(f"{name}/" in read("README.md") for name in folders)


def test_check_script_is_executable() -> None:
    """`.ci/run` can be started as it is."""
    assert Path(ROOT, ".ci", "run").stat().st_mode & 0o111
