"""Messages as nobody should send them, made from the contract's descriptors: every field missing, huge,
negative, repeated, of an unknown number, of a strange text; and octets that are no message at all.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

MOST_DEPTH = 5
_SIGNED = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_NUMBERS = (0, 1, 2, 10, 20, 40, 100, 101, 255, 256, 1_000, 2**31, 2**53, 2**53 + 1, 2**62)
_TEXTS = (
    "",
    " ",
    "a",
    "0",
    "-1",
    "\n",
    "a\x00b",
    "\u202eabc",
    "\U0001f4a5" * 9,
    "٤٩",
    "../../etc/passwd",
    "' OR 1=1 --",
    "%s%n",
    "s-0-1-1",
    "c-0-1-1-1",
    "imsi-" + "9" * 40,
    "x" * 129,
    "y" * 5_000,
    "z" * 70_000,
)


class Hostile:
    """Spoils messages. What it does follows from the random source alone; `known` texts make some pass."""

    def __init__(self, random: Random, known: tuple[str, ...]) -> None:
        self._random = random
        self._known = known

    def spoiled(self, right: Message) -> Message:
        """A message that was right, with one to three things wrong."""
        message = type(right)()
        message.CopyFrom(right)
        for _ in range(self._random.randint(1, 3)):
            self._spoil(message, 0)
        return message

    def made_up(self, kind: type[Message]) -> Message:
        """A message of a kind whose fields are set at random."""
        message = kind()
        self._fill(message, 0)
        return message

    def octets(self, right: Message) -> bytes:
        """Octets that may or may not be a message: cut off, changed, or made up."""
        whole = bytearray(right.SerializeToString(deterministic=True))
        choice = self._random.randrange(3)
        if choice == 0 or not whole:
            return self._random.randbytes(self._random.randrange(200))
        if choice == 1:
            return bytes(whole[: self._random.randrange(len(whole))])
        for _ in range(self._random.randint(1, 8)):
            whole[self._random.randrange(len(whole))] = self._random.randrange(256)
        return bytes(whole)

    def _spoil(self, message: Message, depth: int) -> None:
        fields: list[Any] = list(message.DESCRIPTOR.fields)
        if not fields:
            return
        present: list[Any] = [field for field, _ in message.ListFields()]
        field: FieldDescriptor = self._random.choice(
            present if present and self._random.random() < 0.7 else fields
        )
        if field.is_repeated:
            self._spoil_repeated(message, field, depth)
        elif self._random.random() < 0.2:
            message.ClearField(field.name)
        elif field.message_type is None:
            setattr(message, field.name, self._scalar(field))
        elif depth < MOST_DEPTH:
            part: Message = getattr(message, field.name)
            part.SetInParent()
            self._spoil(part, depth + 1)

    def _spoil_repeated(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        items: Any = getattr(message, field.name)
        choice = self._random.randrange(4)
        if choice == 0 and items:
            del items[self._random.randrange(len(items))]
        elif choice == 1 and items:
            times = self._random.choice((1, 2, 110))
            items.extend([items[self._random.randrange(len(items))]] * times)
        elif choice == 2 and items and field.message_type is not None and depth < MOST_DEPTH:
            self._spoil(items[self._random.randrange(len(items))], depth + 1)
        else:
            self._add(items, field, depth)

    def _add(self, items: Any, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is None:
            items.append(self._scalar(field))
        elif depth < MOST_DEPTH:
            self._fill(items.add(), depth + 1)

    def _fill(self, message: Message, depth: int) -> None:
        fields: list[Any] = list(message.DESCRIPTOR.fields)
        for field in fields:
            if self._random.random() < 0.4:
                continue
            if field.is_repeated:
                for _ in range(self._random.choice((1, 2, 3))):
                    self._add(getattr(message, field.name), field, depth)
            elif field.message_type is None:
                setattr(message, field.name, self._scalar(field))
            elif depth < MOST_DEPTH:
                part: Message = getattr(message, field.name)
                part.SetInParent()
                self._fill(part, depth + 1)

    def _scalar(self, field: FieldDescriptor) -> Any:
        make: dict[int, Callable[[], Any]] = {
            FieldDescriptor.CPPTYPE_STRING: lambda: self._text_or_octets(field),
            FieldDescriptor.CPPTYPE_BOOL: lambda: self._random.random() < 0.5,
            FieldDescriptor.CPPTYPE_ENUM: lambda: self._random.choice((0, 1, 2, 3, 4, 99, -1, 2**31 - 1)),
        }
        if field.cpp_type in make:
            return make[field.cpp_type]()
        lowest, highest = _SIGNED[field.cpp_type]
        number = self._random.choice((*_NUMBERS, lowest, highest, -1, self._random.randint(lowest, highest)))
        return min(max(number, lowest), highest)

    def _text_or_octets(self, field: FieldDescriptor) -> str | bytes:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self._random.randbytes(self._random.choice((0, 1, 16, 32, 33, 5_000)))
        return self._random.choice(self._known if self._random.random() < 0.6 else _TEXTS)
