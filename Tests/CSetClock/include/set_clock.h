// A library that is loaded before a program's own (LD_PRELOAD): the program's wall clock is off by as many seconds as the file
// that $SET_CLOCK_FILE names says, 8 bytes of them in the machine's order, at any time. No other clock is touched.
#pragma once
