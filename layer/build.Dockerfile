# Builds the layer zips on any machine that has Docker, the same to the byte as scripts/build-layer builds them on Debian 12:
#
#   docker build -f layer/build.Dockerfile --output build/layer .
#
# and, of the same build, the image that docs/container-images.md copies from:
#
#   docker build -f layer/build.Dockerfile --target image -t lambda-vitals .
#
# Always for amd64: the compilers on arm64 are other packages and give other bytes. ./scripts/build-layer --docker names the commit,
# which else comes from the clone's .git.
ARG BASE=debian:12
FROM --platform=linux/amd64 ${BASE} AS build
WORKDIR /src
COPY scripts/lib/common.sh scripts/lib/setup.sh scripts/lib/
RUN ["bash", "-euc", ". scripts/lib/common.sh && . scripts/lib/setup.sh && ensure_packages build layer cross unzip"]
COPY . .
ARG ARCHITECTURES=all
ARG VITALS_COMMIT=
ARG SOURCE_DATE_EPOCH=
# The files' modes and owners are those of a machine that may have none.
ENV GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=core.fileMode GIT_CONFIG_VALUE_0=false GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1=*
RUN VITALS_COMMIT=${VITALS_COMMIT} SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} bash scripts/build-layer ${ARCHITECTURES}
RUN set -eu; mkdir -p /opt-amd64 /opt-arm64; cd build/layer; \
    for pair in x86_64:amd64 arm64:arm64; do \
        if [ -f lambda-vitals-${pair%:*}.zip ]; then unzip -q lambda-vitals-${pair%:*}.zip -d /opt-${pair#*:}; fi; \
    done

FROM scratch AS image
ARG TARGETARCH
LABEL org.opencontainers.image.title="Lambda Vitals" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt-${TARGETARCH}/ /opt/

FROM scratch AS zips
COPY --from=build /src/build/layer/*.zip /
