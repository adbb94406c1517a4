#!/bin/sh
# Drives a Batch account with Microsoft's command line client through the common life of everything in it.
# The account comes in the variables AZURE_BATCH_ENDPOINT, AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY, a folder for
# files as the argument.
set -eu

work="$1"
export AZURE_CONFIG_DIR="$work/azure" AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=yes

batch() {
  az batch "$@" --output tsv
}

until_is() {
  wanted="$1"
  shift
  for _ in $(seq 1 40); do
    found="$(batch "$@")"
    [ "$found" = "$wanted" ] && return
    sleep 0.2
  done
  echo "az batch $*: expected $wanted, got $found" >&2
  exit 1
}

refused() {
  code="$1"
  shift
  if message="$(batch "$@" 2>&1)"; then
    echo "az batch $*: expected $code, but it was accepted" >&2
    exit 1
  fi
  case "$message" in
    *"$code"*) ;;
    *) echo "az batch $*: expected $code, got $message" >&2; exit 1 ;;
  esac
}

batch pool create --id clipool --vm-size Standard_D2_v3 --target-dedicated-nodes 1 \
  --image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id "batch.node.ubuntu 22.04" \
  --start-task-command-line "/bin/sh -c 'echo started'" --start-task-wait-for-success
refused "already exists" pool create --id clipool --vm-size a1 \
  --image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id "batch.node.ubuntu 22.04"
until_is idle node list --pool-id clipool --query "[0].state"
until_is "clipool	standard_d2_v3	1" pool show --pool-id clipool --query "[[id, vmSize, currentDedicatedNodes]]"
echo "pools: ok" >&2

batch job create --id clijob --pool-id clipool --metadata a=b
cat > "$work/tasks.json" <<'JSON'
[
  { "id": "first", "commandLine": "/bin/sh -c 'echo hello $WHO'", "environmentSettings": [{ "name": "WHO", "value": "cli" }] },
  { "id": "second", "commandLine": "/bin/sh -c 'exit 3'" }
]
JSON
batch task create --job-id clijob --json-file "$work/tasks.json" --query "[].status" > "$work/status"
batch task create --job-id clijob --task-id third --command-line "sleep 60" > /dev/null
until_is completed task show --job-id clijob --task-id second --query state
until_is "failure	3" task show --job-id clijob --task-id second --query "[executionInfo.[result, exitCode]]"
until_is "first
second
third" task list --job-id clijob --query "[].id"
batch task file list --job-id clijob --task-id first --query "[].name" > /dev/null
batch task file download --job-id clijob --task-id first --file-path stdout.txt --destination "$work/stdout.txt"
[ "$(cat "$work/stdout.txt")" = "hello cli" ]
batch task stop --job-id clijob --task-id third
until_is 3 job task-counts show --job-id clijob --query "taskCounts.completed"
batch task reactivate --job-id clijob --task-id second
echo "tasks and files: ok" >&2

# Debian's az takes no value at all for --disable-tasks of "az batch job disable".
batch job enable --job-id clijob
batch job set --job-id clijob --priority 7
until_is 7 job show --job-id clijob --query priority
batch job stop --job-id clijob
until_is completed job show --job-id clijob --query state
echo "jobs: ok" >&2

batch pool autoscale enable --pool-id clipool --auto-scale-formula '$TargetDedicatedNodes = 1' \
  --auto-scale-evaluation-interval PT5M
until_is '$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue' \
  pool autoscale evaluate --pool-id clipool --auto-scale-formula '$TargetDedicatedNodes = 2' --query results
batch pool autoscale disable --pool-id clipool
echo "autoscale: ok" >&2

cat > "$work/schedule.json" <<'JSON'
{
  "id": "clischedule",
  "schedule": { "recurrenceInterval": "P1D" },
  "jobSpecification": { "poolInfo": { "poolId": "clipool" }, "jobManagerTask": { "id": "manager", "commandLine": "true" } }
}
JSON
batch job-schedule create --json-file "$work/schedule.json"
until_is "clischedule:job-1	completed" job list --job-schedule-id clischedule --query "[].[id, state]"
batch job-schedule delete --job-schedule-id clischedule --yes
echo "schedules: ok" >&2

batch job delete --job-id clijob --yes
batch pool delete --pool-id clipool --yes
until_is "" pool list --query "[].id"
AZURE_BATCH_ACCESS_KEY="d3Jvbmc=" refused "failed to authenticate" pool list
echo "done"
