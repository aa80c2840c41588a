#!/bin/sh
# run.sh: the tests of limits under a kernel of their own, where cgroup v2 has its controllers.
# usage: tools/uml/run.sh; needs Debian's user-mode-linux, else it says so and does nothing (CI=true: fails).
root=$(cd "$(dirname "$0")/../.." && pwd)
kernel=$(command -v linux.uml || command -v linux)
if [ -z "$kernel" ]; then
  echo "skipped: user-mode-linux is not here (apt-get install user-mode-linux)"
  [ "$CI" = true ] && exit 1
  exit 0
fi
node=$(cd "$root" && node -p 'process.execPath')
[ -x "$root/node_modules/.bin/node" ] && node=$(readlink -f "$root/node_modules/.bin/node")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Memory of the guest is a file; in a folder of ours it goes with us.
TMPDIR=$scratch timeout 300 "$kernel" mem=1024M rootfstype=hostfs rootflags=/ ro quiet \
  con0=fd:0,fd:1 con=null uml_dir="$scratch" umid=skelly-test \
  init="$root/tools/uml/init.sh" skelly_root="$root" skelly_node="$node" </dev/null 2>&1 |
  tee "$scratch/said"
grep -q '^skelly-uml-exit 0' "$scratch/said"
