"""Unit tests of partner settlement."""
