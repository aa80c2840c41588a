#!/bin/sh
# init.sh: the first process inside User-Mode Linux: mounts what a machine has, runs the tests, switches off.
# The host's files are there, read-only. Told by the kernel's command line: skelly_root, skelly_node.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for word in $(cat /proc/cmdline); do
  case $word in
  skelly_root=*) root=${word#*=} ;;
  skelly_node=*) node=${word#*=} ;;
  esac
done
# The checkout may lie in one of the folders that are about to be covered.
mount --bind "$root" /mnt
case $node in "$root"/*) node=/mnt/${node#"$root"/} ;; esac
for folder in /tmp /run /dev/shm; do mount -t tmpfs tmpfs "$folder" 2>/dev/null; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export HOME=/tmp SKELLY_IN_UML=1
cd /mnt || echo "not there: $root"
# The root of the tree may hold processes and limited groups at once; a group below it may not.
# Beside other processes it could not limit anything, so this shell goes first.
mkdir /sys/fs/cgroup/unit && echo $$ >/sys/fs/cgroup/unit/cgroup.procs
echo "+cpu +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
echo "controllers: $(cat /sys/fs/cgroup/unit/cgroup.controllers)"
"$node" --conditions=source --test --test-timeout=120000 --test-reporter=spec \
  packages/orchestrator/node/limits.test.ts
echo "skelly-uml-exit $?"
echo o >/proc/sysrq-trigger
sleep 10
