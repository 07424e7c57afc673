/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/secret_text.h"

#include <stdint.h>

#include "common/codec/utf8.h"

bool secret_is_text(const struct secret *s, bool controls)
{
	scoped_secret ended = { 0 };
	uint32_t c;

	secret_add(&ended, s->data, s->len);
	secret_add(&ended, "", 1);
	for (const char *at = ended.data; at < ended.data + s->len;) {
		bool control = (unsigned char)*at < ' ' || *at == 0x7f;

		if (control && !controls)
			return false;
		if (control) {
			at++;
			continue;
		}
		at += utf8_decode(at, &c);
		if (utf8_is_invalid(c))
			return false;
	}
	return true;
}
