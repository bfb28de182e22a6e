// SPDX-License-Identifier: GPL-3.0-or-later
// Shows a picture as large as fits, or a quiet frame while it loads. Gets finished QImages; decodes
// nothing.
#pragma once

#include <QImage>
#include <QWidget>

namespace moelora::ui {

class ImageView : public QWidget {
    Q_OBJECT
  public:
    explicit ImageView(QWidget* parent = nullptr);
    void setImage(const QImage& image);
    void setSide(int side);  // a square of this size
    [[nodiscard]] bool hasImage() const { return !m_image.isNull(); }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QImage m_image;
};

// A picture cut to a rounded square, for lists.
[[nodiscard]] QPixmap thumbnail(const QImage& image, int side, qreal ratio);

}  // namespace moelora::ui
