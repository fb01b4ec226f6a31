"""The checked form of agreements into domain values: amounts become minor units, lists their order."""
