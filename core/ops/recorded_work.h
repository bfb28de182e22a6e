// SPDX-License-Identifier: GPL-3.0-or-later
// Launches of a device that are recorded once and replayed as one (CUDA graphs), through LibTorch's
// accelerator interface, so that nothing of CUDA is linked. LibTorch 2.15 registers no recorder for
// CUDA devices there, so that today they are refused; tests record on the host. Engine thread only.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace moelora {

class RecordedWork {
  public:
    virtual ~RecordedWork() = default;
    virtual void replay() = 0;
};

// Records what `work` launches; nothing of it is computed by that. `work` may not wait for the
// device nor copy from pageable memory, and what it reads and writes from outside must stay where
// it is. `beside`: a recording that is never replayed at the same time, whose memory the new one
// may use, too; or null. Throws where the device refuses.
using RecordWork = std::function<std::unique_ptr<RecordedWork>(const std::function<void()>& work,
                                                               RecordedWork* beside)>;

// Empty where the device records nothing, as a CPU.
[[nodiscard]] RecordWork recorder_of(const at::Device& device);

}  // namespace moelora
