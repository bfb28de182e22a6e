// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/drop_hint.h"

#include <algorithm>

#include "ui/widgets/basics.h"

namespace moelora::ui {

namespace {
constexpr int edge = 16;
}

DropHint::DropHint(QWidget* parent) : QLabel(parent) {
    setObjectName(QStringLiteral("dropHint"));
    setProperty("role", QStringLiteral("dropHint"));
    setTextFormat(Qt::PlainText);
    setAlignment(Qt::AlignCenter);
    setWordWrap(true);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropHint::showFor(const QStringList& paths) {
    m_ask.ask(
        this, [paths]() -> Result<Dropped> { return recognise(paths); },
        [this, count = static_cast<int>(paths.size())](const Result<Dropped>& what) {
            const QString text = what ? dropHint(*what, count) : QString();
            if (text.isEmpty()) return leave();
            setText(text);
            setAccessibleName(text);
            const QRect room = parentWidget()->rect().adjusted(edge, edge, -edge, -edge);
            const int width = std::min(sizeHint().width() + 2 * edge, room.width());
            const int height = heightForWidth(width) + edge;
            setGeometry(room.center().x() - width / 2, room.bottom() - height, width, height);
            show();
            raise();
            announce(this);
        });
}

void DropHint::leave() {
    m_ask.cancel();
    hide();
}

}  // namespace moelora::ui
