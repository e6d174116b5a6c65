# Runs a PostgreSQL server of its own for one test process, as a user that is not root.
#
#   sh postgres.sh BIN
#
# Prints the folder of its socket when it is ready, then waits for standard input to end: that is
# when the test process ends, however it ends. Then the server is stopped and its files are removed.
set -eu
bin=$1
base=${TMPDIR:-/tmp}
[ -w "$base" ] || base=/tmp

# Ctrl-C is for the tests; their end is what ends this.
trap '' INT HUP

# What a killed watcher left behind. A folder is named after the process that watches it.
for old in "$base"/tollgate-test-postgres.*; do
    if [ -d "$old" ] && ! kill -0 "${old##*.}" 2>/dev/null; then
        "$bin/pg_ctl" -D "$old/data" -m immediate -w stop >/dev/null 2>&1 || true
        rm -rf "$old" 2>/dev/null || true
    fi
done

dir=$base/tollgate-test-postgres.$$
mkdir -m 700 "$dir"
make() {
    "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
        --no-instructions "$@" >"$dir/log" 2>&1
}
# Texts must sort by their bytes whatever the database's own order is, so the tests take one that
# differs from it, where the server has ICU.
if ! make --locale-provider=icu --icu-locale=en-US; then
    rm -rf "$dir/data"
    make || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
fi
# No network, and nothing that only matters when the machine fails.
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start -o "-k $dir -h '' -F \
    -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB -c jit=off" \
    >/dev/null 2>&1 || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
echo "$dir"

while read -r _; do :; done
"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
rm -rf "$dir"
