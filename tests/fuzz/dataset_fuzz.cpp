// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a file of records in JSON or JSON lines: COCO captions, messages, ShareGPT, Alpaca.
#include "tests/fuzz/record_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    moelora::fuzz::read_records("data.json", moelora::fuzz::text_of(data, size));
    return 0;
}
