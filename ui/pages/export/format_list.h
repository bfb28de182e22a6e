// SPDX-License-Identifier: GPL-3.0-or-later
// The ways to export an adapter, each with what it is good for, how large it will be, and why it is
// none for this adapter. GUI thread only.
#pragma once

#include <QWidget>

#include "core/session/session.h"

class QButtonGroup;
class QLabel;
class QRadioButton;

namespace moelora::ui {

class FormatList : public QWidget {
    Q_OBJECT
  public:
    explicit FormatList(QWidget* parent = nullptr);

    // What the engine offers for an adapter; nullptr while it is not known: then all but the native
    // format wait. The choice falls back to native where it is refused.
    void setOffer(const ExportOffer* offer);
    void setBusy(bool busy);
    [[nodiscard]] QString format() const;
    // Of the chosen format; nullptr while nothing is known of it.
    [[nodiscard]] const ExportChoice* chosen() const;

  Q_SIGNALS:
    void formatChanged();

  private:
    void drawRows();
    [[nodiscard]] const ExportChoice* offered(int row) const;
    [[nodiscard]] QString noteOf(int row) const;

    QButtonGroup* m_group;
    std::vector<QRadioButton*> m_buttons;
    std::vector<QLabel*> m_notes;
    std::optional<ExportOffer> m_offer;
    bool m_busy = false;
};

}  // namespace moelora::ui
