/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, and whether they push to the registry that is asked for. */
#include "tests/unit/suite.h"

#include <string.h>

#include "credhelper/argv_push.h"

#define REG "reg.example"
#define HUB "https://index.docker.io/v1/"

static const struct {
	const char *line;  /* words with blanks between */
	const char *asked; /* as clients ask */
	enum argv_verdict verdict;
	const char *what, *repository;
	const char *why;
} rows[] = {
#define PUSHES(line, asked, what, repository, why)              \
	{                                                       \
		line, asked, ARGV_PUSHES, what, repository, why \
	}
#define NO(line, asked, why)                          \
	{                                             \
		line, asked, ARGV_NO, NULL, NULL, why \
	}
#define DOUBT(line, asked, why)                          \
	{                                                \
		line, asked, ARGV_DOUBT, NULL, NULL, why \
	}
#define SOMEWHERE(line, asked, what, why)                    \
	{                                                    \
		line, asked, ARGV_SOMEWHERE, what, NULL, why \
	}
#define OTHER(line, asked, why)                          \
	{                                                \
		line, asked, ARGV_OTHER, NULL, NULL, why \
	}
	/* docker */
	PUSHES("docker push reg.example/org/app:1", REG, "docker push", "org/app", "plain"),
	PUSHES("/usr/bin/docker push reg.example/org/app", REG, "docker push", "org/app", "a path"),
	PUSHES("docker image push reg.example/app", REG, "docker push", "app", "the long verb"),
	PUSHES("docker push app", HUB, "docker push", "library/app", "the Hub's"),
	PUSHES("docker push me/app:2", HUB, "docker push", "me/app", "the Hub's, of a user"),
	PUSHES("docker push me/app", "docker.io", "docker push", "me/app", "another name of it"),
	PUSHES("docker push reg.example:5000/a", "reg.example:5000", "docker push", "a", "a port"),
	NO("docker push reg.example:5000/a", REG, "another port is another registry"),
	PUSHES("docker push reg.example:443/a", REG, "docker push", "a", "443 is https's"),
	PUSHES("docker push REG.example/a", REG, "docker push", "a", "case of the host"),
	NO("docker push other.example/a", REG, "another registry"),
	NO("docker push reg.example/a", HUB, "nor the Hub"),
	NO("docker push reg.example/a", "http://reg.example", "http is another registry"),
	PUSHES("docker push -a reg.example/a", REG, "docker push", "a", "a switch in front"),
	PUSHES("docker push reg.example/a -q", REG, "docker push", "a", "behind"),
	PUSHES("docker push -aq reg.example/a", REG, "docker push", "a", "two in one"),
	PUSHES("docker push --platform linux/amd64 reg.example/a", REG, "docker push", "a",
	       "a flag with a value"),
	PUSHES("docker push --platform=linux/amd64 reg.example/a", REG, "docker push", "a",
	       "its other form"),
	PUSHES("docker push --disable-content-trust=false reg.example/a", REG, "docker push", "a",
	       "a switch with a value"),
	PUSHES("docker push -- reg.example/a", REG, "docker push", "a", "the end of flags"),
	PUSHES("docker --config /c push reg.example/a", REG, "docker push", "a", "a global flag"),
	PUSHES("docker -H tcp://h:2375 -c ctx -l debug -D push reg.example/a", REG, "docker push",
	       "a", "many"),
	PUSHES("docker --host=unix:///s --tls --tlscacert /a push reg.example/a", REG,
	       "docker push", "a", "TLS"),
	PUSHES("docker -Dldebug push reg.example/a", REG, "docker push", "a",
	       "a cluster with a value"),
	DOUBT("docker --new x push reg.example/a", REG, "an unknown global flag"),
	PUSHES("docker --new=x push reg.example/a", REG, "docker push", "a", "unknown, but whole"),
	DOUBT("docker push --new reg.example/a", REG, "whose value is the name?"),
	PUSHES("docker push reg.example/a --new x", REG, "docker push", "a",
	       "behind all that counts"),
	DOUBT("docker push -Z reg.example/a", REG, "an unknown letter"),
	NO("docker push --help", REG, "help"),
	NO("docker push reg.example/a --help", REG, "help, whatever else"),
	DOUBT("docker push", REG, "nothing to push"),
	DOUBT("docker push UPPER/Case", REG, "no reference"),
	DOUBT("docker push reg.example/a:b:c", REG, "none either"),
	DOUBT("docker push --platform", REG, "a value that is not there"),
	PUSHES("docker push reg.example/a@sha256:"
	       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	       REG, "docker push", "a", "a digest"),
	PUSHES("docker plugin push reg.example/p", REG, "docker plugin push", "p", "a plugin"),
	PUSHES("docker manifest push -p reg.example/m:1", REG, "docker manifest push", "m",
	       "a list"),
	NO("docker manifest inspect reg.example/m:1", REG, "looking at one"),
	NO("docker pull reg.example/a", REG, "a pull"),
	NO("docker image pull reg.example/a", REG, "a pull"),
	NO("docker run --rm reg.example/a push", REG, "a word of the container's"),
	NO("docker run -it --new reg.example/a docker push reg.example/a", REG, "a command of its"),
	NO("docker create reg.example/a", REG, "a container"),
	NO("docker login reg.example", REG, "a login"),
	NO("docker logout", HUB, "a logout"),
	NO("docker", HUB, "no verb"),
	NO("docker --version", HUB, "no verb"),
	DOUBT("docker mystery push reg.example/a", REG, "an unknown verb"),
	DOUBT("docker image mystery", REG, "an unknown one below"),
	/* builds */
	NO("docker build -t reg.example/a .", REG, "a build that stays here"),
	NO("docker build .", REG, "one without a name"),
	NO("docker buildx build -t reg.example/a --load .", REG, "loaded"),
	PUSHES("docker buildx build --push -t reg.example/org/a .", REG, "docker buildx build",
	       "org/a", "--push"),
	PUSHES("docker buildx b --push -t reg.example/a .", REG, "docker buildx build", "a",
	       "its alias"),
	PUSHES("docker build --push -t reg.example/a .", REG, "docker build", "a",
	       "without buildx"),
	PUSHES("docker buildx build -t reg.example/a -o type=registry .", REG,
	       "docker buildx build", "a", "an output"),
	PUSHES("docker buildx build -t reg.example/a --output=type=image,push=true .", REG,
	       "docker buildx build", "a", "another"),
	PUSHES("docker buildx build -o type=image,name=reg.example/a,push=true .", REG,
	       "docker buildx build", "a", "its name"),
	PUSHES("docker buildx build -o type=image,name=reg.example/a,push=True .", REG,
	       "docker buildx build", "a", "true as Go writes it"),
	PUSHES("docker buildx build --resource cpu=1 --push -t reg.example/a .", REG,
	       "docker buildx build", "a", "a newer flag"),
	PUSHES("docker buildx build -otype=registry -treg.example/a .", REG, "docker buildx build",
	       "a", "values at their letters"),
	PUSHES("docker buildx build -t=reg.example/a --push .", REG, "docker buildx build", "a",
	       "a letter with ="),
	NO("docker buildx build -t reg.example/a -o type=local,dest=out .", REG, "a folder"),
	NO("docker buildx build -t reg.example/a -o type=image,push=false .", REG, "not pushed"),
	NO("docker buildx build -t reg.example/a --push=false .", REG, "switched off"),
	NO("docker buildx build -t reg.example/a --push --push=false .", REG, "the last counts"),
	SOMEWHERE("docker buildx build -t reg.example/a --push=perhaps .", REG,
		  "docker buildx build", "neither on nor off"),
	SOMEWHERE("docker buildx build --push .", REG, "docker buildx build", "no name"),
	DOUBT("docker buildx build -o type=registry .", REG, "no name"),
	DOUBT("docker buildx build -o type=image,\"name=reg.example/a,reg.example/b\",push=true .",
	      REG, "quotes"),
	SOMEWHERE("docker buildx build --push -t reg.example/a --new x .", REG,
		  "docker buildx build", "an unknown flag may hide --check"),
	NO("docker buildx build --push -t reg.example/a --check .", REG, "only a check"),
	DOUBT("docker buildx build -t reg.example/a --new x --push .", REG, "an unknown flag"),
	SOMEWHERE("docker buildx build -t BAD --push .", REG, "docker buildx build",
		  "no reference"),
	NO("docker buildx build --push -t other.example/a .", REG, "a base's registry asked for"),
	PUSHES("docker buildx build --push -t other.example/a -t reg.example/a .", REG,
	       "docker buildx build", "a", "two registries"),
	PUSHES("docker buildx build --push -t reg.example/a -t reg.example/a:2 .", REG,
	       "docker buildx build", "a", "two tags"),
	PUSHES("docker buildx build --push -t reg.example/a -t reg.example/b .", REG,
	       "docker buildx build", NULL, "two repositories: none is named"),
	PUSHES("docker buildx build --build-arg X=1 --platform linux/amd64 -f Df --cache-from "
	       "type=registry,ref=other.example/c --push -t reg.example/a --provenance false .",
	       REG, "docker buildx build", "a", "flags with values"),
	NO("docker buildx build --cache-to type=registry,ref=reg.example/c -t other.example/a "
	   "--push .",
	   REG, "a cache is not what is said to be pushed"),
	PUSHES("docker buildx --builder b build --push -t reg.example/a .", REG,
	       "docker buildx build", "a", "a flag between"),
	PUSHES("/x/cli-plugins/docker-buildx buildx build --push -t reg.example/a .", REG,
	       "docker buildx build", "a", "as docker calls the plugin"),
	PUSHES("docker-buildx build --push -t reg.example/a .", REG, "docker buildx build", "a",
	       "the plugin by hand"),
	PUSHES("docker-buildx --context x buildx build --push -t reg.example/a .", REG,
	       "docker buildx build", "a", "with docker's flags"),
	NO("docker-buildx buildx build -t reg.example/a .", REG, "no push"),
	SOMEWHERE("docker buildx bake --push", REG, "docker buildx bake", "the file says where to"),
	SOMEWHERE("docker buildx f --set=*.platform=x -f b.hcl web --push", REG,
		  "docker buildx bake", "its alias, with flags"),
	SOMEWHERE("docker buildx bake --policy reset=true --push", REG, "docker buildx bake",
		  "a newer flag"),
	NO("docker buildx bake --push --print", REG, "only shown"),
	DOUBT("docker buildx bake --new x --push", REG, "an unknown flag"),
	DOUBT("docker buildx bake --push=false", REG, "the file may say push"),
	DOUBT("docker-buildx buildx bake", REG, "the file may say push"),
	PUSHES("docker buildx imagetools create -t reg.example/a reg.example/b", REG,
	       "docker buildx imagetools create", "a", "a new list"),
	NO("docker buildx imagetools create -t reg.example/a --dry-run x", REG, "not in earnest"),
	DOUBT("docker buildx imagetools create x y", REG, "no name"),
	NO("docker buildx imagetools create -t other.example/a reg.example/b", REG, "the source's"),
	NO("docker buildx imagetools inspect reg.example/a", REG, "looking"),
	/* compose */
	PUSHES("docker compose push", REG, "docker compose push", NULL, "it asks to push only"),
	PUSHES("docker compose -f c.yml -p x push --quiet web", REG, "docker compose push", NULL,
	       "flags and a service"),
	PUSHES("docker-compose compose push", REG, "docker compose push", NULL, "the plugin"),
	PUSHES("docker-compose push", REG, "docker compose push", NULL, "by hand"),
	NO("docker compose push --dry-run", REG, "not in earnest"),
	DOUBT("docker compose --dry-run push", REG, "the same in front"),
	DOUBT("docker compose push --new x", REG, "an unknown flag"),
	PUSHES("docker compose publish reg.example/c:1", REG, "docker compose publish", "c",
	       "an artifact"),
	PUSHES("docker compose alpha publish --with-env reg.example/c:1", REG,
	       "docker compose publish", "c", "where it was before 2.27"),
	SOMEWHERE("docker compose build -q --push web", REG, "docker compose build",
		  "the file says where to"),
	DOUBT("docker compose build", REG, "it may push, too"),
	NO("docker compose build --push --dry-run", REG, "not in earnest"),
	NO("docker compose up -d", REG, "pulls"),
	NO("docker compose pull", REG, "pulls"),
	/* podman, buildah */
	PUSHES("podman push reg.example/a", REG, "podman push", "a", "by its name"),
	PUSHES("podman push abc reg.example/a", REG, "podman push", "a", "to another"),
	PUSHES("podman push abc docker://reg.example/a", REG, "podman push", "a",
	       "with a transport"),
	PUSHES("podman push --tls-verify=false --creds u:p abc docker://reg.example/a", REG,
	       "podman push", "a", "flags"),
	PUSHES("podman push x docker://me/app", "docker.io", "podman push", "me/app", "the Hub's"),
	NO("podman push reg.example/a dir:/tmp/x", REG, "to a folder"),
	NO("podman push reg.example/a oci-archive:/tmp/x", REG, "to a file"),
	DOUBT("podman push app", "docker.io", "a short name is the store's to say"),
	DOUBT("podman push reg.example/a --new other.example/a", REG, "a destination may follow"),
	NO("podman push reg.example/a other.example/a", REG, "the source's registry"),
	PUSHES("podman image push reg.example/a", REG, "podman push", "a", "the long verb"),
	PUSHES("podman --log-level debug push reg.example/a", REG, "podman push", "a",
	       "a global flag"),
	PUSHES("podman --tls-ca c --cdi-spec-dir d push reg.example/a", REG, "podman push", "a",
	       "newer ones"),
	PUSHES("podman manifest push --all list docker://reg.example/m", REG,
	       "podman manifest push", "m", "a list"),
	NO("podman pull reg.example/a", REG, "a pull"),
	PUSHES("podman artifact push --retry 3 reg.example/a", REG, "podman artifact push", "a",
	       "an artifact"),
	NO("podman artifact pull reg.example/a", REG, "a pull of one"),
	NO("podman build -t reg.example/a .", REG, "a build"),
	PUSHES("buildah push abc docker://reg.example/a:1", REG, "buildah push", "a", "buildah"),
	PUSHES("buildah push reg.example/a", REG, "buildah push", "a", "by its name"),
	NO("buildah push abc docker-daemon:a:1", REG, "to the engine"),
	PUSHES("buildah commit --rm --timestamp 0 c docker://reg.example/a", REG, "buildah commit",
	       "a", "a container becomes an image of the registry's"),
	PUSHES("buildah --transient-store commit -c CMD=x --sbom syft c docker://reg.example/a",
	       REG, "buildah commit", "a", "with changes"),
	DOUBT("buildah commit c reg.example/a", REG, "one of the storage's"),
	DOUBT("buildah commit c", REG, "one without a name"),
	NO("buildah commit c docker://other.example/a", REG, "the base's registry"),
	NO("buildah bud -t reg.example/a .", REG, "a build"),
	/* skopeo */
	PUSHES("skopeo copy docker://other.example/a docker://reg.example/b", REG, "skopeo copy",
	       "b", "a copy"),
	NO("skopeo copy docker://reg.example/a docker://other.example/b", REG, "the source's"),
	PUSHES("skopeo copy docker://reg.example/a docker://reg.example/b", REG, "skopeo copy", "b",
	       "within one registry"),
	NO("skopeo copy docker://reg.example/a dir:/tmp/x", REG, "to a folder"),
	PUSHES("skopeo copy oci:layout docker://me/app", "docker.io", "skopeo copy", "me/app",
	       "Hub"),
	PUSHES("skopeo --insecure-policy copy --all --dest-tls-verify=false dir:/x "
	       "docker://reg.example/b",
	       REG, "skopeo copy", "b", "flags"),
	PUSHES("skopeo copy --src-creds u:p docker://other.example/x docker://reg.example/b", REG,
	       "skopeo copy", "b", "a flag with a value"),
	NO("skopeo copy --dest-creds u:p docker://reg.example/a docker://reg.example/b", REG,
	   "who has the destination's asks for the source's"),
	NO("skopeo copy --dest-username=u --dest-password=p docker://reg.example/a "
	   "docker://reg.example/b",
	   REG, "the same in two flags"),
	NO("skopeo copy docker://reg.example/a docker://reg.example/b --dest-registry-token t", REG,
	   "a bearer"),
	NO("skopeo copy --dest-no-creds docker://reg.example/a docker://reg.example/b", REG,
	   "nobody"),
	PUSHES("skopeo copy --dest-authfile f docker://reg.example/a docker://reg.example/b", REG,
	       "skopeo copy", "b", "a file may name us again"),
	NO("skopeo sync -s docker -d docker --dest-creds u:p reg.example/a reg.example/m", REG,
	   "of many"),
	PUSHES("skopeo --require-signed --tls-details f copy dir:/x docker://reg.example/b", REG,
	       "skopeo copy", "b", "its newer flags"),
	DOUBT("skopeo copy --new x dir:/x docker://reg.example/b", REG,
	      "which word is the second?"),
	DOUBT("skopeo copy dir:/x reg.example/b", REG, "no transport"),
	DOUBT("skopeo copy docker://reg.example/a", REG, "no destination"),
	NO("skopeo copy --dry-run dir:/x docker://reg.example/b", REG, "not in earnest"),
	NO("skopeo inspect docker://reg.example/a", REG, "looking"),
	PUSHES("skopeo sync --src dir --dest docker /m reg.example/mirror/", REG, "skopeo sync",
	       NULL, "many"),
	PUSHES("skopeo sync -s docker -d docker other.example/a reg.example", REG, "skopeo sync",
	       NULL, "a host alone"),
	NO("skopeo sync --src docker --dest dir reg.example/a /m", REG, "to a folder"),
	DOUBT("skopeo sync --src dir --dest docker /m mirror", "docker.io", "no registry in it"),
	DOUBT("skopeo sync /m reg.example", REG, "no transport"),
	/* nerdctl */
	PUSHES("nerdctl push reg.example/a", REG, "nerdctl push", "a", "nerdctl"),
	PUSHES("nerdctl -n k8s.io --insecure-registry push reg.example/a", REG, "nerdctl push", "a",
	       "its flags"),
	PUSHES("nerdctl push -a reg.example/a", REG, "nerdctl push", "a",
	       "all tags, not an address"),
	PUSHES("nerdctl -a /run/c.sock --kube-hide-dupe push reg.example/a", REG, "nerdctl push",
	       "a", "an address in front"),
	PUSHES("nerdctl build -t reg.example/a --output type=image,push=true .", REG,
	       "nerdctl build", "a", "a build"),
	NO("nerdctl pull reg.example/a", REG, "a pull"),
	/* crane */
	PUSHES("crane push a.tar reg.example/a", REG, "crane push", "a", "crane"),
	PUSHES("crane copy other.example/a reg.example/b", "reg.example/b", "crane copy", "b",
	       "asked with the repository"),
	NO("crane copy reg.example/a reg.example/b", "reg.example/a", "asked for the source's"),
	PUSHES("crane copy reg.example/a reg.example/b", REG, "crane copy", "b",
	       "asked for the host"),
	PUSHES("crane cp x index.docker.io/me/a", "index.docker.io/me/a", "crane copy", "me/a",
	       "Hub"),
	PUSHES("crane tag reg.example/a:1 v2", REG, "crane tag", "a", "a tag"),
	PUSHES("crane append -f l.tar -t reg.example/a -b other.example/b", REG, "crane append",
	       "a", "a layer"),
	NO("crane append -f l.tar -t reg.example/a -o x.tar", REG, "to a file"),
	PUSHES("crane mutate reg.example/a -t reg.example/b", REG, "crane mutate", "b",
	       "to another"),
	PUSHES("crane mutate --label a=b reg.example/a", REG, "crane mutate", "a", "in place"),
	PUSHES("crane mutate reg.example/a --repo reg.example/b", REG, "crane mutate", "b",
	       "by its digest, to another"),
	NO("crane mutate reg.example/a --repo other.example/b", REG, "the source's"),
	NO("crane mutate reg.example/a -o x.tar", REG, "to a file"),
	PUSHES("crane append --oci-empty-base -f l.tar -t reg.example/a", REG, "crane append", "a",
	       "on nothing"),
	PUSHES("crane flatten reg.example/a", REG, "crane flatten", "a", "in place"),
	PUSHES("crane flatten other.example/a -t reg.example/b", REG, "crane flatten", "b",
	       "to another"),
	NO("crane flatten reg.example/a -t other.example/b", REG, "the source's"),
	PUSHES("crane rebase other.example/a --old_base o --new_base n -t reg.example/b", REG,
	       "crane rebase", "b", "on another base"),
	PUSHES("crane rebase --original other.example/a --rebased reg.example/b", REG,
	       "crane rebase", "b", "in its old words"),
	NO("crane rebase other.example/a --new_base reg.example/n -t other.example/b", REG,
	   "the base's registry"),
	PUSHES("crane index append other.example/i -m other.example/a -t reg.example/i", REG,
	       "crane index append", "i", "a list"),
	DOUBT("crane index append -m reg.example/a", REG, "a list without a name"),
	PUSHES("crane index filter reg.example/i --platform linux/amd64", REG, "crane index filter",
	       "i", "in place"),
	PUSHES("crane edit config reg.example/a", REG, "crane edit config", "a", "an editor"),
	PUSHES("crane edit manifest -m t reg.example/a", REG, "crane edit manifest", "a",
	       "an editor of the manifest"),
	PUSHES("crane edit fs -f /etc/x -t reg.example/b other.example/a", REG, "crane edit fs",
	       "b", "an editor of a file"),
	NO("crane pull reg.example/a x.tar", REG, "a pull"),
	DOUBT("crane delete reg.example/a", REG, "not of the table"),
	/* oras */
	PUSHES("oras push reg.example/a:1,2 f.txt", REG, "oras push", "a", "two tags"),
	PUSHES("oras push --config c.json:t reg.example/a f", REG, "oras push", "a",
	       "its --config"),
	DOUBT("oras push a:1 f", "docker.io", "oras has no Hub by default"),
	NO("oras push --oci-layout reg.example/a:1 f", REG, "to a folder"),
	PUSHES("oras attach --artifact-type t reg.example/a:1 f", REG, "oras attach", "a",
	       "attach"),
	PUSHES("oras cp -r other.example/a:1 reg.example/b:1", REG, "oras copy", "b", "a copy"),
	NO("oras copy reg.example/a:1 other.example/b:1", REG, "the source's"),
	NO("oras cp --to-username u --to-password p reg.example/a:1 reg.example/b:1", REG,
	   "who has the destination's asks for the source's"),
	NO("oras cp --to-identity-token t reg.example/a:1 reg.example/b:1", REG, "a token of it"),
	PUSHES("oras cp --from-username u --from-password p reg.example/a:1 reg.example/b:1", REG,
	       "oras copy", "b", "who has the source's"),
	PUSHES("oras push --force reg.example/a f", REG, "oras push", "a", "all of it anew"),
	PUSHES("oras cp --force other.example/a:1 reg.example/b:1", REG, "oras copy", "b",
	       "the same of a copy"),
	NO("oras cp --to-oci-layout reg.example/a:1 d:1", REG, "to a folder"),
	PUSHES("oras tag reg.example/a:1 2", REG, "oras tag", "a", "a tag"),
	PUSHES("oras push --identity-token t reg.example/a f", REG, "oras push", "a",
	       "a flag of logins"),
	PUSHES("oras cp --from-identity-token t --from-oci-layout-path d l:1 reg.example/b:1", REG,
	       "oras copy", "b", "from a folder"),
	NO("oras push --oci-layout-path d reg.example/a:1 f", REG, "to a named folder"),
	NO("oras cp --to-oci-layout-path d reg.example/a:1 l:1", REG, "the same of a copy"),
	PUSHES("oras manifest index create reg.example/a:1,2 x86 arm", REG,
	       "oras manifest index create", "a", "a list"),
	NO("oras manifest index create reg.example/a x86 --output i.json", REG, "to a file"),
	PUSHES("oras manifest index update reg.example/a:1 --add arm --tag 2", REG,
	       "oras manifest index update", "a", "a list that changes"),
	PUSHES("oras restore --input a.tar reg.example/a", REG, "oras restore", "a", "a backup"),
	NO("oras restore --dry-run --input a.tar reg.example/a", REG, "not in earnest"),
	NO("oras backup --output a.tar reg.example/a:1", REG, "making one"),
	NO("oras pull reg.example/a:1", REG, "a pull"),
	/* helm, ko, cosign, regctl */
	PUSHES("helm push c-1.tgz oci://reg.example/charts", REG, "helm push", NULL, "a chart"),
	PUSHES("helm push --plain-http c.tgz oci://reg.example:5000", "reg.example:5000",
	       "helm push", NULL, "a host alone"),
	PUSHES("helm --color never push c.tgz oci://reg.example/charts", REG, "helm push", NULL,
	       "a global flag"),
	NO("helm push c.tgz oci://other.example/charts", REG, "another registry"),
	DOUBT("helm push c.tgz https://reg.example/charts", REG, "no registry"),
	NO("helm pull oci://reg.example/charts/c", REG, "a pull"),
	DOUBT("ko build ./cmd/x", REG, "the environment says where to"),
	PUSHES("cosign copy other.example/a reg.example/a", REG, "cosign copy", "a", "a copy"),
	DOUBT("cosign sign --key k reg.example/a", REG, "the environment may say where to"),
	NO("cosign verify reg.example/a", REG, "looking"),
	PUSHES("regctl image copy other.example/a reg.example/a", REG, "regctl image copy", "a",
	       "a copy"),
	NO("regctl image copy reg.example/a ocidir://x", REG, "to a folder"),
	DOUBT("regctl image mod reg.example/a --create b", REG, "names a tag alone"),
	/* others */
	OTHER("bash -c docker push reg.example/a", REG, "a shell: its child is asked"),
	OTHER("make push", REG, "make"),
	OTHER("python3 /usr/bin/docker-compose push", REG, "an interpreter"),
	OTHER("docker.sh push reg.example/a", REG, "a name that begins so"),
	OTHER("/usr/bin/docker/ push reg.example/a", REG, "no name"),
	OTHER("", REG, "nothing"),
};

