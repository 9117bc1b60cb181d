/* SPDX-License-Identifier: MIT */
/* The clock for deadlines and round trips: monotonic, and a suspended or stopped machine counts. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment before the process began; 0 when there is no clock. */
uint64_t clock_now_ms(void);

#endif
