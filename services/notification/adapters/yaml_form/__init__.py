"""The written form of alert rules as pydantic models; the published JSON Schema is made from them.

Codes are the keys of mappings. The field descriptions are what an editor
shows to whoever writes rules. Words stand beside them, in Fluent files.
"""
