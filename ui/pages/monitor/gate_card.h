// SPDX-License-Identifier: GPL-3.0-or-later
// The gates: a layer x expert heatmap of one update, and the mean weights by task or kind of token.
#pragma once

#include "ui/models/run_model.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/heatmap.h"

class QComboBox;
class QSlider;
class QTableWidget;
class QToolButton;

namespace moelora::ui {

class ExportButton;

// The picture of one frame; columns = experts, value = weight x experts (1 = fair share). Rows are
// all sites or, with a module, those of it.
[[nodiscard]] HeatmapData gateHeatmap(const RouterFrame& frame, const QString& module);
// Rows are layers: the mean over the sites of each.
[[nodiscard]] HeatmapData layerHeatmap(const RouterFrame& frame);

// A line a row, "site,E1,E2"; numbers in the C locale.
[[nodiscard]] QByteArray csvOf(const HeatmapData& data);

class GateCard : public Card {
    Q_OBJECT
  public:
    explicit GateCard(QWidget* parent = nullptr);
    void show(const RunModel& model);
    [[nodiscard]] Heatmap* heatmap() const { return m_heatmap; }
    [[nodiscard]] QString alarms() const;  // "" = none
    void showTable(bool on);
    // By the ending: .csv, .svg, or a picture. False: the file cannot be written.
    [[nodiscard]] bool save(const QString& path) const;
    [[nodiscard]] QTableWidget* numbers() const { return m_numbers; }
    [[nodiscard]] QComboBox* split() const { return m_split; }
    [[nodiscard]] QTableWidget* parts() const { return m_parts; }

  Q_SIGNALS:
    void unwritable(const QString& path, const QString& why);

  private:
    void fillModules(const RunModel& model);
    void showFrame();
    void showAlarms();
    void showNumbers();
    void showParts();
    [[nodiscard]] const RouterFrame& shownFrame() const;
    void retranslate();

    const RunModel* m_model = nullptr;
    QComboBox* m_module;
    QSlider* m_time;
    QLabel *m_timeText, *m_none, *m_partsTitle, *m_alarms;
    Heatmap* m_heatmap;
    QToolButton* m_asTable;
    ExportButton* m_export;
    QComboBox* m_split;                 // what m_parts tells apart
    QTableWidget *m_parts, *m_numbers;  // m_numbers: the table behind the map
    std::int64_t m_step = 0;            // of the frame shown
    bool m_follow = true;               // the slider stays at the newest frame until it is moved
};

}  // namespace moelora::ui
