"""The only place that turns protobuf into domain values and back."""