static void split(struct strings *argv, const char *line)
{
	for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
		size_t len = strcspn(line, " ");

		strings_take(argv, xstrndup(line, len));
		line += len;
	}
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(line)
{
	scoped_strings argv = { 0 };
	scoped_registry_key asked = { 0 };
	scoped_argv_push push = { 0 };

	split(&argv, rows[_i].line);
	registry_key_read(&asked, rows[_i].asked);
	enum argv_verdict verdict = argv_push(&push, NULL, &argv, &asked);

	ck_assert_msg(verdict == rows[_i].verdict, "%s (%s): %d", rows[_i].line, rows[_i].why,
		      verdict);
	ck_assert_msg(same(push.what, rows[_i].what), "%s: what %s", rows[_i].line, push.what);
	ck_assert_msg(same(push.repository, rows[_i].repository), "%s: repository %s",
		      rows[_i].line, push.repository);
}
END_TEST

static const struct {
	const char *exe, *line;
	enum argv_verdict verdict;
	const char *why;
} exes[] = {
	{ "/usr/bin/docker", "docker push reg.example/a", ARGV_PUSHES, "the same" },
	{ "/usr/bin/podman", "docker push reg.example/a", ARGV_PUSHES,
	  "docker is a link to podman" },
	{ "/usr/bin/podman", "docker push a", ARGV_DOUBT, "so that podman's rules hold" },
	{ "/usr/bin/bash", "docker push reg.example/a", ARGV_OTHER, "a name that another took" },
	{ "/usr/bin/docker", "innocent push reg.example/a", ARGV_PUSHES, "and one that hides" },
};

