"""The reference of the code, from its docstrings, which are read and not imported.

The public names of `varproof` have a page, and so has each module with a function that a derivation
or an answer names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sphinx.ext.napoleon import Config, NumpyDocstring

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "varproof.api"
_OWN = ("derivations", "impl", "varproof")
_CODE = re.compile(r"(`+)(.+?)\1|([^\s`]*[_^]\{[^}]*\}[^\s`,;]*)", re.DOTALL)
_MARKS = re.compile(r"([*|\\]|(?<=\w)_\b)")
_KEY = re.compile(r"^(Derivations?: )(.*?)\.?$", re.MULTILINE)
_OPENING = (
    "The functions that compute what the derivations state, and the public names of the package. "
    "A derivation names the functions that compute its result; here each function names its "
    "derivation."
)
_HEAD = "{title}\n{line}\n\n{text}\n"


class UnknownNameError(ValueError):
    """A name without a definition in the code, or without a docstring."""


@dataclass(frozen=True)
class Found:
    """A definition: its dotted name, its node, and the docstring after it if it is a constant."""

    name: str
    node: ast.stmt
    said: str = ""


def write(names: Iterable[str], folder: Path) -> None:
    """Write the pages on the public names, and on the functions of these dotted names."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"varproof": _public()}
    modules = sorted(dict.fromkeys(names), key=lambda name: _module(name)[0])
    for module, group in groupby(modules, lambda name: _module(name)[0]):
        pages[module] = _page(module, [found(name) for name in group])
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    entries = "\n".join(f"   {name}" for name in pages)
    body = f"{_OPENING}\n\n.. toctree::\n   :maxdepth: 1\n\n{entries}\n"
    index = _HEAD.format(title="Reference", line="=" * 9, text=body)
    (folder / "index.rst").write_text(index, encoding="utf-8")


def found(name: str) -> Found:
    """Return the definition of a dotted name."""
    module, inside = _module(name)
    body: list[ast.stmt] = _tree(module).body
    node: ast.stmt | None = None
    said = ""
    for part in inside:
        node, said = _named(part, body)
        body = getattr(node, "body", [])
    if isinstance(node, ast.ImportFrom):
        return found(f"{node.module}.{inside[-1]}")
    if node is None:
        message = f"wanted a definition of {name}, got none in {module}"
        raise UnknownNameError(message)
    return Found(name, node, said)


def _named(name: str, body: list[ast.stmt]) -> tuple[ast.stmt | None, str]:
    """Return the statement that defines or imports a name, and the string after it."""
    for node, after in zip(body, [*body[1:], None], strict=True):
        if name in _names(node):
            text = after.value if isinstance(after, ast.Expr) else None
            return _alone(node, name), str(getattr(text, "value", ""))
    return None, ""


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.ImportFrom(names=names):
            return [alias.asname or alias.name for alias in names]
        case ast.Assign(targets=[ast.Tuple(elts=every)]):
            return [ast.unparse(one) for one in every]
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return [ast.unparse(target)]
        case _:
            return [getattr(node, "name", "")]


def _alone(node: ast.stmt, name: str) -> ast.stmt:
    """Return the assignment of one name, where several are assigned at once."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and len(_names(node)) > 1:
        return ast.Assign(node.targets, node.value.elts[_names(node).index(name)])
    return node


def _module(name: str) -> tuple[str, list[str]]:
    """Return the module of a dotted name, and the names within it."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:count])
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            return ".".join(parts[:count]), parts[count:]
    message = f"wanted a name in a module of the project, got {name}"
    raise UnknownNameError(message)


def _tree(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def _public() -> str:
    """Return the page of the public names: functions, classes, then constants."""
    tree = _tree(PUBLIC)
    parts: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(_OWN):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if _module(name)[1]:
                    parts.append(_entry(found(name), f"varproof.{alias.asname or alias.name}"))
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            if any(ast.unparse(d) == "overload" for d in node.decorator_list):
                continue
            parts.append(_entry(Found(f"varproof.{node.name}", node)))
    kinds = [".. py:function", ".. py:class", ".. py:data"]
    parts.sort(key=lambda part: (kinds.index(part.partition("::")[0]), part.lower()))
    text = "\n\n".join([_rst(ast.get_docstring(tree) or ""), *parts])
    return _HEAD.format(title="varproof", line="=" * 8, text=text)


def _page(module: str, every: list[Found]) -> str:
    """Return the page of a module; a class is shown with the methods that are named."""
    parts = [_rst(ast.get_docstring(_tree(module)) or "")]
    parts += [_entry(one) for one in every]
    return _HEAD.format(title=module, line="=" * len(module), text="\n\n".join(parts))


def _entry(one: Found, shown: str = "") -> str:
    """Return a definition as a directive of Sphinx's Python domain."""
    name, node = shown or one.name, one.node
    match node:
        case ast.FunctionDef():
            kind, sign = "function", _signature(node)
        case ast.ClassDef():
            kind, sign = "class", _constructed(node)
        case _:
            kind, sign = "data", ""
    lines = [f".. py:{kind}:: {name}{sign}", ""]
    lines += [f"   {line}".rstrip() for line in _told(one).splitlines()]
    return "\n".join(lines)


def _told(one: Found) -> str:
    node = one.node
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return _rst(ast.get_docstring(node) or "")
    value = getattr(node, "value", None)
    stated = f"``{' '.join(ast.unparse(value).split())}``" if value is not None else ""
    return "\n\n".join(filter(None, [_rst(one.said), stated]))


def _signature(node: ast.FunctionDef, *, bound: bool = False) -> str:
    """Return the parameters and the result; a method's object is left out."""
    given = ast.unparse(node.args)
    if bound or given.partition(",")[0].strip() == "self":
        given = given.partition(",")[2].strip()
    return f"({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns and not bound else "")


def _constructed(node: ast.ClassDef) -> str:
    """Return what a class is made from: the parameters of its constructor, or its fields."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name in ("__init__", "__new__"):
            return _signature(part, bound=True)
    fields = [ast.unparse(part) for part in _fields(node)]
    return f"({', '.join(fields)})" if fields else ""


def _fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """Yield the fields of a dataclass."""
    if any("dataclass" in ast.unparse(d) for d in node.decorator_list):
        yield from (p for p in node.body if isinstance(p, ast.AnnAssign))


def _rst(docstring: str) -> str:
    """Return a docstring in NumPy's form as reStructuredText; its formulas are set as code."""
    parts = docstring.split("\n\n")
    sections = next((n for n, part in enumerate(parts) if "\n---" in part), len(parts))
    shown = [
        f"::\n\n{part}" if number < sections and part.startswith(" ") else _marked(part)
        for number, part in enumerate(parts)
    ]
    settings = Config(napoleon_use_param=True, napoleon_use_rtype=False)
    return str(NumpyDocstring("\n\n".join(shown), settings))


def _marked(text: str) -> str:
    """Return text with its code marked, its keys linked, and every other mark escaped."""
    marked, at = "", 0
    for code in _CODE.finditer(text):
        marked += _MARKS.sub(r"\\\1", text[at : code.start()]) + f"``{code[2] or code[3]}``"
        at = code.end()
    marked += _MARKS.sub(r"\\\1", text[at:])
    return _KEY.sub(lambda m: m[1] + re.sub(r"[\w.\\]+", _linked, m[2]) + ".", marked)


def _linked(key: re.Match[str]) -> str:
    name = key[0].replace("\\", "")
    return f":ref:`{name} <{name}>`" if "." in name else name
