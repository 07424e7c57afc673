/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Engine API tells, as structs: the fields that the suite uses, of API 1.40 to 1.5x and
 * of Podman's compatible service, with the differences between versions folded away.
 *
 * Parsers take a parsed document, check every type they use, ignore unknown members, and own their
 * copies. They overwrite what they fill (a list is not released before), and only when they
 * succeed. IDs are whole, or it is an error: half of one could name another object. Images are
 * "sha256:<64 hex>" (Podman's bare hex gets the prefix, so that IDs can be compared), containers
 * bare hex. Absent numbers are -1, absent times TIME_NONE, absent and empty strings NULL unless
 * said otherwise. Errors: ERROR_INPUT with the path (the engine client turns it into
 * ERROR_PROTOCOL).
 */
#ifndef COMMON_CODEC_API_H
#define COMMON_CODEC_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/error.h"

struct api_label {
	char *key, *value;
};
struct api_labels {
	struct api_label *items;
	size_t count, room;
};
/* NULL if the key is not there. */
const char *api_label_get(const struct api_labels *labels, const char *key);

#define API_CONTAINER_STATES(X)                                          \
	X(UNKNOWN, "unknown") /* a word we do not know: never touched */ \
	X(CREATED, "created")                                            \
	X(RUNNING, "running")                                            \
	X(PAUSED, "paused")                                              \
	X(RESTARTING, "restarting")                                      \
	X(REMOVING, "removing")                                          \
	X(EXITED, "exited")                                              \
	X(DEAD, "dead")
enum api_container_state {
#define API_STATE_ENUM(state, name) API_CONTAINER_##state,
	API_CONTAINER_STATES(API_STATE_ENUM)
#undef API_STATE_ENUM
};
const char *api_container_state_name(enum api_container_state state);

enum api_mount_type { API_MOUNT_OTHER, API_MOUNT_VOLUME, API_MOUNT_IMAGE };
struct api_mount {
	enum api_mount_type type;
	char *name; /* volume name; image reference or ID; NULL for others, or if not told */
};

/* GET /containers/json?all=1 (one element), completed by GET /containers/{id}/json */
struct api_container {
	char *id;
	struct strings names; /* without the leading "/"; the own name first */
	char *image;          /* what the person typed; may be an ID, may be stale */
	char *image_id;       /* NULL: it stands on no image (Podman) */
	enum api_container_state state;
	int64_t created;
	struct api_labels labels;
	struct {
		struct api_mount *items;
		size_t count, room;
	} mounts;
	struct strings networks; /* names and IDs of every network it is or would be attached to */
	int64_t size_rw;         /* bytes of its writable layer; -1 if size=1 was not asked */
	/* from inspect only: */
	bool inspected;
	int64_t started, finished; /* TIME_NONE: never started / never finished */
	char *log_path;
	/* from Podman's own list only: */
	char *pod;    /* name or ID of the pod it belongs to; NULL: none */
	bool outside; /* Podman only stores it: a tool such as buildah works in it */
};
struct api_containers {
	struct api_container *items;
	size_t count, room;
};

/* GET /images/json?all=1 (one element), completed by GET /images/{id}/json and .../history */
struct api_image {
	char *id;
	char *parent;           /* NULL if none or not told */
	struct strings tags;    /* "<none>:<none>" left out */
	struct strings digests; /* "repo@sha256:..."; "<none>@<none>" left out */
	struct api_labels labels;
	int64_t created; /* of the image's configuration: where and when it was built */
	int64_t size;    /* bytes as the engine counts them, shared layers included */
	bool read_only;  /* Podman: in a store that it only reads */
	/* from inspect only: */
	bool inspected;
	char *os, *architecture, *variant; /* as the engine says: "linux", "arm64", "v8"; NULL */
	int64_t last_tag_time;             /* last tag or pull here */
	struct strings diff_ids;           /* RootFS.Layers, lowest first */
	/* from history only: bytes of each history entry, newest first */
	struct {
		int64_t *items;
		size_t count, room;
	} history;
	bool has_history;
};
struct api_images {
	struct api_image *items;
	size_t count, room;
};

/* GET /volumes (one element) */
struct api_volume {
	char *name, *driver, *mountpoint, *scope;
	struct api_labels labels, options;
	int64_t created; /* TIME_NONE where the driver does not tell */
	int64_t size;    /* bytes, from /system/df only; -1 if not asked or not known */
};
struct api_volumes {
	struct api_volume *items;
	size_t count, room;
};

/* GET /networks (one element) */
struct api_network {
	char *id, *name, *driver, *scope;
	struct api_labels labels;
	int64_t created;
	bool ingress, config_only;
	char *config_from; /* name of the network its configuration comes from */
};
struct api_networks {
	struct api_network *items;
	size_t count, room;
};

/* GET /system/df?type=build-cache (one record) */
struct api_cache {
	char *id, *type, *description;
	struct strings parents;
	bool in_use, shared;              /* in_use: true if not told */
	int64_t size, created, last_used; /* last_used TIME_NONE: never since created */
	int64_t usage_count;
};
struct api_caches {
	struct api_cache *items;
	size_t count, room;
};

/* GET /info */
struct api_info {
	char *id, *name, *server_version, *os_type, *driver, *root_dir;
	bool containerd_store;
	int64_t system_time;      /* TIME_NONE if not told */
	int64_t system_time_unit; /* ns: 1 in the last digit of system_time's text; 0 if not told */
	int64_t containers, images;
	char *architecture;     /* uname's: "x86_64", "aarch64", "armv7l"; Podman: Go's, "amd64" */
	char *kernel_version;   /* "6.1.0-50-cloud-amd64", "5.15.153.1-microsoft-standard-WSL2" */
	char *operating_system; /* "Docker Desktop", "Debian GNU/Linux 12 (bookworm)" */
	char *default_runtime;  /* "runc" */
	struct strings
		security; /* SecurityOptions: "name=seccomp,profile=builtin", "name=rootless" */
	struct strings labels;  /* of the engine: "provider=colima" */
	struct strings mirrors; /* of Docker Hub, as configured: URLs */
};

/* One line of GET /events */
struct api_event {
	char *type, *action, *actor_id;
	struct api_labels attributes;
	int64_t time; /* timeNano */
};

int api_containers_parse(const json_t *json, struct api_containers *out, struct error *err)
	must_check;
/*
 * Fills state, started, finished, log_path, inspected (and image_id) of an existing one, which must
 * have the same ID. A state that contradicts itself ("exited" but Running) is UNKNOWN.
 */
int api_container_inspect_parse(const json_t *json, struct api_container *c, struct error *err)
	must_check;
/*
 * GET /libpod/containers/json?all=true&external=true: what Podman's compatible list does not tell.
 * Completes the list (pod), appends what is not in it (outside), and gives those that Podman's own
 * list lacks the state UNKNOWN. The list is untouched on failure.
 */
int api_podman_containers_parse(const json_t *json, struct api_containers *list, struct error *err)
	must_check;
int api_images_parse(const json_t *json, struct api_images *out, struct error *err) must_check;
/*
 * Docker 23 and 24 with containerd's store list an image once per name: makes one image with all
 * names of them, or its second name would be overlooked.
 */
void api_images_join(struct api_images *list);
/* Fills what inspect tells of an existing one of the same ID, tags and digests included. */
int api_image_inspect_parse(const json_t *json, struct api_image *image, struct error *err)
	must_check;
int api_image_history_parse(const json_t *json, struct api_image *image, struct error *err)
	must_check;
int api_volumes_parse(const json_t *json, struct api_volumes *out, struct error *err) must_check;
/* One volume, as GET /volumes/{name} answers. */
int api_volume_parse(const json_t *json, struct api_volume *out, struct error *err) must_check;
int api_networks_parse(const json_t *json, struct api_networks *out, struct error *err) must_check;
int api_network_parse(const json_t *json, struct api_network *out, struct error *err) must_check;
/* /system/df in its old and its 1.52 shape: each gives what is there, nothing if absent. */
int api_df_cache_parse(const json_t *json, struct api_caches *out, struct error *err) must_check;
/* Total bytes of image layers; -1 if not told. */
int api_df_layers_parse(const json_t *json, int64_t *bytes, struct error *err) must_check;
/* Sets size of the volumes in list that the reply names. */
int api_df_volumes_parse(const json_t *json, struct api_volumes *list, struct error *err)
	must_check;
int api_info_parse(const json_t *json, struct api_info *out, struct error *err) must_check;
int api_event_parse(const json_t *json, struct api_event *out, struct error *err) must_check;

void api_labels_release(struct api_labels *labels);
void api_container_release(struct api_container *c);
void api_containers_release(struct api_containers *list);
void api_image_release(struct api_image *image);
void api_images_release(struct api_images *list);
void api_volume_release(struct api_volume *v);
void api_volumes_release(struct api_volumes *list);
void api_network_release(struct api_network *n);
void api_networks_release(struct api_networks *list);
void api_caches_release(struct api_caches *list);
void api_info_release(struct api_info *info);
void api_event_release(struct api_event *event);

#endif
