// Frames of a journal whose checksums fit, so that an input gets past them.
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include <stddef.h>
#include <stdint.h>

// Makes every frame's checksum that of its content.
void seal_frames(uint8_t *bytes, size_t length);

#endif
