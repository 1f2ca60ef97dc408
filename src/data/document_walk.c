#include "data/document_walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Folders within folders; a file system has its own cap on the length of a path, this one guards against link farms. */
#define DEPTH_MAX 100

struct entry {
	const char *name;
	bool is_file;           /* a regular file, without asking */
};

struct folder {
	struct folder *parent;
	const char *path;
	struct entry *entries;  /* in byte order of their names */
	size_t count, next, depth;
	dev_t device;
	ino_t inode;
};

struct seen {
	struct seen *next;
	dev_t device;
	ino_t inode;
};

static int fail(const char *path, enum error_code code, const char *what, struct error **err)
{
	return error_set_at(err, code, (struct place){ .file = str_of(path) }, "%s", what);
}

static int fail_errno(const char *path, const char *what, struct error **err)
{
	int number = errno;

	return error_set_at(err, number == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, (struct place){ .file = str_of(path) },
			    "%s: %s", what, strerror(number));
}

static bool is_manifest_name(struct str name)
{
	static const struct str endings[] = { { ".yaml", 5 }, { ".yml", 4 }, { ".json", 5 } };

	if (str_ends_with(name, STR(".gz")))
		name.n -= 3;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (name.n > endings[i].n && str_ends_with(name, endings[i]))
			return true;
	return false;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* 0: passed over. 1: a manifest. 2: what it is must be looked at (it may be a folder, or a link). */
static int judge_entry(const struct dirent *entry)
{
	if (entry->d_name[0] == '.')
		return 0;
	if (entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
		return 2;
	return entry->d_type == DT_REG && is_manifest_name(str_of(entry->d_name));
}

static int read_folder(struct arena *arena, struct folder *folder, struct error **err)
{
	DIR *dir = opendir(folder->path);
	struct dirent *entry;
	size_t capacity = 0;

	if (!dir)
		return fail_errno(folder->path, "the folder cannot be opened", err);
	while ((errno = 0, entry = readdir(dir))) {
		int kind = judge_entry(entry);

		if (kind)
			*ARENA_PUSH(arena, folder->entries, folder->count, capacity) =
				(struct entry){ str_cstr(arena, str_of(entry->d_name)), kind == 1 };
	}
	if (errno) {
		fail_errno(folder->path, "the folder cannot be read", err);
		closedir(dir);
		return -1;
	}
	closedir(dir);
	if (folder->count > 1)
		qsort(folder->entries, folder->count, sizeof(*folder->entries), compare_entries);
	return 0;
}

/* A link may lead back up (an error: it would never end), or where another link has led already (passed over). */
static int check_link(struct document_walk *walk, const char *path, const struct stat *info, struct error **err)
{
	struct seen *seen;

	for (const struct folder *folder = walk->folder; folder; folder = folder->parent)
		if (folder->device == info->st_dev && folder->inode == info->st_ino)
			return fail(path, ERROR_INVALID, "the link leads back to a folder that it lies in", err);
	for (seen = walk->seen; seen; seen = seen->next)
		if (seen->device == info->st_dev && seen->inode == info->st_ino)
			return 1;
	seen = ARENA_NEW(walk->arena, struct seen);
	*seen = (struct seen){ walk->seen, info->st_dev, info->st_ino };
	walk->seen = seen;
	return 0;
}

static int enter(struct document_walk *walk, const char *path, const struct stat *info, struct error **err)
{
	struct folder *folder = ARENA_NEW(walk->arena, struct folder);

	*folder = (struct folder){
		.parent = walk->folder, .path = path, .device = info->st_dev, .inode = info->st_ino,
		.depth = walk->folder ? walk->folder->depth + 1 : 0,
	};
	if (folder->depth > DEPTH_MAX)
		return fail(path, ERROR_LIMIT, "folders are nested too deep", err);
	if (read_folder(walk->arena, folder, err) < 0)
		return -1;
	walk->folder = folder;
	return 0;
}

/* An entry of a folder: 1 when it is a file to read, 0 when there is nothing more to do about it, -1. */
static int visit(struct document_walk *walk, const struct entry *entry, const char **path, struct error **err)
{
	const char *folder = walk->folder->path, *name = entry->name;
	size_t n = strlen(folder);
	struct stat info, link;

	*path = str_cstr(walk->arena,
			 str_format(walk->arena, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name));
	if (entry->is_file)
		return 1;
	if (stat(*path, &info) < 0) {
		if (!is_manifest_name(str_of(name)))
			return 0;
		return fail_errno(*path, "cannot be opened", err);
	}
	if (!S_ISDIR(info.st_mode))
		return S_ISREG(info.st_mode) && is_manifest_name(str_of(name));
	if (lstat(*path, &link) == 0 && S_ISLNK(link.st_mode)) {
		int status = check_link(walk, *path, &info, err);

		if (status != 0)
			return status < 0 ? -1 : 0;
	}
	return enter(walk, *path, &info, err);
}

static int begin_path(struct document_walk *walk, const char **path, struct error **err)
{
	struct stat info;

	*path = walk->paths[walk->next++];
	walk->found = 0;
	walk->seen = NULL;
	/* What cannot be looked at fails when it is opened, with the reason. */
	if (strcmp(*path, "-") == 0 || stat(*path, &info) < 0 || !S_ISDIR(info.st_mode))
		return 1;
	return enter(walk, *path, &info, err);
}

static int leave(struct document_walk *walk, struct error **err)
{
	const char *path = walk->folder->path;

	walk->folder = walk->folder->parent;
	if (walk->folder || walk->found)
		return 0;
	walk->found = 1;
	return fail(path, ERROR_NOT_FOUND, "no .yaml, .yml or .json file in this folder", err);
}

int document_walk_next(struct document_walk *walk, const char **path, struct error **err)
{
	int status = 0;

	while (status == 0) {
		struct folder *folder = walk->folder;

		if (!folder && walk->next == walk->count)
			return 0;
		if (!folder)
			status = begin_path(walk, path, err);
		else if (folder->next < folder->count)
			status = visit(walk, &folder->entries[folder->next++], path, err);
		else
			status = leave(walk, err);
	}
	/* A folder that was complained about is not empty without a reason. */
	walk->found++;
	return status;
}
