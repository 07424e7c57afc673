/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `base status` tells about: images of the engine, of their names, or those that Dockerfiles
 * name; and for each what to ask registries, each thing once. Pure.
 */
#ifndef PLUGINS_HYGIENE_BASE_LIST_H
#define PLUGINS_HYGIENE_BASE_LIST_H

#include "common/base/error.h"
#include "common/codec/dockerfile_from.h"
#include "plugins/hygiene/base_find.h"
#include "plugins/hygiene/base_judge.h"

/* What the engine told (base_collect.h). Without one: no images, and platform is this machine's. */
struct base_snapshot {
	bool engine; /* there was one */
	bool podman;
	bool store; /* containerd's: an image's ID is its manifest's digest */
	char *id, *name;
	int64_t now;              /* its clock; else this machine's */
	struct platform platform; /* that it runs */
	struct strings mirrors;   /* hosts of registries that copy others */
	struct api_images images;
};
void base_snapshot_release(struct base_snapshot *snap);
#define scoped_base_snapshot scoped(base_snapshot_release) struct base_snapshot

/* A Dockerfile and what to build of it. */
struct base_file {
	char *path;
	struct dockerfile parsed;
	size_t stage; /* of dockerfile_target() */
};
struct base_files {
	struct base_file *items;
	size_t count, room;
};
void base_files_release(struct base_files *files);

struct base_query {
	const char *const *names; /* images; NULL-free */
	size_t name_count;
	struct base_files files;
	struct platform
		platform; /* of the Dockerfiles' images; architecture NULL: the snapshot's */
	bool all;         /* images without a tag, too */
	const struct base_claims *claims; /* per image of the snapshot; NULL: none */
};

#define BASE_NO_SUBJECT ((size_t)-1)

/* One row. Verdicts of subjects come from asking; the others are there from the beginning. */
struct base_item {
	char *name;     /* as docker shows it, or as it was typed */
	size_t image;   /* BASE_NO_IMAGE: it is not here */
	size_t subject; /* BASE_NO_SUBJECT: verdict is all there is */
	struct base_verdict verdict;
	struct base_of base;
	size_t base_subject;
	struct base_verdict base_verdict; /* nothing if base.by is NOT */
	int64_t created;                  /* TIME_NONE: not told, or a constant of the build */
};
struct base_list {
	struct {
		struct base_item *items;
		size_t count, room;
	} rows;
	struct {
		struct base_subject *items;
		size_t count, room;
	} subjects;
};
/*
 * Without names and files: every tag of every image. With names and one file, the file says what
 * these images were built FROM; with files alone, the images that they name are the rows. Errors:
 * ERROR_NOT_FOUND (a name that is no image here), ERROR_INPUT (a Dockerfile names what is no
 * reference), ERROR_USAGE (names with several files).
 */
int base_list_make(struct base_list *out, const struct base_snapshot *snap,
		   const struct base_query *query, struct error *err) must_check;
void base_list_release(struct base_list *list);
#define scoped_base_list scoped(base_list_release) struct base_list

/* Hands the verdicts of the subjects to the rows. */
void base_list_take(struct base_list *list, const struct base_verdict *verdicts);

#endif
