/*
 * data/string_format.h: whether texts are of the formats that OpenAPI knows. Semantics:
 * k8s.io/kube-openapi/pkg/validation/strfmt (IsUUID, IsDate, IsDateTime) and govalidator's IsBase64.
 */
#ifndef DATA_STRING_FORMAT_H
#define DATA_STRING_FORMAT_H

#include "base/str.h"

/* Upper case too; dashes may be missing, one by one. */
bool string_is_uuid(struct str text);
/* Not empty, with padding, no line ends. */
bool string_is_base64(struct str text);
/* "2006-01-02", a day that exists */
bool string_is_date(struct str text);
/* A date, a "T" and a time with zone; what follows another "T" is not looked at. */
bool string_is_date_time(struct str text);

#endif
