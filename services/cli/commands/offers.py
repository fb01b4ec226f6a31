"""`tidemark offers`: policies, profiles, decisions and what becomes of them, models, places."""

from __future__ import annotations

import typer

from services.cli.commands import (
    offers_decisions,
    offers_effects,
    offers_evaluation,
    offers_learning,
    offers_places,
    offers_policies,
    offers_profiles,
)
from services.cli.invocation import command_group


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "offers",
        "Offers in the moment: policies, decisions and why, models, places.",
        "tidemark offers publish examples/offers",
        "Make offers",
    )
    for part in (
        offers_policies,
        offers_decisions,
        offers_effects,
        offers_learning,
        offers_evaluation,
        offers_places,
        offers_profiles,
    ):
        part.register(group)
