/*
 * cmd/request.h: what the command line says of the requests that are judged: operation, user, old objects, values.
 */
#ifndef CMD_REQUEST_H
#define CMD_REQUEST_H

#include "base/map.h"
#include "cmd/command.h"
#include "policy/policy.h"

struct request {
	struct arena *arena;
	enum operation operation;
	bool operation_asked; /* by --operation */
	bool operation_given; /* by --operation or by the values; else an old object makes it an UPDATE */
	const struct value *user, *roles, *cluster_roles;
	struct lookup lookup;
	struct map old; /* identity → object */
};

void request_init(struct request *request, struct arena *arena);
/* Each returns -1 and *err with the file (and line). All but the first may be left out. */
int request_load_values(struct request *request, const char *path, struct error **err);
int request_set(struct request *request, const struct string_list *pairs, struct error **err);
int request_load_user(struct request *request, const char *path, struct error **err);
int request_load_old(struct request *request, const struct string_list *paths, struct error **err);
void request_operation(struct request *request, const char *name);

/* The review of one object. */
void request_review(const struct request *request, struct review *review, struct arena *arena,
		    const struct value *object);

#endif
