"""Our records beside a partner's."""
