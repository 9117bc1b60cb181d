/* SPDX-License-Identifier: MIT */
/* The clock for deadlines and round trips: monotonic, and a suspended or stopped machine counts. 0: there is none. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now_ms(void);

#endif
