"""Charging's use cases, one file each, and `ports` for what they need from outside.

`partition_writer` is the heart: memory first, group commit, reply after commit.
"""
