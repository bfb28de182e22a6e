# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by run-demo and run-tests: both build in one folder, so that the second command finds the work of the first.
say() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }
jobs=$(nproc)
# Warnings are errors with the compiler they were mended for (g++ 12); another compiler's new warnings stop nobody.
if [ "$(c++ -dumpversion 2>/dev/null | cut -d. -f1)" = 12 ] || ! command -v c++ >/dev/null; then preset=ci; else preset=release; fi
