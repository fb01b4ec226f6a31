"""The learner's loop: settled rewards become new parameters, every so many seconds."""

from __future__ import annotations

from services.common.runtime.logs import get_logger
from services.offers.application.learning import Learning, Learnt
from services.offers.application.waking import Waking

_log = get_logger(__name__)


class Learner:
    """Runs `Learning` beside the service. Where it fails, the last parameters serve on."""

    def __init__(self, learning: Learning, seconds: float) -> None:
        self._learning = learning
        self._seconds = seconds
        self._waking = Waking()

    def wake(self) -> None:
        """There are other policies: the models are to know their offers at once."""
        self._waking.wake()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.step()
            await self._waking.wait(self._seconds)

    async def step(self) -> Learnt:
        """One step; nothing at all where it fails: that is told in the log, and tried again next time."""
        try:
            learnt = await self._learning.step()
        except Exception:
            # Disk, database, a damaged version: whatever it is, offers are made without what it would teach.
            _log.exception("learning failed; it is tried again", seconds=self._seconds)
            return Learnt()
        if learnt.versions:
            _log.info("learnt", rewards=learnt.taught, versions=list(learnt.versions))
        return learnt
