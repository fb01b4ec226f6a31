"""The published JSON Schema of agreement files, made from the models.

`python -m services.partner_settlement.adapters.json_schema > examples/agreements/agreements.schema.json`
"""

from __future__ import annotations

import sys

from services.common.runtime.yaml_fields import published_schema
from services.partner_settlement.adapters.yaml_form.agreements import AgreementsForm


def agreements_schema() -> str:
    """The schema as JSON text."""
    return published_schema(AgreementsForm)


if __name__ == "__main__":
    sys.stdout.write(agreements_schema())
