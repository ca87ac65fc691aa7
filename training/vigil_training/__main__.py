"""`python -m vigil_training <command>`."""

from vigil_training.cli import main

raise SystemExit(main())
