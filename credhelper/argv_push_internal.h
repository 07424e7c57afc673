/* SPDX-License-Identifier: Apache-2.0 */
/* Between the rules, the reading of flags and the judgement; only credhelper/argv_push*.c sees it.
 */
#ifndef CREDHELPER_ARGV_PUSH_INTERNAL_H
#define CREDHELPER_ARGV_PUSH_INTERNAL_H

#include "credhelper/argv_push.h"

/* Where the destination stands. */
enum push_kind {
	KIND_NEVER,  /* the verb pushes nothing */
	KIND_DOUBT,  /* files or the environment say where to */
	KIND_FILE,   /* a file says where to, and --push that it pushes */
	KIND_ANY,    /* it asks for nothing but what it pushes to */
	KIND_WORD,   /* the word number `at` */
	KIND_WORDS,  /* the word number `at`, or one further on that may be left out */
	KIND_SYNC,   /* the word number `at`, where the flag of `tags` says "docker" */
	KIND_FLAG,   /* a flag of `tags` */
	KIND_EITHER, /* a flag of `tags`, else the word number `at` */
	KIND_BUILD,  /* flags of `tags`, or name= in an output; if there is an output that pushes */
};

/* What it looks like. */
enum push_form {
	FORM_REF,        /* "app" is the Hub's */
	FORM_NAMED,      /* a reference that has its registry in it; "app" is a doubt */
	FORM_TRANSPORT,  /* "docker://app"; others go elsewhere */
	FORM_CONTAINERS, /* the same, or FORM_NAMED */
	FORM_TAGS,       /* FORM_NAMED with more tags: "reg/app:a,b" */
	FORM_OCI,        /* "oci://reg/charts": the name of the chart comes from its file */
	FORM_PREFIX,     /* "reg" or "reg/path/": names of the sources are appended */
};

/* Lists of flags are words with a blank between them: "-t --tag". */
struct push_rule {
	const char *verb; /* "image push" */
	const char *what; /* what people know it as: "docker push" */
	enum push_kind kind;
	enum push_form form;
	size_t at;
	const char *tags;     /* take a value: the destination */
	const char *values;   /* take a value */
	const char *switches; /* take none */
	const char *nots;     /* with one of them nothing is pushed, or without a helper */
};

struct push_program {
	const char *names;             /* "docker com.docker.cli" */
	const char *within;            /* the first word of its verbs, which may be left out */
	const char *values, *switches; /* in front of the verb and behind it */
	const struct push_rule *rules; /* ended by one without a verb */
};
extern const struct push_program push_programs[];
extern const size_t push_program_count;

#define PUSH_WORDS_MAX 64

/* What the flags and words of a command line say. All borrowed. */
struct push_reading {
	const struct push_rule *rule; /* NULL: no verb was found */
	const char *words[PUSH_WORDS_MAX];
	size_t word_count;
	const char *tags[PUSH_WORDS_MAX];
	size_t tag_count;
	const char *outputs[PUSH_WORDS_MAX]; /* -o, --output of a build */
	size_t output_count;
	bool push;    /* --push of a build, or of KIND_FILE */
	bool nothing; /* one of nots */
	bool doubt;   /* not all of it was understood; what stands before that is there */
};
void push_read(struct push_reading *out, const struct push_program *program,
	       const struct strings *argv);

/* Whether the list has the word of that length. */
bool push_list_has(const char *list, const char *word, size_t len);

#endif
