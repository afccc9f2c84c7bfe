/* The module's clock in the hands of a test, so that nobody has to wait. */
#ifndef API_CLOCK_H
#define API_CLOCK_H

/* `module`: what api_load gave. */
void api_clock_take(void *module);
void api_clock_forward(unsigned milliseconds);
#ifdef _WIN32
/* Time stands still: no deadline passes, however slow the machine is. */
void api_clock_stop(void);
#endif

#endif
