"""Policy expressions in the Common Expression Language: checked once, then computed and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.tariff import TariffError
from services.common.runtime.cel_library import cel
from services.common.runtime.cel_words import first_line, foreign_functions

_HOUR = "hour"
_FIELDS = ("load_percent", "five_qi", "customer_value", "segment", "zone", "slice", "device_class")
VARIABLES = frozenset({*_FIELDS, _HOUR})
"""What an expression may read."""

_FUNCTIONS = frozenset({"int", "uint", "double", "string", "size", "contains", "startsWith", "endsWith"})

_MOST_CHARACTERS = 1_000
_REMEMBERED = 4_096

_PLAIN: Mapping[str, object] = {
    "load_percent": 50,
    "five_qi": 9,
    "customer_value": 1,
    "segment": "",
    "zone": "",
    "slice": "",
    "device_class": "",
    "hour": 12,
}
"""Values with which an expression is tried when it is compiled."""


class CelExpression:
    """One compiled expression. Equal to another of the same text."""

    __slots__ = ("_compute", "_read", "_reads_hour", "text")

    def __init__(self, text: str, field: str) -> None:
        """Raises TariffError DYNAMIC_INVALID, naming `field`, where it cannot give a whole number."""
        program = _compile(text, field)
        names = program.variables()
        fields = tuple(name for name in names if name != _HOUR)
        self.text = text
        self._reads_hour = _HOUR in names
        self._read: Callable[[Circumstances], object] = attrgetter(*fields) if fields else _nothing
        self._compute = lru_cache(maxsize=_REMEMBERED)(_computation(program, fields))

    @property
    def hourly(self) -> bool:
        """True where it reads the local hour."""
        return self._reads_hour

    def permille(self, under: Circumstances, hour: int) -> int | None:
        """What it gives, in per mille; None where it fails or gives no whole number."""
        return self._compute(self._read(under), hour if self._reads_hour else 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CelExpression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def _nothing(_: Circumstances) -> tuple[()]:
    return ()


def _computation(program: cel.Program, fields: tuple[str, ...]) -> Callable[[object, int], int | None]:
    def compute(values: object, hour: int) -> int | None:
        read = values if isinstance(values, tuple) else (values,)
        return _whole(program, {**dict(zip(fields, read, strict=True)), _HOUR: hour})

    return compute


def _whole(program: cel.Program, values: Mapping[str, object]) -> int | None:
    """The result, if it is a whole number. What it raises while it runs is the expression's failure."""
    try:
        result = program.execute(dict(values))
    except (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError):
        return None
    return result if isinstance(result, int) and not isinstance(result, bool) else None


def _compile(text: str, field: str) -> cel.Program:
    if len(text) > _MOST_CHARACTERS:
        raise _invalid(field, f"it is longer than {_MOST_CHARACTERS} characters")
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise _invalid(field, first_line(error)) from error
    unknown = sorted(set(program.variables()) - VARIABLES)
    if unknown:
        raise _invalid(
            field, f"there is no variable {unknown[0]!r}; known are {', '.join(sorted(VARIABLES))}"
        )
    for name in foreign_functions(program, _FUNCTIONS):
        raise _invalid(field, f"there is no function {name!r}")
    _try(program, field)
    return program


def _try(program: cel.Program, field: str) -> None:
    """Runs it once with plain values: a wrong type shows there. A number that fails may do for others."""
    try:
        result = program.execute(dict(_PLAIN))
    except TypeError as error:
        raise _invalid(field, first_line(error)) from error
    except (ValueError, RuntimeError, ArithmeticError, LookupError):
        return
    if isinstance(result, bool) or not isinstance(result, int):
        raise _invalid(field, f"it gives {result!r}, not a whole number of per mille")


def _invalid(field: str, message: str) -> TariffError:
    return TariffError("DYNAMIC_INVALID", field, message)
