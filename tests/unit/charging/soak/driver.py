"""Many random lives, one after the other, from one seed: `make soak SOAK_OPERATIONS=5000000 SEED=7`."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.unit.charging.soak.life import Life

OPERATIONS_IN_TESTS = 100_000
"""So many in the tests, in two files of half of them each."""
OPERATIONS_A_LIFE = 1_000
CLOSE_LOOK_EVERY = 200
_TOLD_EVERY_SECONDS = 10.0


class SoakError(AssertionError):
    """A step failed: which one, and how to come there again."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was done."""

    operations: int
    by_name: Counter[str]
    charges: int
    kinds: Counter[str]
    """What happened, by kind of event and, of some, by what it says."""


def soak(seed: int, operations: int, progress: bool = False) -> Soaked:
    """Lives with seeds counted up from `seed`, until so many operations are done. Raises SoakError."""
    with _without_logs():
        return _soak(seed, operations, progress)


@contextlib.contextmanager
def _without_logs() -> Iterator[None]:
    """Commits are made to fail by the hundred, and each of them is logged."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _soak(seed: int, operations: int, progress: bool) -> Soaked:
    done, charges, life_seed = 0, 0, seed
    by_name: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    began = told = time.monotonic()
    while done < operations:
        life = live(life_seed, min(OPERATIONS_A_LIFE, operations - done), by_name)
        done, charges, life_seed = done + life.operations, charges + len(life.ledger.charges), life_seed + 1
        kinds += life.kinds
        now = time.monotonic()
        if progress and now - told > _TOLD_EVERY_SECONDS:
            told = now
            _say(f"{done:>10,} operations, {done / (now - began):,.0f} a second, seed {life_seed}")
    return Soaked(done, by_name, charges, kinds)


def live(seed: int, operations: int, by_name: Counter[str]) -> Life:
    """One life to its end. Raises SoakError naming seed, step and operation."""
    random, life = Random(seed), Life()
    name = "open"
    try:
        for step in range(operations):
            name = life.draw(random)
            life.perform(name, random)
            by_name[name] += 1
            if step % CLOSE_LOOK_EVERY == 0:
                life.check_closely()
        name = "close"
        life.close()
    except Exception as error:
        raise SoakError(
            f"seed {seed}, step {life.operations}, operation {name}: {error!r}\n"
            f"again: make soak SOAK_OPERATIONS={life.operations + 1} SEED={seed}"
        ) from error
    return life


def main() -> None:
    """`python -m tests.unit.charging.soak.driver OPERATIONS SEED`; prints how many a second."""
    operations, seed = int(sys.argv[1]), int(sys.argv[2])
    _say(f"{operations:,} operations from seed {seed}")
    began = time.monotonic()
    soaked = soak(seed, operations, progress=True)
    seconds = time.monotonic() - began
    _say(
        f"done: {soaked.operations:,} operations, {soaked.charges:,} charges, "
        f"{soaked.operations / seconds:,.0f} operations a second, seed {seed}"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
