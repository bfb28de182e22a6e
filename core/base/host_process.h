// SPDX-License-Identifier: GPL-3.0-or-later
// How this process shares the machine: memory it hands back, threads that wait. Linux; elsewhere
// nothing is done.
#pragma once

namespace moelora {

// Keeps freed blocks of up to 32 MiB for the next request instead of returning their pages: a
// training step frees and asks for the same large blocks again and again, and fresh pages cost a
// tenth of its time (tests/bench/README.md). For the whole process; call it first in main(), before
// any thread.
void keep_large_blocks();

// While one lives, blocks from 1 MiB on go back to the system as soon as they are freed, so that
// the process holds what its tensors need and little more (tests/bench/README.md). One at a time;
// any thread.
class TightMemory {
  public:
    TightMemory();
    ~TightMemory();  // as keep_large_blocks() has it
    TightMemory(const TightMemory&) = delete;
    TightMemory& operator=(const TightMemory&) = delete;
};

// Returns the pages of freed blocks to the system now: keep_large_blocks() holds on to them.
void give_back_free_memory();

// Starts this program again with GOMP_SPINCOUNT set, unless it or OMP_WAIT_POLICY is set already:
// libgomp's threads wait by spinning, for milliseconds by default, and a second busy program then
// makes training ten times slower (2 cores, bundled demo: 7 updates in 12 s instead of 33; on an
// idle machine no difference). libgomp reads the variable when it is loaded, so that main() comes
// too late to set it. Costs a second start (0.6 s): for programs and verbs that compute. Call it
// before any output. Returns when nothing is to be done or the program cannot be started again.
void let_waiting_threads_sleep(char** argv);

}  // namespace moelora
