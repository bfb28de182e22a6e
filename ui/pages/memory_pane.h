// SPDX-License-Identifier: GPL-3.0-or-later
// What the prepared run will need of the memory, as a bar of its parts beside what is free; and in
// full what would make it fit, and a measurement. Adapter and Train show it. GUI thread only.
#pragma once

#include <QWidget>

#include "ui/models/workbench.h"
#include "ui/widgets/with_table.h"

class QLabel;
class QPushButton;

namespace moelora::ui {

class Chip;
class MemoryBar;

[[nodiscard]] QString memoryPartName(const std::string& part);  // of MemoryEstimate

class MemoryPane : public QWidget {
    Q_OBJECT
  public:
    enum Extent { BarAlone, Full };
    MemoryPane(Workbench& workbench, Extent extent, QWidget* parent = nullptr);
    void refresh();  // asks for an estimate where the project has changed

  private:
    void retranslate();
    void showEstimate(const MemoryEstimate& estimate);
    void showButtons();
    [[nodiscard]] WithTable::Table partsTable() const;
    [[nodiscard]] std::int64_t takenByOthers() const;
    void fit();
    void measure();

    Workbench& m_workbench;
    Extent m_extent;
    MemoryBar* m_bar;
    WithTable* m_barBox;
    Chip* m_verdict;
    QLabel *m_text, *m_parts, *m_measured;
    QPushButton *m_fit, *m_measure;
    bool m_measuring = false;
    std::optional<RunOptions> m_measuredFor;
    std::optional<Result<MemoryEstimate>> m_measurement;
    Latest<MemoryEstimate> m_ask;
};

}  // namespace moelora::ui
