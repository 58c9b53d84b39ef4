#!/usr/bin/env bash
# Claims on a cluster: a scheduler and two workers here. In the middle of the run one worker is killed, the other
# stops for a while, and a third comes late; the evidence has to be that of one machine, bit for bit.
# On a real cluster the two commands `dask scheduler` and `dask worker` run where its machines are, in
# environments that have the same whp and the subject; `whp check --executor dask:ADDRESS` is the same.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
claims=(coloring --subject whp.impostors.coloring:Process --select "coloring/*steps_follow*" --select "coloring/steps_on*")
away=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2> /dev/null || true; rm -rf "$away"' EXIT
cd "$away"
export DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL=10s # a worker that says nothing for so long is given up

"$python" -m dask scheduler --host 127.0.0.1 --port 0 --no-dashboard --scheduler-file scheduler.json 2> scheduler.log &
until [ -s scheduler.json ]; do sleep 0.2; done
address=$("$python" -c 'import json; print(json.load(open("scheduler.json"))["address"])')
worker() { "$python" -m dask worker "$address" --nthreads 1 --no-nanny --no-dashboard 2>> workers.log & }
worker && first=$!
worker && second=$!
until [ "$(grep -c Registered workers.log)" -eq 2 ]; do sleep 0.2; done

"$python" -m whp check "${claims[@]}" --ledger here.db > here.txt
"$python" -m whp check "${claims[@]}" --ledger there.db --executor "dask:$address" &> there.txt &
run=$!
begun() { "$python" -m whp ledger export 1 --format csv --ledger there.db 2> /dev/null | sed -n 2p | grep -q .; }
until begun; do sleep 0.2; done # some of its evidence is there
kill -KILL "$first" && echo "one worker is killed"
worker && echo "another comes late"
sleep 2 && kill -STOP "$second" && echo "one stops"
wait "$run" || { cat there.txt; tail -20 scheduler.log workers.log; exit 1; }
for ledger in here there; do "$python" -m whp ledger export 1 --format csv --ledger "$ledger.db" > "$ledger.csv"; done
cmp here.csv there.csv
echo "the evidence is the same: $(wc -l < there.csv) lines"
