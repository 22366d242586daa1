# Build: docker build --build-arg VERSION="$(git describe --tags --always)" -t mikronec .
# Run:   docker run -p 8080:8080 -e MY_API_KEY=... mikronec

FROM golang:1.26 AS build
WORKDIR /src

# The modules first: this layer stays valid until go.mod or go.sum change.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download

COPY main.go ./
COPY client ./client
COPY docs ./docs
COPY internal ./internal
ARG VERSION=dev
ENV GOCACHE=/go/cache
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/go/cache \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/mikronec .

# The image is the binary and the certificates it needs to verify TLS peers.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/mikronec /mikronec

# A number, because there is no /etc/passwd to look a name up in.
USER 65532:65532
EXPOSE 8080

# There is no shell or curl either: the binary asks its own health endpoint.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/mikronec", "healthcheck"]
ENTRYPOINT ["/mikronec"]
