// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/option_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QLineEdit>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/widgets/basics.h"
#include "ui/widgets/number_edit.h"
#include "ui/widgets/option_help.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
QGridLayout* makeGrid(QWidget* parent) {
    auto* grid = new QGridLayout(parent);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(2, 1);
    return grid;
}

// The units that describe() uses, for lupdate.
[[maybe_unused]] constexpr const char* units[] = {
    QT_TRANSLATE_NOOP("options", "px"), QT_TRANSLATE_NOOP("options", "tokens"),
    QT_TRANSLATE_NOOP("options", "updates"), QT_TRANSLATE_NOOP("options", "evaluations")};

const OptionField* fieldNamed(const std::vector<OptionField>& fields, const QString& name) {
    const auto it = std::find_if(fields.begin(), fields.end(),
                                 [&](const OptionField& f) { return f.name == name; });
    return it == fields.end() ? nullptr : &*it;
}
}  // namespace

OptionForm::OptionForm(QWidget* parent) : QWidget(parent), m_more(new QWidget) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto* top = new QWidget;
    m_main = makeGrid(top);
    layout->addWidget(top);
    auto* fold = new QToolButton;
    fold->setProperty("fold", true);
    fold->setCheckable(true);
    fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    fold->setAutoRaise(true);
    fold->setArrowType(Qt::RightArrow);
    m_fold = fold;
    layout->addWidget(fold);
    m_advanced = makeGrid(m_more);
    layout->addWidget(m_more);
    m_more->hide();
    fold->hide();
    connect(fold, &QToolButton::toggled, this, [this, fold](bool open) {
        fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        updateFold();
    });
    keepText(this, [this] { retranslate(); });
}

void OptionForm::setFields(const std::vector<OptionField>& applied,
                           const std::vector<OptionField>& baseline) {
    if (m_rows.empty()) build(applied);
    for (auto& [name, row] : m_rows) {
        const OptionField* now = fieldNamed(applied, name);
        const OptionField* base = fieldNamed(baseline, name);
        if (!now || !base) continue;
        const bool moved = row.field.value != now->value;
        const bool other = row.baseline.value != base->value;
        row.field = *now;
        row.baseline = *base;
        if (other) explain(row);
        if (moved || reason(name).isEmpty()) {  // a refused text stays until it is mended
            showValue(row);
            setReason(row, {});
        }
        row.editor->setEnabled(now->enabled);
        row.label->setEnabled(now->enabled);
        updateMarks(row);
    }
    updateFold();
}

void OptionForm::build(const std::vector<OptionField>& fields) {
    const auto add = [this](const OptionField& field) {
        addRow(field, field.advanced ? m_advanced : m_main);
    };
    if (m_shown.isEmpty())
        for (const OptionField& field : fields) add(field);
    for (const QString& name : m_shown)
        if (const OptionField* field = fieldNamed(fields, name)) add(*field);
    retranslate();
}

QWidget* OptionForm::makeEditor(const OptionField& field) {
    const QString name = field.name;
    const auto changed = [this, name](const QString& text) { take(name, text); };
    switch (field.kind) {
        case FieldKind::Bool: {
            auto* box = new QCheckBox;
            connect(box, &QCheckBox::toggled, this, [changed](bool on) {
                changed(on ? QStringLiteral("true") : QStringLiteral("false"));
            });
            return box;
        }
        case FieldKind::Enum: {
            auto* box = new QComboBox;
            for (const QString& choice : field.choices) box->addItem(choiceText(choice), choice);
            connect(box, &QComboBox::currentIndexChanged, this,
                    [changed, box] { changed(box->currentData().toString()); });
            return box;
        }
        case FieldKind::Int:
        case FieldKind::Double: {
            auto* edit = new NumberEdit(field);
            connect(edit, &NumberEdit::textEdited, this, changed);
            return edit;
        }
        default: {
            auto* edit = new QLineEdit;
            connect(edit, &QLineEdit::textEdited, this, changed);
            return edit;
        }
    }
}

