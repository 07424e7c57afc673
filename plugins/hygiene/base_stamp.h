/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels that `base build` puts on what it builds. Images that are built on one inherit them:
 * a stamp is an image's own only where STAMP_NAME is the image's own repository, and else says what
 * the image stands on. (The annotations of OCI for it, org.opencontainers.image.base.*, say no name
 * of whom they are about; as labels they are wrong on every image further up.)
 */
#ifndef PLUGINS_HYGIENE_BASE_STAMP_H
#define PLUGINS_HYGIENE_BASE_STAMP_H

#define STAMP      "io.github.docker-hygiene.base"
#define STAMP_NAME STAMP ".name" /* whose it is: "docker.io/company/python" */
#define STAMP_FROM                                                                     \
	STAMP ".from" /* what it stands on: "docker.io/library/python:3.12@sha256:..." \
		       */
#define STAMP_USES   STAMP ".uses"   /* all that its Dockerfile uses, the same way, with blanks */
#define STAMP_INPUTS STAMP ".inputs" /* sha256 of its inputs, Dockerfile and recipe */
#define STAMP_BUILT  STAMP ".built"  /* RFC 3339 */

#endif
