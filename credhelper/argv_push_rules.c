/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs, verbs and flags. Flags from the programs' own help and pages (docker 28, buildx 0.3x,
 * compose 2, podman 5, nerdctl 2, skopeo 1.2x, crane 0.20, oras 1, helm 4, cosign 2, regctl 0.8,
 * buildah 1.4x). A flag that is missing here makes a doubt, never a push.
 */
#include "credhelper/argv_push_internal.h"

#include "common/base/attr.h"

const char *const argv_push_programs[] = {
	"docker", "docker-buildx", "docker-compose", "podman", "nerdctl",
	"skopeo", "crane",         "oras",           "helm",   "ko",
	"cosign", "regctl",        "buildah",        NULL
};

#define NEVER(verb)                            \
	{                                      \
		verb, NULL, .kind = KIND_NEVER \
	}
#define DOUBT(verb)                            \
	{                                      \
		verb, NULL, .kind = KIND_DOUBT \
	}

/* --- docker, its plugins. */

#define BUILD_VALUES                                                                        \
	"--add-host --allow --annotation --attest --build-arg --build-context --builder "   \
	"--cache-from --cache-to --cgroup-parent --cpu-period --cpu-quota -c --cpu-shares " \
	"--cpuset-cpus --cpuset-mems -f --file --iidfile --isolation --label -m --memory "  \
	"--memory-swap --metadata-file --network --no-cache-filter --platform --policy "    \
	"--progress --provenance --resource --sbom --secret --security-opt --shm-size "     \
	"--source-policy-file --ssh --target --ulimit"
#define BUILD_SWITCHES                                                                       \
	"--compress --debug -D --disable-content-trust --force-rm --load --no-cache --pull " \
	"-q --quiet --rm --squash"
#define BUILD(verb, what)                                                                      \
	{                                                                                      \
		verb, what, KIND_BUILD, FORM_REF, 0, "-t --tag", BUILD_VALUES, BUILD_SWITCHES, \
			"--call --check --print"                                               \
	}
#define PUSH(verb, what)                                                         \
	{                                                                        \
		verb, what, KIND_WORD, FORM_REF, 0, NULL, "--platform",          \
			"-a --all-tags --disable-content-trust -q --quiet", NULL \
	}

#define BAKE(verb)                                                                   \
	{                                                                            \
		verb, "docker buildx bake", KIND_FILE, FORM_REF, 0, NULL,            \
			"--allow --builder --call -f --file --list --metadata-file " \
			"--policy --progress --provenance --sbom --set --var",       \
			"-D --debug --load --no-cache --pull", "--check --print"     \
	}
#define COMPOSE_PUBLISH(verb)                                                                  \
	{                                                                                      \
		verb, "docker compose publish", KIND_WORD, FORM_REF, 0, NULL, "--oci-version", \
			"--app --resolve-image-digests --with-env -y --yes", "--dry-run"       \
	}

static const struct push_rule docker_rules[] = {
	PUSH("push", "docker push"),
	PUSH("image push", "docker push"),
	PUSH("plugin push", "docker plugin push"),
	{ "manifest push", "docker manifest push", KIND_WORD, FORM_REF, 0, NULL, NULL,
	  "--insecure -p --purge", NULL },
	BUILD("build", "docker build"),
	BUILD("image build", "docker build"),
	BUILD("builder build", "docker build"),
	BUILD("buildx build", "docker buildx build"),
	BUILD("buildx b", "docker buildx build"),
	{ "buildx imagetools create", "docker buildx imagetools create", KIND_FLAG, FORM_REF, 0,
	  "-t --tag", "--annotation --builder -f --file --metadata-file -p --platform --progress",
	  "--append --prefer-index -D --debug", "--dry-run" },
	BAKE("buildx bake"),
	BAKE("buildx f"),
	{ "compose push", "docker compose push", KIND_ANY, FORM_REF, 0, NULL, NULL,
	  "--ignore-push-failures --include-deps -q --quiet", "--dry-run" },
	COMPOSE_PUBLISH("compose publish"),
	COMPOSE_PUBLISH("compose alpha publish"),
	{ "compose build", "docker compose build", KIND_FILE, FORM_REF, 0, NULL,
	  "--build-arg --builder -m --memory --provenance --sbom --ssh",
	  "--no-cache --pull -q --quiet --with-dependencies", "--check --dry-run --print" },
	NEVER("compose create"),
	NEVER("compose pull"),
	NEVER("compose run"),
	NEVER("compose up"),
	NEVER("buildx imagetools inspect"),
	NEVER("container create"),
	NEVER("container run"),
	NEVER("create"),
	NEVER("image pull"),
	NEVER("login"),
	NEVER("logout"),
	NEVER("manifest create"),
	NEVER("manifest inspect"),
	NEVER("plugin install"),
	NEVER("pull"),
	NEVER("run"),
	NEVER("search"),
	NEVER("service create"),
	NEVER("service update"),
	NEVER("stack deploy"),
	{ 0 },
};

