// SPDX-License-Identifier: GPL-3.0-or-later
// One compared sample: its picture, and base, adapted and reference caption beside one another,
// each with where it comes from. GUI thread only.
#pragma once

#include <QWidget>

#include "ui/bridge/picture_loader.h"

class QLabel;
class QToolButton;

namespace moelora::ui {

class Card;
class Chip;
class DiffText;
class ImageView;

// The first twelve letters of a hash, and the last two parts of a path.
[[nodiscard]] QString shortHash(const std::string& hash);
[[nodiscard]] QString shortPath(const std::string& path);
// "≤ 78,400 px"
[[nodiscard]] QString picturesText(const Provenance& provenance);

class CaptionsPane : public QWidget {
    Q_OBJECT
  public:
    // `pictures` outlives it.
    explicit CaptionsPane(PictureLoader& pictures, QWidget* parent = nullptr);
    // `whole`: the comparison has its references; before, they are still to come.
    void showSample(const ComparedSample& sample, const Comparison& of, bool whole);

  Q_SIGNALS:
    void stepWanted(int direction);  // to the next (1) or previous (-1) difference

  private:
    void retranslate();
    void showOrigins(const ComparedSample& sample, const Provenance& provenance);

    PictureLoader& m_pictures;
    Card *m_picture, *m_base, *m_adapted, *m_reference;
    QLabel *m_prompt, *m_referenceText, *m_verdict;
    QLabel *m_baseOrigin, *m_adaptedOrigin, *m_referenceOrigin;
    QToolButton *m_previous, *m_next;
    Chip *m_baseMatch, *m_adaptedMatch;
    ImageView* m_image;
    DiffText *m_before, *m_after;
};

}  // namespace moelora::ui
