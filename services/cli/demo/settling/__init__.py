"""The demo's partners: agreements published, a week settled, every sum beside what it must be."""
