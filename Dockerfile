# "make image" puts the static program into the build context and runs this.
FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="sluice" \
      org.opencontainers.image.description="Guards and delivers the network flow collectors of a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY sluice /usr/local/bin/sluice
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/sluice"]
CMD ["webhook", "--cert-dir=/etc/sluice/tls"]
