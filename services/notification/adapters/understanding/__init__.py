"""The project's own intent model and the entities of an utterance: the Understanding port."""
