/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs while the program is built: turns bad.json and good.json of every folder under tests/golden
 * into a C table, so that `railyard explain` works offline and from any folder. Files of more than
 * 8 KiB, or that cannot be shown as text, are no examples and are left out.
 *
 *	embed GOLDEN OUTPUT DEPFILE
 *
 * The depfile names every file and folder looked at, so that a new example is noticed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 8192

static FILE *must_open(const char *path, const char *mode) {
	FILE *file = fopen(path, mode);

	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static void write_string(FILE *out, const char *text, size_t length) {
	fputs("\t \"", out);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			fputs(i + 1 < length ? "\\n\"\n\t \"" : "\\n", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f || c == '?')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputs("\"", out);
}

/* Would it do on a terminal and in a page: valid UTF-8 without control characters? */
static int is_text(const char *text, size_t length) {
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < length; i++) {
		size_t more = s[i] < 0x80 ? 0 : s[i] < 0xe0 ? 1 : s[i] < 0xf0 ? 2 : 3;

		if (s[i] == 0x7f || (s[i] < 0x20 && s[i] != '\n' && s[i] != '\t') ||
		    (s[i] >= 0x80 && s[i] < 0xc2) || s[i] > 0xf4 || i + more >= length + !more)
			return 0;
		for (; more; more--)
			if ((s[++i] & 0xc0) != 0x80)
				return 0;
	}
	return length > 0;
}

static void embed_file(const char *folder, const char *code, const char *name, FILE *out,
		       FILE *deps) {
	char path[4096], text[LONGEST + 1];
	size_t length;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s/%s", folder, code, name);
	in = fopen(path, "r");
	if (!in)
		return;
	length = fread(text, 1, sizeof(text), in);
	fclose(in);
	fprintf(deps, " \\\n %s", path);
	if (length > LONGEST || !is_text(text, length))
		return;
	fprintf(out, "\t{\"%s\", \"%s\",\n", code, name);
	write_string(out, text, length);
	fputs("},\n", out);
}

static int is_code(const struct dirent *entry) {
	return strlen(entry->d_name) == 6 && strncmp(entry->d_name, "RY", 2) == 0;
}

int main(int argc, char **argv) {
	struct dirent **entries;
	FILE *out, *deps;
	int n;

	if (argc != 4)
		return 1;
	n = scandir(argv[1], &entries, is_code, alphasort);
	if (n < 0) {
		perror(argv[1]);
		return 1;
	}
	out = must_open(argv[2], "w");
	deps = must_open(argv[3], "w");
	fprintf(deps, "%s: %s", argv[2], argv[1]);
	fputs("#include \"commands/examples.h\"\n\nconst struct example examples[] = {\n", out);
	for (int i = 0; i < n; i++) {
		fprintf(deps, " \\\n %s/%s", argv[1], entries[i]->d_name);
		embed_file(argv[1], entries[i]->d_name, "bad.json", out, deps);
		embed_file(argv[1], entries[i]->d_name, "good.json", out, deps);
		free(entries[i]);
	}
	free(entries);
	fputs("\t{NULL, NULL, NULL},\n};\n\n"
	      "const size_t n_examples = sizeof(examples) / sizeof(examples[0]) - 1;\n",
	      out);
	fputc('\n', deps);
	return fclose(out) != 0 || fclose(deps) != 0;
}
