"""Gets Chromium for the tests of pages: `python -m tests.support.install_chromium`. Never fails a set-up."""

from __future__ import annotations

import sys

from tests.support.chromium import NoChromiumError, ensure_chromium


def main() -> int:
    """Says where it is, or why the tests of pages will be skipped."""
    try:
        sys.stdout.write(f"chromium: {ensure_chromium()}\n")
    except NoChromiumError as error:
        sys.stdout.write(f"chromium: not to be had ({error}); tests of pages are skipped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
