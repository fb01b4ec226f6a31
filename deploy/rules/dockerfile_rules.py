"""What the image's build file must keep to. Reads instructions; builds nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_INSTALLS = re.compile(r"\bpip3? install\b")
_PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[^\]]*\])?==\S+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its continuation lines joined; `line` is where it begins, from 1."""

    line: int
    keyword: str
    argument: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which line."""

    line: int
    reason: str


def instructions_of(text: str) -> list[Instruction]:
    """Splits a Dockerfile into instructions, comments left out."""
    found: list[Instruction] = []
    pending, begun = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        begun = begun or number
        pending += line.removesuffix("\\")
        if not line.endswith("\\"):
            keyword, _, argument = pending.partition(" ")
            found.append(Instruction(begun, keyword.upper(), argument.strip()))
            pending, begun = "", 0
    return found


def dockerfile_faults(text: str, exists: Callable[[str], bool]) -> Iterator[Fault]:
    """Everything wrong with a Dockerfile. `exists` answers for paths in the build context."""
    instructions = instructions_of(text)
    yield from _base_image_faults(instructions)
    yield from _copy_faults(instructions, exists)
    yield from _install_faults(instructions)
    yield from _user_faults(instructions)


def requirement_faults(text: str) -> Iterator[Fault]:
    """Every requirement must be pinned and carry a hash, and no line may name an index."""
    for entry in instructions_of(text):
        requirement = entry.keyword.lower()
        if requirement.startswith("-"):
            yield Fault(entry.line, f"options do not belong here: {requirement}")
        elif not _PIN.match(requirement):
            yield Fault(entry.line, f"{requirement} is not pinned with ==")
        elif "--hash=sha256:" not in entry.argument:
            yield Fault(entry.line, f"{requirement} has no hash")


def pins_of(text: str) -> dict[str, str]:
    """Name to version of every pinned requirement."""
    heads = (entry.keyword.lower().partition("==") for entry in instructions_of(text))
    return {name: version for name, _, version in heads}


def _base_image_faults(instructions: list[Instruction]) -> Iterator[Fault]:
    stages: set[str] = set()
    for instruction in (i for i in instructions if i.keyword == "FROM"):
        words = instruction.argument.split()
        image = words[0]
        name, _, tag = image.partition(":")
        if image not in stages and (not tag or tag == "latest"):
            yield Fault(instruction.line, f"FROM {image} needs a tag other than latest")
        if "/" in name and re.search(r"[.:]", name.split("/")[0]):
            yield Fault(instruction.line, f"FROM {image} names a registry; leave that to the builder")
        if len(words) == 3:
            stages.add(words[2])


def _copy_faults(instructions: list[Instruction], exists: Callable[[str], bool]) -> Iterator[Fault]:
    for instruction in instructions:
        if instruction.keyword == "ADD":
            yield Fault(instruction.line, "use COPY: ADD unpacks and downloads")
        if instruction.keyword != "COPY" or "--from=" in instruction.argument:
            continue
        paths = [word for word in shlex.split(instruction.argument) if not word.startswith("--")]
        for source in paths[:-1]:
            if not exists(source):
                yield Fault(instruction.line, f"COPY {source}: there is no such path in the repository")


def _install_faults(instructions: list[Instruction]) -> Iterator[Fault]:
    for instruction in (i for i in instructions if i.keyword == "RUN"):
        for command in re.split(r"&&|;", instruction.argument):
            if not _INSTALLS.search(command):
                continue
            if "--require-hashes" not in command and "--no-index" not in command:
                yield Fault(
                    instruction.line, "pip install needs --require-hashes (or --no-index for a local wheel)"
                )
            if re.search(r"--(extra-)?index-url|--trusted-host", command):
                yield Fault(instruction.line, "pip install names an index; leave that to the builder")


def _user_faults(instructions: list[Instruction]) -> Iterator[Fault]:
    last_stage = max((i.line for i in instructions if i.keyword == "FROM"), default=0)
    users = [i for i in instructions if i.keyword == "USER" and i.line > last_stage]
    if not users:
        yield Fault(last_stage, "the last stage sets no USER, so it runs as root")
    elif not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1].argument):
        yield Fault(users[-1].line, f"USER {users[-1].argument} must be a number other than 0")
