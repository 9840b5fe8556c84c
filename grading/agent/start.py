"""The script that `python3` is started with in a candidate's container; see `waiting`.

Our folder is on the path only while our own modules are imported, and is never that of a candidate's program.
"""

import gc
import importlib
import sys

gc.disable()  # Until everything is there that stays.
sys.path[0] = "/opt/touchstone"
waiting = importlib.import_module("grading.agent.waiting")
del sys.path[0]
waiting.main(sys.argv[1:])
