/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/credhelper/keys.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/client/files.h"
#include "tests/unit/client/scratch.h"

/*
 * clone NAME OF: another key under the same issuer and serial number. ended NAME: a certificate
 * that was valid for a year once.
 */
static const char functions[] =
	"umask 077\n"
	"both() { cat $1.key $1.crt >$1.pem; }\n"
	"new() { name=$1; shift; openssl req -x509 -nodes -keyout $name.key -out $name.crt \\\n"
	"  -subj /CN=$name -days 30 \"$@\" 2>$name.log || { cat $name.log; exit 1; }\n"
	"  both $name; }\n"
	"rsa() { new $1 -newkey rsa:$2; }\n"
	"ec() { new $1 -newkey ec -pkeyopt ec_paramgen_curve:$2; }\n"
	"ed() { new $1 -newkey ed25519; }\n"
	"clone() { new $1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=$2 \\\n"
	"  -set_serial 0x$(openssl x509 -in $2.crt -noout -serial | cut -d= -f2); }\n"
	"ended() { mkdir $1.ca; : >$1.ca/index; echo 01 >$1.ca/serial\n"
	"  printf '%s\\n' '[ca]' default_ca=c '[c]' database=$1.ca/index serial=$1.ca/serial \\\n"
	"    new_certs_dir=$1.ca default_md=sha256 policy=p '[p]' commonName=supplied >$1.cnf\n"
	"  openssl req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 \\\n"
	"    -keyout $1.key -out $1.csr -subj /CN=$1 2>/dev/null\n"
	"  openssl ca -batch -selfsign -config $1.cnf -keyfile $1.key -in $1.csr -out $1.crt \\\n"
	"    -startdate 20200101000000Z -enddate 20210101000000Z 2>/dev/null; both $1; }\n"
	"seal() { to=$1; shift; openssl cms -encrypt -binary -outform PEM -out $to \"$@\"; }\n"
	"OAEP='-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256'\n";

void keys_run(const char *script)
{
	scoped_str command = xasprintf("set -e; cd '%s'; %s\n%s", scratch_dir(), functions, script);

	ck_assert_msg(system(command) == 0, "%s", script);
}

void keys_make(const char *lines)
{
	keys_run(lines);
}

void keys_read(const char *name, struct secret *out)
{
	scoped_str path = scratch_path(name);
	struct error err = ERROR_INIT;
	scoped_buf bytes;

	buf_init_wiped(&bytes, (size_t)4 << 20);
	ck_assert_msg(file_read(path, bytes.limit, &bytes, &err) == 0, "%s", err.text);
	secret_take(out, &bytes);
}
