// Each operator new with each operator delete that fits, once; and one that has no memory.
#include <cstddef>
#include <cstdint>
#include <new>

int main()
{
    const auto aligned = std::align_val_t(128);
    operator delete(operator new(10));
    operator delete(operator new(11), std::size_t(11));
    operator delete(operator new(12, std::nothrow), std::nothrow);
    operator delete[](operator new[](13));
    operator delete[](operator new[](14), std::size_t(14));
    operator delete[](operator new[](15, std::nothrow), std::nothrow);
    operator delete(operator new(16, aligned), aligned);
    operator delete(operator new(17, aligned), std::size_t(17), aligned);
    operator delete(operator new(18, aligned, std::nothrow), aligned, std::nothrow);
    operator delete[](operator new[](19, aligned), aligned);
    operator delete[](operator new[](20, aligned), std::size_t(20), aligned);
    operator delete[](operator new[](21, aligned, std::nothrow), aligned, std::nothrow);
    operator delete(operator new(0));
    operator delete(nullptr);
    volatile std::size_t too_much = SIZE_MAX / 2;
    if (operator new(too_much, std::nothrow))
        return 1;
    try {
        operator delete(operator new(too_much));
        return 2;
    } catch (const std::bad_alloc &) {
        return 0;
    }
}
