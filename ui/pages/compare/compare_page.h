// SPDX-License-Identifier: GPL-3.0-or-later
// Compare: what the base says, what the adapted model says, what the reference says; with proof and
// provenance.
#pragma once

#include "ui/pages/page.h"

class QComboBox;
class QListView;
class QLineEdit;
class QProgressBar;
class QSpinBox;
class QStackedWidget;

namespace moelora::ui {

class CaptionDelegate;
class AdapterBox;
class Card;
class Chip;
class ComparisonFilter;
class DiffText;
class EmptyState;
class ImageView;
class PathField;

class ComparePage : public Page {
    Q_OBJECT
  public:
    explicit ComparePage(Workbench& workbench, QWidget* parent = nullptr);
    void start();
    void startWhenReady();
    void step(int direction);  // to the next (1) or previous (-1) sample whose captions differ
    [[nodiscard]] int currentSample() const;

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeControls();
    [[nodiscard]] QWidget* makeResult();
    [[nodiscard]] QWidget* makeList();
    [[nodiscard]] QWidget* makeDetail();
    void connectAll();
    void retranslate();
    void showControls();
    void showScores();
    void showSample();
    void askRecorded();
    [[nodiscard]] QString modelPath() const;

    Card *m_controls, *m_list, *m_picture, *m_base, *m_adapted, *m_reference;
    AdapterBox* m_adapter;
    QComboBox* m_filter;
    QLabel *m_adapterLabel, *m_dataLabel, *m_limitLabel, *m_stage, *m_scores, *m_provenance,
        *m_prompt, *m_referenceText, *m_verdict;
    PathField* m_data;
    QSpinBox* m_limit;
    QPushButton *m_start, *m_cancel, *m_report;
    QToolButton *m_previous, *m_next;
    QProgressBar* m_progress;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    Chip *m_test, *m_baseMatch, *m_adaptedMatch;
    QListView* m_samples;
    ComparisonFilter* m_proxy;
    CaptionDelegate* m_delegate;
    ImageView* m_image;
    DiffText *m_before, *m_after;
    QString m_asked;                       // the adapter of m_recorded
    std::optional<RunOptions> m_recorded;  // of the run that made it; none = not of a run
    bool m_recordedKnown = false, m_wanted = false;
    Latest<std::optional<RunOptions>> m_askRecorded;
    QString m_proposedData;  // follows the project until the user chooses other pictures
};

}  // namespace moelora::ui
