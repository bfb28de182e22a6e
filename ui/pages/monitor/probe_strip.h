// SPDX-License-Identifier: GPL-3.0-or-later
// The probe pictures side by side, each with what the model says now and what changed since an
// earlier moment.
#pragma once

#include <QWidget>

#include "ui/bridge/picture_loader.h"
#include "ui/models/run_model.h"

class QHBoxLayout;
class QLabel;

namespace moelora::ui {

class DiffText;
class ImageView;

class ProbeStrip : public QWidget {
    Q_OBJECT
  public:
    explicit ProbeStrip(PictureLoader& pictures, QWidget* parent = nullptr);
    // Captions of `columns[to]`, marked against `columns[from]`.
    void setProbes(const std::vector<ProbeColumn>& columns, int from, int to);
    [[nodiscard]] int shown() const { return static_cast<int>(m_cells.size()); }

  private:
    struct Cell {
        QWidget* box;
        ImageView* picture;
        QLabel *prompt, *before;
        DiffText* now;
    };
    void setCount(std::size_t count);

    PictureLoader& m_pictures;
    QHBoxLayout* m_row;
    std::vector<Cell> m_cells;
};

}  // namespace moelora::ui