#define DOCKER_VALUES                                                                    \
	"--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey " \
	"--builder --ansi --env-file -f --file --parallel --profile --progress "         \
	"--project-directory -p --project-name"
#define DOCKER_SWITCHES "-D --debug --tls --tlsverify -v --version --all-resources --compatibility"

/* --- podman, buildah, skopeo: containers/image. */

#define IMAGE_VALUES                                                                           \
	"--authfile --cert-dir --compression-format --compression-level --creds --digestfile " \
	"--encrypt-layer --encryption-key -f --format --retry --retry-delay --sign-by "        \
	"--sign-by-sigstore --sign-by-sigstore-private-key --sign-by-sq-fingerprint "          \
	"--sign-passphrase-file --signature-policy --add-compression"
#define IMAGE_SWITCHES                                                       \
	"--all --compress --disable-compression -D --disable-content-trust " \
	"--force-compression -q --quiet --remove-signatures --rm -p --purge --tls-verify"
#define IMAGE_PUSH(verb, what)                                                                  \
	{                                                                                       \
		verb, what, KIND_WORDS, FORM_CONTAINERS, 0, NULL, IMAGE_VALUES, IMAGE_SWITCHES, \
			NULL                                                                    \
	}

static const struct push_rule podman_rules[] = {
	IMAGE_PUSH("push", "podman push"),
	IMAGE_PUSH("image push", "podman push"),
	IMAGE_PUSH("manifest push", "podman manifest push"),
	IMAGE_PUSH("artifact push", "podman artifact push"),
	NEVER("artifact pull"),
	NEVER("build"),
	NEVER("container create"),
	NEVER("container run"),
	NEVER("create"),
	NEVER("image pull"),
	NEVER("login"),
	NEVER("logout"),
	NEVER("pull"),
	NEVER("run"),
	NEVER("search"),
	{ 0 },
};
#define PODMAN_VALUES                                                                     \
	"--cdi-spec-dir --cgroup-manager --config --conmon -c --connection --db-backend " \
	"--events-backend --hooks-dir --identity --imagestore --log-level --module "      \
	"--network-cmd-path --network-config-dir --out --root --runroot --runtime "       \
	"--runtime-flag --ssh --storage-driver --storage-opt --tls-ca --tls-cert "        \
	"--tls-details --tls-key --tmpdir --url --volumepath"
#define PODMAN_SWITCHES "--noout -r --remote --syslog --trace --transient-store -v --version"

