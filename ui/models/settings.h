// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers between starts. Never part of a run. GUI thread only.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace moelora::ui {

class Settings {
  public:
    // A damaged file is put aside as <name>.bad-<date> and the defaults are used.
    Settings();
    // What this start put aside; "" = the file was whole.
    [[nodiscard]] QString putAside() const { return m_putAside; }

    [[nodiscard]] QString language() const;  // "", "en", "zh_CN"; "" = the desktop's
    void setLanguage(const QString& code);
    [[nodiscard]] int themeMode() const;  // Theme::Mode
    void setThemeMode(int mode);
    [[nodiscard]] int textScale() const;  // percent of the desktop's letters, 100 ... 200
    void setTextScale(int percent);
    [[nodiscard]] QByteArray geometry() const;
    void setGeometry(const QByteArray& geometry);
    // Splitters, columns and other places of the window, by name.
    [[nodiscard]] QByteArray state(const QString& name) const;
    void setState(const QString& name, const QByteArray& state);
    // Where the last file or folder of this purpose was; "" = none yet.
    [[nodiscard]] static QString folder(const QString& purpose);
    static void setFolder(const QString& purpose, const QString& folder);
    [[nodiscard]] QStringList recent(const QString& purpose) const;  // "model", "data", "adapter"
    void addRecent(const QString& purpose, const QString& path);
    // Texts of its parts by name: the queue, the guided start.
    [[nodiscard]] QStringList list(const QString& name) const;
    void setList(const QString& name, const QStringList& texts);

  private:
    QString m_putAside;
};

}  // namespace moelora::ui
