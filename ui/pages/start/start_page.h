// SPDX-License-Identifier: GPL-3.0-or-later
// Start: from this computer over a sample project that ends in a comparison to the user's own
// model and data. Each step says how far it is and offers the next click.
#pragma once

#include "ui/pages/page.h"

class QProgressBar;

namespace moelora::ui {

class Card;
class ImageView;

class StartPage : public Page {
    Q_OBJECT
  public:
    explicit StartPage(Workbench& workbench, QWidget* parent = nullptr);

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeComputerCard();
    [[nodiscard]] QWidget* makeSampleCard();
    [[nodiscard]] QWidget* makeOwnCard();
    void connectAll();
    void retranslate();
    void showComputer();
    void showSample();
    void showProgress();
    [[nodiscard]] bool comparisonShown() const;  // of the sample, on the page Compare
    void showOwn();
    void showPictures();

    Card *m_computer, *m_sample, *m_own;
    Chip *m_computerChip, *m_sampleChip, *m_modelChip, *m_dataChip;
    QLabel *m_facts, *m_sampleText, *m_sampleState, *m_ownText;
    QProgressBar* m_progress;
    QPushButton *m_run, *m_openDemo, *m_skip, *m_again, *m_data, *m_model;
    std::vector<ImageView*> m_pictures;
};

}  // namespace moelora::ui
