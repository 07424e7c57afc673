/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/kernel_key.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int not_here(int errnum, struct error *err)
{
	return error_set(
		err, ERROR_UNSUPPORTED, errnum,
		"the kernel's keyring is not to be had here (%s); leave out store.kernel_key",
		strerror(errnum));
}

#ifdef __linux__

#include <linux/keyctl.h>
#include <sys/syscall.h>

#define KEY_MAX 4096
#define TYPE    "user"
/* Not every session possesses the user's keyring: then its owner may view, read and search. */
#define ACCESS  0x3f0b0000L

static int fail(int errnum, const char *name, struct error *err)
{
	switch (errnum) {
	case ENOKEY:
	case EKEYEXPIRED:
	case EKEYREVOKED:
		return error_set(err, ERROR_NOT_FOUND, errnum, "no key %s in the kernel's keyring",
				 name);
	case ENOSYS:
	case EPERM:
		return not_here(errnum, err);
	default:
		return error_errno(err, errnum, "key %s in the kernel's keyring", name);
	}
}

int kernel_key_read(const char *name, struct secret *out, struct error *err)
{
	char bytes[KEY_MAX];
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, TYPE, name, 0);
	long len = key < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_READ, key, bytes, sizeof(bytes));

	if (len < 0)
		return fail(errno, name, err);
	/* Of a larger one the kernel may have written what fits. */
	if ((size_t)len <= sizeof(bytes))
		secret_set(out, bytes, (size_t)len);
	wipe(bytes, sizeof(bytes));
	if ((size_t)len > sizeof(bytes))
		return error_set(err, ERROR_LIMIT, 0, "key %s is larger than %zu bytes", name,
				 sizeof(bytes));
	return 0;
}

/* Made in the process's keyring, where it is possessed and its access can be set. */
int kernel_key_write(const char *name, const struct secret *key, struct error *err)
{
	long id = syscall(SYS_add_key, TYPE, name, key->data, key->len, KEY_SPEC_PROCESS_KEYRING);

	if (id < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, id, ACCESS) < 0 ||
	    syscall(SYS_keyctl, KEYCTL_LINK, id, KEY_SPEC_USER_KEYRING) < 0)
		return fail(errno, name, err);
	return 0;
}

#else

int kernel_key_read(const char *name, struct secret *out, struct error *err)
{
	(void)name;
	(void)out;
	return not_here(ENOSYS, err);
}

int kernel_key_write(const char *name, const struct secret *key, struct error *err)
{
	(void)name;
	(void)key;
	return not_here(ENOSYS, err);
}

#endif
