"""`python -m crmkernel.cli`."""

import sys

from . import main

sys.exit(main())
