/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/timefmt.h"

static const char *const words[] = {
#define BASE_STATUS_WORD(status, word) [BASE_##status] = (word),
	BASE_STATUSES(BASE_STATUS_WORD)
#undef BASE_STATUS_WORD
};

const char *base_status_word(enum base_status status)
{
	return words[status];
}

void base_subject_release(struct base_subject *subject)
{
	reference_release(&subject->ref);
	strings_release(&subject->digests);
	free(subject->config);
	platform_release(&subject->platform);
	*subject = (struct base_subject){ 0 };
}

void base_answer_release(struct base_answer *answer)
{
	free(answer->digest);
	free(answer->text);
	if (answer->manifest) {
		manifest_release(answer->manifest);
		free(answer->manifest);
	}
	*answer = (struct base_answer){ 0 };
}

static enum base_want printf_like(3, 4)
	verdict(struct base_verdict *out, enum base_status status, const char *fmt, ...)
{
	va_list args;

	out->status = status;
	va_start(args, fmt);
	vsnprintf(out->reason, sizeof(out->reason), fmt, args);
	va_end(args);
	return BASE_DONE;
}

static const char *own(const struct base_subject *s, const char *digest)
{
	for (size_t i = 0; i < s->digests.count; i++)
		if (strcmp(s->digests.items[i], digest) == 0)
			return s->digests.items[i];
	return NULL;
}

static enum base_want too_many(struct base_verdict *out, const struct base_answer *answer)
{
	char at[TIME_TEXT];

	if (answer->retry_at == TIME_NONE)
		return verdict(out, BASE_RATE_LIMITED, "the registry answers no more for now");
	return verdict(out, BASE_RATE_LIMITED, "the registry answers no more until %s UTC",
		       time_format_minute(at, answer->retry_at));
}

/* --- nothing behind the reference itself */

static enum base_want not_found(const struct base_subject *s, const struct base_answer *head,
				struct base_verdict *out)
{
	if (s->mirror || head->from_proxy)
		return verdict(out, BASE_UNKNOWN,
			       "not there, but the registry is a copy of another one, which proves "
			       "nothing");
	if (!s->proven)
		return verdict(out, BASE_LOCAL_ONLY,
			       "its registry does not have it, and nothing tells that it ever did");
	return verdict(out, BASE_GONE, "the registry no longer has %s",
		       s->ref.tag ? "this tag" : "this digest");
}

/* Official images are everybody's to see: what Docker Hub refuses there is none of them. */
static bool is_no_official_image(const struct base_subject *s)
{
	return !s->proven && strcmp(s->ref.domain, "docker.io") == 0 &&
	       strncmp(s->ref.path, "library/", strlen("library/")) == 0;
}

static enum base_want no_answer(const struct base_subject *s, const struct base_answer *head,
				struct base_verdict *out)
{
	const char *text = head->text ? head->text : "no reason told";

	switch (head->heard) {
	case BASE_NOT_FOUND:
		return not_found(s, head, out);
	case BASE_NOT_ALLOWED:
		if (is_no_official_image(s))
			return verdict(out, BASE_LOCAL_ONLY,
				       "Docker Hub has no official image of that name");
		return verdict(out, BASE_UNAUTHORIZED, "%s%s", text,
			       s->proven ? "" : " (or it never was there)");
	case BASE_TOO_MANY:
		return too_many(out, head);
	case BASE_SILENT:
		return verdict(out, BASE_UNREACHABLE, "%s", text);
	case BASE_CANCELLED:
		return verdict(out, BASE_UNKNOWN, "interrupted before it was asked");
	default:
		return verdict(out, BASE_UNKNOWN, "%s", text);
	}
}

/* --- a digest that we do not have */

/* What was to be opened could not be. */
static enum base_want not_opened(const struct base_answer *answer, const char *what,
				 struct base_verdict *out)
{
	switch (answer->heard) {
	case BASE_TOO_MANY:
		return too_many(out, answer);
	case BASE_SPARED:
		return verdict(out, BASE_RATE_LIMITED,
			       "the registry has moved on; whether for our platform was not asked, "
			       "since few pulls are left");
	case BASE_SILENT:
		return verdict(out, BASE_UNREACHABLE, "%s",
			       answer->text ? answer->text : "no answer");
	case BASE_CANCELLED:
		return verdict(out, BASE_UNKNOWN, "interrupted before %s was read", what);
	default:
		return verdict(out, BASE_UNKNOWN,
			       "the registry has moved on, but %s could not be read: %.160s", what,
			       answer->text ? answer->text : "it is not there");
	}
}

