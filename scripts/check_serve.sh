#!/bin/sh
# Holds `welt serve` against its own description and under load: check_serve.sh WELT MODEL [SCHEMATHESIS]
#
# WELT is the program, MODEL a fine-tuned model, SCHEMATHESIS the program of that name from pip (left out: not run). Wants wrk and curl.
# Prints throughput, p50 and p99 at 1, 16 and 256 clients, what an overloaded server answers, and whether everything that was sent
# before the signal to end was answered; ends with 1 where something is not as it should be.
set -eu

welt=$1 model=$2 schemathesis=${3:-}
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
url=http://127.0.0.1:18080

serve() {
    "$welt" serve --model "$model" --address 127.0.0.1:18080 "$@" 2>"$folder/log" &
    server=$!
    for _ in $(seq 300); do
        curl -sf "$url/healthz" >/dev/null && return
        sleep 0.1
    done
    cat "$folder/log"
    exit 1
}

finish() {
    kill -TERM "$server"
    wait "$server"
}

# An abstract of about a thousand characters.
cat >"$folder/tag.lua" <<'LUA'
wrk.method = "POST"
wrk.path = "/v1/tag"
wrk.headers["Content-Type"] = "application/json"
local text = string.rep("We report a patient with gout and cystic fibrosis who took aspirin daily. ", 14)
wrk.body = '{"text": "' .. text .. '"}'
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() counts = {} end
function response(status) counts[status] = (counts[status] or 0) + 1 end
function done(summary, latency)
    local all = {}
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("counts")) do all[status] = (all[status] or 0) + count end
    end
    local told = {}
    for status, count in pairs(all) do table.insert(told, status .. ": " .. count) end
    local errors = summary.errors
    print(string.format("%.1f a second, p50 %.0f ms, p99 %.0f ms, by status {%s}, %d refused, %d broken, %d without an answer in time",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        table.concat(told, ", "), errors.connect, errors.read + errors.write, errors.timeout))
end
LUA

load() { wrk -t1 -c"$1" -d"$2" --timeout 60s -s "$folder/tag.lua" "$url" | tail -1; }

serve
for clients in 1 16 256; do
    printf '%s clients: ' "$clients"
    load "$clients" 10s
done
if [ -n "$schemathesis" ]; then
    "$schemathesis" run "$url/openapi.json" --checks all --max-examples 50 | tail -4
fi

printf 'the signal to end under the load of 16 clients: '
load 16 6s >"$folder/load" &
client=$!
sleep 2
before=$(date +%s%N)
finish
printf 'ended after %s ms, ' $((($(date +%s%N) - before) / 1000000))
wait "$client" || true
cat "$folder/load"

serve --max-waiting 20000
printf 'a queue for 20 abstracts, 256 clients: '
load 256 5s
finish
