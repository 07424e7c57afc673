/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsecret and the little of GLib that is needed with it, as a table of function pointers: loaded
 * at the first call of store_secretservice.c, so that nothing else pays for them. Where its headers
 * were absent at build time, loading says so. The attributes are io.docker.Credentials', shared
 * with docker-credential-secretservice (facts/credentials.md §2.1).
 */
#ifndef CREDHELPER_SECRET_API_H
#define CREDHELPER_SECRET_API_H

#include "common/base/error.h"

#if defined(__has_include)
#if __has_include(<libsecret/secret.h>)
#define SECRET_API_BUILT 1
/* Objects by their paths, without a proxy each: its name notwithstanding it has not changed. */
#define SECRET_API_SUBJECT_TO_CHANGE
#include <libsecret/secret.h>
#endif
#endif

#ifdef SECRET_API_BUILT
/* What is called. */
#define SECRET_FUNCTIONS(X)                             \
	X(secret_error_get_quark)                       \
	X(secret_service_get_secret_for_dbus_path_sync) \
	X(secret_service_get_sync)                      \
	X(secret_service_store_sync)                    \
	X(secret_value_get)                             \
	X(secret_value_new)                             \
	X(secret_value_unref)                           \
	X(g_cancellable_cancel)                         \
	X(g_cancellable_new)                            \
	X(g_cond_clear)                                 \
	X(g_cond_init)                                  \
	X(g_cond_signal)                                \
	X(g_cond_wait_until)                            \
	X(g_dbus_connection_call_sync)                  \
	X(g_dbus_error_quark)                           \
	X(g_dbus_proxy_get_connection)                  \
	X(g_dbus_proxy_get_name)                        \
	X(g_error_free)                                 \
	X(g_get_monotonic_time)                         \
	X(g_hash_table_insert)                          \
	X(g_hash_table_new)                             \
	X(g_hash_table_unref)                           \
	X(g_io_error_quark)                             \
	X(g_log_set_writer_func)                        \
	X(g_mutex_clear)                                \
	X(g_mutex_init)                                 \
	X(g_mutex_lock)                                 \
	X(g_mutex_unlock)                               \
	X(g_object_unref)                               \
	X(g_str_equal)                                  \
	X(g_str_hash)                                   \
	X(g_strfreev)                                   \
	X(g_thread_join)                                \
	X(g_thread_try_new)                             \
	X(g_variant_builder_add)                        \
	X(g_variant_builder_new)                        \
	X(g_variant_builder_unref)                      \
	X(g_variant_get)                                \
	X(g_variant_lookup)                             \
	X(g_variant_new)                                \
	X(g_variant_unref)

struct secret_api {
#define SECRET_MEMBER(name) __typeof__(name) *name;
	SECRET_FUNCTIONS(SECRET_MEMBER)
#undef SECRET_MEMBER
};

/* Errors: ERROR_UNSUPPORTED, with the package to install. */
int secret_api_load(struct secret_api *out, struct error *err) must_check;
#endif

#endif
