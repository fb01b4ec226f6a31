"""The published JSON Schema of the written form, made from the models.

`python -m services.catalog.adapters.json_schema > examples/catalog/catalog.schema.json`
"""

from __future__ import annotations

import json
import sys

from services.catalog.adapters.yaml_form.catalog import CatalogForm


def catalog_schema() -> str:
    """The schema as JSON text. A single file holds part of a catalog, so nothing is required at the top."""
    schema = CatalogForm.model_json_schema()
    schema.pop("required", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(catalog_schema())
