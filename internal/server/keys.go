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
)

// allKeys reads the keys of API_KEYS and API_KEYS_FILE.
func allKeys(cfg config.Config) ([]*access.Key, error) {
	// Errors count the lines of the variable by line breaks and semicolons.
	fixed, err := access.Parse(strings.ReplaceAll(cfg.APIKeys.Reveal(), ";", "\n"))
	if err != nil {
		return nil, fmt.Errorf("API_KEYS:\n%w", err)
	}
	if cfg.APIKeysFile == "" {
		return fixed, nil
	}
	keys, err := access.ReadFile(cfg.APIKeysFile)
	if err != nil {
		return nil, fmt.Errorf("API_KEYS_FILE: %w", err)
	}
	all, err := access.Join(fixed, keys)
	if err != nil {
		return nil, fmt.Errorf("API_KEYS and API_KEYS_FILE: %w", err)
	}
	return all, nil
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
// running program cannot change. With a mistake in the file, nothing changes and the
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
	keys, err := allKeys(s.cfg)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "API keys not reloaded; keeping the previous ones", slog.Any("error", err))
		return
	}
	added, removed := s.keys.Replace(keys)
	s.log.LogAttrs(ctx, slog.LevelInfo, "API keys reloaded",
		slog.Int("keys", len(keys)), slog.Int("new_or_changed", added), slog.Int("removed_or_changed", removed))
}
