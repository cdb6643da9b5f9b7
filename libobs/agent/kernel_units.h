// Units of the Linux kernel's files.
#pragma once

namespace obs {

// USER_HZ: the unit of processor times towards user space, 100 on every architecture that matters.
inline constexpr double kTicksPerSecond = 100;

}  // namespace obs
