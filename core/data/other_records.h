// SPDX-License-Identifier: GPL-3.0-or-later
// Record files that lie in the folder of a data set and are not part of it. Internal to core/data.
#pragma once

#include "core/data/recognise.h"

namespace moelora {

// How many records a file holds: lines, items of a list, rows below a heading, captions of COCO.
// None is parsed. Cost: reads the file once. Errors: those of reading.
[[nodiscard]] Result<std::int64_t> count_records(const OtherSource& file, const ColumnNames& names,
                                                 TextEncoding encoding);

// One remark a file that was not taken, with its count (OtherRecords) or without where it cannot be
// read (OtherRecordsUncounted); the parts of the set speak for themselves. Of hundreds of files the
// first are read and counted, the rest only counted.
void name_other_records(Dataset& dataset, const RecognisedSource& source, const ColumnNames& names,
                        TextEncoding encoding, Ticker& ticker);

}  // namespace moelora
