"""Tidemark's written code, one package a service; generated code is `tidemark.*`."""
