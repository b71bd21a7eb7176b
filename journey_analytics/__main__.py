"""`python -m journey_analytics` is the command `journey`."""

import sys

from journey_analytics.cli.main import main

sys.exit(main())
