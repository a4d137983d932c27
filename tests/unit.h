/* What every unit test includes: cmocka with its prerequisites. */
#ifndef KITH_TESTS_UNIT_H
#define KITH_TESTS_UNIT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#endif
