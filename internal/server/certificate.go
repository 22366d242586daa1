package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkInterval is the minimum time between two checks of the files.
const checkInterval = time.Second

// certificate is the certificate of the server, which is reloaded when its files
// change. Open connections keep the old one.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate // guarded by mu
	read    [2]stamp         // of the files when they were last read; guarded by mu
	checked time.Time        // guarded by mu
}

// stamp changes with the content of a file.
type stamp struct {
	size    int64
	changed time.Time
}

// loadCertificate reads the files. A mistake in them is an error at startup; later the
// previous certificate stays in use, and the error is logged.
func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, checked: time.Now()}
	c.read = c.stamps()
	current, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS_CERT_FILE, TLS_KEY_FILE: %w", err)
	}
	c.current = &current
	return c, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}

// get is for tls.Config.GetCertificate. The two files are replaced one after the other:
// a pair that does not match is tried again when one of them changes.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < checkInterval {
		return c.current, nil
	}
	c.checked = time.Now()
	stamps := c.stamps()
	if stamps == c.read {
		return c.current, nil
	}
	c.read = stamps
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.LogAttrs(hello.Context(), slog.LevelError, "TLS certificate not reloaded; keeping the previous one", slog.Any("error", err))
		return c.current, nil
	}
	c.current = &loaded
	c.log.LogAttrs(hello.Context(), slog.LevelInfo, "TLS certificate reloaded", slog.Time("expires", loaded.Leaf.NotAfter))
	return c.current, nil
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		s[i] = stampOf(name)
	}
	return s
}

// stampOf returns the stamp of a file, zero if there is none.
func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}
