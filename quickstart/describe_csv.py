"""Prints, as JSON, the rows, the columns, and the minimum, maximum and mean of each numeric column of a CSV file."""

import csv
import json
import math
import re
import sys

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

with open(sys.argv[1], newline="", encoding="utf-8-sig") as file:
    header, *rows = [row for row in csv.reader(file) if row]

numeric = {}
for index, name in enumerate(header):
    texts = [row[index] for row in rows if row[index] != ""]
    if texts and all(NUMBER.fullmatch(text) for text in texts):
        numbers = [float(text) for text in texts]
        numeric[name] = {"min": min(numbers), "max": max(numbers), "mean": math.fsum(numbers) / len(numbers)}

print(json.dumps({"rows": len(rows), "columns": len(header), "numeric": numeric}))
