"""The published JSON Schema of alert rules, made from the models.

`python -m services.notification.adapters.rules.json_schema > examples/notification/rules.schema.json`
"""

from __future__ import annotations

import sys

from services.common.runtime.yaml_fields import published_schema
from services.notification.adapters.yaml_form.rules import RulesForm


def rules_schema() -> str:
    """The schema as JSON text."""
    return published_schema(RulesForm)


if __name__ == "__main__":
    sys.stdout.write(rules_schema())
