"""Everything of partner settlement that touches the outside."""
