import { PREPARED } from "../protocol/task-settings.js";

/** Environment settings that {@link PREPARE_SCRIPT} reads. */
export const NODE_MAJOR_SETTING = "AZURE_BATCH_PARALLEL_NODE_MAJOR";
export const NODE_URL_SETTING = "AZURE_BATCH_PARALLEL_NODE_URL";
export const NODE_SHA256_SETTING = "AZURE_BATCH_PARALLEL_NODE_SHA256";
/** The Python of the node that gets the run's requirements, and what is to tell their environment from others. */
export const PYTHON_SETTING = "AZURE_BATCH_PARALLEL_PYTHON";
export const REQUIREMENTS_SETTING = "AZURE_BATCH_PARALLEL_REQUIREMENTS";
/** What is to tell the run's npm packages from others. */
export const NPM_SETTING = "AZURE_BATCH_PARALLEL_NPM";
/** The system packages that the run needs, and `install` or `check`: whether the node installs those that are missing. */
export const APT_SETTING = "AZURE_BATCH_PARALLEL_APT";
export const APT_MODE_SETTING = "AZURE_BATCH_PARALLEL_APT_MODE";

/** The program that makes a virtual environment, in the preparation task's working directory. */
export const PYTHON_PREPARATION = "prepare-python.py";

/** What the script is called in the preparation task's working directory. */
export const PREPARE_SCRIPT_NAME = "prepare.sh";

/*
 * The command lines of a run. They are the same for every run: what varies travels in environment settings and files, so
 * that no quoting rule, of Batch or of a shell, can change it.
 */
export const PREPARE_COMMAND = `/bin/sh -c 'exec /bin/sh "$AZ_BATCH_TASK_WORKING_DIR/${PREPARE_SCRIPT_NAME}"'`;
export const RUN_COMMAND = `/bin/sh -c 'exec "$AZ_BATCH_JOB_PREP_WORKING_DIR/${PREPARED.node}" "$AZ_BATCH_JOB_PREP_WORKING_DIR/${PREPARED.runner}"'`;

/**
 * Runs on each node before the first task of a run: links the first Node.js on the node's PATH that is new enough to where
 * the tasks find it, and where there is none, downloads the archive, checks its hash, and unpacks it into the node's shared
 * directory. Before that it installs the run's system packages, after it those of npm and the virtual environment of a Python
 * script with requirements. It may run again, or twice at once for two jobs, so what it makes appears in one step.
 */
