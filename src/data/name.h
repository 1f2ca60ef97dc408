/*
 * data/name.h: the names that Kubernetes lets through. Semantics and wording: apimachinery's util/validation
 * (IsDNS1123Label, IsDNS1123Subdomain, IsDNS1035Label, IsQualifiedName, IsValidLabelValue).
 */
#ifndef DATA_NAME_H
#define DATA_NAME_H

#include "base/str.h"

enum name_rule {
	NAME_DNS1123_LABEL,
	NAME_DNS1123_SUBDOMAIN,
	NAME_DNS1035_LABEL,
	NAME_QUALIFIED,                 /* also the key of a label: "example.com/name" */
	NAME_LABEL_VALUE,
};

/* What is wrong with the name, as many static texts as are returned; none: it is valid. `why` may be NULL. */
#define NAME_FAULTS_MAX 4
size_t name_faults(enum name_rule rule, struct str name, const char *why[NAME_FAULTS_MAX]);

#endif
