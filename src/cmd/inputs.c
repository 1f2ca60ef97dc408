#include "cmd/inputs.h"

#include "base/buf.h"
#include "cmd/progress.h"
#include "cmd/render.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_DEEP 64
#define DESCRIPTOR_PATH "/proc/self/fd/"

struct rendered {
	struct str path; /* /proc/self/fd/N */
	struct str folder;
	enum project project;
	int fd;
};

struct failure {
	struct error *err;
};

struct inputs {
	struct arena *arena;
	struct progress *progress;
	struct documents *documents;
	const char *const *named;
	size_t named_count;
	const char **paths; /* what documents.h is to walk */
	size_t path_count, path_capacity;
	struct rendered *rendered;
	size_t rendered_count, rendered_capacity;
	struct failure *failed; /* projects that could not be rendered */
	size_t failed_count, failed_capacity;
	size_t next_failed;
};

/* -- finding projects --------------------------------------------------------------------------------------------- */

static void add_path(struct inputs *inputs, const char *path)
{
	*ARENA_PUSH(inputs->arena, inputs->paths, inputs->path_count, inputs->path_capacity) = path;
}

/* Nothing but white space, comments and separators: a chart with everything switched off. */
static bool is_blank(int fd)
{
	struct stat info;
	struct str rest, line;
	bool blank = true;
	void *text;

	if (fstat(fd, &info) < 0 || info.st_size == 0)
		return true;
	text = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return false;
	rest = str_make(text, (size_t)info.st_size);
	while (rest.n > 0 && blank) {
		str_cut(rest, '\n', &line, &rest);
		line = str_trim(line);
		blank = line.n == 0 || line.p[0] == '#' || str_is(line, "---");
	}
	munmap(text, (size_t)info.st_size);
	return blank;
}

static void add_project(struct inputs *inputs, const char *folder, enum project project)
{
	struct error *err = NULL;
	struct str path;
	int fd;

	if (project == PROJECT_COMPONENT)
		return;
	fd = project_render(folder, project, inputs->progress, &err);
	if (fd < 0) {
		error_locate(err, (struct place){ .file = str_of(folder) });
		*ARENA_PUSH(inputs->arena, inputs->failed, inputs->failed_count, inputs->failed_capacity) =
			(struct failure){ err };
		return;
	}
	if (is_blank(fd)) {
		close(fd);
		return;
	}
	path = str_format(inputs->arena, DESCRIPTOR_PATH "%d", fd);
	*ARENA_PUSH(inputs->arena, inputs->rendered, inputs->rendered_count, inputs->rendered_capacity) =
		(struct rendered){
			.path = path,
			.folder = str_of(folder),
			.project = project,
			.fd = fd,
		};
	add_path(inputs, str_cstr(inputs->arena, path));
}

struct folder {
	const struct folder *parent;
	dev_t device;
	ino_t inode;
	int depth;
};

static bool is_loop(const struct folder *folder, const struct stat *info)
{
	for (; folder; folder = folder->parent)
		if (folder->device == info->st_dev && folder->inode == info->st_ino)
			return true;
	return false;
}

