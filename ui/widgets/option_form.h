// SPDX-License-Identifier: GPL-3.0-or-later
// A form built from describe(): one row a field with label, editor, unit, modified mark and reset.
// Three values are kept apart: baseline (what reset gives), applied (the owner's), edited (the text
// on screen, perhaps rejected with a reason). The owner writes an accepted value into its struct
// and hands the fields back; no signal loops. GUI thread only.
#pragma once

#include <QWidget>
#include <map>

#include "ui/widgets/option_field.h"

class QAbstractButton;
class QGridLayout;
class QLabel;
class QToolButton;

namespace moelora::ui {

class OptionForm : public QWidget {
    Q_OBJECT
  public:
    explicit OptionForm(QWidget* parent = nullptr);

    // Shows these fields only, in this order; empty = all. Before the first setFields().
    void setShown(const QStringList& names) { m_shown = names; }
    void setFields(const std::vector<OptionField>& applied,
                   const std::vector<OptionField>& baseline);
    void setFilter(const QString& words);  // rows whose label, name or help hold all words
    void focusField(const QString& name);
    void setExtra(const QString& name,
                  const QString& text);  // a remark behind the editor: "α/r = 2"

    [[nodiscard]] QWidget* editor(const QString& name) const;
    [[nodiscard]] QString reason(
        const QString& name) const;  // why the text on screen is rejected; "" = it is not
    [[nodiscard]] QStringList rejections() const;  // "Rank r: Allowed: 1 … 1024."
    [[nodiscard]] bool isModified(const QString& name) const;
    [[nodiscard]] int modifiedCount() const;
    void reset(const QString& name);

  Q_SIGNALS:
    void edited(const QString& name, const QString& value);  // accepted texts only
    void rejectionsChanged();
    void helpChanged(const QString& help);  // of the focused field

  protected:
    bool eventFilter(QObject* object, QEvent* event) override;

  private:
    struct Row {
        OptionField field, baseline;
        QLabel *label, *mark, *unit, *error;
        QWidget* editor;
        QToolButton* resetButton;
    };
    void build(const std::vector<OptionField>& fields);
    void addRow(const OptionField& field, QGridLayout* grid);
    [[nodiscard]] QWidget* makeEditor(const OptionField& field);
    void placeRow(Row& row, QGridLayout* grid);
    void showValue(Row& row);
    void explain(Row& row);
    void take(const QString& name, const QString& text);
    void setReason(Row& row, const QString& why);
    void updateMarks(Row& row);
    [[nodiscard]] bool passesFilter(const Row& row) const;
    void retranslate();
    void updateFold();

    std::vector<QString> m_order;
    std::map<QString, Row> m_rows;
    QStringList m_shown;
    QAbstractButton* m_fold;
    QWidget* m_more;
    QGridLayout *m_main, *m_advanced;
    QString m_filter;
};

}  // namespace moelora::ui
