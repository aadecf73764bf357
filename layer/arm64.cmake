# Toolchain of the preset arm64: the distribution's cross compiler (g++-aarch64-linux-gnu), on a machine of another
# architecture. All libraries but the compiler's own are headers, so that the machine's own packages serve.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# Their CMake files lie under the machine's architecture, where CMake does not look for another's.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/cmake)