static const struct push_rule buildah_rules[] = {
	IMAGE_PUSH("push", "buildah push"),
	IMAGE_PUSH("manifest push", "buildah manifest push"),
	{ "commit", "buildah commit", KIND_WORD, FORM_TRANSPORT, 1, NULL,
	  IMAGE_VALUES " --add-file --annotation -c --change --config --cw --iidfile --manifest "
		       "--metadata-file --sbom --sbom-image-output --sbom-image-purl-output "
		       "--sbom-merge-strategy --sbom-output --sbom-purl-output "
		       "--sbom-scanner-command --sbom-scanner-image --source-date-epoch "
		       "--timestamp --unsetannotation --unsetenv",
	  IMAGE_SWITCHES " --created-annotation --identity-label --omit-history --pull "
			 "--rewrite-timestamp --squash",
	  NULL },
	NEVER("bud"),
	NEVER("build"),
	NEVER("build-using-dockerfile"),
	NEVER("from"),
	NEVER("login"),
	NEVER("logout"),
	NEVER("pull"),
	{ 0 },
};
#define BUILDAH_VALUES                                                                      \
	"--cgroup-manager --cpu-profile --imagestore --log-level --memory-profile "         \
	"--registries-conf --registries-conf-dir --root --runroot --short-name-alias-conf " \
	"--storage-driver --storage-opt --userns-gid-map --userns-uid-map"
#define SKOPEO_COPY_VALUES                                                                    \
	"--additional-tag --authfile --decryption-key --dest-authfile --dest-cert-dir "       \
	"--dest-compress-format --dest-compress-level --dest-daemon-host "                    \
	"--dest-shared-blob-dir "                                                             \
	"--digestfile --encrypt-layer --encryption-key -f --format --image-parallel-copies "  \
	"--multi-arch --retry-delay --retry-times --sign-by --sign-by-sigstore "              \
	"--sign-by-sigstore-private-key --sign-by-sq-fingerprint --sign-identity "            \
	"--sign-passphrase-file --src-authfile --src-cert-dir --src-creds --src-daemon-host " \
	"--src-password --src-registry-token --src-shared-blob-dir --src-username"
#define SKOPEO_COPY_SWITCHES                                                                  \
	"-a --all --dest-compress --dest-decompress --dest-force-compress-format "            \
	"--dest-oci-accept-uncompressed-layers --dest-precompute-digests "                    \
	"--dest-tls-verify --preserve-digests -q --quiet --remove-signatures --src-no-creds " \
	"--src-tls-verify"

/* Who brings the destination's credential asks a helper for the source's alone. */
#define SKOPEO_COPY_NOTS                                                                \
	"--dry-run --dest-creds --dest-no-creds --dest-password --dest-registry-token " \
	"--dest-username"

static const struct push_rule skopeo_rules[] = {
	{ "copy", "skopeo copy", KIND_WORD, FORM_TRANSPORT, 1, NULL, SKOPEO_COPY_VALUES,
	  SKOPEO_COPY_SWITCHES, SKOPEO_COPY_NOTS },
	{ "sync", "skopeo sync", KIND_SYNC, FORM_PREFIX, 1, "-d --dest",
	  SKOPEO_COPY_VALUES " --append-suffix -s --src",
	  SKOPEO_COPY_SWITCHES " --keep-going --scoped", SKOPEO_COPY_NOTS },
	NEVER("inspect"),
	NEVER("list-tags"),
	NEVER("login"),
	NEVER("logout"),
	{ 0 },
};
#define SKOPEO_VALUES                                                                  \
	"--command-timeout --override-arch --override-os --override-variant --policy " \
	"--registries-conf --registries.d --tls-details --tmpdir --user-agent-prefix"
#define SKOPEO_SWITCHES "--debug --insecure-policy --require-signed -v --version"

/* --- nerdctl. */

#define NERDCTL_PUSH(verb)                                                                   \
	{                                                                                    \
		verb, "nerdctl push", KIND_WORD, FORM_REF, 0, NULL,                          \
			"--cosign-key --ipfs-address --notation-key-name --platform --sign " \
			"--soci-min-layer-size --soci-span-size",                            \
			"-a --all-platforms --all-tags "                                     \
			"--allow-nondistributable-artifacts --estargz "                      \
			"--ipfs-ensure-image -q --quiet",                                    \
			NULL                                                                 \
	}

