// SPDX-License-Identifier: GPL-3.0-or-later
// Data: every sample as a picture in a grid that decodes only what is on screen, a filter line, and
// the chosen sample in full.
#pragma once

#include <QTimer>
#include <optional>

#include "ui/models/samples_model.h"
#include "ui/pages/page.h"

class QLineEdit;
class QListView;
class QStackedWidget;

namespace moelora::ui {

class Card;
class Chip;
class EmptyState;
class ImageView;

class DataPage : public Page {
    Q_OBJECT
  public:
    explicit DataPage(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeGrid();
    [[nodiscard]] QWidget* makeDetail();
    void connectAll();
    void retranslate();
    void ask();
    void applyFilter();
    void showSample();
    void showEmpty();

    SamplesModel* m_samples;
    FilteredSamples* m_shown;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Card *m_gridCard, *m_detail;
    QListView* m_grid;
    QLineEdit* m_filter;
    QLabel *m_filterError, *m_count, *m_name, *m_prompt, *m_captions;
    Chip* m_task;
    ImageView* m_picture;
    std::optional<DataOptions> m_asked;
    std::optional<Error> m_error;
    bool m_pending = false;
    QTimer m_typing;  // the filter runs when the typing rests
    Latest<std::vector<CaptionSample>> m_ask;
};

}  // namespace moelora::ui
