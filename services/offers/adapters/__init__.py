"""Everything of offers that touches the outside."""
