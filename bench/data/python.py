# What a Python program does with the plain client: the file, or each file of the folder, up to storage and down to the disk.
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from azure.storage.blob import BlobServiceClient

what, place = sys.argv[1], json.loads(sys.argv[2])
container = BlobServiceClient.from_connection_string(place["connectionString"]).create_container("data")


def send(name, file):
    with open(file, "rb") as data:
        container.get_blob_client(name).upload_blob(data, max_concurrency=4)


def fetch(name):
    with open(os.path.join(place["back"], name), "wb") as copy:
        container.get_blob_client(name).download_blob(max_concurrency=4).readinto(copy)


os.makedirs(place["back"], exist_ok=True)
if what == "file":
    began = time.perf_counter()
    send("copy", place["file"])
    up = time.perf_counter() - began
    fetch("copy")
else:
    names = os.listdir(place["small"])
    with ThreadPoolExecutor(8) as threads:
        began = time.perf_counter()
        list(threads.map(lambda name: send(name, os.path.join(place["small"], name)), names))
        up = time.perf_counter() - began
        list(threads.map(fetch, names))
seconds = time.perf_counter() - began
mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "up": up, "down": seconds - up, "mebibytes": mebibytes}), flush=True)
