#include "support/allocations.h"

#include <cstdlib>
#include <new>

namespace {

std::uint64_t count = 0;  // these programs have one thread

void* allocate(std::size_t size) {
  ++count;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

}  // namespace

// The array forms and those for over-aligned types end in these or are not used.
void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
// Ends in the first one, too, but not where a sanitizer has its own, whose memory must not come to the deletes below.
void* operator new(std::size_t size, const std::nothrow_t& /*nothrow*/) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

std::uint64_t bench::allocations() {
  return count;
}
