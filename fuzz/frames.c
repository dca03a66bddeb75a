#include "frames.h"

#include "runner/frames.h"
#include "wire/bytes.h"

void seal_frames(uint8_t *bytes, size_t length)
{
    for (size_t position = 0; length - position >= FRAME_OVERHEAD;) {
        struct byte_reader reader = {.bytes = bytes + position, .length = length - position};
        size_t content = (size_t)get_number(&reader, 4);
        if (content > length - position - FRAME_OVERHEAD)
            return;
        struct byte_writer writer = {.bytes = bytes + position, .capacity = FRAME_OVERHEAD, .position = 4};
        put_number(&writer, checksum(bytes + position + FRAME_OVERHEAD, content), 4);
        position += FRAME_OVERHEAD + content;
    }
}