void OptionForm::addRow(const OptionField& field, QGridLayout* grid) {
    Row row{field,
            field,
            makeLabel("field"),
            makeLabel("mark"),
            makeLabel("muted"),
            makeLabel("fieldError"),
            makeEditor(field),
            makeIconButton(QStringLiteral("reset"))};
    row.editor->setObjectName(field.name);
    row.editor->installEventFilter(this);
    row.label->setBuddy(row.editor);
    row.label->setWordWrap(false);
    row.unit->setWordWrap(false);
    row.error->hide();
    row.mark->setFixedWidth(14);
    QSizePolicy keep = row.resetButton->sizePolicy();
    keep.setRetainSizeWhenHidden(true);
    row.resetButton->setSizePolicy(keep);
    connect(row.resetButton, &QToolButton::clicked, this,
            [this, name = field.name] { reset(name); });
    placeRow(row, grid);
    m_order.push_back(field.name);
    m_rows.emplace(field.name, row);
}

void OptionForm::placeRow(Row& row, QGridLayout* grid) {
    const int line = grid->rowCount();
    grid->addWidget(row.mark, line, 0);
    grid->addWidget(row.label, line, 1);
    grid->addWidget(row.editor, line, 2);
    grid->addWidget(row.unit, line, 3);
    grid->addWidget(row.resetButton, line, 4);
    grid->addWidget(row.error, line + 1, 2, 1, 2);
}

// Writes the applied value on screen unless that is what the text means already ("1e-4" stays
// "1e-4").
void OptionForm::showValue(Row& row) {
    const QSignalBlocker quiet(row.editor);
    if (auto* box = qobject_cast<QCheckBox*>(row.editor))
        box->setChecked(row.field.value == QLatin1String("true"));
    if (auto* box = qobject_cast<QComboBox*>(row.editor))
        box->setCurrentIndex(box->findData(row.field.value));
    const auto differs = [&row](const QString& text) {
        double a = 0, b = 0;
        if (!rejection(row.field, text).isEmpty() && row.editor->hasFocus()) return false;
        if (detail::parseNumber(text.trimmed(), a) && detail::parseNumber(row.field.value, b))
            return a != b;
        return text.trimmed() != row.field.value &&
               !(row.editor->hasFocus() && row.field.kind != FieldKind::Int &&
                 row.field.kind != FieldKind::Double);
    };
    if (auto* edit = qobject_cast<NumberEdit*>(row.editor); edit && differs(edit->text()))
        edit->setText(row.field.value);
    if (auto* edit = qobject_cast<QLineEdit*>(row.editor); edit && differs(edit->text())) {
        edit->setText(row.field.value);
        edit->setCursorPosition(0);  // a long list shows its beginning
    }
}

void OptionForm::take(const QString& name, const QString& text) {
    Row& row = m_rows.at(name);
    const QString why = rejection(row.field, text);
    setReason(row, why);
    updateMarks(row);
    if (why.isEmpty()) Q_EMIT edited(name, text.trimmed());
}

void OptionForm::setReason(Row& row, const QString& why) {
    if (row.error->text() == why) return;
    row.error->setText(why);
    row.error->setVisible(!why.isEmpty() && passesFilter(row));
    row.editor->setProperty("rejected", !why.isEmpty());
    repolish(row.editor);
    Q_EMIT rejectionsChanged();
}

QStringList OptionForm::rejections() const {
    QStringList all;
    for (const QString& name : m_order)
        if (const QString why = reason(name); !why.isEmpty())
            all << tr("%1: %2").arg(m_rows.at(name).label->text(), why);
    return all;
}

void OptionForm::updateMarks(Row& row) {
    const bool modified = row.field.value != row.baseline.value;
    row.mark->setText(modified ? QStringLiteral("●") : QString());
    row.mark->setToolTip(modified ? tr("Changed; the preset says %1").arg(valueText(row.baseline))
                                  : QString());
    row.resetButton->setVisible(passesFilter(row) &&
                                (modified || !reason(row.field.name).isEmpty()));
    const QString label = translated("options", row.field.label);
    row.editor->setAccessibleName(modified ? tr("%1 (changed)").arg(label) : label);
}

QString OptionForm::reason(const QString& name) const {
    const Row& row = m_rows.at(name);
    return row.editor->property("rejected").toBool() ? row.error->text() : QString();
}

void OptionForm::reset(const QString& name) {
    Row& row = m_rows.at(name);
    row.editor->clearFocus();
    row.field.value = row.baseline.value;
    showValue(row);
    take(name, row.baseline.value);
}

QWidget* OptionForm::editor(const QString& name) const {
    const auto it = m_rows.find(name);
    return it == m_rows.end() ? nullptr : it->second.editor;
}

bool OptionForm::isModified(const QString& name) const {
    const Row& row = m_rows.at(name);
    return row.field.value != row.baseline.value;
}

