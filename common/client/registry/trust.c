/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/codec/address_class.h"
#include "common/codec/printable.h"
#include "common/codec/registry_key.h"

#define SYSTEM_DIR "/etc/docker/certs.d"
#define HUB_HOST   "registry-1.docker.io"

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

/* "dir/client.cert", ".key" -> "dir/client.key". Owned. */
static char *sibling(const char *path, const char *suffix)
{
	return xasprintf("%.*s%s", (int)(strrchr(path, '.') - path), path, suffix);
}

static int check_readable(const char *path, struct error *err)
{
	int rc = faccessat(AT_FDCWD, path, R_OK, AT_EACCESS);

	return rc == 0 ? 0 : error_errno(err, errno, "read %s", path);
}

/* The other half of a pair must be there. Owned. */
static char *other_half(const char *path, const char *suffix, struct error *err)
{
	scoped_str other = sibling(path, suffix);

	if (access(other, F_OK) == 0)
		return take_ptr(other);
	error_set(err, ERROR_INPUT, 0, "%s is there, but not %s: a client certificate is a pair",
		  path, other);
	return NULL;
}

static int add_file(struct trust *t, const char *path, struct error *err)
{
	scoped_str other = NULL;

	if (ends_with(path, ".crt")) {
		strings_add(&t->roots, path);
		return check_readable(path, err);
	}
	bool is_cert = ends_with(path, ".cert");

	if (!is_cert && !ends_with(path, ".key"))
		return 0;
	other = other_half(path, is_cert ? ".key" : ".cert", err);
	if (!other)
		return -1;
	if (!is_cert || t->cert)
		return 0;
	if (check_readable(path, err) < 0 || check_readable(other, err) < 0)
		return -1;
	t->cert = xstrdup(path);
	t->key = take_ptr(other);
	return 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int list_files(const char *dir, struct strings *out, struct error *err)
{
	scoped(close_dir) DIR *open = opendir(dir);
	const struct dirent *entry;

	if (!open)
		return error_errno(err, errno, "read %s", dir);
	while ((entry = readdir(open)))
		strings_take(out, xasprintf("%s/%s", dir, entry->d_name));
	strings_sort(out);
	return 0;
}

/* 1: the host has a directory here, and it was read. */
static int read_below(struct trust *t, const char *certs_dir, const char *registry,
		      struct error *err)
{
	scoped_str dir = xasprintf("%s/%s", certs_dir, registry);
	scoped_strings files = { 0 };
	struct stat st;

	if (stat(dir, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (list_files(dir, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.count; i++)
		if (add_file(t, files.items[i], err) < 0)
			return -1;
	return 1;
}

static int read_certs(struct trust *t, const char *certs_dir, const char *registry,
		      struct error *err)
{
	scoped_str of_user = NULL;
	int found = 0;

	if (certs_dir)
		return read_below(t, certs_dir, registry, err);
	if (geteuid() != 0) {
		if (dir_config(&of_user, "docker/certs.d", err) < 0)
			return -1;
		found = read_below(t, of_user, registry, err);
	}
	return found ? found : read_below(t, SYSTEM_DIR, registry, err);
}

static bool is_loopback(const struct registry_key *key)
{
	scoped_str name = xstrndup(key->name, strcspn(key->name, ":"));

	return registry_key_is_loopback(key) || host_is_loopback(name);
}

int trust_find(struct trust *out, const char *registry, const char *certs_dir, struct error *err)
{
	scoped_registry_key key = { 0 };
	scoped_trust t = { 0 };
	char text[PRINTABLE_SHORT];

	registry_key_read(&key, registry);
	if (key.opaque || key.has_scheme || *registry_key_path(&key) || strchr(registry, '/'))
		return error_set(err, ERROR_INPUT, 0, "\"%s\" is no registry's host",
				 printable_short(text, registry));
	t.host = xstrdup(strcmp(key.name, REGISTRY_HUB) == 0 ? HUB_HOST : registry);
	t.loopback = is_loopback(&key);
	if (read_certs(&t, certs_dir, registry, err) < 0)
		return error_wrap(err, "certificates for %s", registry);
	*out = take_value(t);
	return 0;
}

void trust_release(struct trust *trust)
{
	free(trust->host);
	strings_release(&trust->roots);
	free(trust->cert);
	free(trust->key);
	*trust = (struct trust){ 0 };
}
