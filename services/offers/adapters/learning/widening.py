"""Features that came with newer policies, taken into a model that did not know them.

What a model says of a customer without the new values stays what it was: a new weight begins at zero, with
the uncertainty of the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.offers.adapters.learning.cold_start import ColdStart
from services.offers.adapters.learning.frames import places_of
from services.offers.adapters.learning.model_files import FrozenParts, frozen_parts
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.posterior import mapped
from services.offers.adapters.learning.scaling import Floats, Scaling, first_scaling
from services.offers.domain.features import FeatureSpec


def widen(model: OnlineModel, spec: FeatureSpec) -> tuple[OnlineModel, FrozenParts]:
    """The model over more features, and its parts. `spec` knows all that the model's own does."""
    # Both are sorted: what the model knows comes in the same order.
    places = places_of(model.spec.names, spec.names)[1].tolist()
    offer_places = places_of(model.spec.offer_names, spec.offer_names)[1].tolist()
    scaling = _scaling(model.scaling, first_scaling(spec), places, offer_places)
    cold = model.cold_start and _cold_start(model.cold_start, spec, places, offer_places)
    widened = replace(
        model,
        spec=spec,
        scaling=scaling,
        cold_start=cold,
        posterior=mapped(model.posterior, places, len(spec.names)),
    )
    return widened, frozen_parts(spec, scaling, cold)


def _scaling(old: Scaling, guessed: Scaling, places: Sequence[int], offer_places: Sequence[int]) -> Scaling:
    return Scaling(
        _put(guessed.mean, old.mean, places),
        _put(guessed.scale, old.scale, places),
        _put(guessed.offer_mean, old.offer_mean, offer_places),
        _put(guessed.offer_scale, old.offer_scale, offer_places),
    )


def _cold_start(
    old: ColdStart, spec: FeatureSpec, places: Sequence[int], offer_places: Sequence[int]
) -> ColdStart:
    size, of_offers = len(spec.names), len(spec.offer_names)
    products = np.zeros((size, of_offers))
    products[np.ix_(places, offer_places)] = old.products
    return ColdStart(
        old.intercept,
        _put(np.zeros(size), old.context, places),
        _put(np.zeros(of_offers), old.offers, offer_places),
        products,
    )


def _put(into: Floats, values: Floats, places: Sequence[int]) -> Floats:
    put = into.copy()
    put[np.asarray(places, dtype=np.intp)] = values
    return put
