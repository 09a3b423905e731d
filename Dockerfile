# Two images: "webhook", with nothing in it but the program, and "agent", with the tools of Open
# vSwitch and OVN that it runs. hack/image.sh builds both, for one or several architectures.

# The Go release of go.mod. Where it can't be pulled, hack/image.sh compiles outside and gives
# the result as the build context "build", which takes the place of this stage.
ARG GO_IMAGE=docker.io/library/golang:1.26-bookworm
# What the agent's tools are installed on: Debian 13 (Open vSwitch 3.5, OVN 25.03), or another with
# apt-get and these packages. Tools that are older or newer than a node's server work too.
ARG AGENT_BASE=docker.io/library/debian:trixie-slim

FROM --platform=${BUILDPLATFORM} ${GO_IMAGE} AS build
ARG VERSION=devel
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=linux GOARCH=${TARGETARCH} \
    go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /linux/${TARGETARCH}/ ./cmd/sluice-webhook ./cmd/sluice-agent

FROM ${AGENT_BASE} AS agent
ARG VERSION=devel
ARG REVISION=unknown
ARG TARGETARCH
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openvswitch-common openvswitch-switch ovn-common \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache /var/log/* /etc/openvswitch/*.db \
    && mkdir -p /var/run/openvswitch /var/run/ovn /var/log/openvswitch
COPY --from=build /linux/${TARGETARCH}/sluice-agent /usr/local/bin/sluice-agent
LABEL org.opencontainers.image.title="sluice-agent" \
      org.opencontainers.image.description="Applies the accepted network flow collectors to a node's Open vSwitch" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Open vSwitch's sockets are root's on most systems.
USER 0:0
ENTRYPOINT ["/usr/local/bin/sluice-agent"]

FROM scratch AS webhook
ARG VERSION=devel
ARG REVISION=unknown
ARG TARGETARCH
COPY --from=build /linux/${TARGETARCH}/sluice-webhook /usr/local/bin/sluice-webhook
LABEL org.opencontainers.image.title="sluice-webhook" \
      org.opencontainers.image.description="Guards the network flow collectors of a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/sluice-webhook"]
