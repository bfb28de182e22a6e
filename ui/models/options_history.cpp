// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/options_history.h"

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/option_field.h"

namespace moelora::ui {

namespace {
constexpr int stepsKept = 200, optionsCommand = 1;
const QString excluded = QStringLiteral("data.exclude");

class Step : public QUndoCommand {
  public:
    Step(OptionsHistory::State before, OptionsHistory::State after,
         const std::function<void(const OptionsHistory::State&)>& apply)
        : m_before(std::move(before)), m_after(std::move(after)), m_apply(apply) {
        name();
    }
    void undo() override { m_apply(m_before); }
    void redo() override {
        if (m_taken) m_apply(m_after);
        m_taken = true;
    }
    [[nodiscard]] int id() const override { return optionsCommand; }
    bool mergeWith(const QUndoCommand* next) override {
        const auto* other = static_cast<const Step*>(next);
        // Steps of one field in a row are typing; samples are left out one decision at a time.
        if (m_field.isEmpty() || other->m_field != m_field || m_field == excluded) return false;
        m_after = other->m_after;
        name();
        setObsolete(m_before == m_after);
        return true;
    }

  private:
    void name() {
        const OptionChange change = changeBetween(m_before.options, m_after.options);
        m_field = change.field;
        setText(change.text);
    }
    OptionsHistory::State m_before, m_after;
    const std::function<void(const OptionsHistory::State&)>& m_apply;
    QString m_field;
    bool m_taken = false;  // pushing a command runs redo(), but the step was taken before
};

class OtherStep : public QUndoCommand {
  public:
    OtherStep(const QString& text, std::function<void(bool)> go)
        : QUndoCommand(text), m_go(std::move(go)) {}
    void undo() override { m_go(false); }
    void redo() override {
        if (m_taken) m_go(true);
        m_taken = true;
    }

  private:
    std::function<void(bool)> m_go;
    bool m_taken = false;
};
}  // namespace

OptionChange changeBetween(const RunOptions& before, const RunOptions& after) {
    std::map<QString, QString> old;
    RunOptions copy = before;
    RunOptions::describe(copy, [&](std::string_view group, auto& options) {
        for (const OptionField& field : readFields(options))
            old[qs(group) + QLatin1Char('.') + field.name] = field.value;
    });
    OptionChange change;
    int count = 0;
    QString preset;
    copy = after;
    RunOptions::describe(copy, [&](std::string_view group, auto& options) {
        for (const OptionField& field : readFields(options)) {
            const QString path = qs(group) + QLatin1Char('.') + field.name;
            if (old.at(path) == field.value) continue;
            ++count;
            change.field = path;
            const QString value = valueText(field);
            change.text = QStringLiteral("%1: %2").arg(
                translated("options", field.label),
                value.size() > 40 ? value.left(39) + QStringLiteral("…") : value);
            if (path == QLatin1String("adapter.preset")) preset = change.text;
        }
    });
    if (count == 1) return change;
    return {{}, preset.isEmpty() ? OptionsHistory::tr("%Ln setting(s)", "", many(count)) : preset};
}

OptionsHistory::OptionsHistory(std::function<void(const State&)> apply, QObject* parent)
    : QUndoStack(parent), m_apply(std::move(apply)) {
    setUndoLimit(stepsKept);
}

void OptionsHistory::record(const State& before, const State& after) {
    if (!(before == after)) push(new Step(before, after, m_apply));
}

void OptionsHistory::record(const QString& text, std::function<void(bool)> go) {
    push(new OtherStep(text, std::move(go)));
}

}  // namespace moelora::ui