static bool is_manifest_name(struct str name)
{
	static const char *const endings[] = { ".yaml", ".yml", ".json" };

	if (str_ends_with(name, STR(".gz")))
		name.n -= 3;
	for (size_t i = 0; i < 3; i++)
		if (str_ends_with(name, str_of(endings[i])))
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder in byte order, hidden ones left out; NULL when it cannot be read. */
static const char **list_folder(struct arena *arena, const char *folder, size_t *count)
{
	const char **names = arena_array(arena, 8, sizeof(*names));
	size_t capacity = 8;
	struct dirent *entry;
	DIR *stream = opendir(folder);

	*count = 0;
	if (!stream)
		return NULL;
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			*ARENA_PUSH(arena, names, *count, capacity) = str_cstr(arena, str_of(entry->d_name));
	closedir(stream);
	qsort(names, *count, sizeof(*names), compare_names);
	return names;
}

/* What is below a folder. */
enum { HOLDS_PROJECT = 1, HOLDS_MANIFESTS = 2 };

static int add_folder(struct inputs *inputs, const char *path, const struct folder *parent);

static int add_entry(struct inputs *inputs, const char *path, const struct folder *folder)
{
	struct stat info;

	/* A folder with the name of a manifest is walked, too, but not looked through for projects. */
	if (is_manifest_name(str_of(path))) {
		add_path(inputs, path);
		return HOLDS_MANIFESTS;
	}
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? add_folder(inputs, path, folder) : 0;
}

/*
 * Adds what is in a folder: as one path when there is no project below, so that the walk stays with documents.h (which
 * also says what is wrong with a folder that cannot be read); else piece by piece.
 */
static int add_folder(struct inputs *inputs, const char *path, const struct folder *parent)
{
	struct folder here = { .parent = parent, .depth = parent ? parent->depth + 1 : 0 };
	enum project project = project_of(path);
	size_t start = inputs->path_count, count;
	const char **names = NULL;
	struct stat info;
	int holds = 0;

	if (project != PROJECT_NONE) {
		add_project(inputs, path, project);
		return HOLDS_PROJECT;
	}
	if (stat(path, &info) == 0 && !is_loop(parent, &info) && here.depth <= FOLDERS_DEEP)
		names = list_folder(inputs->arena, path, &count);
	if (names) {
		here.device = info.st_dev;
		here.inode = info.st_ino;
	} else {
		holds = HOLDS_MANIFESTS;
	}
	for (size_t i = 0; names && i < count; i++) {
		const char *slash = str_ends_with(str_of(path), STR("/")) ? "" : "/";

		holds |= add_entry(inputs,
				   str_cstr(inputs->arena, str_format(inputs->arena, "%s%s%s", path, slash, names[i])),
				   &here);
	}
	if (!(holds & HOLDS_PROJECT)) {
		inputs->path_count = start;
		/* An empty folder is only worth a word when it was named. */
		if (holds || !parent)
			add_path(inputs, path);
	}
	return holds;
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

struct inputs *inputs_open(struct arena *arena, const char *const *paths, size_t count,
			   const struct decode_limits *limits, struct progress *progress)
{
	struct inputs *inputs = ARENA_NEW(arena, struct inputs);

	inputs->arena = arena;
	inputs->progress = progress;
	inputs->named = paths;
	inputs->named_count = count;
	for (size_t i = 0; i < count; i++) {
		struct stat info;

		if (stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode))
			add_folder(inputs, paths[i], NULL);
		else
			add_path(inputs, paths[i]);
	}
	inputs->documents = documents_open(inputs->paths, inputs->path_count, limits);
	return inputs;
}

void inputs_close(struct inputs *inputs)
{
	documents_close(inputs->documents);
	for (size_t i = 0; i < inputs->rendered_count; i++)
		close(inputs->rendered[i].fd);
	for (size_t i = 0; i < inputs->failed_count; i++)
		error_free(inputs->failed[i].err);
}

static const struct rendered *find_rendered(const struct inputs *inputs, struct str name)
{
	if (!str_starts_with(name, STR(DESCRIPTOR_PATH)))
		return NULL;
	for (size_t i = 0; i < inputs->rendered_count; i++)
		if (str_equal(inputs->rendered[i].path, name))
			return &inputs->rendered[i];
	return NULL;
}

/* Helm writes "# Source: chart/templates/web.yaml" above each document. */
static struct str helm_template(struct str text)
{
	struct str line, rest = text;
	size_t slash;

	while (rest.n > 0) {
		str_cut(rest, '\n', &line, &rest);
		line = str_trim(line);
		if (str_starts_with(line, STR("# Source: "))) {
			slash = str_find_char(line, '/', 0);
			return slash == STR_NOT_FOUND ? STR_NULL : str_skip(line, slash + 1);
		}
		if (line.n > 0 && line.p[0] != '#' && !str_is(line, "---"))
			break;
	}
	return STR_NULL;
}

/* A rendered document gets the name of its template, and lines as "helm template -s" counts them. */
static void name_rendered(struct inputs *inputs, const struct rendered *rendered, struct source *source)
{
	struct str template = rendered->project == PROJECT_HELM ? helm_template(source->text) : STR_NULL;
	struct str folder = rendered->folder;

	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	if (template.n > 0) {
		source->name = str_format(inputs->arena, STR_FMT "/" STR_FMT " (rendered)", STR_ARG(folder),
					  STR_ARG(template));
		source->first_line = 1;
	} else {
		source->name = str_format(inputs->arena, STR_FMT " (rendered)", STR_ARG(folder));
	}
}

/* "biro check ." speaks of pod.yaml, not of ./pod.yaml. */
static struct str without_dot(struct str name)
{
	while (str_starts_with(name, STR("./")) && name.n > 2)
		name = str_skip(name, 2);
	return name;
}

int inputs_next(struct inputs *inputs, struct document *document, struct error **err)
{
	const struct rendered *rendered;
	struct error *error = NULL;
	int result;

	if (inputs->next_failed < inputs->failed_count) {
		const struct error *failed = inputs->failed[inputs->next_failed++].err;

		return error_set_at(err, failed->code, (struct place){ .file = str_of(failed->file) }, "%s",
				    failed->message);
	}
	result = documents_next(inputs->documents, document, &error);
	if (result > 0) {
		rendered = find_rendered(inputs, document->source.name);
		if (rendered)
			name_rendered(inputs, rendered, &document->source);
		document->source.name = without_dot(document->source.name);
	} else if (result < 0) {
		rendered = error->file ? find_rendered(inputs, str_of(error->file)) : NULL;
		error_set_at(err, error->code,
			     (struct place){ without_dot(rendered ? rendered->folder : str_of(error->file)),
					     error->line, error->column },
			     "%s", error->message);
		error_free(error);
	}
	return result;
}

void inputs_rewind(struct inputs *inputs)
{
	inputs->next_failed = 0;
	documents_rewind(inputs->documents);
}

void inputs_progress(const struct inputs *inputs, size_t *done, size_t *total)
{
	documents_progress(inputs->documents, done, total);
}

bool inputs_names(const struct inputs *inputs, struct str name)
{
	for (size_t i = 0; i < inputs->named_count; i++)
		if (str_equal(without_dot(str_of(inputs->named[i])), name))
			return true;
	return false;
}
