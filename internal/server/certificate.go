package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at the most, the files are looked at.
const lookEvery = time.Second

// certificate is the server's own, read anew when its files change. Connections
// that are open keep the one that they began with.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate // guarded by mu
	read    [2]stamp         // of the files when they were read last; guarded by mu
	looked  time.Time        // guarded by mu
}

// stamp tells one content of a file from another.
type stamp struct {
	size    int64
	changed time.Time
}

// loadCertificate reads the files. What is wrong with them is an error now, at
// the start; later the old certificate goes on, and the log says why.
func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, looked: time.Now()}
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

// get is for tls.Config.GetCertificate. Both files are replaced one after the
// other: a pair that does not match yet is tried again when either changes.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookEvery {
		return c.current, nil
	}
	c.looked = time.Now()
	stamps := c.stamps()
	if stamps == c.read {
		return c.current, nil
	}
	c.read = stamps
	fresh, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.LogAttrs(hello.Context(), slog.LevelError, "the new certificate is of no use, the old one goes on", slog.Any("error", err))
		return c.current, nil
	}
	c.current = &fresh
	c.log.LogAttrs(hello.Context(), slog.LevelInfo, "the certificate was read anew", slog.Time("expires", fresh.Leaf.NotAfter))
	return c.current, nil
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return s
}
