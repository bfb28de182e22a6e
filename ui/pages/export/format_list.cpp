// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/export/format_list.h"

#include <QButtonGroup>
#include <QCoreApplication>
#include <QLabel>
#include <QRadioButton>
#include <QVBoxLayout>

#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {
namespace {

struct Row {
    const char *format, *title, *note;
};
constexpr Row rows[] = {
    {"native", QT_TRANSLATE_NOOP("exports", "Native adapter"),
     QT_TRANSLATE_NOOP("exports",
                       "safetensors and JSON with every axis, base fingerprint, prompt and "
                       "preprocessing. Exact for every mixture.")},
    {"peft", QT_TRANSLATE_NOOP("exports", "PEFT"),
     QT_TRANSLATE_NOOP("exports",
                       "A LoRA, DoRA or IA3 that PEFT and programs built on it load. Exact.")},
    {"peft-per-expert", QT_TRANSLATE_NOOP("exports", "PEFT, a folder for each expert"),
     QT_TRANSLATE_NOOP("exports",
                       "Each expert alone and always on, for tools that mix adapters themselves. "
                       "The routing is not in them.")},
    {"peft-static", QT_TRANSLATE_NOOP("exports", "PEFT, the mean mixture"),
     QT_TRANSLATE_NOOP("exports",
                       "One LoRA at the mean gate weights of a data set. An approximation; the "
                       "report says how far logits and answers drift.")},
    {"peft-task", QT_TRANSLATE_NOOP("exports", "PEFT, one task"),
     QT_TRANSLATE_NOOP("exports", "The mixture of one task as one LoRA. Exact for that task.")},
    {"merged", QT_TRANSLATE_NOOP("exports", "Whole model, merged"),
     QT_TRANSLATE_NOOP("exports",
                       "The base's folder with the adapter folded into its weights, in their "
                       "types; needs no adapter to run.")}};

QString text(const char* english) {
    return QCoreApplication::translate("exports", english);
}

}  // namespace

FormatList::FormatList(QWidget* parent) : QWidget(parent), m_group(new QButtonGroup(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->setSpacing(4);
    for (const Row& row : rows) {
        auto* button = new QRadioButton;
        button->setObjectName(QStringLiteral("as-") + QLatin1String(row.format));
        m_group->addButton(button, static_cast<int>(m_buttons.size()));
        auto* note = makeLabel("muted");
        note->setObjectName(QStringLiteral("note-") + QLatin1String(row.format));
        note->setWordWrap(true);
        note->setIndent(24);
        column->addWidget(button);
        column->addWidget(note);
        m_buttons.push_back(button);
        m_notes.push_back(note);
    }
    m_buttons.front()->setChecked(true);
    connect(m_group, &QButtonGroup::idToggled, this, [this](int, bool on) {
        if (!on) return;
        drawRows();
        Q_EMIT formatChanged();
    });
    keepText(this, [this] {
        for (std::size_t i = 0; i < m_buttons.size(); ++i)
            m_buttons[i]->setText(text(rows[i].title));
        drawRows();
    });
}

void FormatList::setOffer(const ExportOffer* offer) {
    m_offer = offer ? std::optional(*offer) : std::nullopt;
    const ExportChoice* now = chosen();
    if (now && now->refused) m_buttons.front()->setChecked(true);
    drawRows();
}

void FormatList::setBusy(bool busy) {
    m_busy = busy;
    drawRows();
}

QString FormatList::format() const {
    return QLatin1String(rows[m_group->checkedId()].format);
}

const ExportChoice* FormatList::chosen() const {
    return offered(m_group->checkedId());
}

const ExportChoice* FormatList::offered(int row) const {
    if (!m_offer) return nullptr;
    for (const ExportChoice& choice : m_offer->formats)
        if (choice.format == rows[row].format) return &choice;
    return nullptr;
}

// Why not, where it is refused; what it is and how large, where it is chosen.
QString FormatList::noteOf(int row) const {
    const ExportChoice* choice = offered(row);
    if (choice && choice->refused)
        return tr("Not for this adapter: %1").arg(reasonText(choice->refused->arg("why")));
    if (row != m_group->checkedId()) return {};
    const QString what = text(rows[row].note);
    if (!choice) return what;
    return what + QLatin1Char(' ') +
           tr("At most %1; %2 are free there.")
               .arg(bytesText(choice->bytes), bytesText(m_offer->free_bytes));
}

void FormatList::drawRows() {
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        const int row = static_cast<int>(i);
        const ExportChoice* choice = offered(row);
        const bool possible = choice ? !choice->refused : row == 0;
        m_buttons[i]->setEnabled(possible && !m_busy);
        const QString note = noteOf(row);
        m_notes[i]->setText(note);
        m_notes[i]->setVisible(!note.isEmpty());
        const bool tight = choice && !choice->refused && choice->bytes > m_offer->free_bytes;
        setTone(m_notes[i], row == m_group->checkedId() && tight ? Tone::Bad : Tone::Neutral);
    }
}

}  // namespace moelora::ui
