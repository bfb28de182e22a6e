// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/accessibility.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <utility>

namespace moelora::ui {

namespace {
// Their numbers are in the table beside them (key T), in the names of their cells or in a field.
constexpr std::pair<const char*, QAccessible::Role> roles[] = {
    {"moelora::ui::MetricChart", QAccessible::Chart},
    {"moelora::ui::Heatmap", QAccessible::Chart},
    {"moelora::ui::MemoryBar", QAccessible::Chart},
    {"moelora::ui::TokenHistogram", QAccessible::Chart},
    {"moelora::ui::SparkLine", QAccessible::Chart},
    {"moelora::ui::BarEdit", QAccessible::Slider},
    {"moelora::ui::ImageView", QAccessible::Graphic},
    {"moelora::ui::RoutingView", QAccessible::Graphic},
    {"moelora::ui::BlindPane", QAccessible::Grouping},
    {"QKeySequenceEdit", QAccessible::HotkeyField},
    {"moelora::ui::MessageBar", QAccessible::AlertMessage}};

QAccessibleInterface* interfaceOf(const QString& className, QObject* object) {
    if (!object || !object->isWidgetType()) return nullptr;
    for (const auto& [name, role] : roles)
        if (className == QLatin1String(name))
            return new QAccessibleWidget(static_cast<QWidget*>(object), role);
    return nullptr;
}
}  // namespace

void installAccessibleRoles() {
    static const bool once = [] {
        QAccessible::installFactory(interfaceOf);
        return true;
    }();
    static_cast<void>(once);
}

}  // namespace moelora::ui
