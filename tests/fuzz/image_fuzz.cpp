// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a picture of any format. Header and decoder agree about its size.
#include "core/image/header.h"
#include "core/image/image.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

// Pictures compress without bound in some formats; these inputs are kept small, so that a claim of
// many pixels costs no second.
constexpr std::int64_t most_pixels = 1 << 22;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace moelora;
    static const fuzz::Folder folder;
    const std::string path = folder.put("picture", fuzz::text_of(data, size));
    const auto claimed = probe_image(path);
    if (claimed && claimed->width * claimed->height > most_pixels) return 0;
    const std::size_t pixels =
        claimed ? static_cast<std::size_t>(claimed->width * claimed->height) : 0;
    const fuzz::MemoryBound bound(size + pixels, 1 << 24, 64);
    for (const AlphaRule rule : {AlphaRule::Drop, AlphaRule::White}) {
        const auto image = load_image(path, rule);
        if (!image) continue;
        fuzz::demand(claimed.has_value(), "what is decoded has a usable header");
        fuzz::demand(image->width == claimed->width && image->height == claimed->height,
                     "header and picture agree about the size");
        fuzz::demand(image->pixels.size() == pixels * 3, "every pixel is there");
    }
    return 0;
}
