"""The published JSON Schema of policy files, made from the models.

`python -m services.offers.adapters.json_schema > examples/offers/policies.schema.json`
"""

from __future__ import annotations

import sys

from services.common.runtime.yaml_fields import published_schema
from services.offers.adapters.yaml_form.policies import PoliciesForm


def policies_schema() -> str:
    """The schema as JSON text."""
    return published_schema(PoliciesForm)


if __name__ == "__main__":
    sys.stdout.write(policies_schema())
