/*
 * base/banned.h: libc calls that cannot be bounded by a type are compile errors. Forced in front of every C file by
 * the build.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok alloca asctime ctime gmtime localtime

#endif
