"""`python -m kandinsky_desktop.cli`."""

from kandinsky_desktop.cli import main

raise SystemExit(main())
