package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/keys"
)

// declaredKeys reads the keys of API_KEYS and API_KEYS_FILE.
func declaredKeys(cfg config.Config) (d keys.Declared, err error) {
	// Errors count the lines of the variable by line breaks and semicolons.
	d.Env, err = access.Parse(strings.ReplaceAll(cfg.APIKeys.Reveal(), ";", "\n"))
	if err != nil {
		return d, fmt.Errorf("API_KEYS:\n%w", err)
	}
	if cfg.APIKeysFile == "" {
		return d, nil
	}
	if d.File, err = access.ReadFile(cfg.APIKeysFile); err != nil {
		return d, fmt.Errorf("API_KEYS_FILE: %w", err)
	}
	if _, err := access.Join(d.Env, d.File); err != nil {
		return d, fmt.Errorf("API_KEYS and API_KEYS_FILE: %w", err)
	}
	return d, nil
}

// warnOfModes warns where others than the owner of the program can read or change the file
// of a variable. Whoever changes API_KEYS_FILE has every router, and whoever reads it knows
// which names and hashes there are; whoever reads SECRETS_KEY_FILE has the passwords in a
// copy of DATA_DIR.
func warnOfModes(variable, name string, log *slog.Logger) {
	if name == "" || runtime.GOOS == "windows" { // which has other rights than these
		return
	}
	info, err := os.Stat(name)
	if err != nil {
		return // the error of reading it says more
	}
	var who string
	switch mode := info.Mode().Perm(); {
	case mode&0o002 != 0:
		who = "everybody on this machine can change it"
	case mode&0o020 != 0:
		who = "its group can change it"
	case mode&0o004 != 0:
		who = "everybody on this machine can read it"
	default:
		return
	}
	log.LogAttrs(context.Background(), slog.LevelWarn, variable+" should be for this program alone; use chmod 600",
		slog.String(strings.ToLower(variable), name), slog.String("mode", fmt.Sprintf("%04o", info.Mode().Perm())), slog.String("detail", who))
}

// Reload reloads the file of API keys, that of declared routers and that of alerts. The keys of API_KEYS stay, since a variable of a
// running program cannot change, and so do those of the API. With a mistake in the file, nothing changes and the
// mistake is logged. Streams and commands of keys that were removed or changed end.
func (s *Server) Reload() {
	ctx := context.Background()
	s.declared.again()
	s.followed.again()
	if s.cfg.APIKeys != "" {
		s.log.LogAttrs(ctx, slog.LevelInfo, "API_KEYS is read at startup only; SIGHUP reloads API_KEYS_FILE",
			slog.String("api_keys_file", s.cfg.APIKeysFile))
	}
	if s.cfg.APIKeysFile == "" {
		return
	}
	warnOfModes("API_KEYS_FILE", s.cfg.APIKeysFile, s.log)
	declared, err := declaredKeys(s.cfg)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "API keys not reloaded; keeping the previous ones", slog.Any("error", err))
		return
	}
	added, removed := s.keys.Declare(declared)
	s.log.LogAttrs(ctx, slog.LevelInfo, "API keys reloaded",
		slog.Int("keys", len(declared.Env)+len(declared.File)), slog.Int("new_or_changed", added), slog.Int("removed_or_changed", removed))
}
