/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP_PROXY and HTTPS_PROXY as docker and its engine read them (Go's net/http): a proxy without a
 * port has that of its scheme, and http is the scheme where none is written. libcurl takes 1080
 * then. Pure, and total.
 */
#ifndef COMMON_CODEC_PROXY_URL_H
#define COMMON_CODEC_PROXY_URL_H

#include "common/base/attr.h"

/* For libcurl: "proxy.example" to "proxy.example:80"; what has a port, or another scheme, is as it
 * was. Owned. */
char *proxy_url(const char *text) must_check;

#endif
