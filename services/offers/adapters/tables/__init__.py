"""The service's SQL tables, a module for each concern; the only SQLModel of this service."""
