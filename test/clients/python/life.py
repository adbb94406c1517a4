"""The common life of an account, by Microsoft's Python client (azure-batch)."""

import sys
import time

import account_data
import jobs
import pools
import tasks

parts = {"pools": pools, "account": account_data, "jobs": jobs, "tasks": tasks}
# Tasks run on the pool that the jobs' part makes.
for name, part in parts.items():
    for step in part.steps:
        start = time.monotonic()
        step()
        print(f"{name}: {step.__name__} ({time.monotonic() - start:.1f} s)", file=sys.stderr)
print("done")