static const struct push_rule nerdctl_rules[] = {
	NERDCTL_PUSH("push"),
	NERDCTL_PUSH("image push"),
	BUILD("build", "nerdctl build"),
	BUILD("image build", "nerdctl build"),
	BUILD("builder build", "nerdctl build"),
	{ "compose push", "nerdctl compose push", KIND_ANY, FORM_REF, 0, NULL, NULL, NULL, NULL },
	{ "manifest push", "nerdctl manifest push", KIND_WORD, FORM_REF, 0, NULL, NULL,
	  "--insecure -p --purge", NULL },
	NEVER("compose pull"),
	NEVER("compose up"),
	NEVER("create"),
	NEVER("image pull"),
	NEVER("login"),
	NEVER("logout"),
	NEVER("pull"),
	NEVER("run"),
	{ 0 },
};
#define NERDCTL_VALUES                                                                   \
	"-a --address --bridge-ip --cdi-spec-dirs --cgroup-manager --cni-netconfpath "   \
	"--cni-path --data-root -H --host --host-gateway-ip --hosts-dir -n --namespace " \
	"--snapshotter --storage-driver --env-file -f --file --ipfs-address --profile "  \
	"--project-directory -p --project-name --userns-remap"
#define NERDCTL_SWITCHES                                                            \
	"--debug --debug-full --experimental --insecure-registry --kube-hide-dupe " \
	"--selinux-enabled -v --version"
/* --- crane. */

#define CRANE_MUTATE_VALUES                                                                \
	"-a --annotation --append --cmd --entrypoint -e --env --exposed-ports -l --label " \
	"--set-platform -u --user -w --workdir"

/* In place, where no flag names another destination. */
#define CRANE_CHANGE(verb, what, tags, values)                                 \
	{                                                                      \
		verb, what, KIND_EITHER, FORM_REF, 0, tags, values, NULL, NULL \
	}

static const struct push_rule crane_rules[] = {
	{ "push", "crane push", KIND_WORD, FORM_REF, 1, NULL, "--image-refs", "--index", NULL },
	{ "copy", "crane copy", KIND_WORD, FORM_REF, 1, NULL, "-j --jobs",
	  "-a --all-tags -n --no-clobber", NULL },
	{ "cp", "crane copy", KIND_WORD, FORM_REF, 1, NULL, "-j --jobs",
	  "-a --all-tags -n --no-clobber", NULL },
	{ "tag", "crane tag", KIND_WORD, FORM_REF, 0, NULL, NULL, NULL, NULL },
	{ "append", "crane append", KIND_FLAG, FORM_REF, 0, "-t --new_tag",
	  "-b --base -f --new_layer", "--annotate --oci-empty-base --set-base-image-annotations",
	  "-o --output" },
	{ "mutate", "crane mutate", KIND_EITHER, FORM_REF, 0, "-t --tag --repo",
	  CRANE_MUTATE_VALUES, NULL, "-o --output" },
	CRANE_CHANGE("flatten", "crane flatten", "-t --tag", NULL),
	CRANE_CHANGE("rebase", "crane rebase", "-t --tag --rebased",
		     "--new_base --old_base --original"),
	{ "index append", "crane index append", KIND_FLAG, FORM_REF, 0, "-t --tag", "-m --manifest",
	  "--docker-empty-base --flatten", NULL },
	CRANE_CHANGE("index filter", "crane index filter", "-t --tag", NULL),
	CRANE_CHANGE("edit config", "crane edit config", "-t --tag", NULL),
	CRANE_CHANGE("edit manifest", "crane edit manifest", "-t --tag", "-m --media-type"),
	CRANE_CHANGE("edit fs", "crane edit fs", "-t --tag", "-f --filename"),
	NEVER("config"),
	NEVER("digest"),
	NEVER("export"),
	NEVER("ls"),
	NEVER("manifest"),
	NEVER("pull"),
	{ 0 },
};
#define CRANE_VALUES   "--mtls-certificate --mtls-key --platform"
#define CRANE_SWITCHES "--allow-nondistributable-artifacts --insecure -v --verbose"

/* --- oras. */

#define ORAS_VALUES                                                                          \
	"-a --annotation --annotation-file --artifact-platform --artifact-type --ca-file "   \
	"--cert-file --concurrency --config --distribution-spec --export-manifest --format " \
	"-H --header --identity-token --image-spec --key-file --media-type -p --password "   \
	"--platform --registry-config --resolve --size --template -u --username"
