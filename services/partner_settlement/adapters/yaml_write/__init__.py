"""Agreements as people write them: fields that hold their default are left out, codes in order."""
