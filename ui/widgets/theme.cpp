// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QFontInfo>
#include <QFontMetrics>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <QStyleHints>
#include <QWidget>
#include <algorithm>
#include <cmath>

#include "ui/widgets/picture_colors.h"

namespace moelora::ui {

namespace {
using Hex = const char*;
constexpr int leastLine = 18;  // pixels

Colors lightColors() {
    const auto c = [](Hex hex) { return QColor(QLatin1String(hex)); };
    return {c("#f4f5f7"), c("#ffffff"),
            c("#eceef2"), c("#d5d9e0"),
            c("#1c2230"), c("#5a6478"),
            c("#3457d5"), c("#ffffff"),
            c("#e3e8f8"), c("#17794a"),
            c("#ddf3e6"), c("#8a5a00"),
            c("#fdf0d2"), c("#b3261e"),
            c("#fbe3e1"), c("#116638"),
            c("#d2f0de"), c("#a02018"),
            c("#fadcd9"), {c("#3457d5"), c("#c2571a"), c("#17794a"), c("#8b3fb0")},
            c("#e2e5eb")};
}

Colors darkColors() {
    const auto c = [](Hex hex) { return QColor(QLatin1String(hex)); };
    return {c("#171a21"), c("#20242d"),
            c("#12151b"), c("#363c49"),
            c("#e7eaf0"), c("#a0a9ba"),
            c("#7f9cff"), c("#10131a"),
            c("#2b3245"), c("#6fd39b"),
            c("#1d3a2b"), c("#f0bf5f"),
            c("#3d3116"), c("#ff8f86"),
            c("#45231f"), c("#8be0b0"),
            c("#1f4531"), c("#ffa49c"),
            c("#4c2724"), {c("#7f9cff"), c("#f19a5e"), c("#6fd39b"), c("#d194ee")},
            c("#2e3440")};
}

// Black and white with one yellow: every text at 7 : 1 or more, every border to be seen.
Colors highContrastColors() {
    const auto c = [](Hex hex) { return QColor(QLatin1String(hex)); };
    return {c("#000000"), c("#000000"),
            c("#1a1a1a"), c("#ffffff"),
            c("#ffffff"), c("#e6e6e6"),
            c("#ffe14d"), c("#000000"),
            c("#3d3a00"), c("#7dff9b"),
            c("#00330f"), c("#ffd24d"),
            c("#332600"), c("#ffb3ad"),
            c("#400a05"), c("#9dffb5"),
            c("#004016"), c("#ffc2bd"),
            c("#520d06"), {c("#66c7ff"), c("#ffb066"), c("#7dff9b"), c("#ff9df2")},
            c("#6b6b6b")};
}

QPalette paletteOf(const Colors& c) {
    QPalette p;
    p.setColor(QPalette::Window, c.window);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.surface);
    p.setColor(QPalette::AlternateBase, c.sunken);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.muted);
    p.setColor(QPalette::Button, c.surface);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::BrightText, c.error);
    p.setColor(QPalette::ToolTipBase, c.surface);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Highlight, c.accent);
    p.setColor(QPalette::HighlightedText, c.accentText);
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::Light, c.surface);
    p.setColor(QPalette::Midlight, c.sunken);
    p.setColor(QPalette::Mid, c.border);
    p.setColor(QPalette::Dark, c.border);
    p.setColor(QPalette::Shadow, c.border);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.muted);
    p.setColor(QPalette::Disabled, QPalette::Highlight, c.border);
    return p;
}

QString styleSheetOf(const Colors& c) {
    QFile file(QStringLiteral(":/themes/workbench.qss"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const std::pair<const char*, QColor> names[] = {
        {"@window", c.window},         {"@surface", c.surface},     {"@sunken", c.sunken},
        {"@border", c.border},         {"@text", c.text},           {"@muted", c.muted},
        {"@accentText", c.accentText}, {"@accent", c.accent},       {"@hover", c.hover},
        {"@goodFill", c.goodFill},     {"@good", c.good},           {"@warningFill", c.warningFill},
        {"@warning", c.warning},       {"@errorFill", c.errorFill}, {"@error", c.error}};
    sheet.replace(QLatin1String("@tick"),
                  c.window.lightness() < 128 ? QLatin1String("dark") : QLatin1String("light"));
    // Titles, and the fields and buttons that hold a line, grow with the letters of the desktop.
    const int letters = QFontInfo(QApplication::font()).pixelSize();
    const int line = std::max(leastLine, QFontMetrics(QApplication::font()).height());
    sheet.replace(QLatin1String("@lineSize"), QStringLiteral("%1px").arg(line));
    for (const auto& [name, share] : {std::pair{"@titleSize", 1.65}, std::pair{"@numberSize", 2.15},
                                      std::pair{"@captionSize", 1.3}})
        sheet.replace(QLatin1String(name),
                      QStringLiteral("%1px").arg(static_cast<int>(std::lround(letters * share))));
    for (const auto& [name, color] : names) sheet.replace(QLatin1String(name), color.name());
    return sheet;
}
}  // namespace

Theme& Theme::instance() {
    static Theme* theme =
        new Theme;  // lives as long as the process; the application object owns nothing of it
    return *theme;
}

Theme::Theme() {
    m_systemDark = systemIsDark();
    m_dark = m_systemDark;
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this, [this] {
        m_systemDark = systemIsDark();
        if (m_mode == System) apply();
    });
#endif
}

// Asked before the first setPalette(): afterwards Qt 6.4 only knows our own palette.
bool Theme::systemIsDark() const {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    return QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark;
#else
    return QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
#endif
}

void Theme::setMode(Mode mode) {
    m_mode = mode;
    apply();
}

void Theme::apply() {
    m_dark = m_mode == Dark || m_mode == HighContrast || (m_mode == System && m_systemDark);
    if (QApplication::style()->objectName() != QLatin1String("fusion"))
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(paletteOf(colors()));
    qApp->setStyleSheet(styleSheetOf(colors()));
    Q_EMIT changed();
}

namespace {
int looks = 0;  // that live now
}

PictureLook::PictureLook() {
    ++looks;
}
PictureLook::~PictureLook() {
    --looks;
}

const Colors& Theme::colors() const {
    static const Colors dark = darkColors(), strong = highContrastColors();
    if (looks > 0) return pictureColors();
    if (m_mode == HighContrast) return strong;
    return m_dark ? dark : pictureColors();
}

const Colors& pictureColors() {
    static const Colors table = lightColors();
    return table;
}

namespace {
// Runs the kept functions of one widget when its language changes.
class Keeper : public QObject {
  public:
    explicit Keeper(QWidget* widget) : QObject(widget) { widget->installEventFilter(this); }
    void add(std::function<void()> set) { m_texts.push_back(std::move(set)); }
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::LanguageChange)
            for (const auto& set : m_texts) set();
        return false;
    }

  private:
    std::vector<std::function<void()>> m_texts;
};
}  // namespace

void keepText(QWidget* widget, std::function<void()> set) {
    static const QString name = QStringLiteral("moelora.keeper");
    QObject* keeper = widget->findChild<QObject*>(name, Qt::FindDirectChildrenOnly);
    if (!keeper) {
        keeper = new Keeper(widget);
        keeper->setObjectName(name);
    }
    set();
    static_cast<Keeper*>(keeper)->add(std::move(set));
}

void keepLook(QWidget* widget, std::function<void()> set) {
    set();
    QObject::connect(&Theme::instance(), &Theme::changed, widget, std::move(set));
}

}  // namespace moelora::ui