static const char *config_of(const struct base_answer *answer)
{
	return answer->manifest->config.digest;
}

static bool is_index(const struct base_answer *answer)
{
	return manifest_kind_is_index(answer->manifest->kind);
}

static enum base_want same_for_us(struct base_verdict *out)
{
	return verdict(out, BASE_STALE_OTHER_PLATFORM,
		       "the registry has moved on, but not for our platform");
}

/* Without an index everybody gets what the tag leads to, whatever their platform. */
static enum base_want stale(const struct base_evidence *e, struct base_verdict *out)
{
	return verdict(out, BASE_STALE, "%s",
		       is_index(e->now) ? "the registry has another image for our platform"
					: "the tag leads to another image");
}

static enum base_want which_is_ours(struct base_verdict *out)
{
	return verdict(
		out, BASE_UNKNOWN,
		"the registry has moved on for some of its images for our platform; which of "
		"them is here is not told");
}

static enum base_want packed_again(struct base_verdict *out)
{
	return verdict(out, BASE_FRESH, "the registry has the same image, packed again");
}

/* --- several images for one platform: variants that an image does not name, versions of Windows */

/* Whether we may be that child, where chosen is the one that our platform would get. */
static bool may_be_ours(const struct base_subject *s, const struct descriptor *chosen,
			const struct descriptor *child)
{
	if (child == chosen)
		return true;
	if (descriptor_is_attestation(child) || !child->has_platform || !chosen->has_platform)
		return false;
	if (s->variant_told)
		return platform_equal(&child->platform, &chosen->platform);
	return strcmp(child->platform.os ? child->platform.os : "",
		      chosen->platform.os ? chosen->platform.os : "") == 0 &&
	       strcmp(child->platform.architecture ? child->platform.architecture : "",
		      chosen->platform.architecture ? chosen->platform.architecture : "") == 0;
}

/* How many may be ours, and how many of these the other index has, too (NULL: none). */
static size_t count_ours(const struct base_subject *s, const struct manifest *index,
			 const struct manifest *other, size_t *common)
{
	const struct descriptor *chosen = manifest_choose(index, &s->platform);
	size_t count = 0;

	*common = 0;
	for (size_t i = 0; chosen && i < index->parts.count; i++) {
		const struct descriptor *child = &index->parts.items[i];

		if (!may_be_ours(s, chosen, child))
			continue;
		count++;
		for (size_t k = 0; other && k < other->parts.count; k++)
			if (strcmp(other->parts.items[k].digest, child->digest) == 0) {
				++*common;
				break;
			}
	}
	return count;
}

/* By the manifest that we have, which the registry still keeps; now_digest: our platform's today.
 */
static enum base_want judge_by_old(const struct base_subject *s, const struct base_evidence *e,
				   const char *now_digest, struct base_verdict *out,
				   const char **digest)
{
	const struct descriptor *child;

	if (!e->old) {
		*digest = s->digests.items[0];
		return BASE_WANT_OLD;
	}
	if (e->old->heard == BASE_NOT_FOUND)
		return verdict(out, BASE_UNKNOWN,
			       "the registry has moved on, and no longer keeps what is here: "
			       "whether for our platform cannot be told");
	if (e->old->heard != BASE_HEARD)
		return not_opened(e->old, "the manifest that is here", out);
	if (is_index(e->old)) {
		child = manifest_choose(e->old->manifest, &s->platform);
		if (!child)
			return verdict(out, BASE_UNKNOWN,
				       "the index that is here has no image for our platform");
		size_t common, count = count_ours(s, e->old->manifest, e->now->manifest, &common);

		if (count > 1 && common > 0)
			return common == count ? same_for_us(out) : which_is_ours(out);
		return strcmp(child->digest, now_digest) == 0 ? same_for_us(out) : stale(e, out);
	}
	if (!is_index(e->now) && strcmp(config_of(e->old), config_of(e->now)) == 0)
		return packed_again(out);
	return stale(e, out);
}

static enum base_want judge_index(const struct base_subject *s, const struct base_evidence *e,
				  struct base_verdict *out, const char **digest)
{
	const struct descriptor *child = manifest_choose(e->now->manifest, &s->platform);
	scoped_str platform = platform_format(&s->platform);
	size_t common;