int OptionForm::modifiedCount() const {
    return static_cast<int>(std::count_if(m_order.begin(), m_order.end(),
                                          [this](const QString& n) { return isModified(n); }));
}

void OptionForm::setExtra(const QString& name, const QString& text) {
    if (const auto it = m_rows.find(name); it != m_rows.end()) it->second.unit->setText(text);
}

void OptionForm::focusField(const QString& name) {
    const auto it = m_rows.find(name);
    if (it == m_rows.end()) return;
    if (it->second.field.advanced) m_fold->setChecked(true);
    it->second.editor->setFocus(Qt::OtherFocusReason);
    for (QWidget* above = parentWidget(); above; above = above->parentWidget())
        if (auto* area = qobject_cast<QScrollArea*>(above))
            area->ensureWidgetVisible(it->second.editor);
}

void OptionForm::setFilter(const QString& words) {
    m_filter = words;
    for (auto& [name, row] : m_rows) {
        const bool shown = passesFilter(row);
        for (QWidget* part : {static_cast<QWidget*>(row.label), row.editor,
                              static_cast<QWidget*>(row.mark), static_cast<QWidget*>(row.unit)})
            part->setVisible(shown);
        row.error->setVisible(shown && !reason(name).isEmpty());
        updateMarks(row);
    }
    updateFold();
}

bool OptionForm::passesFilter(const Row& row) const {
    const QString text = row.field.name + translated("options", row.field.label) +
                         translated("options", row.field.help);
    const QStringList wanted = m_filter.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    return std::all_of(wanted.begin(), wanted.end(), [&](const QString& word) {
        return text.contains(word, Qt::CaseInsensitive);
    });
}

void OptionForm::updateFold() {
    const auto advanced = std::count_if(m_rows.begin(), m_rows.end(),
                                        [](const auto& r) { return r.second.field.advanced; });
    const auto changed = std::count_if(m_rows.begin(), m_rows.end(), [this](const auto& r) {
        return r.second.field.advanced && isModified(r.first);
    });
    m_fold->setVisible(advanced > 0 && m_filter.isEmpty());
    m_more->setVisible(advanced > 0 && (m_fold->isChecked() || !m_filter.isEmpty()));
    m_fold->setText(
        changed > 0
            ? tr("More settings (%1, changed: %2)").arg(countText(advanced), countText(changed))
            : tr("More settings (%1)").arg(countText(advanced)));
}

void OptionForm::retranslate() {
    for (auto& [name, row] : m_rows) {
        row.label->setText(translated("options", row.field.label));
        if (!row.field.unit.empty()) row.unit->setText(translated("options", row.field.unit));
        row.resetButton->setAccessibleName(tr("Reset %1").arg(row.label->text()));
        row.resetButton->setToolTip(tr("Reset"));
        explain(row);
        if (auto* box = qobject_cast<QComboBox*>(row.editor))
            for (int i = 0; i < box->count(); ++i)
                box->setItemText(i, choiceText(box->itemData(i).toString()));
        if (auto* edit = qobject_cast<NumberEdit*>(row.editor); edit && !reason(name).isEmpty())
            setReason(row, rejection(row.field, edit->text()));
        if (auto* edit = qobject_cast<QLineEdit*>(row.editor); edit && !reason(name).isEmpty())
            setReason(row, rejection(row.field, edit->text()));
        updateMarks(row);
    }
    updateFold();
}

// Tooltip, What's This (F1) and the description for screen readers say the same.
void OptionForm::explain(Row& row) {
    const QString help = helpOf(row.field, row.baseline);
    for (QWidget* widget : {static_cast<QWidget*>(row.label), row.editor}) {
        widget->setToolTip(QStringLiteral("<qt>%1</qt>").arg(help.toHtmlEscaped()));
        widget->setWhatsThis(help);
    }
    row.editor->setAccessibleDescription(help);
}

bool OptionForm::eventFilter(QObject* object, QEvent* event) {
    if (event->type() == QEvent::FocusIn) {
        const auto it = m_rows.find(object->objectName());
        if (it != m_rows.end()) {
            const OptionField& field = it->second.field;
            const QString sentence = translated("options", field.help);
            const QString effect = effectSentence(field);
            Q_EMIT helpChanged(effect.isEmpty() ? sentence
                                                : QStringLiteral("%1 %2").arg(sentence, effect));
        }
    }
    return false;
}

}  // namespace moelora::ui