#define ORAS_SWITCHES                                                                       \
	"-d --debug --descriptor --disable-path-validation --force --identity-token-stdin " \
	"--insecure --no-tty --password-stdin --plain-http --pretty -v --verbose"
#define ORAS_LAYOUT "--oci-layout --oci-layout-path"
#define ORAS_PUSH(verb, what)                                                                      \
	{                                                                                          \
		verb, what, KIND_WORD, FORM_TAGS, 0, NULL, ORAS_VALUES, ORAS_SWITCHES, ORAS_LAYOUT \
	}
#define ORAS_INDEX(verb, what)                                                      \
	{                                                                           \
		verb, what, KIND_WORD, FORM_TAGS, 0, NULL,                          \
			ORAS_VALUES " --add --merge --remove --tag", ORAS_SWITCHES, \
			ORAS_LAYOUT " -o --output"                                  \
	}
#define ORAS_COPY(verb)                                                                           \
	{                                                                                         \
		verb, "oras copy", KIND_WORD, FORM_TAGS, 1, NULL,                                 \
			"--concurrency --from-ca-file --from-cert-file --from-distribution-spec " \
			"--from-header --from-identity-token --from-key-file "                    \
			"--from-oci-layout-path --from-password --from-registry-config "          \
			"--from-resolve --from-username --platform --resolve --to-ca-file "       \
			"--to-cert-file --to-distribution-spec --to-header --to-key-file "        \
			"--to-registry-config --to-resolve",                                      \
			"-d --debug --force --from-insecure --from-oci-layout --from-plain-http " \
			"--no-tty -r --recursive --to-insecure --to-plain-http -v --verbose",     \
			"--to-oci-layout --to-oci-layout-path --to-identity-token --to-password " \
			"--to-username"                                                           \
	}

static const struct push_rule oras_rules[] = {
	ORAS_PUSH("push", "oras push"),
	ORAS_PUSH("attach", "oras attach"),
	ORAS_PUSH("tag", "oras tag"),
	ORAS_PUSH("manifest push", "oras manifest push"),
	ORAS_PUSH("blob push", "oras blob push"),
	ORAS_INDEX("manifest index create", "oras manifest index create"),
	ORAS_INDEX("manifest index pack", "oras manifest index create"),
	ORAS_INDEX("manifest index update", "oras manifest index update"),
	{ "restore", "oras restore", KIND_WORD, FORM_TAGS, 0, NULL, ORAS_VALUES " --input",
	  ORAS_SWITCHES " --exclude-referrers", "--dry-run" },
	ORAS_COPY("copy"),
	ORAS_COPY("cp"),
	NEVER("backup"),
	NEVER("discover"),
	NEVER("login"),
	NEVER("logout"),
	NEVER("pull"),
	NEVER("resolve"),
	NEVER("manifest fetch"),
	NEVER("blob fetch"),
	NEVER("repo ls"),
	NEVER("repo tags"),
	{ 0 },
};

/* --- helm, ko, cosign, regctl. */

static const struct push_rule helm_rules[] = {
	{ "push", "helm push", KIND_WORD, FORM_OCI, 1, NULL,
	  "--ca-file --cert-file --key-file --password --username",
	  "--insecure-skip-tls-verify --plain-http --with-prov", NULL },
	NEVER("install"),
	NEVER("pull"),
	NEVER("show"),
	NEVER("template"),
	NEVER("upgrade"),
	{ 0 },
};
#define HELM_VALUES                                                                         \
	"--burst-limit --color --colour --content-cache --kube-apiserver --kube-as-group "  \
	"--kube-as-user --kube-ca-file --kube-context --kube-tls-server-name --kube-token " \
	"--kubeconfig -n --namespace --qps --registry-config --repository-cache "           \
	"--repository-config"
#define HELM_SWITCHES "--debug --kube-insecure-skip-tls-verify"

/* KO_DOCKER_REPO says where to. */
static const struct push_rule ko_rules[] = {
	DOUBT("build"),
	NEVER("login"),
	{ 0 },
};

