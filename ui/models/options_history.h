// SPDX-License-Identifier: GPL-3.0-or-later
// Undo and redo of the options: one named step for each change, steps of the same field in a row
// are one. GUI thread only.
#pragma once

#include <QUndoStack>
#include <functional>

#include "core/options/options.h"

namespace moelora::ui {

// What differs between two sets of options.
struct OptionChange {
    QString field;  // "adapter.rank" when it is the only one, else ""
    QString text;   // "Rank r: 16", "Method: lora", "3 settings"
};
[[nodiscard]] OptionChange changeBetween(const RunOptions& before, const RunOptions& after);

class OptionsHistory : public QUndoStack {
    Q_OBJECT
  public:
    struct State {
        RunOptions options, baseline;
        bool operator==(const State&) const = default;
    };
    // `apply` puts a state into force; it is called by undo() and redo() only.
    OptionsHistory(std::function<void(const State&)> apply, QObject* parent = nullptr);

    // Records a step that has been taken already.
    void record(const State& before, const State& after);
    // The same of what is no option: `go` puts the state before (false) or after (true) in force.
    void record(const QString& text, std::function<void(bool)> go);

  private:
    std::function<void(const State&)> m_apply;
};

}  // namespace moelora::ui
