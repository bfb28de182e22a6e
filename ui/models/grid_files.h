// SPDX-License-Identifier: GPL-3.0-or-later
// A grid of checkpoints as a file: a table for spreadsheets, or one HTML page that needs no other
// file. Values in, bytes out; any thread.
#pragma once

#include <QByteArray>
#include <QImage>
#include <map>

#include "ui/models/checkpoint_grid.h"

namespace moelora::ui {

// RFC 4180 in UTF-8: picture, task, prompt, the captions of every column, reference.
[[nodiscard]] QByteArray gridCsv(const GridTable& table);

// The words around the table, in the language of the window.
struct GridWords {
    QString title, sample, reference, origins;
};
// With differences marked and the origin of every column below; `pictures` by path, those that are
// there. Every text is escaped; in light colours.
[[nodiscard]] QByteArray gridHtml(const GridTable& table, const GridWords& words,
                                  const std::map<QString, QImage>& pictures);

// Whole or not at all. Errors: FileUnwritable.
[[nodiscard]] Result<bool> writeGridFile(const QString& path, const QByteArray& bytes);

}  // namespace moelora::ui