	if (!child)
		return verdict(out, BASE_UNKNOWN, "the registry has no image for %.40s there now",
			       platform);
	for (size_t i = 0; i < e->now->manifest->parts.count; i++) {
		const char *digest_here = own(s, e->now->manifest->parts.items[i].digest);

		if (!digest_here)
			continue;
		out->digest = digest_here;
		return verdict(out, BASE_FRESH, "the registry has the same image for %.40s",
			       platform);
	}
	if (!s->config || e->old)
		return judge_by_old(s, e, child->digest, out, digest);
	if (!e->child) {
		*digest = child->digest;
		return BASE_WANT_CHILD;
	}
	if (e->child->heard != BASE_HEARD || is_index(e->child))
		return not_opened(e->child, "the manifest of our platform", out);
	if (strcmp(config_of(e->child), s->config) == 0)
		return same_for_us(out);
	/* What our platform would get is another one; but is it what it got? */
	if (count_ours(s, e->now->manifest, NULL, &common) > 1)
		return judge_by_old(s, e, child->digest, out, digest);
	return stale(e, out);
}

/*
 * Where the engine makes digests up for names that never were in a registry, the registry has to
 * know ours, or another image of the same name would make it look stale.
 */
static enum base_want judge_moved(const struct base_subject *s, const struct base_evidence *e,
				  struct base_verdict *out, const char **digest)
{
	if (!s->proven && !e->old) {
		*digest = s->digests.items[0];
		return BASE_WANT_OLD;
	}
	if (!s->proven && e->old->heard == BASE_NOT_FOUND)
		return verdict(out, BASE_UNKNOWN,
			       "the registry has another image of this name, and not the one here: "
			       "built here, or removed there");
	if (!s->proven && e->old->heard != BASE_HEARD)
		return not_opened(e->old, "the manifest that is here", out);
	if (!e->now) {
		*digest = e->head->digest;
		return BASE_WANT_NOW;
	}
	if (e->now->heard != BASE_HEARD)
		return not_opened(e->now, "what it has now", out);
	if (is_index(e->now))
		return judge_index(s, e, out, digest);
	if (!s->config)
		return judge_by_old(s, e, e->head->digest, out, digest);
	return strcmp(config_of(e->now), s->config) == 0 ? packed_again(out) : stale(e, out);
}

/* tag@digest: whether the tag still leads there. */
static enum base_want judge_pin(const struct base_subject *s, const struct base_evidence *e,
				struct base_verdict *out, const char **digest)
{
	out->digest = s->ref.digest;
	if (strcmp(e->head->digest, s->ref.digest) == 0)
		return verdict(out, BASE_FRESH, "the tag points at the pinned digest");
	if (!e->head->index)
		return verdict(out, BASE_PINNED_MOVED, "the tag points at another digest now");
	if (!e->now) {
		*digest = e->head->digest;
		return BASE_WANT_NOW;
	}
	if (e->now->heard != BASE_HEARD)
		return not_opened(e->now, "what it has now", out);
	for (size_t i = 0; i < e->now->manifest->parts.count; i++)
		if (strcmp(e->now->manifest->parts.items[i].digest, s->ref.digest) == 0)
			return verdict(out, BASE_FRESH, "the tag's index has the pinned digest");
	return verdict(out, BASE_PINNED_MOVED, "the tag points at another digest now");
}

enum base_want base_judge(const struct base_subject *s, const struct base_evidence *e,
			  struct base_verdict *out, const char **digest)
{
	*out = (struct base_verdict){ .digest = s->digests.count ? s->digests.items[0] : NULL };
	if (s->local_only)
		return verdict(out, BASE_LOCAL_ONLY, "nothing tells that it came from a registry");
	if (!e->head)
		return BASE_WANT_HEAD;
	if (e->head->heard != BASE_HEARD)
		return no_answer(s, e->head, out);
	out->remote = e->head->digest;
	if (!s->ref.tag)
		return verdict(out, BASE_FRESH, "the registry has this digest");
	if (s->ref.digest)
		return judge_pin(s, e, out, digest);
	if (!s->digests.count)
		return verdict(out, BASE_UNKNOWN, "the registry has it; %s",
			       s->absent ? s->absent : "there is none here to compare");
	if (own(s, e->head->digest)) {
		out->digest = own(s, e->head->digest);
		return verdict(out, BASE_FRESH, "the registry has the same");
	}
	return judge_moved(s, e, out, digest);
}
