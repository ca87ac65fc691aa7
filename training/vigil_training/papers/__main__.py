import sys

from vigil_training.papers.cli import main

sys.exit(main())
