#!/bin/sh
# What `make demo` runs once everything is built: a C program and a Python script on the same database file, and then a
# page for each industry whose data is there.
# DATA is the folder with the files to import, DEMO where the database and the picture go.
set -eu
built="$PWD/target/release"
plugin="$built/libcrm_plugin_banking.so"
mkdir -p "$DEMO"
rm -f "$DEMO/demo.crm" "$DEMO/demo.crm"-*

echo "== a small ERP in C"
ln -sf libcrmkernel.so "$built/libcrmkernel.so.1"
"$CC" -std=c99 -Wall -Wextra -Iinclude tests/hosts/c/erp.c -o "$DEMO/erp" -L"$built" -lcrmkernel -Wl,-rpath,"$built"
# A day of its own: the working-day calendar ends with the last year that the State Council announced.
"$DEMO/erp" "$DEMO/demo.crm" --plugin "$plugin" --now 2026-09-16T09:00:00+08:00

echo "== Python on the same file, importing $DATA"
"$PYTHON" -m crmkernel.demo --data "$DATA" --db "$DEMO/demo.crm" --picture "$DEMO/complaints.png" --plugin "$plugin"

echo "== complaints of the past under two policies"
"$PYTHON" -m crmkernel.replay --data "$DATA" tests/data/policies/resolve_in_7_days.toml tests/data/policies/resolve_in_15_days.toml

echo "== one page for each industry, from $DATA"
"$PYTHON" -m crmkernel.industries --data "$DATA" --plugins "$built" --out "$DEMO/industries"
