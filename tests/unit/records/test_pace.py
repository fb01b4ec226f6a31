"""How long an export rests: not at all on a machine with room, and never so long that it stands still."""

from __future__ import annotations

import pytest

from services.cli.records.pace import (
    MINIMUM_RECORDS_PER_SECOND,
    ROOM_ENOUGH_SHARE,
    ROOM_FROM_SHARE,
    CpuUse,
    Pace,
    Pacer,
    cpu_use,
    free_share,
    rest_seconds,
)

HALF_WAY = (ROOM_FROM_SHARE + ROOM_ENOUGH_SHARE) / 2


@pytest.mark.parametrize(
    ("idle", "own", "cores", "share"),
    [
        pytest.param(4.0, 0.0, 2, 1.0, id="nobody works"),
        pytest.param(2.0, 2.0, 2, 1.0, id="only the export works"),
        pytest.param(1.0, 2.0, 2, 0.75, id="others use half a core"),
        pytest.param(0.0, 0.5, 2, 0.125, id="others use nearly all"),
        pytest.param(0.0, 2.0, 1, 1.0, id="one core, and the export has it"),
        pytest.param(4.0, 0.0, 64, 1.0, id="62 of 64 cores are busy"),
        pytest.param(1.0, 1.0, 64, 0.5, id="63 of 64 cores are busy"),
    ],
)
def test_what_others_leave_free_counts_up_to_two_cores(
    idle: float, own: float, cores: int, share: float
) -> None:
    before = CpuUse(at=100.0, idle=50.0, own=7.0)
    after = CpuUse(at=102.0, idle=50.0 + idle, own=7.0 + own)
    assert free_share(before, after, cores) == pytest.approx(share)


@pytest.mark.parametrize(
    ("free", "seconds"),
    [
        pytest.param(1.0, 0.0, id="idle"),
        pytest.param(ROOM_ENOUGH_SHARE + 0.001, 0.0, id="room enough"),
        pytest.param(HALF_WAY, 0.03, id="half way: as long as the work took"),
        pytest.param(ROOM_FROM_SHARE + 0.001, 100 / MINIMUM_RECORDS_PER_SECOND, id="next to no room"),
        pytest.param(ROOM_FROM_SHARE, 100 / MINIMUM_RECORDS_PER_SECOND, id="no room"),
        pytest.param(0.0, 100 / MINIMUM_RECORDS_PER_SECOND, id="full"),
    ],
)
def test_the_less_is_free_the_longer_it_rests_up_to_a_bound(free: float, seconds: float) -> None:
    assert rest_seconds(0.03, 100, free) == pytest.approx(seconds)


class Machine:
    """A machine of two cores on a clock of its own: others use so many of them, the export rests or works."""

    def __init__(self, others: float) -> None:
        self.others = others
        self.now = CpuUse(at=1_000.0, idle=0.0, own=0.0)
        self.rested = 0.0

    def look(self) -> CpuUse:
        return self.now

    def work(self, seconds: float) -> None:
        """The export has a core for so long."""
        self._pass(seconds, seconds)

    async def sleep(self, seconds: float) -> None:
        self.rested += seconds
        self._pass(seconds, 0.0)

    def _pass(self, seconds: float, own: float) -> None:
        idle = max(0.0, (2 - self.others) * seconds - own)
        self.now = CpuUse(self.now.at + seconds, self.now.idle + idle, self.now.own + own)


async def exported(machine: Machine, pace: Pace, pieces: int) -> float:
    """Records per second of an export in pieces of 100 records, 30 ms of work each."""
    pacer, begun = Pacer(pace, machine.look, machine.sleep, cores=2), machine.now.at
    for _ in range(pieces):
        machine.work(0.03)
        await pacer.rest(100)
    return pieces * 100 / (machine.now.at - begun)


async def test_on_an_idle_machine_it_never_rests() -> None:
    machine = Machine(others=0.1)
    await exported(machine, Pace.GENTLE, 100)
    assert machine.rested == 0


async def test_on_a_busy_machine_it_keeps_to_the_rate_that_is_promised() -> None:
    rate = await exported(Machine(others=1.9), Pace.GENTLE, 1_000)
    # Before its first look it works without a rest; later the work comes on top of the rests.
    assert rate == pytest.approx(MINIMUM_RECORDS_PER_SECOND, rel=0.1)


async def test_with_half_of_the_room_it_works_half_of_the_time() -> None:
    machine = Machine(others=2 * (1 - HALF_WAY))
    await exported(machine, Pace.GENTLE, 1_000)
    assert machine.now.own / (machine.now.at - 1_000.0) == pytest.approx(0.5, abs=0.02)


async def test_a_rest_ends_early_where_others_have_finished() -> None:
    machine = Machine(others=2.0)
    pacer = Pacer(Pace.GENTLE, machine.look, machine.sleep, cores=2)
    machine.work(0.3)
    machine.others = 0.0
    await pacer.rest(1_000)
    assert machine.rested == pytest.approx(0.25), "of the five seconds that its pace would allow for"


async def test_at_full_pace_it_never_rests() -> None:
    machine = Machine(others=2.0)
    await exported(machine, Pace.FULL, 100)
    assert machine.rested == 0


async def test_nothing_taken_is_nothing_to_rest_from() -> None:
    machine = Machine(others=2.0)
    await Pacer(Pace.GENTLE, machine.look, machine.sleep, cores=2).rest(0)
    assert machine.rested == 0


def test_the_machine_says_what_it_did() -> None:
    before, after = cpu_use(), cpu_use()
    assert before.at <= after.at
    assert before.own <= after.own
    assert after.idle >= 0
