"""The published JSON Schema of the written form, made from the models.

`python -m services.catalog.adapters.json_schema > examples/catalog/catalog.schema.json`
"""

from __future__ import annotations

import sys

from services.catalog.adapters.yaml_form.catalog import CatalogForm
from services.common.runtime.yaml_fields import published_schema


def catalog_schema() -> str:
    """The schema as JSON text."""
    return published_schema(CatalogForm)


if __name__ == "__main__":
    sys.stdout.write(catalog_schema())
