# SPDX-License-Identifier: MIT
"""Makes this folder's helpers importable."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
