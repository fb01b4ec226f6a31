"""A small service's migrations, for tests of the runtime."""
