"""Everything a service does with the outside, once: settings, logs, telemetry, SQL, NATS, gRPC, lifecycle."""
