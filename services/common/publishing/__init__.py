"""Use cases that services share: publishing files that people write as versions, and looking at them."""
