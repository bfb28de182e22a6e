// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/model_choices.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "ui/bridge/reasons.h"
#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
constexpr std::int64_t smallestMargin = std::int64_t{256} << 20;
constexpr std::int64_t marginDivisor = 10;  // a tenth of the prediction

QString say(const char* text) {
    return QCoreApplication::translate("choices", text);
}

QString gpuText(const GpuReport& gpu) {
    QStringList parts = {qs(gpu.name)};
    if (gpu.capability > 0)
        parts << QCoreApplication::translate("choices", "compute capability %1")
                     .arg(fixedText(static_cast<double>(gpu.capability) / 10, 1));
    if (gpu.memory_bytes > 0)
        parts << QCoreApplication::translate("choices", "%1 free of %2")
                     .arg(bytesText(gpu.free_bytes), bytesText(gpu.memory_bytes));
    if (gpu.capability > 0)
        parts << (gpu.bf16 ? QStringLiteral("bf16")
                           : QCoreApplication::translate("choices", "no bf16"));
    return parts.join(QCoreApplication::translate("choices", ", "));
}

// "desktop 0.4 GB, browser 0.2 GB"
QString usersText(const std::vector<GpuUser>& users) {
    constexpr std::size_t named = 5;
    QStringList parts;
    for (std::size_t i = 0; i < std::min(named, users.size()); ++i)
        parts << (users[i].bytes > 0
                      ? QStringLiteral("%1 %2").arg(qs(users[i].program), bytesText(users[i].bytes))
                      : qs(users[i].program));
    if (users.size() > named) parts << QStringLiteral("...");
    return parts.isEmpty() ? QCoreApplication::translate("choices", "no program")
                           : parts.join(QCoreApplication::translate("choices", ", "));
}

QString diskText(const MachineNow& now) {
    QStringList parts;
    if (now.runsFree >= 0)
        parts << QCoreApplication::translate("choices", "%1 free for runs")
                     .arg(bytesText(now.runsFree));
    if (now.modelDisk)
        parts << QCoreApplication::translate("choices", "the model is read at %1 a second")
                     .arg(bytesText(std::llround(*now.modelDisk)));
    return parts.join(QCoreApplication::translate("choices", ", "));
}
}  // namespace

std::int64_t safetyMargin(std::int64_t predicted) {
    return std::max(smallestMargin, predicted / marginDivisor);
}

Fit fitOf(std::int64_t predicted, std::int64_t budget) {
    if (predicted <= 0 || budget <= 0) return Fit::Unknown;
    if (predicted > budget) return Fit::WillNotFit;
    return predicted + safetyMargin(predicted) <= budget ? Fit::Fits : Fit::Tight;
}

QString fitName(Fit fit) {
    static constexpr const char* names[] = {"", QT_TRANSLATE_NOOP("choices", "fits"),
                                            QT_TRANSLATE_NOOP("choices", "tight"),
                                            QT_TRANSLATE_NOOP("choices", "will not fit")};
    return fit == Fit::Unknown ? QString() : say(names[static_cast<int>(fit)]);
}

bool usesGpu(const HardwareReport& hardware, const DeviceOptions& device) {
    return gpuOf(hardware, device) != nullptr;
}

const GpuReport* gpuOf(const HardwareReport& hardware, const DeviceOptions& device) {
    if (hardware.gpus.empty() || device.name == "cpu") return nullptr;
    const auto number =
        static_cast<std::size_t>(qs(device.name).section(QLatin1Char(':'), 1).toUInt());
    return &hardware.gpus[std::min(number, hardware.gpus.size() - 1)];
}

ComputeDtype automaticType(const HardwareReport& hardware, const DeviceOptions& device) {
    if (const GpuReport* gpu = gpuOf(hardware, device))
        return gpu->bf16 ? ComputeDtype::Bf16 : ComputeDtype::Fp16;
    return hardware.bf16 ? ComputeDtype::Bf16 : ComputeDtype::Fp32;
}