#define COSIGN_REGISTRY                                                     \
	"--attachment-tag-prefix --registry-cacert --registry-client-cert " \
	"--registry-client-key --registry-password --registry-server-name " \
	"--registry-token --registry-username"
#define COSIGN_SWITCHES \
	"--allow-http-registry --allow-insecure-registry --k8s-keychain -f --force --sig-only"

/* Where signatures go is COSIGN_REPOSITORY's to say. */
static const struct push_rule cosign_rules[] = {
	{ "copy", "cosign copy", KIND_WORD, FORM_REF, 1, NULL, COSIGN_REGISTRY " --only --platform",
	  COSIGN_SWITCHES, NULL },
	{ "upload blob", "cosign upload blob", KIND_WORD, FORM_REF, 0, NULL,
	  COSIGN_REGISTRY " -a --annotation --ct -f --files", COSIGN_SWITCHES, NULL },
	DOUBT("attach"),
	DOUBT("attest"),
	DOUBT("sign"),
	NEVER("login"),
	NEVER("tree"),
	NEVER("triangulate"),
	NEVER("verify"),
	NEVER("verify-attestation"),
	{ 0 },
};

#define REGCTL_COPY_VALUES                                                             \
	"--digest-tags-filter --fast-check --platform -p --platforms --referrers-src " \
	"--referrers-tgt --referrers-filter"
#define REGCTL_COPY_SWITCHES "--digest-tags --fast --force-recursive --include-external --referrers"

static const struct push_rule regctl_rules[] = {
	{ "image copy", "regctl image copy", KIND_WORD, FORM_REF, 1, NULL, REGCTL_COPY_VALUES,
	  REGCTL_COPY_SWITCHES, NULL },
	{ "image cp", "regctl image copy", KIND_WORD, FORM_REF, 1, NULL, REGCTL_COPY_VALUES,
	  REGCTL_COPY_SWITCHES, NULL },
	{ "image import", "regctl image import", KIND_WORD, FORM_REF, 0, NULL, "--name", NULL,
	  NULL },
	{ "manifest put", "regctl manifest put", KIND_WORD, FORM_REF, 0, NULL,
	  "-t --content-type --format", "--by-digest", NULL },
	DOUBT("image mod"),
	NEVER("image digest"),
	NEVER("image export"),
	NEVER("image inspect"),
	NEVER("image manifest"),
	NEVER("manifest get"),
	NEVER("manifest head"),
	NEVER("repo ls"),
	NEVER("tag ls"),
	{ 0 },
};
#define REGCTL_VALUES "--host --logopt --user-agent -v --verbosity"

const struct push_program push_programs[] = {
	{ "docker com.docker.cli", NULL, DOCKER_VALUES, DOCKER_SWITCHES, docker_rules },
	{ "docker-buildx buildx", "buildx", DOCKER_VALUES, DOCKER_SWITCHES, docker_rules },
	{ "docker-compose", "compose", DOCKER_VALUES, DOCKER_SWITCHES, docker_rules },
	{ "podman podman-remote", NULL, PODMAN_VALUES, PODMAN_SWITCHES, podman_rules },
	{ "buildah", NULL, BUILDAH_VALUES, "--transient-store -v --version", buildah_rules },
	{ "skopeo", NULL, SKOPEO_VALUES, SKOPEO_SWITCHES, skopeo_rules },
	{ "nerdctl", NULL, NERDCTL_VALUES, NERDCTL_SWITCHES, nerdctl_rules },
	{ "crane gcrane", NULL, CRANE_VALUES, CRANE_SWITCHES, crane_rules },
	{ "oras", NULL, NULL, "-v --version", oras_rules },
	{ "helm", NULL, HELM_VALUES, HELM_SWITCHES, helm_rules },
	{ "ko", NULL, NULL, "-v --verbose", ko_rules },
	{ "cosign", NULL, "--output-file -t --timeout", "-d --verbose", cosign_rules },
	{ "regctl", NULL, REGCTL_VALUES, NULL, regctl_rules },
};
const size_t push_program_count = array_len(push_programs);
