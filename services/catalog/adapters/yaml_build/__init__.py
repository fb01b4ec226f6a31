"""The checked form of a catalog into domain values: sizes get their unit, lists their canonical order."""
