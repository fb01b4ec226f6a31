"""What goes wrong: requests sent again, processes that die, commits that fail; and corrections."""

from __future__ import annotations

from random import Random

from services.charging.domain import commands
from services.common.kernel.outcome import RefusedError
from tests.support.memory_journal import Fault
from tests.unit.charging.soak.correction_operations import CorrectionOperations

_FEW_ROWS = 100
"""More records than these are not replayed by every fault: a snapshot is taken first."""


class FaultOperations(CorrectionOperations):
    """After each of them everything is as it was, or as it was asked to be."""

    def repeat(self, random: Random) -> None:
        """A request of the last day again."""
        self.partition.repeat(random.randrange(1_000))

    def restart(self, random: Random) -> None:
        """The process ends; another takes the partition over, from a snapshot or the journal alone."""
        with_snapshot = random.random() < 0.5 or self.partition.rows_to_replay > _FEW_ROWS
        if len(self.partition.journal.rows) <= _FEW_ROWS and not with_snapshot:
            self.partition.journal.kept_snapshots.clear()
        self.partition.restart(with_snapshot)

    def lose_a_commit(self, random: Random) -> None:
        """The journal cannot be written, or does not answer: the caller is told; memory is the journal."""
        account = self.draw_account(random)
        amount, fault = self.draw_amount(random, account), random.choice(list(Fault))
        if self.partition.rows_to_replay > _FEW_ROWS:
            self.partition.keep_snapshot()
        self.partition.journal.append_faults.append(fault)
        try:
            self.partition.execute(commands.TopUp(account, self.model.currency[account], amount, "voucher"))
        except RefusedError as error:
            assert error.refused.reason.name == "COMMIT_FAILED"
        else:
            raise AssertionError("a commit that failed was answered")
        self.partition.wait_until_serving()
        if fault is Fault.ANSWER_LOST:
            self.asked_in[account] += amount
        self.take_over()
