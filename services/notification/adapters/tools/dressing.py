"""A tool with its schemas: arguments are checked and read, results written, sentences put into words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaMode

from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.tools.arguments import Arguments
from services.notification.application.tools.confirming import Effect
from services.notification.application.tools.ports import Words
from services.notification.application.tools.results import Result
from services.notification.application.tools.wording import Asking, Done, Plan, Refusal
from services.notification.domain.confirming import canonical
from services.notification.domain.reasons import ARGUMENTS_INVALID
from services.notification.domain.tools import ToolAnswer, ToolRefusal, ToolSpec

A = TypeVar("A", bound=Arguments)
A_contra = TypeVar("A_contra", bound=Arguments, contravariant=True)
R = TypeVar("R", bound=Result)
R_co = TypeVar("R_co", bound=Result, covariant=True)

_LONGEST = 16_384
"""Characters of arguments."""
_NO_TEXT = re.compile(r"[\ud800-\udfff]|\\u0000")
"""Halves of surrogate pairs, and the zero that databases do not take."""


class Reading(Protocol[A_contra, R]):
    """A tool that answers at once."""

    async def __call__(self, who: Asking, args: A_contra, /) -> Done[R] | Refusal:
        """Raises PeerUnreachableError."""


class Acting(Protocol[A_contra, R]):
    """A tool that must be confirmed."""

    async def look(self, who: Asking, args: A_contra, /) -> Plan | Refusal:
        """What it would do. Raises PeerUnreachableError."""

    async def act(
        self, who: Asking, args: A_contra, terms: Mapping[str, object], key: Callable[[str], str], /
    ) -> Done[R] | Refusal:
        """Does it, once for a key. Raises PeerUnreachableError."""


class Tool(Generic[A, R]):
    """One tool as it is called. Exactly one of `reads` and `acts`."""

    def __init__(
        self,
        spec: ToolSpec,
        arguments: type[A],
        result: type[R],
        reads: Reading[A, R] | None = None,
        acts: Acting[A, R] | None = None,
    ) -> None:
        assert (reads is None) is not (acts is None), "a tool reads or acts"
        self.spec = spec
        self._arguments: TypeAdapter[A] = _adapter(arguments)
        self._result: TypeAdapter[R] = _adapter(result)
        self._reads = reads
        self._acts = acts

    def read(self, arguments: Mapping[str, object]) -> A:
        """Checked arguments. Raises RefusedError ARGUMENTS_INVALID, whose field is the first at fault."""
        try:
            text = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise _invalid("arguments must be a JSON object") from error
        if len(text) > _LONGEST:
            raise _invalid(f"arguments may have {_LONGEST} characters at most")
        if _NO_TEXT.search(text):
            raise _invalid("arguments hold something that is no text")
        try:
            return self._arguments.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise _invalid(f"{where or 'arguments'}: {first['msg']}", where) from error

    def canonical(self, arguments: A) -> str:
        """One text for equal arguments, defaults filled in."""
        return canonical(self._arguments.dump_python(arguments, mode="json"))

    async def answer(self, who: Asking, arguments: A, words: Words) -> Effect:
        """Of a tool that reads. Raises PeerUnreachableError."""
        assert self._reads is not None
        return self._in_words(await self._reads(who, arguments), who, words)

    def action(self, who: Asking, arguments: A, words: Words) -> Action[A, R]:
        """Of a tool that acts."""
        assert self._acts is not None
        return Action(self._acts, who, arguments, lambda said: self._in_words(said, who, words))

    def _in_words(self, said: Done[R] | Refusal, who: Asking, words: Words) -> Effect:
        if isinstance(said, Refusal):
            return refusal_in_words(said, who.language, words)
        result: dict[str, Any] = self._result.dump_python(said.result, mode="json")
        return ToolAnswer(result, words.say(said.said, who.language))


class Action(Generic[A, R]):
    """The Dressed port: an action for somebody, in words."""

    def __init__(
        self, acts: Acting[A, R], who: Asking, arguments: A, in_words: Callable[[Done[R] | Refusal], Effect]
    ) -> None:
        self._acts = acts
        self._who = who
        self._arguments = arguments
        self._in_words = in_words

    async def look(self) -> Plan | ToolRefusal:
        """As `Dressed.look`."""
        plan = await self._acts.look(self._who, self._arguments)
        if isinstance(plan, Plan):
            return plan
        refused = self._in_words(plan)
        assert isinstance(refused, ToolRefusal)
        return refused

    async def act(self, terms: Mapping[str, object], key: Callable[[str], str]) -> Effect:
        """As `Dressed.act`."""
        return self._in_words(await self._acts.act(self._who, self._arguments, terms, key))


def tool_spec(
    name: str,
    title: str,
    description: str,
    arguments: type[Arguments],
    result: type[Result],
    *,
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    confirmed: bool = False,
) -> ToolSpec:
    """A tool as it is announced, with the schemas of its arguments and of its result."""
    return ToolSpec(
        name,
        title,
        description,
        _schema(arguments, "validation"),
        _schema(result, "serialization"),
        read_only,
        destructive,
        idempotent,
        confirmed,
    )


def refusal_in_words(refusal: Refusal, language: str, words: Words) -> ToolRefusal:
    """A refusal as customers hear it."""
    return ToolRefusal(refusal.reason, words.say([refusal.sentence], language))


_adapters: dict[type[Any], TypeAdapter[Any]] = {}
_schemas: dict[tuple[type[Any], JsonSchemaMode], Mapping[str, object]] = {}


def _adapter(of: type[Any]) -> TypeAdapter[Any]:
    """Made once for a class: it reads the class's source for what its fields mean."""
    if of not in _adapters:
        _adapters[of] = TypeAdapter(of)
    return _adapters[of]


def _schema(of: type[Any], mode: JsonSchemaMode) -> Mapping[str, object]:
    if (of, mode) not in _schemas:
        _schemas[of, mode] = _adapter(of).json_schema(mode=mode)
    return _schemas[of, mode]


def _invalid(words: str, field: str = "") -> RefusedError:
    return RefusedError(Refused(ARGUMENTS_INVALID, words, field))
