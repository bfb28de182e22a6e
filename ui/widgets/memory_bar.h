// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of a whole as one bar, beside what there is room for. Names and sizes stand in the tooltip
// and in the accessible description. Domain-free. GUI thread only.
#pragma once

#include <QWidget>
#include <vector>

namespace moelora::ui {

class MemoryBar : public QWidget {
    Q_OBJECT
  public:
    struct Part {
        QString name;
        qint64 bytes = 0;
        bool operator==(const Part&) const = default;
    };
    explicit MemoryBar(QWidget* parent = nullptr);
    // `room` = 0: not known. `taken`: what holds the place behind the room, drawn grey.
    void setParts(std::vector<Part> parts, qint64 room, Part taken);
    [[nodiscard]] const std::vector<Part>& parts() const { return m_parts; }
    [[nodiscard]] qint64 total() const;
    [[nodiscard]] QRectF partRect(std::size_t part) const;
    [[nodiscard]] QRectF takenRect() const;  // empty where nothing is taken
    [[nodiscard]] QSize sizeHint() const override { return {260, 26}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {120, 26}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    [[nodiscard]] qreal xOf(qint64 bytes) const;

    std::vector<Part> m_parts;
    qint64 m_room = 0;
    Part m_taken;
};

}  // namespace moelora::ui
