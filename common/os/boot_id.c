/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/boot_id.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#else
#include <sys/types.h>
#include <sys/sysctl.h>
#endif

#include "common/base/attr.h"

#define TEXT_SIZE 36 /* 8-4-4-4-12 hex digits */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	/* macOS writes capitals. */
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int boot_id_parse(uint8_t out[BOOT_ID_SIZE], const char *text, size_t len, struct error *err)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	uint8_t bytes[BOOT_ID_SIZE] = { 0 };
	size_t digits = 0;
	bool fits = len == TEXT_SIZE || (len == TEXT_SIZE + 1 && text[TEXT_SIZE] == '\n');

	for (size_t i = 0; fits && i < TEXT_SIZE; i++) {
		int value = digit(text[i]);

		if (form[i] == '-') {
			fits = text[i] == '-';
		} else if (value < 0) {
			fits = false;
		} else {
			bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
			digits++;
		}
	}
	if (!fits)
		return error_set(err, ERROR_INPUT, 0, "this is no boot ID");
	memcpy(out, bytes, BOOT_ID_SIZE);
	return 0;
}

/* Parses; all zeros would be "not known" to whoever compares. */
static int accept(uint8_t out[BOOT_ID_SIZE], const char *text, size_t len, const char *source,
		  struct error *err)
{
	static const uint8_t zeros[BOOT_ID_SIZE];
	struct error parse = ERROR_INIT;
	uint8_t bytes[BOOT_ID_SIZE];

	if (boot_id_parse(bytes, text, len, &parse) < 0 || memcmp(bytes, zeros, sizeof(zeros)) == 0)
		return error_set(err, ERROR_UNSUPPORTED, 0, "%s holds no boot ID", source);
	memcpy(out, bytes, BOOT_ID_SIZE);
	return 0;
}

#ifdef __linux__

static void close_file(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int boot_id_read_from(uint8_t out[BOOT_ID_SIZE], const char *path, struct error *err)
{
	scoped(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char text[TEXT_SIZE + 2];
	struct statfs fs;
	ssize_t len;

	/* Of the open file, not of the path: what was looked at is what is read. */
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return error_set(err, ERROR_UNSUPPORTED, errno,
				 "cannot tell which kernel this is: %s: %s", path, strerror(errno));
	if (fs.f_type != PROC_SUPER_MAGIC)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"cannot tell which kernel this is: something is mounted over %s, as in "
			"a container",
			path);
	do
		len = read(fd, text, sizeof(text));
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return error_set(err, ERROR_UNSUPPORTED, errno,
				 "cannot tell which kernel this is: %s: %s", path, strerror(errno));
	return accept(out, text, (size_t)len, path, err);
}

int boot_id_read(uint8_t out[BOOT_ID_SIZE], struct error *err)
{
	return boot_id_read_from(out, "/proc/sys/kernel/random/boot_id", err);
}

#else

int boot_id_read(uint8_t out[BOOT_ID_SIZE], struct error *err)
{
	char text[64] = "";
	size_t len = sizeof(text) - 1;

	if (sysctlbyname("kern.bootsessionuuid", text, &len, NULL, 0) < 0)
		return error_set(err, ERROR_UNSUPPORTED, errno,
				 "cannot tell which kernel this is: kern.bootsessionuuid: %s",
				 strerror(errno));
	/* The length that sysctl tells counts the NUL. */
	return accept(out, text, strnlen(text, sizeof(text)), "kern.bootsessionuuid", err);
}

#endif
