"""The only SQLModel of this service, a module for each concern."""
