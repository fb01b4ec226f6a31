"""Parts of the canonical written form. A field that holds its default is left out."""