export const PREPARE_SCRIPT = `set -eu
here=$AZ_BATCH_TASK_WORKING_DIR
shared=$AZ_BATCH_NODE_SHARED_DIR/azure-batch-parallel
work=

fail() {
  echo "azure-batch-parallel: $1" >&2
  exit 1
}

# A folder for what is not complete yet, which goes with this script.
make_work() {
  [ -z "$work" ] || return 0
  mkdir -p "$shared"
  work=$(mktemp -d "$shared/installing-XXXXXX")
  trap 'rm -rf "$work"' EXIT
}

# Starting a Node.js to ask it takes longer than all the rest; its headers, where its package brought them, say the same.
major_of() {
  header=\${1%/bin/node}/include/node/node_version.h
  if [ ! -L "$1" ] && [ -r "$header" ]; then
    while read -r define name value; do
      [ "$define $name" != "#define NODE_MAJOR_VERSION" ] || { echo "$value"; return; }
    done <"$header"
  fi
  version=$("$1" --version 2>/dev/null) || version=v0
  version=\${version#v}
  echo "\${version%%.*}"
}

new_enough() {
  [ -x "$1" ] && [ "$(major_of "$1")" -ge "$${"{"}${NODE_MAJOR_SETTING}}" ] 2>/dev/null
}

# One try, which ends also where nothing comes any more.
fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --connect-timeout 30 --speed-limit 1000 --speed-time 60 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 60 -t 1 -O "$2" "$1"
  elif command -v python3 >/dev/null 2>&1; then
    python3 -c 'import socket, sys, urllib.request
socket.setdefaulttimeout(60)
try: urllib.request.urlretrieve(sys.argv[1], sys.argv[2])
except Exception as error: sys.exit("python3: " + str(error))' "$1" "$2"
  else
    fail "the node has no Node.js, and neither curl, wget nor python3 to download it with"
  fi
}

download() {
  try=1
  until fetch "$1" "$2"; do
    [ "$try" -lt 3 ] || return 1
    sleep "$try" 2>/dev/null || true
    try=$((try + 1))
  done
}

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then
    sum=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then
    sum=$(openssl dgst -sha256 -r <"$1")
  elif command -v python3 >/dev/null 2>&1; then
    sum=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())' <"$1")
  else
    fail "the node has neither sha256sum, shasum, openssl nor python3 to check Node.js with"
  fi
  echo "\${sum%% *}"
}

unpack() {
  tar -xf "$1" -C "$2" --strip-components=1 2>"$work/tar.log" && return
  # An image without the program for the archive's compression may have Python, which needs none.
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$1" "$work/unpacked" 2>/dev/null &&
    rmdir "$2" && mv "$work"/unpacked/* "$2" && return
  cat "$work/tar.log" >&2
  return 1
}

install_node() {
  installed=$shared/node-$${"{"}${NODE_SHA256_SETTING}}
  if ! [ -x "$installed/bin/node" ]; then
    make_work
    download "$${"{"}${NODE_URL_SETTING}}" "$work/archive" || fail "Node.js could not be downloaded from $${"{"}${NODE_URL_SETTING}}"
    actual=$(sha256_of "$work/archive")
    [ "$actual" = "$${"{"}${NODE_SHA256_SETTING}}" ] ||
      fail "the archive from $${"{"}${NODE_URL_SETTING}} has the SHA-256 $actual, and not $${"{"}${NODE_SHA256_SETTING}}: refused"
    mkdir "$work/node"
    unpack "$work/archive" "$work/node" || fail "the archive of Node.js could not be unpacked"
    new_enough "$work/node/bin/node" || fail "the archive from $${"{"}${NODE_URL_SETTING}} holds no bin/node that runs on this node: it may be for another processor than $(uname -m), $AZ_BATCH_NODE_SHARED_DIR may be mounted noexec, and from 25 on Node.js needs the system library libatomic1"
    mv "$work/node" "$installed" 2>/dev/null || [ -x "$installed/bin/node" ] || fail "Node.js could not be put in place"
  fi
  node=$installed/bin/node
}

# The first on the PATH may be an old one, and another one further on new enough.
find_node() {
  node=
  separators=$IFS
  IFS=:
  for folder in $PATH; do
    [ -n "$folder" ] && [ -z "$node" ] && new_enough "$folder/node" && node=$folder/node
  done
  IFS=$separators
  [ -n "$node" ]
}

# Installed, in the version that the package's name has after a "=", if any.
has_package() {
  version=$(dpkg-query -W -f='\${Status}=\${Version}' "\${1%%=*}" 2>/dev/null) || return 1
  case $1 in
    *=*) [ "$version" = "install ok installed=\${1#*=}" ] ;;
    *) [ "\${version%%=*}" = "install ok installed" ] ;;
  esac
}

# Another program of the node may be at it: images update themselves when they start.
apt() {
  try=1
  until DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" >/dev/null; do
    [ "$try" -lt 3 ] || return 1
    sleep $((try * 10)) 2>/dev/null || true
    try=$((try + 1))
  done
}

install_system_packages() {
  command -v dpkg-query >/dev/null 2>&1 || fail "packages.apt needs Debian or Ubuntu, and the node has no dpkg"
  missing=
  for package in ${"$"}{${APT_SETTING}}; do
    has_package "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  [ "${"$"}{${APT_MODE_SETTING}}" = install ] ||
    fail "this computer lacks the system packages that packages.apt names:$missing. A run installs none here: install them with sudo apt-get install$missing"
  apt update || fail "apt-get could not read the lists of packages"
  apt install --no-install-recommends $missing || fail "apt-get could not install$missing"
}

install_npm_packages() {
  installed=$shared/npm-$(major_of "$node")-${"$"}{${NPM_SETTING}}
  if ! [ -d "$installed" ]; then
    npm=\${node%/*}/npm
    [ -x "$npm" ] || npm=$(command -v npm) || fail "the node has a Node.js without npm, which the option packages needs"
    make_work
    mkdir "$work/npm"
    echo '{ "private": true }' >"$work/npm/package.json"
    set --
    while read -r package; do
      case $package in
        ./*) set -- "$@" "$here/${PREPARED.packages}/\${package#./}" ;;
        *) set -- "$@" "$package" ;;
      esac
    done <"$here/${PREPARED.packages}/npm.txt"
    # From within the folder: with --prefix, npm would not read the node's own configuration.
    (
      cd "$work/npm" || exit
      export PATH="\${node%/*}:$PATH" npm_config_cache="$work/npm-cache"
      export npm_config_fetch_timeout="\${npm_config_fetch_timeout:-60000}"
      exec "$npm" install --loglevel=error --no-audit --no-fund --no-update-notifier --global=false -- "$@" </dev/null
    ) >/dev/null ||
      fail "npm could not install the packages"
    mkdir -p "$work/npm/node_modules"
    mv "$work/npm" "$installed" 2>/dev/null || [ -d "$installed/node_modules" ] || fail "the packages could not be put in place"
  fi
  ln -sfn "$installed/node_modules" "$here/${PREPARED.modules}"
}

[ -z "${"$"}{${APT_SETTING}:-}" ] || install_system_packages
if ! find_node; then
  [ -n "${"$"}{${NODE_URL_SETTING}:-}" ] || fail "the node has no Node.js ${"$"}{${NODE_MAJOR_SETTING}} or newer, and the run names no archive for it"
  install_node
fi
ln -sf "$node" "$here/${PREPARED.node}"
[ -z "${"$"}{${NPM_SETTING}:-}" ] || install_npm_packages

if [ -n "${"$"}{${PYTHON_SETTING}:-}" ]; then
  command -v "${"$"}{${PYTHON_SETTING}}" >/dev/null 2>&1 ||
    fail "the node has no Python by the name ${"$"}{${PYTHON_SETTING}}: install it with the pool's start task, or name the one it has with python(script, { interpreter })"
  "${"$"}{${PYTHON_SETTING}}" "$here/${PYTHON_PREPARATION}" || exit 1
fi

# What the administrator made, the user of the tasks is to read, and to add to.
if [ "${"$"}{${APT_MODE_SETTING}:-}" = install ]; then
  chmod -R a+rX "$here"
  if [ -d "$shared" ]; then chmod -R a+rX "$shared" && chmod a+rwx "$shared"; fi
fi
`;
