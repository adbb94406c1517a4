"""Makes assets/virtualenv.pyz, by which nodes without venv and pip get a virtual environment.

    python3 scripts/make-virtualenv.py FOLDER [TARGET]

FOLDER holds the sources listed below. Debian's packages come by `apt-get download` on Debian 12, pip's wheel from PyPI or
from any CPython 3.13.0 (Lib/ensurepip/_bundled). The same sources give the same bytes on every computer: nothing is
compressed anew, entries are sorted, times are fixed.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

SOURCES = {
    "python3-virtualenv_20.17.1+ds-1_all.deb": "2be3c4215f1dc9bda6bcc90e66b93b776c7ad8eedce28995157563d0d9e306d7",
    "python3-distlib_0.3.6-1_all.deb": "52e6c1cf13d295dc43a24dd8527e2b8d8afd8267814d7b9658fd1a51f592e544",
    "python3-filelock_3.9.0-1+deb12u1_all.deb": "749e10150cd85f89044d75a5e0d7a840d12ca011c62bf1068c631c3998569ed5",
    "python3-platformdirs_2.6.0-1_all.deb": "6cd7b4dfd37a234858c761ee8dea609a55efc8e66382705803421890f5df5748",
    "pip-24.2-py3-none-any.whl": "2cd581cf58ab7fcfca4ce8efa6dcacd0de5bf8d0a3eb9ec927e07405f4d9e2a2",
}
PIP = "pip-24.2-py3-none-any.whl"
LIBRARIES = "./usr/lib/python3/dist-packages/"
COPYRIGHT = re.compile(r"\./usr/share/doc/python3-(\w+)/copyright$")
WHEELS = "virtualenv/seed/wheels/embed/"

# Debian lets virtualenv find its wheels among the system's; here the one wheel lies beside the module.
EMBED = f'''from pathlib import Path

from virtualenv.seed.wheels.util import Wheel

BUNDLE_FOLDER = Path(__file__).absolute().parent
BUNDLE_SUPPORT = {{"3.%d" % minor: {{"pip": "{PIP}"}} for minor in range(8, 20)}}
MAX = "3.19"


def get_embed_wheel(distribution, for_py_version):
    name = (BUNDLE_SUPPORT.get(for_py_version) or BUNDLE_SUPPORT[MAX]).get(distribution)
    return None if name is None else Wheel.from_path(BUNDLE_FOLDER / name)


__all__ = ["get_embed_wheel", "BUNDLE_SUPPORT", "MAX", "BUNDLE_FOLDER"]
'''

MAIN = '''from virtualenv.__main__ import run_with_catch

run_with_catch()
'''


def read_sources(folder):
    for name, expected in SOURCES.items():
        path = folder / name
        if not path.is_file():
            sys.exit(f"{path} is missing: its SHA-256 is {expected}.")
        content = path.read_bytes()
        actual = hashlib.sha256(content).hexdigest()
        if actual != expected:
            sys.exit(f"{path} has the SHA-256 {actual}, and not {expected}.")
        yield name, path, content


def files_of_package(path):
    archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if member.isfile():
                yield member.name, tar.extractfile(member).read()


def collect(folder):
    files, licences = {}, {}
    for name, path, content in read_sources(folder):
        if name == PIP:
            files[WHEELS + PIP] = content
            with zipfile.ZipFile(io.BytesIO(content)) as wheel:
                licences["pip 24.2"] = wheel.read("pip-24.2.dist-info/LICENSE.txt").decode()
                for entry in sorted(wheel.namelist()):
                    vendored = re.fullmatch(r"pip/_vendor/(\w+)/(?:LICENSE|COPYING)[^/]*", entry)
                    if vendored:
                        licences.setdefault(f"{vendored[1]} (in pip)", "")
                        licences[f"{vendored[1]} (in pip)"] += wheel.read(entry).decode()
            continue
        version = name.split("_")[1]
        for entry, data in files_of_package(path):
            copyright = COPYRIGHT.match(entry)
            if copyright:
                licences[f"{copyright[1]} {version}"] = data.decode()
            # The launchers are programs for Windows.
            if entry.startswith(LIBRARIES) and not entry.endswith((".exe", "/RECORD")):
                files[entry[len(LIBRARIES) :]] = data
    files[WHEELS + "__init__.py"] = EMBED.encode()
    files["__main__.py"] = MAIN.encode()
    return files, licences


def write(target, files):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])


def main():
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent.parent / "assets"
    files, licences = collect(folder)
    write(target / "virtualenv.pyz", files)
    sha256 = hashlib.sha256((target / "virtualenv.pyz").read_bytes()).hexdigest()
    record = {"sha256": sha256, "sources": SOURCES}
    (target / "virtualenv.json").write_text(json.dumps(record, indent=2) + "\n")
    line = "\n" + "-" * 80 + "\n\n"
    texts = [f"{name}\n\n{licences[name].strip()}\n" for name in sorted(licences)]
    (target / "virtualenv-licences.txt").write_text(line.join(texts))
    print(sha256)


main()
