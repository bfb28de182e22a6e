# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by run-demo and run-tests: both build in one folder, so that the second command finds the work of the first.
say() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }

# Sets up, then chooses the preset: warnings are errors with the compiler they were mended for (g++ 12); new warnings of
# another compiler stop nobody.
set_up() {
  say "setting up"
  packaging/setup
  jobs=$(nproc)
  if [ "$(c++ -dumpversion | cut -d. -f1)" = 12 ]; then preset=ci; else preset=release; fi
  mkdir -p build
}
