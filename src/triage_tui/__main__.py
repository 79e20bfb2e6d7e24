"""Run the command line as ``python -m triage_tui``."""

from triage_tui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
