"""The method of the intent model on public sets that nobody here made up.

Of CLINC150 a part is learnt here, for the time that it takes; what all of it comes to stands in the README
and is printed by `python -m services.notification.train_intents --public FOLDER`.
"""

from __future__ import annotations

import pytest

from services.notification.adapters.understanding.measuring import measure_banking77, measure_clinc150
from tests.support.notification_talking import PUBLIC_SETS

SEED = 7
THRESHOLD = 0.4

pytestmark = pytest.mark.skipif(
    not PUBLIC_SETS.is_dir(), reason=f"needs banking77_train.csv and clinc150.csv in {PUBLIC_SETS}"
)


def test_banking77_split_80_to_20() -> None:
    found = measure_banking77(PUBLIC_SETS, SEED, THRESHOLD)
    assert (found.intents, found.trained, found.tested) == (77, 8_002, 2_001)
    assert found.accuracy >= 0.88
    assert found.kept >= 0.92
    assert found.wrong_of_kept <= 0.10


def test_clinc150_by_its_own_split_with_what_is_out_of_scope() -> None:
    found = measure_clinc150(PUBLIC_SETS, THRESHOLD, 40)
    assert (found.intents, found.trained, found.tested) == (150, 6_000, 3_000)
    assert found.accuracy >= 0.86
    assert found.kept >= 0.86
    assert found.wrong_of_kept <= 0.09
    assert found.refused is not None
    assert found.refused >= 0.72
