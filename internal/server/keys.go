package server

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/config"
)

// allKeys are those of the variable and those of the file.
func allKeys(cfg config.Config) ([]*access.Key, error) {
	// A line of the variable is counted from the beginning or the last semicolon.
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

// Reload reads the file of API keys anew; those of API_KEYS stay, since nobody can
// change a variable of a program that runs. A file that is of no use changes
// nothing, and the log says what is wrong with it. Streams and commands of keys
// that do not count any more, or that may do something else now, end.
func (s *Server) Reload() {
	ctx := context.Background()
	if s.cfg.APIKeys != "" {
		s.log.LogAttrs(ctx, slog.LevelInfo, "API_KEYS is read at the start only; SIGHUP reads no other keys than those of API_KEYS_FILE",
			slog.String("api_keys_file", s.cfg.APIKeysFile))
	}
	if s.cfg.APIKeysFile == "" {
		return
	}
	keys, err := allKeys(s.cfg)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "the API keys were not read anew, the old ones go on", slog.Any("error", err))
		return
	}
	fresh, gone := s.keys.Replace(keys)
	s.log.LogAttrs(ctx, slog.LevelInfo, "the API keys were read anew",
		slog.Int("keys", len(keys)), slog.Int("new_or_changed", fresh), slog.Int("gone_or_changed", gone))
}
