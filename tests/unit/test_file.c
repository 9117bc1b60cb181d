/* SPDX-License-Identifier: MIT */
/* Reading a whole file: its limit, and what is no regular file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char folder[] = "/tmp/spfpolicyd-unit-XXXXXX";
static char path[64];

static void write_bytes(size_t length)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (size_t i = 0; i < length; i++)
		fputc('a' + (int)(i % 26), out);
	assert_int_equal(fclose(out), 0);
}

static void reads_files_of_every_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, 70000 };
	struct file file;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_bytes(sizes[i]);
		assert_int_equal(file_read(path, FILE_REGULAR, sizes[i], &file), 0);
		assert_int_equal(file.length, sizes[i]);
		for (size_t j = 0; j < file.length; j++)
			assert_int_equal(file.data[j], 'a' + j % 26);
		file_release(&file);
		assert_null(file.data);
	}
}

static void gives_the_beginning_of_a_file_that_is_too_large(void **state)
{
	struct file file;

	(void)state;
	write_bytes(20001);
	assert_int_equal(file_read(path, FILE_REGULAR, 20000, &file), EFBIG);
	assert_int_equal(file.length, 20000);
	assert_int_equal(file.data[19999], 'a' + 19999 % 26);
	file_release(&file);
	assert_string_equal(file_error(EFBIG), "is too large");
}

static void refuses_what_is_no_regular_file(void **state)
{
	struct file file;

	(void)state;
	assert_int_equal(file_read(folder, FILE_REGULAR, 100, &file), EINVAL);
	assert_null(file.data);
	assert_int_equal(file_read("/dev/null", FILE_REGULAR, 100, &file), EINVAL);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Nobody writes: this would wait for ever. */
	assert_int_equal(file_read(path, FILE_REGULAR, 100, &file), EINVAL);
	unlink(path);
	assert_int_equal(file_read(path, FILE_REGULAR, 100, &file), ENOENT);
	assert_string_equal(file_error(EINVAL), "is not a regular file");
	assert_string_equal(file_error(ENOENT), strerror(ENOENT));
}

static void reads_a_pipe_when_asked_to(void **state)
{
	struct file file;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "zone", 4), 4);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	assert_int_equal(file_read(path, FILE_ANY, 100, &file), 0);
	assert_int_equal(file.length, 4);
	assert_memory_equal(file.data, "zone", 4);
	file_release(&file);
	close(ends[0]);
	assert_int_equal(file_read(folder, FILE_ANY, 100, &file), EISDIR);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int name_file(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	unlink(path);
	return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup(name, name_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_files_of_every_size),
		TEST(gives_the_beginning_of_a_file_that_is_too_large),
		TEST(refuses_what_is_no_regular_file),
		TEST(reads_a_pipe_when_asked_to),
	};

	return cmocka_run_group_tests_name("file", tests, make_folder, remove_folder);
}
