"""The build file's rules find what would make an image unpinned, privileged or unbuildable."""

from __future__ import annotations

import pytest

from deploy.rules.dockerfile_rules import (
    dockerfile_faults,
    instructions_of,
    pins_of,
    requirement_faults,
)

SOUND = """\
# comment
FROM python:3.11-slim AS build
COPY requirements.txt /source/
RUN pip install --require-hashes \\
      -r /source/requirements.txt
FROM build
COPY --from=build /opt /opt
USER 10001:10001
"""
THERE = {"requirements.txt"}


def _reasons(text: str) -> list[str]:
    return [fault.reason for fault in dockerfile_faults(text, THERE.__contains__)]


def test_a_sound_dockerfile_has_no_fault() -> None:
    assert _reasons(SOUND) == []


def test_continuation_lines_are_one_instruction_with_the_line_it_begins_on() -> None:
    run = instructions_of(SOUND)[2]
    assert (run.line, run.keyword) == (4, "RUN")
    assert run.argument.split() == ["pip", "install", "--require-hashes", "-r", "/source/requirements.txt"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("python:3.11-slim", "python", "FROM python needs a tag"),
        ("python:3.11-slim", "python:latest", "FROM python:latest needs a tag"),
        ("python:3.11-slim", "registry.example/python:3.11", "names a registry"),
        ("COPY requirements.txt", "COPY absent.txt", "COPY absent.txt: there is no such path"),
        ("COPY requirements.txt", "ADD requirements.txt", "use COPY"),
        ("--require-hashes", "--quiet", "needs --require-hashes"),
        ("--require-hashes", "--require-hashes --index-url x", "names an index"),
        ("USER 10001:10001", "USER tidemark", "must be a number other than 0"),
        ("USER 10001:10001", "USER 0", "must be a number other than 0"),
        ("USER 10001:10001\n", "", "sets no USER"),
    ],
)
def test_a_rule_names_what_is_wrong(old: str, new: str, reason: str) -> None:
    reasons = _reasons(SOUND.replace(old, new))
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_a_user_set_in_an_earlier_stage_does_not_count() -> None:
    text = "FROM python:3.11 AS build\nUSER 10001\nFROM python:3.11\n"
    assert _reasons(text) == ["the last stage sets no USER, so it runs as root"]


def test_requirements_must_be_pinned_and_hashed_and_name_no_index() -> None:
    text = "--index-url somewhere\nloose>=1 --hash=sha256:aa\nbare==1\nsound==1 \\\n    --hash=sha256:aa\n"
    assert [(fault.line, fault.reason) for fault in requirement_faults(text)] == [
        (1, "options do not belong here: --index-url"),
        (2, "loose>=1 is not pinned with =="),
        (3, "bare==1 has no hash"),
    ]
    assert pins_of("sound==1.2 ; python_version >= '3' \\\n    --hash=sha256:aa\n") == {"sound": "1.2"}
