// SPDX-License-Identifier: GPL-3.0-or-later
// How large pictures may be: a slider over data.max_pixels, and at once what becomes of the chosen
// picture (size, visual tokens, how it looks) and of the memory. GUI thread only.
#pragma once

#include <QTimer>
#include <QWidget>

#include "core/session/samples.h"
#include "ui/models/workbench.h"

class QLabel;
class QSlider;

namespace moelora::ui {

class ImageView;

// Places of the slider, each about a fifth wider than the one before; the last one is 0, the limit
// of the model's own processor.
[[nodiscard]] std::int64_t pixelsAt(int place);
[[nodiscard]] int placeOf(std::int64_t pixels);
inline constexpr int pixelPlaces = 50;

class PixelPane : public QWidget {
    Q_OBJECT
  public:
    explicit PixelPane(Workbench& workbench, QWidget* parent = nullptr);
    // `picture`: of the chosen sample; "" = it has none.
    void refresh(const QString& picture);
    void focusSlider();

  private:
    void retranslate();
    void show();
    void askPreview();
    void apply();
    [[nodiscard]] QString memoryText() const;

    Workbench& m_workbench;
    QLabel *m_label, *m_limit, *m_preview, *m_memory;
    QSlider* m_slider;
    ImageView* m_picture;
    QTimer m_rest, m_follow;  // until the options change; until the picture is asked for
    QString m_path;
    std::int64_t m_pixels = 0;  // what the slider says
    std::optional<Result<ResizedPicture>> m_resized;
    std::optional<std::pair<DataOptions, QString>> m_asked;
    Latest<ResizedPicture> m_ask;
};

}  // namespace moelora::ui
