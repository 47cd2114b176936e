"""The families known by name. A user's own file adds to them with the same decorator."""

from __future__ import annotations

from typing import TypeVar

from derivations.families.base import Family

Class = TypeVar("Class", bound=type[Family])
_KNOWN: dict[str, Family] = {}


def register(cls: Class) -> Class:
    """Make a family known by its name; a class decorator.

    Raises
    ------
    ValueError
        If another class already has the name.
    """
    known = _KNOWN.get(cls.name)
    if known is not None and _origin(type(known)) != _origin(cls):
        message = f"{_origin(cls)}: wanted a new name, got {cls.name!r}, which {known!r} has"
        raise ValueError(message)
    _KNOWN[cls.name] = cls()
    return cls


def _origin(cls: type[Family]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def family(name: str) -> Family:
    """Return the family of a name.

    Raises
    ------
    ValueError
        If there is none; the message names the known ones.
    """
    if name not in _KNOWN:
        message = f"wanted one of the families {', '.join(sorted(_KNOWN))}; got {name!r}"
        raise ValueError(message)
    return _KNOWN[name]


def names() -> tuple[str, ...]:
    """Return the names of all known families, sorted."""
    return tuple(sorted(_KNOWN))
