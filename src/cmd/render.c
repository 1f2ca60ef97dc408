#include "cmd/render.h"

#include "base/buf.h"
#include "cmd/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* -- what a folder is --------------------------------------------------------------------------------------------- */

static bool has_file(const char *folder, const char *name, struct buf *path)
{
	struct stat info;

	buf_clear(path);
	buf_printf(path, "%s/%s", folder, name);
	buf_add_char(path, '\0');
	return stat(path->p, &info) == 0 && S_ISREG(info.st_mode);
}

/* Whether the start of a small file has a line "kind: Component". */
static bool is_component(const char *path)
{
	char text[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct str rest, line;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	close(fd);
	rest = str_make(text, n > 0 ? (size_t)n : 0);
	while (rest.n > 0) {
		str_cut(rest, '\n', &line, &rest);
		if (str_starts_with(line, STR("kind:")) && str_is(str_trim(str_skip(line, 5)), "Component"))
			return true;
	}
	return false;
}

enum project project_of(const char *folder)
{
	static const char *const kustomizations[] = { "kustomization.yaml", "kustomization.yml", "Kustomization" };
	enum project project = PROJECT_NONE;
	struct buf path = { 0 };

	if (has_file(folder, "Chart.yaml", &path))
		project = PROJECT_HELM;
	for (size_t i = 0; i < 3 && project == PROJECT_NONE; i++)
		if (has_file(folder, kustomizations[i], &path))
			project = is_component(path.p) ? PROJECT_COMPONENT : PROJECT_KUSTOMIZE;
	buf_free(&path);
	return project;
}

/* -- running ------------------------------------------------------------------------------------------------------ */

/* Both the child's output (an unnamed file) and its complaints (a pipe, so that its end is seen) are ours. */
struct child {
	pid_t pid;
	int output, complaints;
};

static int spawn(struct child *child, const char *const *arguments)
{
	posix_spawn_file_actions_t actions;
	int pipes[2], result;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, child->output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO);
	result = posix_spawnp(&child->pid, arguments[0], &actions, NULL, (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	if (result != 0)
		close(pipes[0]);
	else
		child->complaints = pipes[0];
	return result;
}

static void read_complaints(struct child *child, struct buf *text, struct progress *progress, const char *what)
{
	char piece[4096];

	for (;;) {
		struct pollfd ready = { .fd = child->complaints, .events = POLLIN };
		ssize_t n;

		if (poll(&ready, 1, 100) == 0) {
			progress_wait(progress, what);
			continue;
		}
		n = read(child->complaints, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (text->n < 8192)
			buf_add_bytes(text, piece, (size_t)n);
	}
	close(child->complaints);
}

/* The complaints in one line: the first few lines that say something. */
static struct str one_line(struct buf *text)
{
	struct str line = str_trim(buf_str(text));

	if (line.n > 600)
		line.n = 600;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\n')
			text->p[line.p + i - text->p] = ' ';
	return line;
}

static int wait_for(const struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* 0: it ran well. ENOENT: there is no such program. -1: *err says what went wrong. */
static int run(const char *const *arguments, int output, struct progress *progress, struct error **err)
{
	struct child child = { .output = output };
	struct buf text = { 0 };
	char reason[128];
	int result = spawn(&child, arguments);

	if (result == ENOENT)
		return ENOENT;
	if (result != 0)
		return error_set(err, ERROR_IO, "cannot start %s: %s", arguments[0],
				 strerror_r(result, reason, sizeof(reason)));
	read_complaints(&child, &text, progress, arguments[0]);
	result = wait_for(&child);
	if (result != 0) {
		error_set(err, ERROR_INVALID, "%s %s failed with exit code %d: " STR_FMT, arguments[0], arguments[1],
			  result, STR_ARG(one_line(&text)));
		result = -1;
	}
	buf_free(&text);
	return result;
}

int project_render(const char *folder, enum project project, struct progress *progress, struct error **err)
{
	struct buf safe = { 0 };
	int output = memfd_create("biro", MFD_CLOEXEC), result;
	char reason[128];

	if (output < 0)
		return error_set(err, ERROR_IO, "cannot make room for a rendered folder: %s",
				 strerror_r(errno, reason, sizeof(reason)));
	/* A folder named like an option stays a folder. */
	if (folder[0] == '-')
		buf_add(&safe, STR("./"));
	buf_add(&safe, str_of(folder));
	buf_add_char(&safe, '\0');
	if (project == PROJECT_HELM) {
		const char *helm[] = { "helm", "template", safe.p, NULL };

		result = run(helm, output, progress, err);
		if (result == ENOENT)
			error_set(err, ERROR_NOT_FOUND,
				  "this folder is a Helm chart, and helm is not installed here;"
				  " install it (https://helm.sh) or pipe what it renders: helm template %s | biro "
				  "check -",
				  safe.p);
	} else {
		const char *kustomize[] = { "kustomize", "build", safe.p, NULL };
		const char *kubectl[] = { "kubectl", "kustomize", safe.p, NULL };

		result = run(kustomize, output, progress, err);
		if (result == ENOENT)
			result = run(kubectl, output, progress, err);
		if (result == ENOENT)
			error_set(err, ERROR_NOT_FOUND,
				  "this folder is a kustomization, and kustomize is not installed here"
				  " (nor is kubectl, which also has it); install it (https://kustomize.io) or pipe "
				  "what it"
				  " renders: kustomize build %s | biro check -",
				  safe.p);
	}
	buf_free(&safe);
	if (result != 0) {
		close(output);
		return -1;
	}
	return output;
}
