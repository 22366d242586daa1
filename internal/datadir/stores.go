package datadir

import (
	"fmt"
	"path/filepath"

	"github.com/aprakasa/mikronec/internal/register"
)

// Names of other files than the register's in the folder.
const (
	alertsFile  = "alerts.db"
	apiKeysFile = "keys.db"
)

// Store is a store that has to be closed.
type Store = register.Store

// OpenAlerts opens the store of alerts in a folder that Open has opened. Without a folder
// it is in memory.
func OpenAlerts(dir string) (Store, error) { return openStore(dir, alertsFile) }

// OpenKeys opens the store of API keys, as OpenAlerts does.
func OpenKeys(dir string) (Store, error) { return openStore(dir, apiKeysFile) }

func openStore(dir, name string) (Store, error) {
	if dir == "" {
		return register.NewMemory(), nil
	}
	store, err := register.OpenFile(filepath.Join(dir, name))
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	return store, nil
}
