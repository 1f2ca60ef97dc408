/*
 * Turns files into a C header of byte arrays, at build time.
 *
 * usage: embed OUTPUT FILE…     FILE "html/page.css" becomes `static const char page_css[]`, with its size in
 *                               sizeof(page_css); it is not NUL-terminated. EMBEDDED_FILES(ROW) expands to
 *                               ROW(page_css, "page.css") for each file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *name)
{
	fprintf(stderr, "embed: %s: %s\n", name, strerror(errno));
	return 1;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void put_identifier(FILE *out, const char *path)
{
	for (const char *c = base_name(path); *c; c++)
		putc(isalnum((unsigned char)*c) ? *c : '_', out);
}

static int embed(FILE *out, const char *path)
{
	FILE *in = fopen(path, "rb");
	int c, column = 0;

	if (!in)
		return fail(path);
	fputs("static const char ", out);
	put_identifier(out, path);
	fputs("[] = {", out);
	while ((c = getc(in)) != EOF)
		/* As a char's value, which is signed on some machines. */
		fprintf(out, column++ % 24 ? "%d," : "\n%d,", c < 128 ? c : c - 256);
	fputs("\n};\n", out);
	return fclose(in) ? fail(path) : 0;
}

static void put_rows(FILE *out, char **paths, int count)
{
	fputs("#define EMBEDDED_FILES(ROW)", out);
	for (int i = 0; i < count; i++) {
		fputs(" \\\n\tROW(", out);
		put_identifier(out, paths[i]);
		fprintf(out, ", \"%s\")", base_name(paths[i]));
	}
	putc('\n', out);
}

int main(int argc, char **argv)
{
	FILE *out;
	int status = 0;

	if (argc < 3) {
		fputs("usage: embed OUTPUT FILE…\n", stderr);
		return 2;
	}
	out = fopen(argv[1], "wb");
	if (!out)
		return fail(argv[1]);
	for (int i = 2; i < argc && !status; i++)
		status = embed(out, argv[i]);
	put_rows(out, argv + 2, argc - 2);
	return fclose(out) ? fail(argv[1]) : status;
}
