package repotest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
)

// maxImage is what the image has at most: the program and the certificates.
const maxImage = 30 << 20

// builder is buildah with a storage of its own, which goes with the test. It needs no
// daemon, no registry and no virtual machine: RUN is a chroot.
type builder struct {
	t       *testing.T
	program string
	dir     string
}

func newBuilder(t *testing.T) *builder {
	t.Helper()
	b := &builder{t, engine.Find(t, "buildah", "buildah"), t.TempDir()}
	b.write("registries.conf", `unqualified-search-registries = ["docker.io"]`)
	t.Cleanup(func() { // before the folder is removed; its files are of other users where this one is not root
		if os.Getuid() != 0 {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
			defer cancel()
			_ = b.command(ctx, "unshare", "rm", "-rf", filepath.Join(b.dir, "storage")).Run()
		}
	})
	return b
}

func (b *builder) write(name, text string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600))
}

func (b *builder) command(ctx context.Context, args ...string) *exec.Cmd {
	storage := filepath.Join(b.dir, "storage")
	cmd := exec.CommandContext(ctx, b.program, append([]string{"--storage-driver", "vfs", "--root", storage, "--runroot", filepath.Join(b.dir, "run")}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TMPDIR="+b.dir, "CONTAINERS_REGISTRIES_CONF="+filepath.Join(b.dir, "registries.conf"))
	return cmd
}

// do runs a command of buildah and returns what it writes to its standard output.
func (b *builder) do(args ...string) string {
	b.t.Helper()
	cmd := b.command(b.t.Context(), args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(b.t, err, "buildah %s\n%s%s", strings.Join(args, " "), out, problems.String())
	return strings.TrimSpace(string(out))
}

// goenv returns a setting of this machine's Go.
func goenv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// standIn makes the image that the Dockerfile begins with: a shell, the certificates of
// this machine, and its Go, which is mounted when something runs.
func (b *builder) standIn(from string) {
	t := b.t
	t.Helper()
	shell := engine.Find(t, "busybox", "busybox-static")
	out, err := b.command(t.Context(), "from", "scratch").CombinedOutput()
	if err != nil {
		engine.Missing(t, "WITH buildah", "buildah cannot work here: "+string(out))
	}
	container := strings.TrimSpace(string(out))
	files := filepath.Join(b.dir, "files")
	for name, source := range map[string]string{"bin/sh": shell, "etc/ssl/certs/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt"} {
		text, err := os.ReadFile(source)
		require.NoError(t, err, "install the package ca-certificates")
		require.NoError(t, os.MkdirAll(filepath.Join(files, filepath.Dir(name)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(files, name), text, 0o755)) //nolint:gosec // a program
	}
	require.NoError(t, os.Mkdir(filepath.Join(files, "tmp"), 0o750))
	b.do("copy", "--quiet", container, files, "/")
	b.do("config", "--env", "PATH=/usr/local/go/bin:/bin", "--env", "GOPATH=/go", "--env", "GOTOOLCHAIN=local",
		"--env", "GOPROXY=file:///modules", "--env", "GOFLAGS=", container)
	b.do("commit", "--quiet", "--rm", container, from)
}

// The image is built of the Dockerfile as it is, and runs.
func TestTheImageIsBuiltAndRuns(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	from, _, _ := strings.Cut(args(stages(t)[0], "FROM")[0], " ")
	b.standIn("docker.io/library/" + from)

	// Modules come from this machine's cache, and so does what was compiled before.
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download").CombinedOutput()
	require.NoError(t, err, string(out))
	start := time.Now()
	b.do("build", "--isolation", "chroot", "--pull=never", "--format", "docker",
		"-v", goenv(t, "GOROOT")+":/usr/local/go:ro", "-v", filepath.Join(goenv(t, "GOMODCACHE"), "cache/download")+":/modules:ro",
		"-v", goenv(t, "GOCACHE")+":/go/cache", "--build-arg", "VERSION=v1.2.3-image", "--tag", "mikronec", ".")
	t.Logf("built in %s", time.Since(start).Round(time.Second))

	var image struct {
		Docker struct {
			Size   int64
			Config struct {
				User, WorkingDir string
				Entrypoint       []string
				Env              []string
				Healthcheck      struct{ Test []string }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.do("inspect", "--type", "image", "mikronec")), &image))
	config := image.Docker.Config
	assert.Equal(t, "65532:65532", config.User)
	assert.Equal(t, []string{"/mikronec"}, config.Entrypoint)
	assert.Equal(t, []string{"CMD", "/mikronec", "healthcheck"}, config.Healthcheck.Test)
	assert.NotContains(t, strings.Join(config.Env, " "), "GO", "nothing of the compiler")

	container := b.do("from", "--pull=never", "mikronec")
	if os.Getuid() == 0 { // else the storage can be mounted in a namespace of its own only
		folder := b.do("mount", container)
		assert.Equal(t, []string{"etc", "etc/ssl", "etc/ssl/certs", "etc/ssl/certs/ca-certificates.crt", "mikronec"}, files(t, folder))
		info, err := os.Stat(filepath.Join(folder, "mikronec"))
		require.NoError(t, err)
		t.Logf("the image has %.1f MB", float64(size(t, folder))/1e6)
		assert.Less(t, size(t, folder), int64(maxImage))
		assert.Equal(t, os.FileMode(0o755), info.Mode())
	}
	assert.Equal(t, "mikronec v1.2.3-image", b.do("run", "--isolation", "chroot", container, "--", "/mikronec", "version"))
	b.serve(container)
}

// serve runs the server in a container, asks it whether it is ready, as a client and by the
// container's own health check, and stops it.
func (b *builder) serve(container string) {
	t := b.t
	t.Helper()
	cmd := b.command(t.Context(), "run", "--isolation", "chroot", "--env", "PORT=0", "--env", "LISTEN_HOST=127.0.0.1",
		"--env", "MY_API_KEY=a-key-for-the-test-of-the-image", container, "--", "/mikronec")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the program is a child of buildah's
	log, input := io.Pipe()
	cmd.Stdout, cmd.Stderr = input, input
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		_ = input.Close()
	}()
	stop := func(sig syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, sig) }
	defer stop(syscall.SIGKILL)

	lines := bufio.NewScanner(log)
	address := regexp.MustCompile(`addr"?[=:]"?(127\.0\.0\.1:(\d+))`)
	var found []string
	for found == nil && lines.Scan() {
		t.Log(lines.Text())
		found = address.FindStringSubmatch(lines.Text())
	}
	require.NotNil(t, found, "it tells where it listens")
	go func() { _, _ = io.Copy(io.Discard, log) }()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+found[1]+"/readyz", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	b.do("run", "--isolation", "chroot", "--env", "PORT="+found[2], "--env", "LISTEN_HOST=127.0.0.1", container, "--", "/mikronec", "healthcheck")

	stop(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("it does not stop")
	}
}

// files are the paths of all that is in a folder.
func files(t *testing.T, folder string) (paths []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(folder), ".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

// size is how many bytes the files of a folder have.
func size(t *testing.T, folder string) (n int64) {
	t.Helper()
	for _, name := range files(t, folder) {
		info, err := os.Lstat(filepath.Join(folder, name))
		require.NoError(t, err)
		if info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}
