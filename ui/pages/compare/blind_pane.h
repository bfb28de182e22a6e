// SPDX-License-Identifier: GPL-3.0-or-later
// Judging without knowing: a picture and two captions; keys 1 and 2 choose one, 0 neither. Which
// was whose is told after each vote. GUI thread only.
#pragma once

#include "ui/models/blind_trial.h"
#include "ui/models/workbench.h"

class QLabel;
class QPushButton;

namespace moelora::ui {

class Card;
class ImageView;

class BlindPane : public QWidget {
    Q_OBJECT
  public:
    explicit BlindPane(Workbench& workbench, QWidget* parent = nullptr);
    void refresh();
    [[nodiscard]] const BlindTrial& trial() const { return m_trial; }

  protected:
    void keyPressEvent(QKeyEvent* event) override;

  private:
    void retranslate();
    void begin();
    void take(Vote vote);
    void showScore();

    Workbench& m_workbench;
    BlindTrial m_trial;
    ImageView* m_picture;
    Card *m_first, *m_second;
    QLabel *m_prompt, *m_firstText, *m_secondText, *m_told, *m_score;
    QPushButton *m_chooseFirst, *m_chooseSecond, *m_equal, *m_back, *m_again;
};

}  // namespace moelora::ui