START_TEST(exe)
{
	scoped_strings argv = { 0 };
	scoped_registry_key asked = { 0 };
	scoped_argv_push push = { 0 };

	split(&argv, exes[_i].line);
	registry_key_read(&asked, REG);
	enum argv_verdict verdict = argv_push(&push, exes[_i].exe, &argv, &asked);

	ck_assert_msg(verdict == exes[_i].verdict, "%s: %d", exes[_i].why, verdict);
}
END_TEST

/* More words than are kept are a doubt, not an overflow. */
START_TEST(many_words)
{
	scoped_strings argv = { 0 };
	scoped_registry_key asked = { 0 };
	scoped_argv_push push = { 0 };

	split(&argv, "docker buildx build --push");
	for (int i = 0; i < 1000; i++) {
		strings_add(&argv, "-t");
		strings_add(&argv, "reg.example/a");
	}
	registry_key_read(&asked, REG);
	ck_assert_int_eq(argv_push(&push, NULL, &argv, &asked), ARGV_SOMEWHERE);
}
END_TEST

/* Each program that the docs name is one of the table. */
START_TEST(programs)
{
	scoped_registry_key asked = { 0 };

	registry_key_read(&asked, REG);
	for (const char *const *name = argv_push_programs; *name; name++) {
		scoped_strings argv = { 0 };
		scoped_argv_push push = { 0 };

		strings_add(&argv, *name);
		ck_assert_msg(argv_push(&push, NULL, &argv, &asked) == ARGV_NO, "%s", *name);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("argv_push");
	TCase *tc = tcase_create("argv");

	tcase_add_loop_test(tc, line, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, exe, 0, (int)array_len(exes));
	tcase_add_test(tc, many_words);
	tcase_add_test(tc, programs);
	suite_add_tcase(s, tc);
	return s;
}