QString whyNot(ComputeDtype type, const HardwareReport& hardware, const DeviceOptions& device) {
    const GpuReport* gpu = gpuOf(hardware, device);
    if (type == ComputeDtype::Fp16 && !gpu)
        return say(QT_TRANSLATE_NOOP("choices",
                                     "Processors only emulate fp16: it would be slower and less "
                                     "exact than fp32. It is for a GPU."));
    if (type != ComputeDtype::Bf16) return {};
    if (gpu && !gpu->bf16)
        return say(QT_TRANSLATE_NOOP(
            "choices",
            "This GPU has no bf16 arithmetic (compute capability 8.0 or newer has): fp16 is "
            "faster and as small."));
    if (!gpu && !hardware.bf16)
        return say(QT_TRANSLATE_NOOP("choices",
                                     "This processor has no bf16 arithmetic (AVX-512 BF16 or AMX "
                                     "has): it would be emulated, slower than fp32."));
    return {};
}

QString whyNot(Quantization quantization, const std::string& stored) {
    const bool floats = stored.empty() || stored == "none";
    if (floats || name_of_enum(quantization) == stored) return {};
    return say(QT_TRANSLATE_NOOP("choices",
                                 "The folder holds its layers as %1 already. Another format needs "
                                 "the unquantized folder of this model."))
        .arg(qs(stored));
}

QString quantizationName(Quantization quantization) {
    static constexpr const char* names[] = {
        QT_TRANSLATE_NOOP("choices", "Not quantized"),
        QT_TRANSLATE_NOOP("choices", "NF4, 4 bits"),
        QT_TRANSLATE_NOOP("choices", "NF4, double quantization"),
        QT_TRANSLATE_NOOP("choices", "FP4, 4 bits"),
        QT_TRANSLATE_NOOP("choices", "FP4, double quantization"),
        QT_TRANSLATE_NOOP("choices", "INT8, 8 bits")};
    return say(names[static_cast<int>(quantization)]);
}

std::vector<std::pair<QString, QString>> hardwareFacts(const HardwareReport& h,
                                                       const MachineNow& now) {
    std::vector<std::pair<QString, QString>> facts = {
        {say(QT_TRANSLATE_NOOP("choices", "Processor")),
         h.processor.empty() ? QStringLiteral("–") : qs(h.processor)},
        {say(QT_TRANSLATE_NOOP("choices", "Computes with")),
         say(QT_TRANSLATE_NOOP("choices", "%1 threads, %2"))
             .arg(countText(h.threads), h.bf16 ? qs(h.instructions) +
                                                     say(QT_TRANSLATE_NOOP("choices", ", ")) +
                                                     QStringLiteral("bf16")
                                               : qs(h.instructions))}};
    if (h.memory_bytes > 0)
        facts.push_back({say(QT_TRANSLATE_NOOP("choices", "Memory")),
                         say(QT_TRANSLATE_NOOP("choices", "%1 free of %2"))
                             .arg(bytesText(h.free_bytes), bytesText(h.memory_bytes))});
    for (const GpuReport& gpu : h.gpus) facts.push_back({QStringLiteral("GPU"), gpuText(gpu)});
    if (h.gpus.empty())
        facts.push_back({QStringLiteral("GPU"),
                         say(QT_TRANSLATE_NOOP("choices", "none: %1")).arg(reasonText(h.no_gpu))});
    if (now.gpu && !h.gpus.empty())
        facts.push_back(
            {say(QT_TRANSLATE_NOOP("choices", "GPU memory held by")), usersText(now.gpu->users)});
    if (const QString disk = diskText(now); !disk.isEmpty())
        facts.push_back({say(QT_TRANSLATE_NOOP("choices", "Disk")), disk});
    if (!h.driver.empty())
        facts.push_back({say(QT_TRANSLATE_NOOP("choices", "Driver")), qs(h.driver)});
    return facts;
}

std::int64_t freeBytesAt(QString folder) {
    while (!folder.isEmpty() && !QFileInfo::exists(folder)) {
        const QString above = QFileInfo(folder).path();
        if (above == folder) break;
        folder = above;
    }
    // Not QStorageInfo, which knows no folder whose mount is not listed, as in a chroot.
    std::error_code error;
    const auto space = std::filesystem::space(ss(folder), error);
    return error ? -1 : static_cast<std::int64_t>(space.available);
}

}  // namespace moelora::ui
