/* The module's clock in the hands of a test, so that nobody has to wait. */
#ifndef API_CLOCK_H
#define API_CLOCK_H

/* `module`: what api_load gave. */
void api_clock_take(void *module);
void api_clock_forward(unsigned milliseconds);

#endif
