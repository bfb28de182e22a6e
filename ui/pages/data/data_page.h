// SPDX-License-Identifier: GPL-3.0-or-later
// Data: every sample as a picture in a grid that decodes only what is on screen, a filter line, and
// beside it the chosen sample in full with captions to correct, what the model sees of it, the
// token budget with the limit of pixels, the data doctor, or the split with the probes. Samples can
// be left out of the next run.
#pragma once

#include <QTimer>
#include <optional>

#include "ui/models/samples_model.h"
#include "ui/pages/page.h"

class QCheckBox;
class QLineEdit;
class QListView;
class QStackedWidget;
class QTabBar;

namespace moelora::ui {

class BudgetPane;
class CaptionEdit;
class Card;
class Chip;
class DoctorPane;
class EmptyState;
class ImageView;
class PixelPane;
class SeenPane;
class SourceCard;
class SplitPane;

class DataPage : public Page {
    Q_OBJECT
  public:
    explicit DataPage(Workbench& workbench, QWidget* parent = nullptr);

    void focusField(const QString& path) override;

    enum Pane { Sample, Seen, Budget, Doctor, Split };

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeGrid();
    [[nodiscard]] QWidget* makeDetail();
    [[nodiscard]] QWidget* makeSample();
    void connectAll();
    void connectKeys();
    void retranslate();
    void ask();
    void askTokens();
    void showIssues();
    void applyFilter();
    void showSample();
    void showBudget();
    void choose(const QString& id, const QString& image);
    void toggleProbe();
    void toggleExcluded();
    void takeCaption(const QString& key, int caption, const QString& before, const QString& after);
    void showOnly(const std::vector<std::string>& ids);
    void step(int direction, bool problemsOnly);
    void showExcluded();
    void showEmpty();
    [[nodiscard]] const CaptionSample* current() const;

    SamplesModel* m_samples;
    FilteredSamples* m_shown;
    SourceCard* m_source;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Card *m_gridCard, *m_detail;
    QListView* m_grid;
    QLineEdit* m_filter;
    QLabel *m_filterError, *m_count, *m_name, *m_prompt;
    QPushButton* m_all;
    CaptionEdit* m_captions;
    SeenPane* m_seen;
    QTabBar* m_panes;
    QStackedWidget* m_paneStack;
    BudgetPane* m_budget;
    PixelPane* m_pixels;
    SplitPane* m_split;
    DoctorPane* m_doctor;
    Chip* m_task;
    QCheckBox *m_probe, *m_exclude;
    ImageView* m_picture;
    std::optional<DataOptions> m_asked;
    std::optional<Error> m_error;
    bool m_pending = false;
    QTimer m_typing;  // the filter runs when the typing rests
    Latest<std::vector<CaptionSample>> m_ask;
    std::optional<std::pair<DataOptions, std::string>> m_counted;  // data and model of the tokens
    Latest<std::vector<SampleTokens>> m_askTokens;
};

}  // namespace moelora::ui
