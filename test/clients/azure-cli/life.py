"""The common life of an account, by Microsoft's command line (azure-cli)."""

import sys
import time

import jobs
import pools

# Jobs run on the pool that the pools' part makes.
for name, part in {"pools": pools, "jobs": jobs}.items():
    for step in part.steps:
        start = time.monotonic()
        step()
        print(f"{name}: {step.__name__} ({time.monotonic() - start:.1f} s)", file=sys.stderr)
print("done")
