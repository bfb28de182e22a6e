// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/pixel_pane.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/bridge/text.h"
#include "ui/models/memory_changes.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int restMs = 400, followMs = 40, thumbnailSide = 92;
constexpr double fewest = 4096;               // four visual tokens
constexpr std::int64_t pixelsOfToken = 1024;  // 32 x 32
constexpr int placesToDouble = 4;

QImage imageOf(const Picture& picture) {
    const QImage borrowed(picture.rgb.data(), static_cast<int>(picture.width),
                          static_cast<int>(picture.height), static_cast<int>(picture.width * 3),
                          QImage::Format_RGB888);
    return borrowed.copy();
}
}  // namespace

std::int64_t pixelsAt(int place) {
    if (place >= pixelPlaces - 1) return 0;
    const double tokens =
        fewest / pixelsOfToken * std::exp2(static_cast<double>(place) / placesToDouble);
    return std::llround(tokens) * pixelsOfToken;
}

int placeOf(std::int64_t pixels) {
    if (pixels <= 0) return pixelPlaces - 1;
    const double place = placesToDouble * std::log2(static_cast<double>(pixels) / fewest);
    return std::clamp(static_cast<int>(std::lround(place)), 0, pixelPlaces - 2);
}

PixelPane::PixelPane(Workbench& workbench, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_label(makeLabel("field")),
      m_limit(makeLabel("muted")),
      m_preview(makeLabel("muted")),
      m_memory(makeLabel("muted")),
      m_slider(new QSlider(Qt::Horizontal)),
      m_picture(new ImageView) {
    m_slider->setObjectName(QStringLiteral("pixelLimit"));
    m_slider->setRange(0, pixelPlaces - 1);
    m_slider->setPageStep(placesToDouble);
    m_limit->setObjectName(QStringLiteral("pixelText"));
    m_preview->setObjectName(QStringLiteral("pixelPreview"));
    m_memory->setObjectName(QStringLiteral("pixelMemory"));
    m_label->setBuddy(m_slider);
    for (QLabel* label : {m_label, m_limit}) label->setWordWrap(false);
    m_picture->setSide(thumbnailSide);
    auto* head = new QHBoxLayout;
    head->addWidget(m_label);
    head->addStretch();
    head->addWidget(m_limit);
    auto* left = new QVBoxLayout;
    left->setSpacing(4);
    left->addLayout(head);
    left->addWidget(m_slider);
    left->addWidget(m_preview);
    left->addWidget(m_memory);
    left->addStretch();
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addLayout(left, 1);
    row->addWidget(m_picture, 0, Qt::AlignTop);
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMs);
    m_follow.setSingleShot(true);
    m_follow.setInterval(followMs);
    connect(&m_rest, &QTimer::timeout, this, &PixelPane::apply);
    connect(&m_follow, &QTimer::timeout, this, &PixelPane::askPreview);
    connect(m_slider, &QSlider::valueChanged, this, [this](int place) {
        m_pixels = pixelsAt(place);
        m_rest.start();
        if (!m_follow.isActive()) m_follow.start();
        show();
    });
    connect(&workbench.fit, &MemoryFit::changed, this, [this] {
        if (!isVisible()) return;
        m_workbench.fit.request();  // as far as something has changed meanwhile
        show();
    });
    keepText(this, [this] { retranslate(); });
}

void PixelPane::retranslate() {
    m_label->setText(tr("Pictures at most"));
    m_slider->setAccessibleName(tr("Pixels of a picture at most"));
    m_slider->setToolTip(
        tr("Larger pictures are shrunk before the model sees them (data.max_pixels). Fewer pixels "
           "are fewer visual tokens: less memory, shorter updates, less detail."));
    m_picture->setAccessibleName(tr("The chosen picture as the model would see it"));
    show();
}

void PixelPane::refresh(const QString& picture) {
    m_path = picture;
    if (!m_rest.isActive()) {
        m_pixels = m_workbench.project.options().data.max_pixels;
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(placeOf(m_pixels));
    }
    if (isVisible()) {
        m_workbench.fit.request();
        askPreview();
    }
    show();
}

void PixelPane::focusSlider() {
    m_slider->setFocus(Qt::OtherFocusReason);
}

// While the slider moves, and before the options follow it.
void PixelPane::askPreview() {
    const RunOptions now = withMostPixels(m_workbench.project.options(), m_pixels);
    const std::string model = now.model.path;
    if (model.empty() || m_path.isEmpty()) {
        m_ask.cancel();
        m_asked.reset();
        m_resized.reset();
        return;
    }
    const std::pair<DataOptions, QString> question{now.data, m_path + qs(model)};
    if (m_asked == question) return;
    m_asked = question;
    m_ask.ask(
        this,
        [data = now.data, model, path = ss(m_path)] { return resized_picture(data, model, path); },
        [this](Result<ResizedPicture> resized) {
            m_resized = std::move(resized);
            show();
        });
}

void PixelPane::apply() {
    if (m_pixels == m_workbench.project.options().data.max_pixels) return;
    m_workbench.project.setOptions(withMostPixels(m_workbench.project.options(), m_pixels));
}

QString PixelPane::memoryText() const {
    const MemoryFit& fit = m_workbench.fit;
    const auto& answer = fit.estimate();
    if (m_rest.isActive() || fit.pending()) return tr("Estimating the memory ...");
    if (!answer || !*answer) return {};
    std::int64_t activations = 0;
    for (const MemoryPart& part : (*answer)->parts)
        if (part.name == "activations") activations = part.bytes;
    return tr("Memory of an update: %1 of activations, %2 in all")
        .arg(bytesText(activations), bytesText((*answer)->predicted_peak_bytes));
}

void PixelPane::show() {
    const bool model = !m_workbench.project.options().model.path.empty();
    m_slider->setEnabled(model);
    m_limit->setText(m_pixels > 0 ? tr("%1 pixels").arg(countText(m_pixels))
                                  : tr("as the model's processor says"));
    m_slider->setAccessibleDescription(m_limit->text());
    const bool good = m_resized && *m_resized;
    m_picture->setImage(good ? imageOf((*m_resized)->picture) : QImage());
    if (!model)
        m_preview->setText(tr("Choose a model: its processor decides."));
    else if (m_path.isEmpty())
        m_preview->setText(tr("The chosen sample has no picture."));
    else if (m_resized && !*m_resized)
        m_preview->setText(errorText(m_resized->error()).what);
    else if (good)
        m_preview->setText(
            tr("%1: %2 × %3 becomes %4 × %5, %6 visual tokens")
                .arg(QFileInfo(m_path).fileName(), countText((*m_resized)->width),
                     countText((*m_resized)->height), countText((*m_resized)->picture.width),
                     countText((*m_resized)->picture.height), countText((*m_resized)->tokens)));
    else
        m_preview->clear();
    m_memory->setText(model ? memoryText() : QString());
}

}  // namespace moelora::ui
